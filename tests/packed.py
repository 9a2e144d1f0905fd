"""A packed graph, taken apart and put together again by somebody who means harm."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from airlock.bundle import graph
from airlock.models.shape import Shape
from airlock.models.tabular import TabularClassifier

PROGRAM = "models/model.json"
WEIGHTS = "data/weights/model_weights_config.json"
ROWS = (torch.linspace(-1, 1, 12).reshape(4, 3), torch.ones(4, 2, dtype=torch.int64))

Node = dict[str, Any]


def packed(folder: Path, name: str = "graph.pt2") -> Path:
    """A small model's graph."""
    torch.manual_seed(0)
    module = TabularClassifier(Shape(3, (4, 5), 2), hidden=8).eval()
    graph.pack(module, ROWS, folder / name)
    return folder / name


def members(path: Path) -> dict[str, bytes]:
    """What is in it, by the names below its root."""
    with zipfile.ZipFile(path) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, changed: Mapping[str, bytes]) -> Path:
    """Put members into an archive of the dialect that `pack` writes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(changed):
            archive.writestr(zipfile.ZipInfo(f"graph/{name}"), changed[name])
    return path


def with_program(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Change the parsed program of an archive."""
    found = members(path)
    program = json.loads(found[PROGRAM])
    change(program)
    found[PROGRAM] = json.dumps(program).encode()
    return rewrite(path, found)


def append(program: dict[str, Any], *nodes: Node, rank: int = 2) -> None:
    """Let nodes follow on the graph's own, and the last one be its result.

    Every node is described as a matrix of floats, whatever it really makes.
    """
    within = program["graph_module"]["graph"]
    [output] = within["outputs"]
    before = output["as_tensor"]["name"]
    described = within["tensor_values"][before]
    for node in nodes:
        name = node["name"]
        for given in node["inputs"]:
            if given["arg"] == {"as_tensor": {"name": "BEFORE"}}:
                given["arg"] = {"as_tensor": {"name": before}}
        within["nodes"].append(node)
        within["tensor_values"][name] = described
        before = name
    within["outputs"] = [{"as_tensor": {"name": before}}]
    for spec in program["graph_module"]["signature"]["output_specs"]:
        spec["user_output"]["arg"]["as_tensor"]["name"] = before


def call(target: str, name: str = "new", /, **arguments: Any) -> Node:
    """A node; an argument is {"kind": value}, as the schema of torch's archive has it."""
    return {
        "target": f"torch.ops.{target}",
        "name": name,
        "inputs": [
            {"name": key.rstrip("_"), "arg": given, "kind": 1} for key, given in arguments.items()
        ],
        "outputs": [{"as_tensor": {"name": name}}],
        "metadata": {},
        "is_hop_single_tensor_return": None,
    }


BEFORE = {"as_tensor": {"name": "BEFORE"}}
"""The result of the node before."""


def plus(name: str, tensor: str) -> Node:
    """The result of the node before, and a tensor's sum added to it."""
    return call("aten.add.Tensor", name, self=BEFORE, other={"as_tensor": {"name": tensor}})
