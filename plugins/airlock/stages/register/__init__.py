"""Register: one MLflow model version for a bundle."""
