"""DAG files as they are written: read, and never run."""
