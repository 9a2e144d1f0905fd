"""What a policy may ask for."""
