"""A graph by somebody who means harm: refused before torch reads it, whatever it asks for."""

from __future__ import annotations

import copy
import json
import resource
import struct
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airlock.bundle import graph
from airlock.core.errors import ModelError, Unverified
from tests.packed import (
    BEFORE,
    PROGRAM,
    ROWS,
    WEIGHTS,
    append,
    call,
    members,
    packed,
    rewrite,
    with_program,
)

SECRET = "secret.txt"
GIGABYTE = 1 << 20  # in the kilobytes of ru_maxrss


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return members(packed(tmp_path_factory.mktemp("graph")))


@pytest.fixture
def path(original: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path(SECRET).write_bytes(b"ABCDEFGH" * 8)
    return rewrite(tmp_path / "graph.pt2", original)


def run(path: Path) -> Any:
    """Load and compute, as whoever serves a model does."""
    loaded = graph.load(path)
    loaded.footprint.rows(65_536, ROWS)
    return loaded.module(*ROWS)


def refused(path: Path, said: str = "is not loaded") -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Unverified, match=said):
        run(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < GIGABYTE
    assert Path(SECRET).read_bytes() == b"ABCDEFGH" * 8
    assert not Path("was_run").exists()


# --- operators ---


def text(value: str) -> Any:
    return {"as_string": value}


def ints(*values: int) -> Any:
    return {"as_ints": list(values)}


FLAG = {"as_bool": True}
FILE = {"filename": text(SECRET), "shared": FLAG, "size": {"as_int": 8}}

OPERATORS = {
    "reads a file": [call("aten.from_file.default", **FILE)],
    "writes a file": [
        call("aten.from_file.default", "mapped", **FILE),
        call("aten.copy_.default", self={"as_tensor": {"name": "mapped"}}, src=BEFORE),
    ],
    "copies over an input": [
        call("aten.copy_.default", self={"as_tensor": {"name": "numeric"}}, src=BEFORE)
    ],
    "overwrites a weight": [
        call("aten.zero_.default", self={"as_tensor": {"name": "p_deep_0_weight"}})
    ],
    "in place": [call("aten.relu_.default", self=BEFORE)],
    "another storage": [call("aten.set_.source_Tensor", self=BEFORE, source=BEFORE)],
    "resized": [call("aten.resize_.default", self=BEFORE, size=ints(1 << 40))],
    "beyond the storage": [
        call("aten.as_strided.default", self=BEFORE, size=ints(4, 2), stride=ints(9, 9))
    ],
    "an out argument": [call("aten.add.out", self=BEFORE, other=BEFORE, out=BEFORE)],
    "many at once": [
        call("aten._foreach_copy_.default", self={"as_tensors": [{"name": "numeric"}]})
    ],
    "saves": [call("aten.save.default", self=BEFORE, filename=text("was_run"))],
    "prints": [call("aten._print.default", s=text("hello"))],
    "prims": [call("prims.copy_to.default", a=BEFORE, b=BEFORE)],
    "a triton kernel": [call("higher_order.triton_kernel_wrapper_functional")],
    "a branch": [call("higher_order.cond")],
    "a loop": [call("higher_order.while_loop")],
    "a scan": [call("higher_order.scan")],
    "chance": [call("aten.rand_like.default", self=BEFORE)],
    "memory that nobody wrote": [call("aten.empty_like.default", self=BEFORE)],
    "as many as values say": [call("aten.nonzero.default", self=BEFORE)],
    "a project's own": [call("airlock.evil.default", self=BEFORE)],
    "of the interpreter": [call("aten.relu.default.__class__")],
    "no operator": [{**call("aten.relu.default"), "target": "torch.os.system"}],
    "a power": [{**call("aten.relu.default"), "target": "_operator.pow"}],
    "an attribute": [{**call("aten.relu.default"), "target": "math.exp"}],
    "an extension": [{**call("aten.relu.default"), "target": "#evil:op"}],
    "dropout in training": [
        call("aten.dropout.default", input=BEFORE, p={"as_float": 0.5}, train=FLAG)
    ],
}


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_what_is_not_on_the_list_is_not_called(path: Path, name: str):
    nodes = copy.deepcopy(OPERATORS[name])

    with_program(path, lambda program: append(program, *nodes))

    refused(path)


def test_the_refused_operator_is_named_with_how_one_is_added(path: Path):
    with_program(path, lambda program: append(program, call("aten.from_file.default", **FILE)))

    with pytest.raises(Unverified) as error:
        graph.unpack(path)

    assert "torch.ops.aten.from_file.default" in str(error.value)
    assert "No bundle can" in str(error.value)


# --- sizes: the file is small, the tensor is not ---

HUGE = 1 << 33

ALLOCATIONS = {
    "full": [call("aten.full.default", size=ints(HUGE), fill_value={"as_float": 1.0})],
    "zeros": [call("aten.zeros.default", size=ints(1 << 20, 1 << 20))],
    "ones of a rank": [call("aten.ones.default", size=ints(*[8] * 12))],
    "arange": [call("aten.arange.default", end={"as_int": HUGE})],
    "eye": [call("aten.eye.default", n={"as_int": 1 << 17})],
    "linspace": [
        call(
            "aten.linspace.default",
            start={"as_float": 0.0},
            end={"as_float": 1.0},
            steps={"as_int": HUGE},
        )
    ],
    "repeat": [call("aten.repeat.default", self=BEFORE, repeats=ints(1 << 20, 1 << 12))],
    "expand and clone": [
        call("aten.unsqueeze.default", "wide", self=BEFORE, dim={"as_int": 0}),
        call("aten.expand.default", "wider", self=BEFORE, size=ints(HUGE, -1, -1)),
        call("aten.clone.default", self=BEFORE),
    ],
    "new_zeros": [call("aten.new_zeros.default", self=BEFORE, size=ints(HUGE))],
    "new_full": [
        call("aten.new_full.default", self=BEFORE, size=ints(HUGE), fill_value={"as_int": 1})
    ],
    "pad": [call("aten.pad.default", self=BEFORE, pad=ints(0, HUGE))],
    "interpolate": [
        call("aten.unsqueeze.default", "wide", self=BEFORE, dim={"as_int": 1}),
        call(
            "aten.upsample_nearest1d.vec",
            input=BEFORE,
            output_size=ints(HUGE),
            scale_factors={"as_none": True},
        ),
    ],
    "outer, again and again": [
        node
        for step in range(6)
        for node in (
            call("aten.flatten.using_ints", f"flat{step}", self=BEFORE),
            call("aten.outer.default", f"outer{step}", self=BEFORE, vec2=BEFORE),
        )
    ],
    "repeat_interleave": [
        call("aten.repeat_interleave.self_int", self=BEFORE, repeats={"as_int": HUGE})
    ],
    "one_hot": [
        call("aten.to.dtype", "whole", self=BEFORE, dtype={"as_scalar_type": 5}),
        call("aten.one_hot.default", self=BEFORE, num_classes={"as_int": HUGE}),
    ],
    "more than an integer": [call("aten.zeros.default", size=ints(1 << 62, 1 << 62))],
    "tril_indices": [
        call("aten.tril_indices.default", row={"as_int": 1 << 17}, col={"as_int": 1 << 17})
    ],
}


@pytest.mark.parametrize("name", sorted(ALLOCATIONS))
def test_what_a_graph_allocates_is_known_before_it_does(path: Path, name: str):
    nodes = copy.deepcopy(ALLOCATIONS[name])

    with_program(path, lambda program: append(program, *nodes))

    refused(path, "more than 1,024 MB|does not compute|is not loaded")


def test_numbers_of_rows_are_not_multiplied_without_end(path: Path):
    def squared(program: dict[str, Any]) -> None:
        within = program["graph_module"]["graph"]
        node = call("aten.sym_size.int", "n0", self={"as_tensor": {"name": "numeric"}})
        node["inputs"].append({"name": "dim", "arg": {"as_int": 0}, "kind": 1})
        names = [f"n{step}" for step in range(80)]
        rows = [node]
        for before, name in pairwise(names):
            one = call("aten.relu.default", name)
            given = {"arg": {"as_sym_int": {"as_name": before}}, "kind": 1}
            one["inputs"] = [{"name": "a", **given}, {"name": "b", **given}]
            rows.append({**one, "target": "_operator.mul"})
        for one in rows:
            one["outputs"] = [{"as_sym_int": {"as_name": one["name"]}}]
            within["sym_int_values"][one["name"]] = {"as_int": 4}
        within["nodes"] += rows

    with_program(path, squared)

    refused(path, "multiplies numbers of rows")


def test_shapes_that_follow_from_values_are_not_computed(path: Path):
    mask = call("aten.gt.Scalar", "mask", self=BEFORE, other={"as_float": 0.0})
    picked = call(
        "aten.index.Tensor",
        self={"as_tensor": {"name": "linear_2"}},
        indices={"as_optional_tensors": [{"as_tensor": {"name": "mask"}}]},
    )

    with_program(path, lambda program: append(program, mask, picked))

    refused(path, "does not compute")


# --- the words of the program ---


def nodes(program: dict[str, Any]) -> list[Any]:
    found: list[Any] = program["graph_module"]["graph"]["nodes"]
    return found


CODE = "x=__import__('pathlib').Path('was_run').touch()"


def renamed(name: str) -> Callable[[dict[str, Any]], None]:
    """Give the first input another name, wherever it stands: names become Python code."""

    def change(program: dict[str, Any]) -> None:
        text = json.dumps(program).replace('"numeric"', json.dumps(name))
        program.clear()
        program.update(json.loads(text))

    return change


def expression(text: str) -> Callable[[dict[str, Any]], None]:
    def change(program: dict[str, Any]) -> None:
        values = program["graph_module"]["graph"]["tensor_values"]
        sizes = next(one["sizes"] for one in values.values() if "as_expr" in one["sizes"][0])
        sizes[0]["as_expr"]["expr_str"] = text

    return change


def put(*where: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(program: dict[str, Any]) -> None:
        within: Any = program
        for key in where[:-1]:
            within = within[key]
        within[where[-1]] = value

    return change


GRAPH = ("graph_module", "graph")
FIRST = (*GRAPH, "nodes", 0)
SIGNATURE = ("graph_module", "module_call_graph", 0, "signature")
LONG = "Symbol('s1')" + "+Symbol('s1')" * 100
MUTATED = {"buffer_mutation": {"arg": {"name": "linear_2"}, "buffer_name": "x"}}
INPUT_MUTATED = {"user_input_mutation": {"arg": {"name": "relu"}, "user_input_name": "numeric"}}
INNER = {"name": "g", "graph": {"nodes": [call("aten.from_file.default", **FILE)]}}

WORDS: dict[str, Callable[[dict[str, Any]], None]] = {
    "code for a name": renamed(CODE),
    "a keyword for a name": renamed("lambda"),
    "torch for a name": renamed("torch"),
    "self for a name": renamed("self"),
    "a dunder for a name": renamed("__class__"),
    "a letter of another alphabet": renamed("nume\u0433ic"),
    "code for a node's name": put(*FIRST, "name", value=CODE),
    "code for a weight's name": put(
        *("graph_module", "signature", "input_specs", 0, "parameter", "parameter_name"),
        value="a.b');" + CODE,
    ),
    "code as an expression": expression(CODE),
    "a tower of powers": expression("Integer(9)**Integer(9)**Integer(9)**Integer(9)"),
    "a power by name": expression("Pow(Symbol('s1'), Integer(99))"),
    "a long number": expression("9" * 400),
    "a long expression": expression(LONG),
    "a deep expression": expression("(" * 200 + "1" + ")" * 200),
    "guards": put("guards_code", value=[CODE]),
    "metadata of a node": put(*FIRST, "metadata", value={"source_fn_stack": "x,torch.os.system"}),
    "a type of arguments": put(
        *SIGNATURE, "in_spec", value='[1, {"type": "collections.Counter", "context": "null"}]'
    ),
    "deep arguments": put(*SIGNATURE, "in_spec", value="[1, " + "[" * 5000 + "]" * 5000 + "]"),
    "another verifier": put("verifiers", value=["EVIL"]),
    "a graph as an argument": put(*FIRST, "inputs", 0, "arg", value={"as_graph": INNER}),
    "an operator as an argument": put(
        *FIRST, "inputs", 0, "arg", value={"as_operator": "torch.os.system"}
    ),
    "an object as an argument": put(
        *FIRST, "inputs", 0, "arg", value={"as_custom_obj": {"name": "x", "class_fqn": "y"}}
    ),
    "an object as an input": put(
        *GRAPH, "inputs", 0, value={"as_custom_obj": {"name": "x", "class_fqn": "y"}}
    ),
    "a list of objects": put(*GRAPH, "custom_obj_values", value={"x": {}}),
    "an output that changes a buffer": put(
        "graph_module", "signature", "output_specs", 0, value=MUTATED
    ),
    "an output that changes an input": put(
        "graph_module", "signature", "output_specs", 0, value=INPUT_MUTATED
    ),
    "an unknown key": put("extra", value=1),
    "a value that is no flag": put(*GRAPH, "is_single_tensor_return", value=0),
    "a number beyond 64 bits": put(*FIRST, "inputs", 0, "arg", value={"as_int": 1 << 64}),
    "a rank of many": put(*GRAPH, "tensor_values", "numeric", "sizes", value=[{"as_int": 2}] * 99),
    "another device": put(
        *GRAPH, "tensor_values", "numeric", "device", value={"type": "meta", "index": None}
    ),
    "nothing": dict.clear,
}


@pytest.mark.parametrize("name", sorted(WORDS))
def test_a_program_says_nothing_but_what_is_expected_of_it(path: Path, name: str):
    refused(with_program(path, WORDS[name]))


# --- JSON that two readers read differently ---

BYTES: dict[str, Callable[[bytes], bytes]] = {
    "a key twice": lambda data: data.replace(
        b'"guards_code":[]', b'"guards_code":["1"],"guards_code":[]'
    ),
    "NaN": lambda data: data.replace(b"1e-05", b"NaN", 1),
    "Infinity": lambda data: data.replace(b"1e-05", b"-Infinity", 1),
    "an overflow": lambda data: data.replace(b"1e-05", b"1e999", 1),
    "thousands of digits": lambda data: data.replace(b"1e-05", b"1" * 5000, 1),
    "deep": lambda data: data[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep, and not closed": lambda data: b"[" * 1_000_000,
    "half of a pair": lambda data: data.replace(b'"numeric"', b'"\\ud800"'),
    "not UTF-8": lambda data: data.replace(b'"numeric"', b'"\xff"'),
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "two documents": lambda data: data + data,
    "cut short": lambda data: data[:-7],
    "nothing": lambda data: b"",
    "a list": lambda data: b"[" + data + b"]",
}


@pytest.mark.parametrize("name", sorted(BYTES))
def test_json_that_is_not_plain_is_refused(path: Path, original: dict[str, bytes], name: str):
    changed = BYTES[name](original[PROGRAM])
    assert changed != original[PROGRAM]

    refused(rewrite(path, {**original, PROGRAM: changed}))


# --- weights ---


def weights(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, bytes]], None]:
    def tamper(found: dict[str, bytes]) -> None:
        config = json.loads(found[WEIGHTS])
        change(config["config"]["deep.0.weight"])
        found[WEIGHTS] = json.dumps(config).encode()

    return tamper


def emptied(found: dict[str, bytes]) -> None:
    # torch makes zeros of the described size then.
    config = json.loads(found[WEIGHTS])["config"]["deep.0.weight"]
    found[f"data/weights/{config['path_name']}"] = b""


def sized(*sizes: int, strides: tuple[int, ...], offset: int = 0) -> Callable[..., None]:
    def change(payload: dict[str, Any]) -> None:
        payload["tensor_meta"]["sizes"] = [{"as_int": one} for one in sizes]
        payload["tensor_meta"]["strides"] = [{"as_int": one} for one in strides]
        payload["tensor_meta"]["storage_offset"] = {"as_int": offset}

    return change


PAYLOADS: dict[str, Callable[[dict[str, bytes]], None]] = {
    "no bytes": emptied,
    "a stride of zero": weights(sized(1 << 40, 8, strides=(0, 1))),
    "a size that is not there": weights(sized(1 << 40, 8, strides=(8, 1))),
    "an offset beyond": weights(sized(8, 8, strides=(8, 1), offset=1 << 40)),
    "a negative stride": weights(sized(8, 8, strides=(-8, 1))),
    "sizes without strides": weights(sized(8, 8, strides=(8,))),
    "pickle": weights(lambda one: one.update(use_pickle=True)),
    "another file": weights(lambda one: one.update(path_name="../weights/weight_0")),
    "a file that is not there": weights(lambda one: one.update(path_name="weight_99")),
    "an object": weights(lambda one: one.update(path_name="opaque_obj_0")),
    "no description": weights(lambda one: one.update(tensor_meta=None)),
    "a type of no width": weights(lambda one: one["tensor_meta"].update(dtype=0)),
    "sparse": weights(lambda one: one["tensor_meta"].update(layout=1)),
    "on a device": weights(
        lambda one: one["tensor_meta"].update(device={"type": "cuda", "index": 0})
    ),
    "an extra file": lambda found: found.update({"extra/x": b"1"}),
    "a second model": lambda found: found.update({"models/other.json": found[PROGRAM]}),
    "compiled code": lambda found: found.update({"data/aotinductor/model/x.so": b"1"}),
    "a long version": lambda found: found.update({"archive_version": b"0" * 1000}),
    "no version": lambda found: found.pop("archive_version"),
    "no weights": lambda found: found.pop(WEIGHTS),
}


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_weights_are_plain_tensors_within_their_own_bytes(
    path: Path, original: dict[str, bytes], name: str
):
    found = dict(original)
    PAYLOADS[name](found)

    refused(rewrite(path, found))


# --- anything at all ---

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 70), 1 << 70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        [
            *(SECRET, "torch.ops.aten.from_file.default", "torch.ops.aten.zeros.default"),
            *("as_ints", "as_string", "as_tensor", "numeric", "linear_2", "self", CODE),
            *([], {}, {"as_int": HUGE}, {"as_ints": [HUGE]}, {"as_none": True}),
            *({"as_tensor": {"name": "numeric"}}, {"as_string": SECRET}),
        ]
    ),
)


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    found = [here] if here else []
    if isinstance(value, dict):
        for key, one in value.items():
            found += places(one, (*here, key))
    if isinstance(value, list):
        for at, one in enumerate(value):
            found += places(one, (*here, at))
    return found


_OPENED: list[str] = []
_WATCHING = [False]


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if _WATCHING[0] and event in {"os.system", "subprocess.Popen", "socket.connect", "os.remove"}:
        _OPENED.append(event)
    if _WATCHING[0] and event == "open" and SECRET in str(args[0]):
        _OPENED.append(event)


sys.addaudithook(_watch)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_mutated_program_computes_a_result_or_is_refused(
    path: Path, original: dict[str, bytes], data: st.DataObject
):
    program = json.loads(original[PROGRAM])
    for _ in range(data.draw(st.integers(1, 3))):
        known = places(program)
        *within, last = data.draw(st.sampled_from(known))
        holder: Any = program
        for key in within:
            holder = holder[key]
        how = data.draw(st.sampled_from(["replace", "drop", "swap"]))
        if how == "drop":
            del holder[last]
        elif how == "swap":
            other: Any = program
            for key in data.draw(st.sampled_from(known)):
                if not isinstance(other, (dict, list)):
                    break
                other = other[key] if isinstance(other, list) else other.get(key)
            holder[last] = copy.deepcopy(other)
        else:
            holder[last] = data.draw(JUNK)
    rewrite(path, {**original, PROGRAM: json.dumps(program).encode()})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _OPENED.clear()
    _WATCHING[0] = True
    try:
        found = run(path)
    except (Unverified, RuntimeError, IndexError):
        # Computing may fail (`Scorer` says so in its own words); nothing may be done besides.
        found = None
    finally:
        _WATCHING[0] = False

    assert found is None or isinstance(found, (torch.Tensor, tuple))
    assert not _OPENED
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2 * GIGABYTE
    assert Path(SECRET).read_bytes() == b"ABCDEFGH" * 8


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_an_archive_with_other_bytes_anywhere_is_the_same_graph_or_refused(
    path: Path, original: dict[str, bytes], data: st.DataObject
):
    rewrite(path, original)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + 1] = data.draw(st.binary(max_size=3))
    path.write_bytes(whole)

    try:
        graph.unpack(path)
    except Unverified:
        return
    # Dates and version numbers of the format may differ: nothing reads them.
    assert members(path) == dict(original)


def test_a_file_that_is_no_archive_is_refused(path: Path):
    for content in (b"", b"PK", bytes(100), struct.pack("<4s4H2LH", b"PK\x05\x06", *[0] * 7)):
        path.write_bytes(content)
        refused(path)


def test_what_was_packed_is_loaded(path: Path):
    assert run(path).shape == (4, 2)


def test_a_module_whose_graph_is_too_large_is_refused_when_it_is_packed(tmp_path: Path):
    class Wide(torch.nn.Module):
        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            return (rows[..., None] * torch.ones(1 << 26)).sum(-1)

    with pytest.raises(ModelError, match="more than 1,024 MB for a single row"):
        graph.pack(Wide().eval(), [torch.ones(2, 8)], tmp_path / "graph.pt2")
