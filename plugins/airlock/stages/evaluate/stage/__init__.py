"""Evaluates candidate and champion on the same holdout rows."""
