"""What `airlock init` writes: a small project, and rows to try it on."""
