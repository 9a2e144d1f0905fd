"""Break-glass: one named person makes a champion past the gate, for a while."""
