"""Redact: remove direct identifiers, stamp the fold."""
