"""What Airlock is measured against."""
