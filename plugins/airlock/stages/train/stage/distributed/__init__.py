"""A training on several devices: launcher, workers, and what they tell each other."""
