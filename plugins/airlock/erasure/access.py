"""Lists what concerns one person, and who decided it (GDPR, article 15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    bundle = str(record.get("bundle", ""))
    for row in _rows(stores, somebody, table, scratch):
        yield {
            "model": ledger.model,
            "night": record.get("night"),
            "version": row.pop("version", record.get("version")),
            "ledger_entry": row.pop("sequence", record.get("sequence")),
            "about_them": row,
            "fields_used": _fields(stores, entries, bundle),
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


def _fields(stores: Stores, entries: Sequence[Entry], bundle: str) -> list[str]:
    """The columns that a version reads; none where nobody knows any more."""
    for entry in entries:
        if entry.kind in {"promoted", "rolled_back"}:
            champion = Champion.from_entry(entry)
            if champion.bundle == bundle:
                training = publication.load(stores["store"], champion.training).result
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


def page(told: Concerns) -> str:
    """The same as one page without scripts, fonts or foreign addresses."""
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Subject access</title>",
        "<style>body{font-family:sans-serif;margin:2rem}table{border-collapse:collapse;"
        "margin-bottom:2rem}td,th{border:1px solid #999;padding:.3rem .6rem;text-align:left;"
        "vertical-align:top}</style></head><body>",
        "<h1>What concerns one person</h1>",
        f"<p>Domain {html(told.domain)}; pseudonyms {html(', '.join(told.pseudonyms))}.</p>",
    ]
    for title, rows in (
        ("Stored tables with a row about them", told.nights),
        ("Models that learnt from these rows", told.models),
        ("What was predicted about them", told.decisions),
    ):
        parts += [f"<h2>{html(title)}</h2>", _table(rows)]
    return "\n".join([*parts, "</body></html>", ""])


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "<p>None.</p>"
    names = list(rows[0])
    head = "".join(f"<th>{html(name.replace('_', ' '))}</th>" for name in names)
    body = "".join(
        f"<tr>{''.join(f'<td>{html(_said(row.get(name)))}</td>' for name in names)}</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _said(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_said(one)}" for name, one in value.items())
    if isinstance(value, list):
        return " / ".join(map(_said, value)) or "-"
    return str(value)
