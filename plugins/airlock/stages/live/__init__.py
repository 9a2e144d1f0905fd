"""Live: measures predictions against the labels that have come."""
