"""Train: fit a model and make its bundle."""
