"""The doors of the airlock, one folder each."""
