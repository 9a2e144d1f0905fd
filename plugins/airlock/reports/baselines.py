"""Shows the baselines beside the candidate, first on the evaluation's page and on the card."""

from __future__ import annotations

from airlock.core.baselines import baseline_name
from airlock.hooks.metrics import directions
from airlock.reports.content import Cell, Figure, ReportTable, plural
from airlock.reports.estimates import WORDS, difference_cells, estimate, in_order
from airlock.stages.evaluate.record import Baseline, Evaluation

_SHOWN = 2  # metrics; the figures of all lie in the record


def baseline_tables(record: Evaluation) -> tuple[ReportTable, ...]:
    """Each of them by the two most telling metrics; one table, if the record has any."""
    if not record.baselines:
        return ()
    names = in_order(record.candidate)[:_SHOWN]
    columns = [cell for name in names for cell in (f"#{WORDS.get(name, name)}", "#Candidate minus")]
    ours: list[Cell] = ["This candidate"]
    for name in names:
        ours += [estimate(record.candidate[name]), ""]
    learnt = plural(max(one.rows for one in record.baselines), "row")
    return (
        ReportTable(
            title="Against what costs nothing",
            columns=("Model", *columns, *(("Around zero",) if names else ())),
            rows=(
                (*ours, *(("",) if names else ())),
                *(_row(one, names, record.task) for one in record.baselines),
            ),
            note=(
                f"Fitted on {learnt} of the train fold, by the candidate's own columns, with the "
                "libraries' own settings; measured on the same holdout, and the differences on the "
                f"same resamples.{_missing(record)}"
            ),
        ),
    )


def _row(one: Baseline, names: list[str], task: str) -> tuple[Cell, ...]:
    cells: list[Cell] = [_capital(baseline_name(one.kind, task))]
    for name in names:
        figure, difference = one.figures.get(name), one.difference.get(name)
        cells.append(estimate(figure) if figure else "—")
        cells.append(estimate(difference, "+") if difference else "—")
    if names:
        cells.append(difference_cells(one.difference.get(names[0]), names[0])[1])
    return tuple(cells)


def _capital(name: str) -> str:
    # str.capitalize would write LightGBM small.
    return name[:1].upper() + name[1:]


def _missing(record: Evaluation) -> str:
    told = (
        f" There is no {baseline_name(one.kind, record.task)}: {one.problem}."
        for one in record.baselines or ()
        if one.problem
    )
    return "".join(told)


def baseline_figures(record: Evaluation, metric: str) -> list[Figure]:
    """How far the candidate is from the best of them."""
    sign = 1 if directions().get(metric, True) else -1
    known = [one for one in record.baselines or () if metric in one.difference]
    if not known:
        return []
    best = max(known, key=lambda one: sign * one.figures[metric].value)
    return [
        Figure(
            label="To the best baseline",
            value=f"{best.difference[metric].value:+.4f}",
            note=f"{WORDS.get(metric, metric)}, {baseline_name(best.kind, record.task)}",
        )
    ]
