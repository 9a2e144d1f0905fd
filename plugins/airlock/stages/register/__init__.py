"""Register: creates one MLflow model version for a bundle."""
