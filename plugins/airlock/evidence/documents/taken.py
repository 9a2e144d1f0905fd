"""What it took to make the version: of the run that was judged, and of the one that trained it."""

from __future__ import annotations

from collections.abc import Sequence

from airlock.catalogs.usage import Total, Usage
from airlock.core.quoting import markdown
from airlock.evidence.documents.writing import bullets, table
from airlock.evidence.gathered import Gathered


def usage_report(g: Gathered) -> bytes:
    """The attempts, in the order in which they ended."""
    of = g.of
    parts = [
        f"# What {markdown(of.model)} version {of.version} took",
        "Attempts that ended before the decision, of the run that was judged and of the one that "
        "trained the model. They are notes beside the run, under no signature of their own; an "
        "attempt that was killed left none. What nobody measured or priced is not 0.",
    ]
    if not g.usage:
        parts.append("**Nothing was written down of it.**")
    else:
        total = Total.of(g.usage)
        energy = "not measured" if total.watt_hours is None else f"{total.watt_hours:,.3f} Wh"
        missing = f", {total.unmeasured} attempt(s) not measured" if total.unmeasured else ""
        parts += [
            bullets(
                [
                    f"Money: {markdown(total.in_words)}.",
                    f"Energy: {energy}{missing}.",
                    f"{total.attempts} attempts, {total.reused} of them reused, which cost 0.",
                ]
            ),
            _table(g.usage),
        ]
    return ("\n\n".join(parts) + "\n").encode()


def _table(some: Sequence[Usage]) -> str:
    columns = (
        *("Stage", "Ended", "Seconds", "CPU s", "Device s", "Peak MB", "Read MB", "Written MB"),
        *("Wh", "Method, scope", "Spot", "Cost"),
    )
    return table(columns, [_row(one) for one in some])


def _row(one: Usage) -> tuple[str, ...]:
    parts = [one.processor, *([one.devices] if one.devices else [])]
    spot = {True: "yes", False: "no", None: "nobody said"}[one.spot]
    cost = "nobody said" if one.money is None else f"{one.money:.4f} {one.currency}".strip()
    return (
        one.stage,
        one.ended,
        f"{one.wall_seconds:,.1f}",
        f"{one.cpu_seconds:,.1f}",
        "not known" if one.device_seconds is None else f"{one.device_seconds:,.1f}",
        f"{one.peak_rss_bytes / 1e6:,.0f}",
        _megabytes(one.read_bytes),
        _megabytes(one.written_bytes),
        "not measured" if one.watt_hours is None else f"{one.watt_hours:.3f}",
        "; ".join(f"{part.method}, {part.scope}" for part in parts),
        spot,
        cost,
    )


def _megabytes(count: int | None) -> str:
    return "not told" if count is None else f"{count / 1e6:,.1f}"
