"""Writes the files of a new pipeline from what a sample of its table shows."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from airlock.drafts import expectations
from airlock.drafts.choices import Choices
from airlock.drafts.redaction import key_of
from airlock.drafts.sample import Sample
from airlock.drafts.texts import DAG_SCORING, DAG_TRAINING, MODEL, POLICY, REDACTION, TEST
from airlock.hooks.kinds import NETWORK
from airlock.stages.evidence.spec import stub
from airlock.stages.snapshot.spec import NIGHT

_NUMBERS = {
    NETWORK: "Batches and epochs follow from the number of rows; docs/train.md says how.",
    "lightgbm": "Rounds end where the validation fold learns nothing more; docs/models.md has all.",
    "linear": "The validation fold chooses the penalty; docs/models.md has all hyperparameters.",
}

_SCHEMA = "# yaml-language-server: $schema=../schemas/{name}.schema.json\n"


def files(
    model: str, sample: Sample, chosen: Choices, *, source: str, kind: str = NETWORK
) -> dict[str, str]:
    """Every file of a new pipeline by its path in the project.

    Args:
        model: registered name.
        sample: the table.
        chosen: what was decided about it.
        source: the address, as the DAGs name it.
        kind: of model; only a network has a class of its own.
    """
    name = f"{model.title().replace('_', '')}Model"
    nightly = NIGHT in source
    words = {
        "model": model,
        "class_name": name,
        "kind": f'model="include.models.{model}:{name}",' if kind == NETWORK else f'kind="{kind}",',
        "numbers": _NUMBERS[kind],
        "source": json.dumps(source, ensure_ascii=False),
        "target": json.dumps(chosen.target, ensure_ascii=False),
        "entity": json.dumps(chosen.entity, ensure_ascii=False),
        "task": '\n            task="regression",' if chosen.task == "regression" else "",
        "train_at": 'nightly("0 2 * * *")' if nightly else "None",
        "score_at": 'nightly("0 4 * * *")' if nightly else "None",
        "train_when": "every night at 02:00 UTC about the day before"
        if nightly
        else "when somebody presses Trigger: the source has no nights",
        "nightly": ", nightly" if nightly else "",
    }
    return {
        f"dags/{model}_training.py": DAG_TRAINING.format(**words),
        f"dags/{model}_scoring.py": DAG_SCORING.format(**words),
        f"include/expectations/{model}.yaml": _SCHEMA.format(name="expectations")
        + _notes(sample)
        + expectations.draft(sample, chosen.key),
        f"include/redaction/{model}.yaml": _SCHEMA.format(name="redaction") + _redaction(chosen),
        f"include/policies/{model}.yaml": _SCHEMA.format(name="policy") + _policy(model, chosen),
        f"include/governance/{model}.yaml": _SCHEMA.format(name="governance") + stub(model),
        **({f"include/models/{model}.py": MODEL.format(**words)} if kind == NETWORK else {}),
        f"tests/test_{model}.py": TEST.format(**words),
    }


def address(source: Path, places: list[Path]) -> str | None:
    """How a DAG names a source; None where it lies below no place.

    A day in the path of every file becomes `{night}`.
    """
    whole = source.absolute()
    below = next((place for place in places if whole.is_relative_to(place)), None)
    if below is None:
        return None
    relative = whole.relative_to(below).as_posix()
    if not source.is_dir():
        return relative
    nights = sorted(one for one in source.iterdir() if one.is_dir() and _night(one.name))
    if not nights:
        return relative
    found = next((one for one in sorted(nights[-1].iterdir()) if one.is_file()), None)
    ends = "".join(PurePosixPath(found.name).suffixes) if found is not None else ""
    inner = nights[-1].name.replace(_night(nights[-1].name), NIGHT)
    return f"{relative}/{inner}/*{ends}"


def newest(source: Path) -> Path:
    """What is looked at of a source: of a folder with nights, the newest."""
    if not source.is_dir():
        return source
    nights = sorted(one for one in source.iterdir() if one.is_dir() and _night(one.name))
    return nights[-1] if nights else source


def _night(name: str) -> str:
    """The day in a folder's name; "" if there is none."""
    from datetime import date

    tail = name.rpartition("=")[2]
    try:
        return tail if date.fromisoformat(tail).isoformat() == tail else ""
    except ValueError:
        return ""


def _notes(sample: Sample) -> str:
    """What was guessed about the files, in a line each."""
    text = sample.csv
    if text is None:
        return ""
    said = []
    if text.encoding != "utf-8":
        said.append(f"the bytes are no UTF-8, and were read as {text.encoding}")
    if text.decimal == ",":
        said.append("numbers have a comma before the fraction")
    if sample.formats:
        said.append(f"days are not written year first in {', '.join(sorted(sample.formats))}")
    if len(sample.null_values) > 1:
        said.append("some texts mean no value: null_values")
    return "".join(f"# Seen: {one}.\n" for one in said)


def _redaction(chosen: Choices) -> str:
    lines = [
        f"  {key_of(name)}: {action}{f'  # {why}' if why else ''}\n"
        for name, (action, why) in chosen.actions.items()
    ]
    return REDACTION.format(rows=f"{chosen.rows:,}") + "".join(lines)


def _policy(model: str, chosen: Choices) -> str:
    if chosen.task == "regression":
        first = "  r2: {min: 0.05}"
        margin = f"  - {{metric: rmse, margin: {chosen.spread / 20:.2g}}}"
        why = "a twentieth of the target's standard deviation"
    else:
        first = "  auroc: {min: 0.55}"
        margin = "  - {metric: auroc, margin: 0.03}"
        why = "small holdouts have wide intervals: lower it as the table grows"
    rarest = f"\n  min_rarest_class: {chosen.min_rarest_class}" if chosen.classes else ""
    return POLICY.format(
        model=model,
        first=first,
        margin=margin,
        why=why,
        min_rows=chosen.min_rows,
        rarest=rarest,
        rows=f"{chosen.rows:,}",
    )
