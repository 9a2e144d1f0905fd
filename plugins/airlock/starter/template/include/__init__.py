"""What this project trains and demands."""
