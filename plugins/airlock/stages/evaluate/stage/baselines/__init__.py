"""Fits the models that every candidate is compared with: constant, linear, gradient boosting."""
