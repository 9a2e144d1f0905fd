"""What is wrong with the sources and labels of a prepared table, without reading a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from airlock.core.contract import Contract
from airlock.core.problems import WrittenProblem
from airlock.core.spelling import advice
from airlock.stages.prepare.spec import LABELS, NamedLabels, NamedTable

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def check_tables(tables: Mapping[str, NamedTable], *, earlier: bool) -> Iterator[WrittenProblem]:
    """What is wrong with the sources by themselves.

    Args:
        earlier: whether rows are made about nights before the run's own.
    """
    for name, table in tables.items():
        at = ("sources", name)
        if not _NAME.fullmatch(name) or name == LABELS:
            yield WrittenProblem(
                what="the name of a source must be small letters, digits and underscores, and not "
                f"{LABELS}",
                do="Call it as the SQL does, such as customers.",
                at=at,
            )
        if table.kind == "events" and table.by_night and table.history is None:
            yield WrittenProblem(
                what=f"nobody says how many nights of {name} a feature may look back on",
                do="Write history=…, in nights: 1 for the night's own events alone.",
                at=at,
            )
        if table.kind != "events" and table.history is not None:
            yield WrittenProblem(
                what=f"{name} has a history, and its contract has no event_time",
                do="Name the column that says since when a row is known, as event_time.",
                at=at,
            )
        if table.kind == "state" and not table.by_night and earlier:
            yield WrittenProblem(
                what=f"nobody knows what {name} said on an earlier night: it has neither nights "
                "nor event_time in its contract",
                do="Deliver it by night, or name event_time; if it was always so, write "
                "fixed=True.",
                at=at,
            )
        of_files = isinstance(table.source, str)
        if table.kind == "state" and table.by_night and earlier and not of_files:
            yield WrittenProblem(
                what=f"which rows of {name} are of which night is not known: it is no file",
                do="Give it a column with the day, and name it as event_time.",
                at=at,
            )
        if table.fixed and (table.by_night or table.history is not None):
            yield WrittenProblem(
                what=f"{name} is fixed, and has nights or a history",
                do="Leave out fixed.",
                at=at,
            )


def check_labels(labels: NamedLabels, contract: Contract | None) -> Iterator[WrittenProblem]:
    """What is wrong with the labels by themselves, and with the columns that they name.

    Args:
        contract: of the prepared table; None where its file does not load.
    """
    source = labels.table.contract
    if source.event_time is None:
        yield WrittenProblem(
            what="nobody knows when a label came: the contract of labels has no event_time",
            do="Name the column with the time, as event_time.",
            of=LABELS,
            at=("contract",),
        )
    if labels.label is not None and labels.label not in source.columns:
        yield WrittenProblem(
            what=f"the contract of labels has no column {labels.label}",
            do=advice(labels.label, source.columns, what="declared"),
            of=LABELS,
            at=("label",),
        )
    for ours, theirs in labels.keys.items():
        yield from _check_key(ours, theirs, source, contract)
    if contract is not None and labels.target not in contract.columns:
        yield WrittenProblem(
            what=f"the contract has no column {labels.target}, which takes the labels",
            do=advice(labels.target, contract.columns, what="declared"),
            of=LABELS,
        )


def _check_key(
    ours: str, theirs: str, source: Contract, contract: Contract | None
) -> Iterator[WrittenProblem]:
    for name, known, whose in ((theirs, source, "labels"), (ours, contract, "the table")):
        if known is not None and name not in known.columns:
            yield WrittenProblem(
                what=f"the contract of {whose} has no column {name}, the key of labels",
                do=advice(name, known.columns, what="declared"),
                of=LABELS,
                at=("key",),
            )
            return
    if contract is not None and contract.columns[ours].type != source.columns[theirs].type:
        yield WrittenProblem(
            what=f"the key is {contract.columns[ours].type} in the table ({ours}) and "
            f"{source.columns[theirs].type} in labels ({theirs})",
            do="Declare both alike, or CAST in the SELECT.",
            of=LABELS,
            at=("key",),
        )
