"""First versions of the files that a project writes, for a person to edit.

Nothing that runs at night imports this package: types are guessed here, and nowhere else.
"""
