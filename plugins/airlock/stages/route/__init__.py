"""Route: serves the challenger's predictions for its share of the keys."""
