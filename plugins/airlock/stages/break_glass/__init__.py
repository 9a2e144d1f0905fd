"""Break-glass: one named person promotes past the gate, for a limited time."""
