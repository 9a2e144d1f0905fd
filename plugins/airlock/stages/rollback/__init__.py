"""Rollback: an earlier champion becomes champion again."""
