"""Finds a person's name in a text: in other spellings, and only where it is meant."""
