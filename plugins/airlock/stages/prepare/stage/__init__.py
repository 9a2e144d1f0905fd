"""Runs the SQL over the frozen sources, night by night, in a locked DuckDB."""
