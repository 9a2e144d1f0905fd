"""Fetches a source's files, from allowed places only."""
