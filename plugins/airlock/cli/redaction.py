"""airlock redaction draft, check: write a first redaction file; try one on texts of one's own."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from rich.console import Console

    from airlock.stages.redact.spec import RedactionSpec
    from airlock.stages.redact.stage.gold import ScanScore


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `redaction draft` and `redaction check`."""
    group = commands.add_parser("redaction", help="what happens to every column")
    verbs = group.add_subparsers(required=True, metavar="VERB")
    one = verbs.add_parser("draft", help="write a first file from a sample, for a person to edit")
    one.add_argument("source", type=Path, metavar="SOURCE", help="a table, or a folder of tables")
    one.add_argument("--out", type=Path, metavar="FILE", help="instead of standard output")
    one.add_argument(
        "--names", type=_names, default=(), metavar="A,B", help="the columns, if no line names them"
    )
    one.add_argument("--no-quotes", action="store_true", help="a quote is text like any other")
    one.set_defaults(run=draft)
    two = verbs.add_parser(
        "check",
        help="recall and precision of a file on texts in which people marked what stands there",
        description="Nothing leaves the machine, and no text is shown. A line of the texts: "
        '{"text": "Call Ann", "spans": [{"start": 5, "end": 8, "entity": "PERSON"}]}, and with '
        'linked columns "row": {"full_name": "Ann Ek"}.',
    )
    two.add_argument("file", type=Path, metavar="FILE", help="the redaction file")
    two.add_argument("--texts", type=Path, required=True, metavar="FILE", help="JSON lines")
    two.add_argument("--column", metavar="NAME", help="whose rules are tried, if several scan")
    two.add_argument("--json", action="store_true", help="as JSON")
    two.set_defaults(run=check)


def draft(parsed: argparse.Namespace, _: Console) -> int:
    """Write the file, but over no other."""
    from airlock.core.contract import Csv
    from airlock.drafts import redaction, sample

    if not parsed.source.exists():
        raise WrongCall(f"There is nothing at {parsed.source}.", do="Name a file or a folder.")
    text = Csv(quote=None if parsed.no_quotes else '"', header=not parsed.names)
    written = redaction.draft(sample.read(parsed.source, text=text, names=parsed.names))
    if parsed.out is None:
        sys.stdout.write(written)
        return OK
    try:
        with parsed.out.open("x", encoding="utf-8") as file:
            file.write(written)
    except FileExistsError:
        raise WrongCall(f"{parsed.out} is there already.", do="Name a new file.") from None
    except OSError as error:
        raise WrongCall(
            f"{parsed.out} cannot be written ({error.strerror}).", do="Name another."
        ) from None
    return OK


def check(parsed: argparse.Namespace, console: Console) -> int:
    """Scan the texts as the redaction would, and compare with what people marked."""
    from airlock.stages.redact.spec import RedactionSpec
    from airlock.stages.redact.stage.gold import GoldText, measured

    spec = RedactionSpec.load(parsed.file)
    name = _scanned(spec, parsed.column)
    texts = [GoldText.from_json(one, at) for at, one in _lines(parsed.texts)]
    if not texts:
        raise WrongCall(f"{parsed.texts} holds no texts.", do="Write one in a line, as JSON.")
    score = measured(spec, name, texts)
    if parsed.json:
        told = {**asdict(score), "column": name, "recall": score.all.recall}
        console.print(
            json.dumps({**told, "precision": score.all.precision}, indent=2), markup=False
        )
        return OK
    _show(score, name, console)
    return OK


def _scanned(spec: RedactionSpec, named: str | None) -> str:
    scanned = [one for one in spec.columns if spec.does(one) == "scan"]
    if named is None and len(scanned) == 1:
        return scanned[0]
    if named not in scanned:
        raise WrongCall(
            f"The file scans {', '.join(scanned) or 'no column'}.",
            do="Name one of them: --column NAME."
            if scanned
            else "A column is scanned with a model under ner, or with patterns: only.",
        )
    return named


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    from airlock.reading import read_json

    try:
        with path.open("rb") as file:
            for at, line in enumerate(file, start=1):
                if line.strip():
                    yield at, read_json(line)
    except OSError as error:
        raise WrongCall(
            f"{path} cannot be read ({error.strerror}).", do="Name a file of JSON lines."
        ) from None
    except ValueError:
        # What was read may be quoted in it.
        raise WrongCall(f"{path} is not made of JSON lines.", do="One object a line.") from None


def _show(score: ScanScore, name: str, console: Console) -> None:
    from rich.table import Table

    table = Table("entity", "marked", "gone", "recall", "found", "right", "precision", box=None)
    for one in (*score.entities, score.all):
        table.add_row(
            one.entity,
            f"{one.gold:,}",
            f"{one.gone:,}",
            _share(one.recall),
            f"{one.found:,}",
            f"{one.right:,}",
            _share(one.precision),
        )
    console.print(table)
    removed = score.removed / score.characters if score.characters else None
    innocent = score.innocent_removed / score.innocent if score.innocent else None
    console.print(
        f"{score.texts:,} texts as {name}; {score.behind:,} would stay behind. Characters removed: "
        f"{_share(removed)} of all, {_share(innocent)} of those that nobody marked.",
        markup=False,
        soft_wrap=True,
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _names(given: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in given.split(","))
