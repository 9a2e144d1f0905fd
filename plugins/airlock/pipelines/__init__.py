"""The chains of stages in their safe order, in one call each."""
