"""The rules, one small function each. A gate that cannot see must not open."""
