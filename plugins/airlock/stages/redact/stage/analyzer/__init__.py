"""Finds identifiers with Presidio's recognizers: the same findings, several times faster."""
