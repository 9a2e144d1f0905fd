"""Trains on several devices: launcher, workers, and the messages between them."""
