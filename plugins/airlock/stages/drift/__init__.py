"""Drift: compares tonight with the champion's training data; long drift asks for a retrain."""
