"""What one team adds to Airlock; `extension.py` says what, each other file is one thing."""
