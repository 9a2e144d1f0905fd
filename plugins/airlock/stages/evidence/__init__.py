"""Evidence: everything that an outsider needs to judge one version, in one file."""
