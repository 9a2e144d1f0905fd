"""Rollback: makes an earlier champion champion again."""
