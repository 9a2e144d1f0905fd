"""What this project trains."""
