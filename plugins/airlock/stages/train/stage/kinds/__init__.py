"""The built-in kinds of models, as the train stage fits and seals them."""
