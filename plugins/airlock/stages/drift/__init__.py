"""Drift: how far tonight is from what the champion was trained on, and when that asks for more."""
