"""Lists what concerns one person, and who decided it (GDPR, article 15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa  # noqa: TID253  # nothing but one command imports this package
import pyarrow.compute as pc  # noqa: TID253  # see above
import pyarrow.parquet as pq  # noqa: TID253  # see above

from airlock.core.quoting import html
from airlock.engine import publication
from airlock.erasure.reach import Reach, ReachedTable, Subject
from airlock.ledger import Champion
from airlock.stages.score.stage.margin import background

if TYPE_CHECKING:
    from airlock.engine.publication import Stores
    from airlock.ledger import Entry, Ledger

_DECIDES = ("score", "route", "shadow")
_ROW_KEY = "row_key"
_TOLD = ("prediction", "confidence", "band_low", "band_high", "row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerns:
    """Everything that concerns one person; the person is named by pseudonyms alone.

    Args:
        nights: every stored table with a row about them.
        models: versions that learnt from such rows, with who let them into production.
        decisions: what was predicted about them, by which version, from which fields.
    """

    domain: str
    pseudonyms: Sequence[str]
    nights: Sequence[Mapping[str, Any]]
    models: Sequence[Mapping[str, Any]]
    decisions: Sequence[Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "domain": self.domain,
            "pseudonyms": list(self.pseudonyms),
            "nights": list(self.nights),
            "models": list(self.models),
            "decisions": list(self.decisions),
        }


def concerns(
    stores: Stores, ledgers: Iterable[Ledger], somebody: Subject, found: Reach, scratch: Path
) -> Concerns:
    """Everything that concerns somebody.

    Args:
        ledgers: of all models.
        found: how far their rows went.
        scratch: a local folder.
    """
    by_model = {ledger.model: ledger for ledger in ledgers}
    nights: list[Mapping[str, Any]] = []
    decisions: list[Mapping[str, Any]] = []
    for table in found.tables:
        results = [publication.load(stores["store"], one).result for one in table.results]
        records = [one.record for one in results] or [{}]
        for record, address in zip(records, table.results or ("",), strict=True):
            nights.append(
                {
                    "stage": table.stage,
                    "night": record.get("night"),
                    "result": address,
                    "folder": f"{table.zone}/{table.prefix}",
                }
            )
            ledger = by_model.get(str(record.get("model")))
            if table.stage in _DECIDES and ledger is not None:
                decisions += _decided(stores, ledger, somebody, table, record, scratch)
    models = [
        {
            "model": one.model,
            "version": one.version,
            "champion": one.champion,
            "learnt_from_their_rows": "yes" if one.sure else "perhaps: its rows are gone",
            **_answered_for(by_model[one.model].entries(), version=one.version),
        }
        for one in found.versions
    ]
    return Concerns(
        domain=somebody.domain,
        pseudonyms=sorted(somebody.pseudonyms),
        nights=nights,
        models=models,
        decisions=decisions,
    )


def _decided(
    stores: Stores,
    ledger: Ledger,
    somebody: Subject,
    table: ReachedTable,
    record: Mapping[str, Any],
    scratch: Path,
) -> Iterator[Mapping[str, Any]]:
    entries = ledger.entries()
    versions = _let_in(entries)
    for row in _rows(stores, somebody, table, scratch):
        sequence = row.pop("sequence", record.get("sequence"))
        known = versions.get(sequence)
        bundle = known.bundle if known else str(record.get("bundle", ""))
        yield {
            "model": ledger.model,
            "night": record.get("night"),
            "version": row.pop("version", record.get("version")),
            "ledger_entry": sequence,
            "delivered": table.stage != "shadow",
            "about_them": row,
            "fields_used": _fields(stores, versions.values(), bundle),
            **_answered_for(entries, bundle=bundle),
        }


def _rows(
    stores: Stores, somebody: Subject, table: ReachedTable, scratch: Path
) -> Iterator[dict[str, Any]]:
    """What their rows of predictions say."""
    store = stores[table.zone]
    for stat in store.list(f"{table.prefix}/"):
        if not stat.key.endswith(".parquet"):
            continue
        rows = pq.read_table(store.local(stat.key, scratch))
        if _ROW_KEY not in rows.column_names or "prediction" not in rows.column_names:
            continue
        wanted = pa.array(sorted(somebody.pseudonyms), pa.string())
        mine = rows.filter(pc.is_in(rows.column(_ROW_KEY).cast(pa.string()), value_set=wanted))
        told = [one for one in (*_TOLD, "version", "sequence") if one in mine.column_names]
        yield from mine.select(told).to_pylist()


def _let_in(entries: Sequence[Entry]) -> dict[int, Champion]:
    """Every version that an entry let into production, or onto a share of the rows."""
    bodies = {
        one.sequence: one.body["promotion"] if one.kind == "canary" else one.body
        for one in entries
        if one.kind in {"promoted", "rolled_back", "canary"}
    }
    return {
        at: Champion.from_body(body["champion"], sequence=at)
        for at, body in bodies.items()
        if body.get("champion")
    }


def _fields(stores: Stores, versions: Iterable[Champion], bundle: str) -> list[str]:
    """The columns that a version reads; none where nobody knows any more."""
    for one in versions:
        if one.bundle == bundle:
            training = publication.load(stores["store"], one.training).result
            return [str(name) for name, _ in training.record.get("features", ())]
    return []


def _answered_for(
    entries: tuple[Entry, ...], *, bundle: str = "", version: int | None = None
) -> dict[str, Any]:
    """What the gate said, who was asked, and what they answered."""
    if not bundle:
        decided = [
            one for one in entries if one.kind == "decided" and one.body.get("version") == version
        ]
        bundle = str(decided[-1].body.get("bundle", "")) if decided else ""
    behind = background(entries, bundle) if bundle else None
    said = behind.decided if behind else None
    return {
        "policy": said.body.get("policy") if said else None,
        "outcome": said.body.get("outcome") if said else None,
        "decided_in_entry": said.sequence if said else None,
        "approvals": [
            {name: one.body.get(name) for name in ("by", "approved", "reason", "answered_at")}
            for one in (behind.approvals if behind else ())
            if one.kind == "approved"
        ],
    }


_STYLE = """
body { font-family: sans-serif; margin: 2rem auto; max-width: 60rem; line-height: 1.4 }
table { border-collapse: collapse; margin-bottom: 2rem; width: 100% }
td, th { border: 1px solid #999; padding: .3rem .6rem; text-align: left; vertical-align: top }
dl { display: grid; grid-template-columns: 12rem auto; border-top: 1px solid #999 }
dt, dd { margin: 0; padding: .2rem 0 }
.long { overflow-wrap: anywhere; font-size: smaller }
"""
_ADDRESSES = ("result", "folder")
_SECTIONS = (
    (
        "nights",
        "Stored tables with a row about them",
        "Each stage keeps what it made of a night's rows. Those of snapshot and validate are as "
        "they were delivered, and are deleted when their retention is over.",
    ),
    (
        "models",
        "Models that learnt from these rows",
        "A champion decides about people today. Approvals name who answered for a version.",
    ),
    (
        "decisions",
        "What was predicted about them",
        "By which version, from which fields, and who let it into production. What was not "
        "delivered was computed for comparison and reached nobody.",
    ),
)


def page(told: Concerns) -> str:
    """The same as one page without scripts, fonts or foreign addresses."""
    said = told.to_json()
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Subject access</title>",
        f"<style>{_STYLE}</style></head><body>",
        "<h1>What concerns one person</h1>",
        "<p>The person is named by pseudonyms alone: "
        f"{html(', '.join(told.pseudonyms))} (domain {html(told.domain)}). "
        "This page is personal data.</p>",
    ]
    for name, title, sentence in _SECTIONS:
        rows, laid_out = said[name], _lists if name == "decisions" else _table
        shown = laid_out(rows) if rows else "<p><strong>None.</strong></p>"
        parts += [f"<h2>{html(title)}</h2>", f"<p>{html(sentence)}</p>", shown]
    return "\n".join([*parts, "</body></html>", ""])


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(rows[0])
    head = "".join(f"<th>{html(name.replace('_', ' '))}</th>" for name in names)
    body = "".join(
        f"<tr>{''.join(_cell(name, row.get(name)) for name in names)}</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(name: str, value: Any) -> str:
    long = " class='long'" if name in _ADDRESSES else ""
    return f"<td{long}>{html(_said(value))}</td>"


def _lists(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(f"<dl>{''.join(starmap(_term, row.items()))}</dl>" for row in rows)


def _term(name: str, value: Any) -> str:
    return f"<dt>{html(name.replace('_', ' '))}</dt><dd>{html(_said(value))}</dd>"


def _said(value: Any) -> str:
    """A value in words; the JSON has every digit."""
    if value is None:
        return "nobody knows"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return "; ".join(f"{name.replace('_', ' ')}: {_said(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_said, value)) or "none"
    return str(value)
