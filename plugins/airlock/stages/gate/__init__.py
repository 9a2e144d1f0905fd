"""Gate: judge by a written policy."""
