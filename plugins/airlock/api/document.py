"""The OpenAPI document of the REST API, and what in a new one would break a caller of an old one.

python -m airlock.api.document > docs/api/openapi.json
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from airlock.api.app import create_app
from airlock.api.v1.reading import SCHEMA


def document() -> dict[str, Any]:
    """Of version 1; the routes behind the page's tabs are no promise, and not in it."""
    app = create_app()
    whole = app.openapi()
    whole["info"] = {
        "title": "Airlock",
        "version": f"{SCHEMA}",
        "description": "Below /airlock of an Airflow with Airlock. Every route needs a token of "
        "Airflow's: Authorization: Bearer … . docs/api.md has examples.",
    }
    whole["paths"] = {
        path: told for path, told in whole["paths"].items() if path.startswith("/api/v1/")
    }
    schemas = whole["components"]["schemas"]
    kept = _named(whole["paths"], schemas)
    whole["components"]["schemas"] = {name: schemas[name] for name in sorted(kept)}
    return json.loads(json.dumps(whole, sort_keys=True))  # type: ignore[no-any-return]


def _named(told: Any, schemas: Mapping[str, Any]) -> set[str]:
    """The shapes that something names, and those that they name."""
    found, open_ = set[str](), [json.dumps(told)]
    while open_:
        for name in set(re.findall(r"#/components/schemas/([^\"]+)", open_.pop())) - found:
            found.add(name)
            open_.append(json.dumps(schemas[name]))
    return found


def breaking(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """What a caller of the old API would stumble over, in words."""
    for path, methods in old["paths"].items():
        for method, told in methods.items():
            now = new["paths"].get(path, {}).get(method)
            where = f"{method.upper()} {path}"
            if now is None:
                yield f"{where} is gone"
                continue
            yield from _inputs(where, told, now)
            gone = told["responses"].keys() - now["responses"].keys()
            yield from (f"{where} answers {status} no more" for status in sorted(gone))
    yield from _shapes(_schemas(old), _schemas(new))


def _inputs(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before = {(one["in"], one["name"]): one for one in old.get("parameters", ())}
    now = {(one["in"], one["name"]): one for one in new.get("parameters", ())}
    for key, one in before.items():
        if key not in now:
            yield f"{where} takes no {key[1]} any more"
        elif _type(one["schema"]) != _type(now[key]["schema"]):
            yield f"{where}: {key[1]} is of another type"
    for key, one in now.items():
        if one.get("required") and not before.get(key, {}).get("required"):
            yield f"{where} demands {key[1]}"


def _shapes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, shape in old.items():
        if name not in new:
            yield f"{name} is gone"
            continue
        fields, now = shape.get("properties", {}), new[name].get("properties", {})
        for field, told in fields.items():
            if field not in now:
                yield f"{name}.{field} is gone"
            elif _type(told) != _type(now[field]):
                yield f"{name}.{field} is of another type"
        demanded = {*new[name].get("required", ())} - {*shape.get("required", ())}
        if name == "Asked":
            yield from (f"{name}.{field} is demanded" for field in sorted(demanded))
        if missing := {*shape.get("enum", ())} - {*new[name].get("enum", ())}:
            yield f"{name} knows {', '.join(sorted(missing))} no more"


def _schemas(whole: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = whole.get("components", {}).get("schemas", {})
    return found


def _type(told: Mapping[str, Any]) -> str:
    kept = {name: told.get(name) for name in ("type", "$ref", "items", "anyOf", "enum", "format")}
    return json.dumps(kept, sort_keys=True)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2, sort_keys=True) + "\n")
