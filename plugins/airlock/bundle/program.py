"""Checks models/model.json of a packed graph, and its weights; refuses everything else.

`program_grammar` says what may be written; here is what holds between two places of it, and of the
bytes beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airlock.bundle.grammar import ForbiddenGraph
from airlock.bundle.operators import ADD, NEVER, PURE, SIZES
from airlock.bundle.program_grammar import CHANGES, PAYLOADS, PROGRAM, WIDTH

_ADDED = frozenset({"_operator.add", "_operator.sub"})


def check_program(program: Any) -> None:
    """Refuse what `pack` never writes.

    Args:
        program: the parsed models/model.json.

    Raises:
        Refused: the first thing that is in the way.
    """
    PROGRAM(program)
    for node in program["graph_module"]["graph"]["nodes"]:
        _check_call(node)


def check_payloads(config: Any, stored: Mapping[str, int]) -> None:
    """Refuse weights or constants that are not plain tensors within their own bytes.

    Args:
        config: the parsed list of them.
        stored: bytes of the members in that folder, by their names.

    Raises:
        Refused: the first that is not.
    """
    PAYLOADS(config)
    for payload in config["config"].values():
        if payload["path_name"] not in stored:
            raise ForbiddenGraph("a weight has no bytes")
        if _needed(payload["tensor_meta"]) > stored[payload["path_name"]]:
            raise ForbiddenGraph("a weight is larger than its bytes")


def _needed(meta: dict[str, Any]) -> int:
    """Bytes that a tensor takes, on its own and where it lies."""
    count, reach = 1, meta["storage_offset"]["as_int"] + 1
    if len(meta["sizes"]) != len(meta["strides"]):
        raise ForbiddenGraph("a weight has another number of sizes than of strides")
    for size, stride in zip(meta["sizes"], meta["strides"], strict=True):
        count *= size["as_int"]
        reach += (size["as_int"] - 1) * stride["as_int"]
    # By strides of zero a single number is as many as anybody likes.
    return max(count, reach if count else 0) * WIDTH[meta["dtype"]]


def _check_call(node: dict[str, Any]) -> None:
    target = node["target"]
    if target not in PURE and target not in SIZES:
        raise ForbiddenGraph(f"it calls {target}, which is not on the list of operators", ADD)
    given = {one["name"]: one["arg"] for one in node["inputs"]}
    if len(given) < len(node["inputs"]) and target in PURE:
        raise ForbiddenGraph(f"it calls {target} with one argument twice")
    if target in SIZES:
        _check_size(node)
    for name, only in NEVER.items():
        if given.get(name, only) != only:
            raise ForbiddenGraph(f"it calls {target} as in training ({name})", CHANGES)
    if given.get("use_input_stats") == {"as_bool": True} and "as_none" not in given.get(
        "running_mean", {}
    ):
        raise ForbiddenGraph(f"it calls {target}, which changes a buffer", CHANGES)


def _check_size(node: dict[str, Any]) -> None:
    """Numbers of rows are added to each other, and multiplied by what stands there."""
    symbols = sum("as_name" in one["arg"].get("as_sym_int", {}) for one in node["inputs"])
    if symbols > 1 and node["target"] not in _ADDED:
        # Of eighty squarings of a number Python would make one of more digits than there are.
        raise ForbiddenGraph("it multiplies numbers of rows by each other")
