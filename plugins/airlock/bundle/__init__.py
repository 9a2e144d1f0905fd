"""The bundle: a folder of files that is a model, named by the digest of its content.

    weights.safetensors   the module's weights, for whoever has its class
    graph.pt2             the exported graph with its weights: predicts without the class
    preprocessing.json    how a row becomes tensors, learnt from the train fold
    signature.json        columns that go in and come out
    model.json            class, hyperparameters, task, classes, features, split
    input_example.json    made-up rows that have every column
    output_example.json   what the model said about them
    requirements.txt      what a process needs that loads it
    environment.lock      all of that by version, and what it requires in turn
    manifest.json         SHA-256 of all the others

Equal trainings give equal bytes: no times, no paths, no ids.
"""
