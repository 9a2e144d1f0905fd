"""Evaluate: measure candidate and champion on the same holdout."""
