"""Live: how good the predictions were, now that labels have come."""
