"""The HTTP API: behind the Airlock page and its tabs, and for programs. Two routes write."""
