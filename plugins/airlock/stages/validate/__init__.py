"""Validate: checks the rows, and sets bad ones aside."""
