"""airlock explain: show one row's score, what moved it, and who answers for the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.cli.nights import HOW, night
from airlock.cli.outcome import OK, WrongCall
from airlock.core.scratch import private_folder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from airlock.engine.publication import Stores


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `explain`."""
    one = commands.add_parser(
        "explain",
        help="why a row has its score, and who answers for it",
        description="The decision record of one row: score, band, version, what moved it "
        "(integrated gradients), the data and the evaluation behind the version, and who decided.",
    )
    one.add_argument(
        "night",
        metavar="NIGHT",
        help="which one: a day, an hour, a week or a month, as the pipeline calls it",
    )
    one.add_argument("key", metavar="KEY", help="the row_key: the pseudonym of whom it is about")
    one.add_argument("--model", required=True, metavar="MODEL", help="its registered name")
    one.add_argument("--row", type=int, metavar="N", help="which row, where they have several")
    one.add_argument("--json", action="store_true", help="as JSON, to be kept")
    one.set_defaults(run=run)


def run(parsed: argparse.Namespace, console: Console) -> int:
    """Find the row in what serves that night, verify the model that scored it, and ask it."""
    from airlock.catalogs.predictions import serving
    from airlock.cli.ledger import known
    from airlock.config.settings import Settings
    from airlock.stages.score.stage.explain import AskedRow, explain

    settings = Settings.read()
    stores: Stores = {"store": settings.store("store"), "raw": settings.store("raw")}
    ledger = settings.ledger(known(settings, parsed.model))
    partition = serving(ledger, night(parsed.night))
    if partition is None:
        raise WrongCall(
            f"{parsed.model} has no predictions of {parsed.night}.",
            do=f"Name a night that was scored: {HOW}.",
        )
    asked = AskedRow(key=parsed.key, row=parsed.row)
    with private_folder("explain") as scratch:
        found = explain(asked, partition, ledger, stores=stores, scratch=Path(scratch))
    if parsed.json:
        console.print(json.dumps(found, indent=2, default=str), markup=False, soft_wrap=True)
        return OK
    for line in _lines(found):
        console.print(line, markup=False, soft_wrap=True)
    return OK


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    row, model = found["prediction"], found["model"]
    yield (
        f"{row['night']}, row {row['row']}: {row['prediction']} by {row['model']} version "
        f"{row['version']} (ledger entry {row['sequence']})."
    )
    if row["band_low"] is not None:
        # Of a class it is about the one that is predicted, whatever `why` is about.
        of = "" if row.get("confidence") is None else f" of the probability of {row['prediction']}"
        yield f"Band{of}: {row['band_low']:.4g} to {row['band_high']:.4g}."
    why = found["why"]
    yield f"The {why['of']} is {why['score']:.4f}; of an average row it is {why['average']:.4f}."
    for name, added in why["features"]:
        yield f"  {added:+.4f}  {name} = {_value(found['features'].get(name))}"
    yield f"  {why['remainder']:+.4f}  not attributed"
    rows = model["rows"]
    yield (
        f"Trained on {rows['train']:,} rows (validation: {rows['validation']:,}) of night "
        f"{model['night'] or '–'}, data {model['data'][:16]}."
    )
    yield f"Bundle {model['bundle'][:16]}, {model['class']}, seed {model['seed']}."
    metrics = ", ".join(f"{name} {value}" for name, value in found["evaluation"].items())
    yield f"Evaluation: {metrics or 'the ledger names none'}."
    decision = found["decision"]
    said = decision.get("outcome", "no decision is known")
    yield f"Policy {decision.get('policy', '–')}: {said}."
    for one in found["approvals"]:
        verb = "approved" if one["approved"] else "did not approve"
        yield f"{one['by']} {verb}: {one['reason'] or 'no reason given'}"
    if not found["approvals"]:
        yield "Nobody had to be asked."
    yield _champion(found["champion"], row["version"])


def _champion(made: Mapping[str, Any], version: int) -> str:
    who = f"by {made['by']}: {made['reason'] or 'no reason given'}" if made["by"] else ""
    how = {
        "rolled back": f"after version {made['instead_of']} was rolled back {who}",
        "break-glass": f"past the gate, by break-glass, {who}",
    }.get(made["how"], "by the gate and whoever it asked")
    return (
        f"Version {version} was champion since {made['at'][:16].replace('T', ' ')} UTC {how} "
        f"(ledger entry {made['entry']})."
    )


def _value(cell: object) -> object:
    """A cell for people; a missing one is neither `nan` nor `None` to them."""
    # Of all values NaN alone is not itself.
    return "no value" if cell is None or cell != cell else cell
