"""Numbered entries, each written once: predictions, labels, drifts, retrains, cards."""
