"""Compares what MLflow shows of a model with the ledger: aliases, versions, stages and tags.

None of it decides anything, and people act on it: each word that no entry says is a warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from airlock.core.quoting import line
from airlock.ledger import Entry, State
from airlock.verify.look import Look

if TYPE_CHECKING:
    from airlock.registry import Registry

# Characters of a text that is MLflow's.
_LONGEST = 80
# MLflow's words for a version that has none, in its database and in its answers.
_NO_STAGE = (None, "", "None")


def handed_out(registry: Registry, model: str, number: int) -> str:
    """Where MLflow sends whoever loads a version.

    It keeps that beside the address that it shows, and the two may differ.
    """
    with registry.translated():
        return str(registry.client.get_model_version_download_uri(model, str(number)))


def check_shown(look: Look, registry: Registry) -> None:
    """Warn of every alias, version, stage and tag that no entry says."""
    wanted = f"name = '{look.ledger.model}'"
    with registry.translated():
        models = registry.client.search_registered_models(wanted)
        found = registry.client.search_model_versions(wanted)
    aliases = {name: int(number) for one in models for name, number in one.aliases.items()}
    look.warnings += _aliases(look, aliases)
    told = expected_tags(look.entries)
    for one in sorted(found, key=lambda version: int(version.version)):
        number = int(one.version)
        if number not in told:
            look.warnings.append(
                f"No entry names MLflow's version {number}: its run has not come to the gate, it "
                "is a duplicate, or somebody added it. Load nothing of it."
            )
        if one.current_stage not in _NO_STAGE:
            look.warnings.append(
                f"MLflow's version {number} is in stage {_quoted(one.current_stage)}: Airlock "
                "gives none."
            )
        if one.status != "READY":
            look.warnings.append(f"MLflow calls its version {number} {_quoted(one.status)}.")
        for name, values in told.get(number, {}).items():
            if (value := one.tags.get(name)) not in values:
                said = " or ".join(sorted(_quoted(each) for each in set(values)))
                look.warnings.append(
                    f"MLflow's tag {name} of version {number} is {_quoted(value)} instead of "
                    f"{said}."
                )


def _aliases(look: Look, found: dict[str, int]) -> list[str]:
    from airlock.registry.versions import ALIAS

    champion = State.of(look.ledger.model, look.entries).champion
    told = [
        f"MLflow's alias {_quoted(name)} points at version {number}; no entry says so."
        for name, number in sorted(found.items())
        if name != ALIAS
    ]
    if champion is None and ALIAS in found:
        told.append(
            f"MLflow's alias {ALIAS} points at version {found[ALIAS]}, and no entry makes any "
            "version champion; airlock_reconcile takes it away."
        )
    if champion is not None and found.get(ALIAS) != champion.version:
        told.append(
            f"MLflow's alias {ALIAS} points at version {found.get(ALIAS)} instead of "
            f"{champion.version}; airlock_reconcile puts it right."
        )
    return told


def expected_tags(entries: Sequence[Entry]) -> dict[int, dict[str, Sequence[str | None]]]:
    """The tags of every version that was ever judged, and what each may say; None for no tag."""
    from airlock.registry.marks import POLICY, marks
    from airlock.registry.versions import BUNDLE, DATA, DUPLICATE, SMOKE

    found: dict[int, dict[str, Sequence[str | None]]] = {}
    for entry in entries:
        if entry.kind != "decided":
            continue
        body, evidence = entry.body, entry.body.get("evidence") or {}
        tags = found.setdefault(body["version"], {DUPLICATE: [None], POLICY: [None]})
        tags |= {BUNDLE: [body["bundle"]], SMOKE: ["passed"]}
        # A bundle may be judged more than once.
        tags[DATA] = [*tags.get(DATA, ()), evidence.get("redaction")]
        tags[POLICY] = [*tags[POLICY], evidence.get("policy")]
    for number, shown in marks(entries).items():
        found.setdefault(number, {}).update({name: [value] for name, value in shown.items()})
    return found


def _quoted(text: str | None) -> str:
    return "missing" if text is None else repr(line(text, _LONGEST))
