"""graph.pt2: the model as an exported graph, packed so that loading it unpickles nothing.

What `torch.export.load` of torch 2.13 does with an archive (torch/export/pt2_archive/_package.py,
torch/_export/serde/serialize.py), and what `pack` leaves in it:

- weights and constants are raw bytes, unless their JSON says `use_pickle` (`torch.load` with
  weights_only=False), or they are custom or opaque objects (`pickle.loads`): none of these;
- sample inputs go through `torch.load`, which falls back to weights_only=False when the safe way
  fails: left empty, which is not read at all;
- `models/model.json` names operators by attribute, symbols that sympy evaluates, types of the
  arguments that pytree imports, and guards that `module()` executes: only aten operators, plain
  symbols, tuples and dicts, and no guards.

`unpack` refuses an archive that has anything else. That shuts the pickle door; an exported graph is
still a program, so the manifest's digest is what says whether it may be loaded at all.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.export.pt2_archive  # load() would import it: early enough to be preloaded
from torch import Tensor, nn
from torch.export.passes import move_to_device_pass

from airlock.core.content import canonical_json
from airlock.core.errors import ModelError, Unverified

_ROOT = "graph/"
_PROGRAM = "models/model.json"
_SAMPLES = "data/sample_inputs/model.pt"
_CONFIGS = (
    "data/weights/model_weights_config.json",
    "data/constants/model_constants_config.json",
)
_PLAIN = {"archive_format", "archive_version", "byteorder", ".data/version"}
_MEMBER = re.compile(r"data/(weights/weight|constants/tensor)_\d+")
_TARGET = re.compile(r"torch\.ops\.aten\.\w+\.\w+|_operator\.\w+|torch\.sym_\w+")
_SYMBOL = re.compile(r"Symbol\('[a-z]\d+'(, (positive|nonnegative|integer)=True)*\)")
_TYPES = {"builtins.tuple", "builtins.dict", "builtins.list"}
_SUM = re.compile(r"(Integer|Add|Mul|Max|Min|Mod|FloorDiv|[0-9+*(), -])*")


def pack(module: nn.Module, inputs: Sequence[Tensor], path: Path) -> None:
    """Export a module in its present state and write it with deterministic bytes.

    Args:
        module: on the CPU, in evaluation mode.
        inputs: an example of at least two rows of every tensor that `forward` takes.
        path: ends in .pt2.

    Raises:
        ModelError: the module cannot be exported.
    """
    rows = torch.export.Dim("rows", min=1)
    try:
        program = torch.export.export(
            module, tuple(inputs), dynamic_shapes=tuple({0: rows} for _ in inputs)
        )
        archive = io.BytesIO()
        torch.export.save(program, archive)
    except Exception as error:  # noqa: BLE001  the exporter raises whatever it meets in user code
        raise ModelError(
            f"{type(module).__name__} cannot be exported: {str(error).strip().splitlines()[0]}",
            do="forward() must not look at values (no `if` on a tensor, no .item()) nor at the "
            "number of rows; torch.export's documentation lists what it can trace.",
        ) from None
    with zipfile.ZipFile(archive) as exported, zipfile.ZipFile(path, "w") as packed:
        for member in sorted(exported.namelist()):
            name = member.partition("/")[2]
            if name != ".data/serialization_id":
                # ZipInfo's own date is 1980-01-01, for everybody.
                packed.writestr(zipfile.ZipInfo(_ROOT + name), _bare(name, exported.read(member)))
    _check(path)


def unpack(path: Path, device: str = "cpu") -> nn.Module:
    """Load a packed graph; call it with the tensors that `forward` takes.

    Args:
        device: where it computes; its tensors must lie there.

    Raises:
        Unverified: the archive holds something that `pack` never writes.
    """
    loaded = program(path)
    if device != "cpu":
        # Weights and constants, and every operator that makes a tensor on a device by name.
        loaded = move_to_device_pass(loaded, device)
    module = loaded.module(check_guards=False)
    assert isinstance(module, nn.Module)
    return module


def program(path: Path) -> torch.export.ExportedProgram:
    """Load a packed graph as a program, for who writes it in another form.

    Raises:
        Unverified: the archive holds something that `pack` never writes.
    """
    _check(path)
    return torch.export.load(path)


def _bare(name: str, data: bytes) -> bytes:
    """Without example rows, guards (code), stack traces (paths of this machine)."""
    if name == _SAMPLES:
        return b""
    if name != _PROGRAM:
        return data
    program = json.loads(data)
    program["guards_code"] = []
    for node in _nodes(program):
        node["metadata"] = {}
    return canonical_json(program)


def _check(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.namelist()
            members = {name: archive.read(name) for name in listed}
        # Of two members of one name, torch and Python's zipfile each read another one.
        doubled = len(members) < len(listed)
        wrong = "it has two members of one name" if doubled else _wrong(_below_root(members))
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile):
        wrong = "it does not read as an exported graph"
    if wrong:
        raise Unverified(
            f"{path.name} is not loaded: {wrong}.",
            do="Airlock loads only graphs that it packed itself; train the model again.",
        )


def _below_root(members: dict[str, bytes]) -> dict[str, bytes]:
    if any(not name.startswith(_ROOT) for name in members):
        raise KeyError(_ROOT)
    return {name.removeprefix(_ROOT): data for name, data in members.items()}


def _wrong(members: dict[str, bytes]) -> str | None:
    return _pickled(members) or _executed(json.loads(members[_PROGRAM]))


def _pickled(members: dict[str, bytes]) -> str | None:
    if members[_SAMPLES]:
        return "it has sample inputs, which may be unpickled"
    for name in sorted(members.keys() - {_PROGRAM, _SAMPLES, *_CONFIGS, *_PLAIN}):
        if not _MEMBER.fullmatch(name):
            return f"it has a member {name}"
    for config in _CONFIGS:
        folder = config.rpartition("/")[0]
        for payload in json.loads(members[config])["config"].values():
            if payload["use_pickle"] or not _MEMBER.fullmatch(f"{folder}/{payload['path_name']}"):
                return f"{config} asks for pickle"
    return None


def _executed(program: dict[str, Any]) -> str | None:
    if program["guards_code"]:
        return "it has guards, which are executed"
    for node in _nodes(program):
        if not _TARGET.fullmatch(node["target"]):
            return f"it calls {node['target']}"
    for signature in _values(program, "in_spec", "out_spec"):
        if not set(_values(json.loads(signature), "type")) <= _TYPES:
            return "it has arguments of its own types"
    for expression in _values(program, "expr_str"):
        if not _SUM.fullmatch(_SYMBOL.sub("", expression)):
            return "it has an expression that is more than arithmetic"
    return None


def _nodes(program: Any) -> Iterator[dict[str, Any]]:
    """Every node of the graph and of the graphs in it."""
    return (one for one in _objects(program) if "target" in one and "metadata" in one)


def _values(program: Any, *keys: str) -> Iterator[str]:
    """Every text under one of the keys."""
    return (one[key] for one in _objects(program) for key in keys if one.get(key) is not None)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _objects(one)
