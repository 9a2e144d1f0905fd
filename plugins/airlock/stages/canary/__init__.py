"""Canary: a challenger grows, stays or falls back, by what the labels say."""
