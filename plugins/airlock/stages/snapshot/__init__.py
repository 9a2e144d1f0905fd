"""Snapshot: freeze the night's rows and name them by their content."""
