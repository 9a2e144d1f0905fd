"""Makes the JSON Schemas of the YAML files, for editors, from what reads them.

Made where they are written: those of an installation know the metrics that its extensions add.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airlock.core.contract import Contract
from airlock.core.spec import Spec
from airlock.hooks import registry
from airlock.hooks.metrics import directions
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.evidence.spec import Governance
from airlock.stages.gate.spec import Policy
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.validate.spec import Expectations

FILES: Mapping[str, type[Spec]] = {
    "expectations": Expectations,
    "redaction": RedactionSpec,
    "policy": Policy,
    "drift": DriftSpec,
    "contract": Contract,
    "governance": Governance,
}
"""What each file of a project is read as."""


def make_schemas() -> dict[str, str]:
    """Every schema by the name of its file."""
    return {f"{name}.schema.json": _text(name, spec) for name, spec in FILES.items()}


def _text(name: str, spec: type[Spec]) -> str:
    made = spec.model_json_schema(mode="validation", ref_template="#/$defs/{model}")
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
    made["title"] = f"Airlock: {name}"
    if name == "policy":
        _loosen(made)
    return json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _loosen(policy: dict[str, Any]) -> None:
    """What validators take besides: a list for the champion's rule, the rules of extensions."""
    properties = policy["properties"]
    rule = properties["champion"]
    short = policy["$defs"]["ChampionRule"]["properties"]["margins"]
    properties["champion"] = {"anyOf": [short, rule]}
    properties["rules"] = {"type": "object"}
    own = {name for family in registry.metrics() for name in family.better}
    for place in ("first", "metrics"):
        properties[place]["propertyNames"] = {"enum": [m for m in directions() if m in own]}
