"""Errors, content, specs, contracts, tables, metrics: what everything else stands on."""
