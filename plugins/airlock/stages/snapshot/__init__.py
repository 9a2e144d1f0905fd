"""Snapshot: freezes the night's rows, and names them by their content."""
