"""Labels: what turned out to be true, joined to what was predicted, by key and night."""
