"""Measures drift, enters the night in the catalog, and asks for a retrain."""
