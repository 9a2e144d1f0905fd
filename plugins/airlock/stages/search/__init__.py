"""search: tries hyperparameters on the train and validation folds, before the training."""
