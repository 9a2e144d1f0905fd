"""The gate's rules, one small function each; what was not measured breaks its rule."""
