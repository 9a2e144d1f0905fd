"""Writes the files of a new pipeline from what a sample of its table shows."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from airlock.core.nights import Every, night_named
from airlock.core.sources import DeltaSource, IcebergSource, SourceSpec, SqlSource
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

# Schedule, cron lines of training and scoring, nights that a training reads, and when it runs.
_RHYTHMS: dict[Every | None, tuple[str, str, str, int, str]] = {
    None: ("", "", "", 1, "when somebody presses Trigger: the source has no nights"),
    "hour": (
        *("hourly", "0 2 * * *", "10 * * * *", 24),
        "every night at 02:00 UTC about the 24 hours before",
    ),
    "day": (
        "nightly",
        "0 2 * * *",
        "0 4 * * *",
        1,
        "every night at 02:00 UTC about the day before",
    ),
    "week": (
        "weekly",
        "0 2 * * 1",
        "0 4 * * 1",
        1,
        "on Mondays at 02:00 UTC about the week before",
    ),
    "month": (
        *("monthly", "0 2 1 * *", "0 4 1 * *", 1),
        "on the first of a month at 02:00 UTC about the month before",
    ),
}
_OF_ENTITIES = "Rows of one entity share a fold: a fifth is the holdout, a tenth for validation."
_OF_ROWS = """\
No column has another value in every row, so each row stands for itself: a fifth is
            # the holdout. If somebody has several rows, name the column that says whom a row is
            # about; as it is, nobody's rows can be found for an erasure, and no label can be joined
            # later."""
_SCHEMA = "# yaml-language-server: $schema=../schemas/{name}.schema.json\n"


def files(
    model: str,
    sample: Sample,
    chosen: Choices,
    *,
    source: str | SourceSpec,
    every: Every | None = None,
    kind: str = NETWORK,
) -> dict[str, str]:
    """Every file of a new pipeline by its path in the project.

    Args:
        model: registered name.
        sample: the table.
        chosen: what was decided about it.
        source: the address, as the DAGs name it; or a table.
        every: how long its nights are, see `rhythm`; days if nobody looked.
        kind: of model; only a network has a class of its own.
    """
    name = f"{model.title().replace('_', '')}Model"
    if isinstance(source, str):
        every = None if NIGHT not in source else every or "day"
    schedule, train_at, score_at, window, when = _RHYTHMS[every]
    imported = ({schedule} if every else set()) | (
        set() if isinstance(source, str) else {_called(source).partition("(")[0]}
    )
    of_rows = chosen.entity not in chosen.actions
    words = {
        "model": model,
        "class_name": name,
        "kind": f'model="include.models.{model}:{name}",' if kind == NETWORK else f'kind="{kind}",',
        "numbers": _NUMBERS[kind],
        "source": _called(source),
        "target": json.dumps(chosen.target, ensure_ascii=False),
        "entity": json.dumps(chosen.entity, ensure_ascii=False),
        "of_entity": _OF_ROWS if of_rows else _OF_ENTITIES,
        "task": '\n            task="regression",' if chosen.task == "regression" else "",
        "train_at": f'{schedule}("{train_at}")' if every else "None",
        "score_at": f'{schedule}("{score_at}")' if every else "None",
        "train_when": when,
        "window": f"\n        window={window}," if window > 1 else "",
        "nightly": "".join(f", {one}" for one in sorted(imported)),
    }
    return {
        f"dags/{model}_training.py": DAG_TRAINING.format(**words),
        f"dags/{model}_scoring.py": DAG_SCORING.format(**words),
        f"include/expectations/{model}.yaml": _SCHEMA.format(name="expectations")
        + _notes(sample)
        + expectations.draft(sample, chosen.key, nights=window),
        f"include/redaction/{model}.yaml": _SCHEMA.format(name="redaction") + _redaction(chosen),
        f"include/policies/{model}.yaml": _SCHEMA.format(name="policy") + _policy(model, chosen),
        f"include/governance/{model}.yaml": _SCHEMA.format(name="governance") + stub(model),
        **({f"include/models/{model}.py": MODEL.format(**words)} if kind == NETWORK else {}),
        f"tests/test_{model}.py": TEST.format(**words),
    }


def _called(source: str | SourceSpec) -> str:
    """What a DAG file writes."""
    if isinstance(source, str):
        return json.dumps(source, ensure_ascii=False)
    name = {SqlSource: "sql", DeltaSource: "delta", IcebergSource: "iceberg"}[type(source)]
    (_, first), *rest = (
        (key, value) for key, value in source if value != type(source).model_fields[key].default
    )
    said = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in rest]
    return f"{name}({', '.join([json.dumps(first, ensure_ascii=False), *said])})"


def address(source: Path, places: list[Path]) -> str | None:
    """How a DAG names a source; None where it lies below no place.

    A day in the path of every file becomes `{night}`; so does an hour, a week or a month.
    """
    whole = source.absolute()
    below = next((place for place in places if whole.is_relative_to(place)), None)
    if below is None:
        return None
    relative = whole.relative_to(below).as_posix()
    if not source.is_dir():
        return relative
    nights = _nights(source)
    if not nights:
        return relative
    if nights[-1].is_file():
        return f"{relative}/{nights[-1].name.replace(_night(nights[-1].name), NIGHT)}"
    found = next((one for one in sorted(nights[-1].iterdir()) if one.is_file()), None)
    ends = "".join(PurePosixPath(found.name).suffixes) if found is not None else ""
    inner = nights[-1].name.replace(_night(nights[-1].name), NIGHT)
    return f"{relative}/{inner}/*{ends}"


def newest(source: Path) -> Path:
    """What is looked at of a source: of a folder with nights, the newest."""
    if not source.is_dir():
        return source
    nights = _nights(source)
    return nights[-1] if nights else source


def rhythm(source: Path) -> Every | None:
    """How long the nights of a source are; None where it has none."""
    nights = _nights(source) if source.is_dir() else []
    return night_named(_night(nights[-1].name)).every if nights else None


def _nights(source: Path) -> list[Path]:
    """What lies in a folder for each night, oldest first: folders, or else files."""
    named = [one for one in sorted(source.iterdir()) if _night(one.name)]
    return [one for one in named if one.is_dir()] or named


def _night(name: str) -> str:
    """The partition in the name of a folder or file; "" if there is none."""
    tail = name.rpartition("=")[2].partition(".")[0]
    try:
        return tail if night_named(tail).name == tail else ""
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
    if text.quote is None:
        said.append("quotes are text, and close no cell")
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
