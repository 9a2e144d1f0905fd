"""Rows of a query, from a database of any kind."""
