"""Reads two folds, fits a model, and makes the bundle."""
