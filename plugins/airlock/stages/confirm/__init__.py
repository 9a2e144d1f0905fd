"""Confirm: a second person stands by a break-glass promotion."""
