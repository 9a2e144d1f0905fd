"""Histograms of columns, and the distance between two of them."""
