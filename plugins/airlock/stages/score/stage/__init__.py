"""Scores a table part by part, each row stamped with the version that predicted it."""
