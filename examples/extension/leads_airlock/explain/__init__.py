"""A stage: which columns a candidate listens to. One room a file, as Airlock's own stages have."""
