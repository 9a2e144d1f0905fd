"""The bundle: a folder of files that is a model, named by the digest of its content.

    weights.safetensors   of a network: the module's weights, for whoever has its class
    graph.pt2             of a network: the exported graph with its weights, without the class
    trees.txt             of a boosting: LightGBM's text, cut down to what predicts
    coefficients.json     of a linear model
    preprocessing.json    how a row becomes tensors, learnt from the train fold
    signature.json        columns that go in and come out
    model.json            kind or class, hyperparameters, task, classes, features, split
    input_example.json    made-up rows that have every column
    output_example.json   what the model said about them
    requirements.txt      what a process needs that loads it
    environment.lock      all of that by version, and what it requires in turn
    manifest.json         SHA-256 of all the others

Equal trainings give equal bytes: no times, no paths, no ids.
"""
