"""The sections of a policy file."""
