"""Labels: joins what turned out to be true with what was predicted, by key and night."""
