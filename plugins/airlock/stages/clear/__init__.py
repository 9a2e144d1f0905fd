"""Clear: a bundle that was rolled back may be a candidate again."""
