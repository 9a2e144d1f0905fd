"""Checks the rows, sets bad ones aside, and makes histograms of the good ones."""
