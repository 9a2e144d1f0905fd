"""Approve: ask named people where the policy says so."""
