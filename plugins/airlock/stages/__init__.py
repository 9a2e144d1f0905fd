"""The stages of the pipelines, one folder each."""
