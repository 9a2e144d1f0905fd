"""Gate: judges a candidate by a written policy."""
