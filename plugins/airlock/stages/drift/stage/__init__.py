"""Compares a night with the champion's data, and updates the model's drift state."""
