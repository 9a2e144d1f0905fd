"""What Airlock takes from the inside of other libraries: a file each, and nowhere else.

A release of theirs may move any of it without a word. `tests/unit/compat/` imports each name by
itself and says which moved; setup.cfg holds the bounds within which it was read.
"""
