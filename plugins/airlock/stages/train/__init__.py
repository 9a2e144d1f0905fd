"""Train: fits a model, and makes its bundle."""
