"""Removes direct identifiers column by column, proves it, and stamps each row's fold."""
