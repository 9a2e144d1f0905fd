"""Ready-made LightningModules to start from.

    airlock.models.ensemble:TabularEnsemble    the strongest; classes, or one number
    airlock.models.tabular:TabularClassifier   embeddings and dense layers; classes
    airlock.models.tabular:TabularRegressor    embeddings and residual blocks; one number
    airlock.models.text:TextClassifier         hashed n-grams beside the columns; classes

What Airlock asks of a module of your own:

- `__init__(self, shape, *, …)`: a `Shape`, then hyperparameters by name, all of them plain values;
- `forward(numeric, categorical)`: float32 `[rows, shape.numeric]` and int64
  `[rows, len(shape.categories)]` in, logits `[rows, shape.outputs]` out; where a feature is free
  text, `forward(numeric, categorical, text)` with int32 `[rows, n-grams]` below `shape.text`, where
  0 fills short rows up;
- `training_step` and `validation_step` for a batch of the same tensors with the target behind
  them, where the second logs `validation_loss`. `airlock.models.base.Base` has both;
- if you like, `adapt(numeric, categorical)`, which is given those tensors of the whole train fold
  once, before the first epoch, to set buffers such as the edges of bins; and a class attribute
  `recipe`, the batches and epochs that suit the module.
"""
