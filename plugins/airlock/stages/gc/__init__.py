"""Gc: deletes what is past its retention time and needed by nothing."""
