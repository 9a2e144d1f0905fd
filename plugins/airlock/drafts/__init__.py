"""Writes first versions of a project's files, for a person to edit.

Nothing that runs at night imports this package: types are guessed here, and nowhere else.
"""
