"""Prepare: joins the frozen sources into one table, by SQL."""
