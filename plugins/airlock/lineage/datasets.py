"""Names of datasets: what a stage made by its content, and what it came from by its address.

airlock   redact/3f5c…              what a stage made, by the digest of its content
airlock   model/churn/9a0b…         a model, by the digest of its bundle
file      /data/subscriptions/…     a source, as OpenLineage names files, buckets and databases
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from airlock.engine.publication import Published
    from airlock.engine.record import Input

NAMESPACE = "airlock"

Name = tuple[str, str]
"""Namespace and name."""


def result_name(stage: str, content: str) -> Name:
    """What a stage made."""
    return NAMESPACE, f"{stage}/{content}"


def model_name(model: str, bundle: str) -> Name:
    """A model, wherever its files lie."""
    return NAMESPACE, f"model/{model}/{bundle}"


def source_name(address: str) -> Name:
    """A source by its address, without what signs in there.

    Args:
        address: as the snapshot's record has it: a pattern, in which no file is named.
    """
    parts = urlsplit(address)
    if not parts.scheme:
        return "file", address
    if parts.scheme == "file":
        return "file", parts.path or address
    host = parts.hostname or ""
    at = f"{host}:{parts.port}" if parts.port else host
    return f"{parts.scheme}://{at}" if at else parts.scheme, parts.path.lstrip("/") or "/"


def input_name(one: Input[Any], model: str | None) -> Name:
    """What a stage read: a model, if it was trained, and else a result."""
    if one.result.stage == "train" and model:
        return model_name(model, one.result.data.digest)
    return result_name(one.result.stage, one.content)


def made_name(published: Published, model: str | None) -> Name:
    """What a stage made, likewise."""
    made = published.result
    if made.stage == "train" and model:
        return model_name(model, made.data.digest)
    return result_name(made.stage, made.content)


def columns_of(record: Any) -> Sequence[tuple[str, str]]:
    """Name and type of each column of a table that a record is about; none if it is about none."""
    found: Any = getattr(record, "schema", None) or getattr(record, "columns", ())
    plain = all(isinstance(one, list | tuple) and len(one) == 2 for one in found)
    return tuple((str(name), str(kind)) for name, kind in found) if plain else ()


def columns_read(inputs: Mapping[str, Input[Any]], name: str) -> Sequence[tuple[str, str]]:
    """The same of what a stage read; none if it read no such thing."""
    return columns_of(inputs[name].record) if name in inputs else ()
