"""graph.pt2: a model as an exported graph, packed so that loading it runs no foreign code.

What `torch.export.load` of torch 2.13 does with an archive (torch/export/pt2_archive/_package.py,
torch/_export/serde/serialize.py), and what `pack` leaves in it:

- weights and constants are raw bytes, unless their JSON says `use_pickle` (`torch.load` with
  weights_only=False), or they are custom or opaque objects (`pickle.loads`): none of these;
- sample inputs go through `torch.load`, which falls back to weights_only=False when the safe way
  fails: left empty, which is not read at all;
- `models/model.json` names operators by attribute, values by names that become Python code, symbols
  that sympy evaluates, types that pytree imports, and guards that `module()` executes.

`airlock.reading` says what an archive and JSON may be, `bundle.program` what may stand in it,
`bundle.operators` what may be called, `bundle.footprint` how much memory that may take. A graph is
held to all of it when it is packed and whenever it is loaded; torch gets the very bytes that were
checked. An exported graph is still a program: the manifest's digest and the signature are what
says whether it may be loaded at all.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from airlock.bundle.footprint import Footprint
from airlock.bundle.grammar import ForbiddenGraph
from airlock.bundle.program import check_payloads, check_program
from airlock.compat.torch import is_mutable, move_to_device_pass
from airlock.core.content import canonical_json
from airlock.core.errors import ModelError, Unverified
from airlock.reading import Malformed, read_archive, read_json

_ROOT = "graph/"
_PROGRAM = "models/model.json"
_SAMPLES = "data/sample_inputs/model.pt"
_CONFIGS = (
    "data/weights/model_weights_config.json",
    "data/constants/model_constants_config.json",
)
_PLAIN = {"archive_format", "archive_version", "byteorder", ".data/version"}
_MEMBER = re.compile(r"data/(weights/weight|constants/tensor)_\d{1,6}")
_FEW = 64  # bytes of what says a version
_TRACE = (
    "forward() must not look at values (no `if` on a tensor, no .item()) nor at the number of "
    "rows; torch.export's documentation lists what it can trace."
)


class Loaded(NamedTuple):
    """A graph that may be computed, and how much of it at once."""

    module: nn.Module
    footprint: Footprint


def pack(module: nn.Module, inputs: Sequence[Tensor], path: Path) -> None:
    """Export a module in its present state and write it with deterministic bytes.

    Args:
        module: on the CPU, in evaluation mode.
        inputs: an example of at least two rows of every tensor that `forward` takes.
        path: ends in .pt2.

    Raises:
        ModelError: the module cannot be exported, or its graph would not be loaded.
    """
    path.write_bytes(_packed(module, inputs))


def check_exportable(module: nn.Module, inputs: Sequence[Tensor]) -> None:
    """Find out before hours of training whether a module could be packed after them.

    Neither its mode nor the random numbers that follow are any different for it.

    Raises:
        ModelError: as of `pack`.
    """
    training = module.training
    with torch.random.fork_rng(devices=[]):
        try:
            _packed(module.eval(), inputs)
        finally:
            module.train(training)


def unpack(path: Path, device: str = "cpu") -> nn.Module:
    """Load a packed graph; call it with the tensors that `forward` takes.

    Args:
        device: where it computes; its tensors must lie there.

    Raises:
        Unverified: the archive holds something that `pack` never writes.
    """
    return load(path, device).module


def load(path: Path, device: str = "cpu") -> Loaded:
    """Load a packed graph, and what says how many rows of it fit into memory.

    Raises:
        Unverified: the archive holds something that `pack` never writes, or computes too much.
    """
    loaded = program(path)
    footprint = _footprint(loaded, path.name)
    if device != "cpu":
        # Weights and constants, and every operator that makes a tensor on a device by name.
        loaded = move_to_device_pass(loaded, device)
    module = loaded.module(check_guards=False)
    assert isinstance(module, nn.Module)
    return Loaded(module, footprint)


def program(path: Path) -> torch.export.ExportedProgram:
    """Load a packed graph as a program, for who writes it in another form.

    Raises:
        Unverified: the archive holds something that `pack` never writes.
    """
    try:
        archive = path.read_bytes()
        _check(archive)
    except (OSError, KeyError, Malformed) as error:
        raise _refused(path.name, _said(error), getattr(error, "do", "")) from None
    return _program(archive, path.name)


def _packed(module: nn.Module, inputs: Sequence[Tensor]) -> bytes:
    name = type(module).__name__
    rows = torch.export.Dim("rows", min=1)
    try:
        exported = torch.export.export(
            module, tuple(inputs), dynamic_shapes=tuple({0: rows} for _ in inputs)
        )
        if any(map(_writes, exported.graph.nodes)):
            # relu_() and x += 1 within forward() are as good as relu() and x = x + 1.
            exported = exported.run_decompositions({})
        archive = io.BytesIO()
        torch.export.save(exported, archive)
    except Exception as error:  # noqa: BLE001  the exporter raises whatever it meets in user code
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(f"{name} cannot be exported: {said[0]}", do=_TRACE) from None
    packed = _bare(archive)
    try:
        _check(packed)
        _footprint(_program(packed, name), name)
    except Unverified as error:
        raise ModelError(f"{name} would not be loaded again. {error.what}", do=error.do) from None
    except (KeyError, Malformed) as error:
        raise ModelError(
            f"{name} would not be loaded again: {_said(error)}.",
            do=getattr(error, "do", "") or _TRACE,
        ) from None
    return packed


def _writes(node: torch.fx.Node) -> bool:
    return is_mutable(node.target)


def _bare(archive: io.BytesIO) -> bytes:
    """The archive without example rows, guards (code), stack traces (paths of this machine)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(archive) as exported, zipfile.ZipFile(packed, "w") as written:
        for member in sorted(exported.namelist()):
            name = member.partition("/")[2]
            if name == ".data/serialization_id":
                continue
            data = exported.read(member)
            if name == _SAMPLES:
                data = b""
            elif name == _PROGRAM:
                data = _without_traces(json.loads(data))
            # ZipInfo's own date is 1980-01-01, for everybody.
            written.writestr(zipfile.ZipInfo(_ROOT + name), data)
    return packed.getvalue()


def _without_traces(program: dict[str, Any]) -> bytes:
    program["guards_code"] = []
    for node in _nodes(program):
        node["metadata"] = {}
    program["graph_module"]["metadata"] = {}
    return canonical_json(program)


def _check(archive: bytes) -> None:
    """Refuse an archive before torch sees it.

    Raises:
        Malformed: it, or a document in it, is not what `pack` writes.
        KeyError: a member is missing.
    """
    members = {}
    for name, data in read_archive(archive).items():
        if not name.startswith(_ROOT):
            raise ForbiddenGraph(f"it has a member {name}")
        members[name.removeprefix(_ROOT)] = data
    if len(members[_SAMPLES]):
        raise ForbiddenGraph("it has sample inputs, which may be unpickled")
    for name in sorted(members.keys() - {_PROGRAM, _SAMPLES, *_CONFIGS}):
        if name in _PLAIN:
            if len(members[name]) > _FEW:
                raise ForbiddenGraph(f"its {name} is too long")
        elif not _MEMBER.fullmatch(name):
            raise ForbiddenGraph(f"it has a member {name}")
    for config in _CONFIGS:
        folder = config.rpartition("/")[0] + "/"
        check_payloads(
            read_json(bytes(members[config])),
            {
                name.removeprefix(folder): len(data)
                for name, data in members.items()
                if name.startswith(folder)
            },
        )
    check_program(read_json(bytes(members[_PROGRAM])))


def _program(archive: bytes, name: str) -> torch.export.ExportedProgram:
    try:
        return torch.export.load(io.BytesIO(archive))
    except Exception as error:  # noqa: BLE001  torch raises what it likes, with its whole input
        raise _refused(name, f"torch does not read it ({type(error).__name__})") from None


def _footprint(loaded: torch.export.ExportedProgram, name: str) -> Footprint:
    """What the graph takes, once a single row of what it says it takes was tried."""
    try:
        module = loaded.module(check_guards=False)
        assert isinstance(module, torch.fx.GraphModule)
        footprint = Footprint(module)
        inputs = [
            torch.empty((0, *map(int, node.meta["val"].shape[1:])), dtype=node.meta["val"].dtype)
            for node in module.graph.nodes
            if node.op == "placeholder"
        ]
    except Exception as error:  # noqa: BLE001  as above
        raise _refused(name, f"torch does not compile it ({type(error).__name__})") from None
    footprint.rows(1, inputs)
    return footprint


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, Malformed) else "it does not read as an exported graph"


def _refused(name: str, why: str, do: str = "") -> Unverified:
    return Unverified(
        f"{name} is not loaded: {why}.",
        do=do or "Airlock loads only graphs that it packed itself; train the model again.",
    )


def _nodes(program: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of the graph and of the graphs in it."""
    waiting: list[Any] = [program]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "target" in value and "metadata" in value:
                yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
