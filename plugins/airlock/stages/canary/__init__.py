"""Canary: a challenger's share grows, stays or ends, by what the labels say."""
