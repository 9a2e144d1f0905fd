"""Builds complete chains of stages in their safe order, each in one call."""
