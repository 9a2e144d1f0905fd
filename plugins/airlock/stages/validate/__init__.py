"""Validate: check the rows, set the bad ones aside."""
