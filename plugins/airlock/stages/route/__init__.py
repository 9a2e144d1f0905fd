"""Route: which rows the challenger answers, and how far the two agree."""
