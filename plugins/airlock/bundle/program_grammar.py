"""The grammar of models/model.json of a packed graph, and of the lists of its weights.

`torch.export.load` looks names up, imports types, evaluates expressions, writes the names of values
into the Python code that it compiles, and allocates what a tensor's description asks for. So every
key, kind, name, number and length is one that is expected here, before it gets to read any.
"""

from __future__ import annotations

import keyword
import re
from typing import Any

from airlock.bundle.grammar import (
    ForbiddenGraph,
    many,
    number,
    one_of,
    or_null,
    record,
    table,
    text,
    value,
    whole,
)
from airlock.reading import read_json

_RANK = 16
_LIST = 4096  # values in one argument
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,511}")
# The compiled code calls these by their names.
_TAKEN = frozenset({"self", "torch", "device", "inf", "nan", "math", "operator", "fx_pytree", "_"})
_SYMBOL = re.compile(r"Symbol\('[a-z]\d{1,9}'(, (positive|nonnegative|integer)=True)*\)")
_SUM = re.compile(r"(Integer|Add|Mul|Max|Min|Mod|FloorDiv|\d{1,19}(?!\d)|\*(?!\*)|[+(), -])*")
_EXPRESSION = 512
_TREES = (None, "builtins.tuple", "builtins.dict", "builtins.list")
# By the numbers of torch._export.serde.schema.ScalarType: bytes to bfloat16.
WIDTH = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 2, 7: 4, 8: 8, 9: 4, 10: 8, 11: 16, 12: 1, 13: 2}
_STRIDED = 7
CHANGES = "Write forward() so that it returns what it computes and leaves all else as it was."


def _name(found: Any) -> None:
    if not isinstance(found, str) or not _NAME.fullmatch(found) or found.startswith("__"):
        raise ForbiddenGraph("it calls a value by something else than a name")
    if found in _TAKEN or keyword.iskeyword(found):
        raise ForbiddenGraph("it calls a value by a name that is taken")


def _expression(found: Any) -> None:
    if not isinstance(found, str) or len(found) > _EXPRESSION:
        raise ForbiddenGraph("it has an expression that is too long, or none")
    if not _SUM.fullmatch(_SYMBOL.sub("0", found)):
        raise ForbiddenGraph("it has an expression that is more than arithmetic")


def _tree(found: Any) -> None:
    """How the arguments are nested, which is JSON within a text."""
    if not isinstance(found, str):
        raise ForbiddenGraph("it has arguments of its own types")
    tree = read_json(found, size=1 << 20, depth=16)
    if not isinstance(tree, list) or len(tree) != 2 or tree[0] != 1:
        raise ForbiddenGraph("it has arguments of its own types")
    waiting = tree[1:]
    while waiting:
        branch = waiting.pop()
        _BRANCH(branch)
        if branch["type"] not in _TREES:
            raise ForbiddenGraph("it has arguments of its own types")
        waiting += branch["children_spec"]


def _output(found: Any) -> None:
    if isinstance(found, dict) and found.keys() - {"user_output"}:
        # What the exporter writes of a graph that changes a weight, a buffer or what goes in.
        raise ForbiddenGraph(
            "it gives more than its results: it changes a buffer or an input", CHANGES
        )
    _OUTPUT(found)


_INT = whole()
_SIZE = whole(0)
_FLAG = value(True, False)
_NOTHING = value({})
_NONE = value([])
_DTYPE = whole(min(WIDTH), max(WIDTH))
_DEVICE = record({"type": value("cpu"), "index": value(None)})
_TENSOR = record({"name": _name})
_PATH = text(r"([A-Za-z0-9_]{1,256}(\.[A-Za-z0-9_]{1,256}){0,63})?", "a path")
# Modes, equations and reductions; compiled code has them in quotes.
_WORD = text(r"[A-Za-z0-9_ ,.>-]{0,256}", "a word")
_MAYBE_TENSOR = one_of({"as_tensor": _TENSOR, "as_none": _FLAG})
_EXPR = record({"expr_str": _expression, "hint": or_null(one_of({"as_int": _INT}))})
_SYMBOLIC = one_of({"as_int": _INT, "as_expr": _EXPR})
_ROWS = one_of({"as_name": _name, "as_int": _INT})
# No graph within a graph, no object, no operator as a value.
_ARGUMENT = one_of(
    {
        "as_none": _FLAG,
        "as_bool": _FLAG,
        "as_int": _INT,
        "as_float": number,
        "as_string": _WORD,
        "as_bools": many(_FLAG, _LIST),
        "as_ints": many(_INT, _LIST),
        "as_floats": many(number, _LIST),
        "as_complex": record({"real": number, "imag": number}),
        "as_tensor": _TENSOR,
        "as_tensors": many(_TENSOR, _LIST),
        "as_optional_tensor": _MAYBE_TENSOR,
        "as_optional_tensors": many(_MAYBE_TENSOR, _LIST),
        "as_sym_int": _ROWS,
        "as_sym_ints": many(_ROWS, _LIST),
        "as_scalar_type": _DTYPE,
        "as_memory_format": whole(1, 4),
        "as_layout": value(_STRIDED),
        "as_device": _DEVICE,
    }
)
_INPUT = record(
    {
        "name": text(r"\w{0,64}", "an argument"),
        "arg": _ARGUMENT,
        "kind": or_null(whole(0, 2)),
    }
)
_NODE = record(
    {
        "target": text(r"[\w.]{1,256}", "an operator"),
        "inputs": many(_INPUT, 64),
        "outputs": many(_ARGUMENT, _LIST),
        "metadata": _NOTHING,
        "name": or_null(_name),
        "is_hop_single_tensor_return": value(None),
    }
)


def _meta(size: Any) -> Any:
    return record(
        {
            "dtype": _DTYPE,
            "sizes": many(size, _RANK),
            "strides": many(size, _RANK),
            "storage_offset": size,
            "requires_grad": _FLAG,
            "device": _DEVICE,
            "layout": value(_STRIDED),
        }
    )


_GRAPH = record(
    {
        "inputs": many(one_of({"as_tensor": _TENSOR})),
        "outputs": many(one_of({"as_tensor": _TENSOR}), 64),
        "nodes": many(_NODE),
        "tensor_values": table(_name, _meta(_SYMBOLIC)),
        "sym_int_values": table(_name, _SYMBOLIC),
        "sym_bool_values": _NOTHING,
        "sym_float_values": _NOTHING,
        "custom_obj_values": _NOTHING,
        "is_single_tensor_return": value(False),
    }
)
_GIVEN = one_of(
    {
        "user_input": record({"arg": one_of({"as_tensor": _TENSOR})}),
        "parameter": record({"arg": _TENSOR, "parameter_name": _PATH}),
        "buffer": record({"arg": _TENSOR, "buffer_name": _PATH, "persistent": _FLAG}),
        "tensor_constant": record({"arg": _TENSOR, "tensor_constant_name": _PATH}),
    }
)
_OUTPUT = record({"user_output": record({"arg": one_of({"as_tensor": _TENSOR})})})
_BRANCH = record(
    {
        "type": or_null(text(r"[\w.]{1,256}", "a type")),
        "context": or_null(text(r'[\w\[\]", ]{0,4096}', "a context")),
        "children_spec": many(lambda _: None, _LIST),
    }
)
_CALLED = record(
    {
        "fqn": _PATH,
        "signature": or_null(
            record(
                {
                    "inputs": _NONE,
                    "outputs": _NONE,
                    "in_spec": _tree,
                    "out_spec": _tree,
                    "forward_arg_names": or_null(many(_name, 64)),
                }
            )
        ),
    }
)
PROGRAM = record(
    {
        "graph_module": record(
            {
                "graph": _GRAPH,
                "signature": record({"input_specs": many(_GIVEN), "output_specs": many(_output)}),
                "module_call_graph": many(_CALLED),
                "metadata": _NOTHING,
                "treespec_namedtuple_fields": _NOTHING,
            }
        ),
        "opset_version": table(text(r"\w{1,64}", "a set of operators"), _SIZE, 16),
        "range_constraints": table(
            text(r"[a-z]\d{1,9}", "a symbol"),
            record({"min_val": or_null(_INT), "max_val": or_null(_INT)}),
            64,
        ),
        "schema_version": record({"major": _SIZE, "minor": _SIZE}),
        "verifiers": many(value("TRAINING", "ATEN"), 4),
        "torch_version": text(r"[\w.+-]{1,64}", "a version"),
        "guards_code": _NONE,
    }
)
PAYLOADS = record(
    {
        "config": table(
            _PATH,
            record(
                {
                    "path_name": text(r"(weight|tensor)_\d{1,6}", "a file of weights"),
                    "is_param": _FLAG,
                    "use_pickle": value(False),
                    "tensor_meta": _meta(one_of({"as_int": _SIZE})),
                }
            ),
        )
    }
)
