"""Confirm: a second person stands by what was made champion by break-glass."""
