"""Proposes what a search tries next, and chooses what came out best."""
