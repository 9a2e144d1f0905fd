"""Redact: removes direct identifiers, and stamps each row with its fold."""
