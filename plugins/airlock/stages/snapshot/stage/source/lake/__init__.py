"""Tables of lakes: many files, and a log that says which of them count at which version."""
