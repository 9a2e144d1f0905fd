"""Evaluate: measures candidate and champion on the same holdout."""
