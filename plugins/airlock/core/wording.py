"""Says in plain words what pydantic found, and what to write instead."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from airlock.core.problems import Misplaced, WrittenProblem
from airlock.core.spelling import advice, nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

KEYS = "docs/specs.md lists every key."

_KINDS = {
    "model": "must be keys with values, `key: value`",
    "dict": "must be keys with values, `key: value`",
    "mapping": "must be keys with values, `key: value`",
    "list": "must be a list",
    "tuple": "must be a list",
    "string": "must be a text",
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
}
_BOUNDS = {
    "greater_than": ("gt", "must be more than"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be less than"),
    "less_than_equal": ("le", "must be at most"),
}


def problems(
    error: ValidationError, model: type[BaseModel], *, of: str = ""
) -> list[WrittenProblem]:
    """Every problem that pydantic found; no value is quoted.

    Args:
        error: what it raised.
        model: what was validated.
        of: the document, for the problems.
    """
    errors = error.errors(include_url=False)
    return [found for one in errors if not _follows(one, errors) for found in _said(one, model, of)]


def _follows(one: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """Whether it says again what another error says: a list is short of the item that is wrong."""
    at = one["loc"]
    if one["type"] == "too_short":
        return any(other["loc"][: len(at)] == at for other in errors if other is not one)
    if one["type"] == "missing":
        beside = [
            other["loc"][-1]
            for other in errors
            if other["type"] == "extra_forbidden" and other["loc"][:-1] == at[:-1]
        ]
        return nearest(at[-1], map(str, beside)) is not None
    return False


def _said(one: ErrorDetails, model: type[BaseModel], of: str) -> Iterator[WrittenProblem]:
    raised = one.get("ctx", {}).get("error")
    # What stands behind a key that is wrong itself.
    at = tuple(part for part in one["loc"] if part != "[key]")
    if isinstance(raised, Misplaced):
        for where, what, do in raised.found:
            yield WrittenProblem(what=what, do=do, of=of, at=(*at, *where))
        return
    what, do = _sentence(one, model)
    yield WrittenProblem(what=what, do=do, of=of, at=at)


def _sentence(one: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    kind, given = one["type"], one["input"]
    for name, sentence in _SENTENCES.items():
        if kind == name:
            return sentence(one, model)
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{words} {one['ctx'][name]:g}", KEYS
    what = _KINDS.get(kind.split("_")[0])
    if what is None or (kind.startswith("string_") and kind != "string_type"):
        return one["msg"][:1].lower() + one["msg"][1:], KEYS
    if given is None and not one["loc"]:
        return "the file is empty", "Write its keys: docs/specs.md lists them."
    return what, _how_to_write(what, given)


def _how_to_write(what: str, given: object) -> str:
    if what == _KINDS["string"] and isinstance(given, bool):
        return "Put it in quotes: YAML takes yes, no, on and off for true and false."
    if what == _KINDS["string"]:
        return "Put it in quotes."
    if "number" in what and isinstance(given, str) and "," in given:
        return "Write a point before the fraction, and no quotes: 0.02."
    if "number" in what and isinstance(given, str):
        return "Write digits, without quotes or unit."
    if what == _KINDS["list"] and isinstance(given, str):
        return 'Write it in brackets: [one, two]; in Python ("one",).'
    return KEYS


def _extra(one: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    *above, key = one["loc"]
    known = _keys(model, above)
    return f"there is no `{key}` here", advice(str(key), known, what="there are")


def _missing(*_: object) -> tuple[str, str]:
    return "is missing", f"Write it; {KEYS}"


def _literal(one: ErrorDetails, _: type[BaseModel]) -> tuple[str, str]:
    expected = str(one["ctx"]["expected"])
    known = expected.replace("'", "").replace(" or ", ", ").split(", ")
    meant = nearest(one["input"], known)
    if isinstance(one["input"], bool):
        return f"must be one of {expected}", "Put it in quotes: YAML takes yes and no for booleans."
    if len(known) > 10:
        return "is none of those that there are", advice(one["input"], known, what="there are")
    return f"must be one of {expected}", f"Did you mean {meant}?" if meant else KEYS


def _value(one: ErrorDetails, _: type[BaseModel]) -> tuple[str, str]:
    return str(one["ctx"]["error"]), KEYS


def _few(one: ErrorDetails, _: type[BaseModel]) -> tuple[str, str]:
    least = one["ctx"]["min_length"]
    return ("must not be empty" if least == 1 else f"needs at least {least} of them"), KEYS


_SENTENCES: Mapping[str, Callable[[ErrorDetails, type[BaseModel]], tuple[str, str]]] = {
    "extra_forbidden": _extra,
    "missing": _missing,
    "literal_error": _literal,
    "value_error": _value,
    "too_short": _few,
    "string_too_short": _few,
    "finite_number": lambda *_: ("must be a finite number", KEYS),
    "int_from_float": lambda *_: ("must be a whole number", KEYS),
}


def _keys(model: type[BaseModel], above: Sequence[str | int]) -> list[str]:
    """The keys that may stand at a place below a model; none if that is not a model's."""
    found: Any = model
    for part in above:
        found = _below(found, part)
    return list(found.model_fields) if _is_model(found) else []


def _below(kind: Any, part: str | int) -> Any:
    if _is_model(kind):
        field = kind.model_fields.get(part)
        return None if field is None else _bare(field.annotation)
    arguments = get_args(kind)
    return _bare(arguments[-1] if arguments[-1] is not ... else arguments[0]) if arguments else None


def _bare(kind: Any) -> Any:
    """Without what surrounds a type: None beside it, or an annotation."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        inner = [one for one in get_args(kind) if one is not type(None)]
        return _bare(inner[0]) if len(inner) == 1 else None
    return kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
