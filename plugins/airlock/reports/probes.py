"""Shows what attacks on a candidate came to, and what it goes by."""

from __future__ import annotations

from airlock.reports.charts import Chart, ChartLine
from airlock.reports.content import Cell, Name, Plot, ReportTable
from airlock.reports.estimates import WORDS, estimate, mark
from airlock.stages.evaluate.record import Attacked, Explained

_SHOWN = 15  # features; the record holds all of them


def attack_tables(found: Attacked | None) -> tuple[ReportTable, ...]:
    """Each attack, in words and with its interval; nothing where none was tried."""
    if found is None:
        return ()
    word = WORDS.get(found.metric, found.metric)
    rows: list[tuple[Cell, ...]] = [
        ("Telling rows of the training from others, AUC", estimate(found.membership)),
        ("Rows that a small move of their numbers decides otherwise", estimate(found.flips)),
    ]
    for told, drops in (
        (f"Loss of {word} without", found.lost),
        (f"Loss of {word} where", found.shifted),
    ):
        if (worst := Attacked.worst(drops)) is not None:
            value = "no value" if worst[1] is None else f"{worst[1]:.4f}"
            rows.append((f"{told} {worst[0]}", value))
    return (
        ReportTable(
            title="Attacks",
            columns=("What was tried", "#It came to"),
            rows=tuple(rows),
            note=f"On {found.rows['train']:,} rows of the train fold and "
            f"{found.rows['holdout']:,} of the holdout. An AUC of 0.5 tells nothing; of lost "
            "columns and other units the one that hurts most is shown.",
        ),
    )


def explanation_tables(found: Explained | None) -> tuple[ReportTable, ...]:
    """What the candidate goes by, the most important feature first."""
    if found is None:
        return ()
    ranked = sorted(found.importance.items(), key=lambda one: (-one[1].value, one[0]))
    low = min((one.low for _, one in ranked[:_SHOWN]), default=0.0)
    high = max((one.high for _, one in ranked[:_SHOWN]), default=0.0)
    axis = (min(low, 0.0), max(high, 1e-9))
    left = len(ranked) - _SHOWN
    more = f" {left:,} more features matter less." if left > 0 else ""
    return (
        ReportTable(
            title="What it goes by",
            columns=("Feature", f"#Loss of {WORDS.get(found.metric, found.metric)}", "Interval"),
            rows=tuple(
                (
                    Name(name),
                    estimate(one, "+"),
                    Plot(marks=(mark("candidate", one),), bound=0.0, axis=axis),
                )
                for name, one in ranked[:_SHOWN]
            ),
            note=f"What is lost on {found.rows:,} holdout rows where a feature's values are dealt "
            "out anew. Of two features that say the same, neither seems to matter." + more,
        ),
    )


def effect_charts(found: Explained | None) -> tuple[Chart, ...]:
    """How the score goes along the leading numbers."""
    return tuple(
        Chart(
            title=f"Along {one.feature}",
            x=one.feature,
            y="effect on the score",
            lines=(ChartLine("accumulated local effects", one.points, "first"),),
        )
        for one in (found.effects if found is not None else ())
    )
