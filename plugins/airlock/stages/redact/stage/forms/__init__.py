"""How identifiers of every kind are written, told without the recognizers that look for them."""
