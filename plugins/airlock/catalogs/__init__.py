"""Numbered entries, once each: predictions, labels, drifts, retrains, cards."""
