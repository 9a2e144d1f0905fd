"""Counts that stand for rows: histograms, how a table fills their bins, how far two of them are."""
