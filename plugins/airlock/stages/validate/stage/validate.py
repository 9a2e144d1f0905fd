"""Checks the rows, sets bad ones aside, and makes histograms of the good ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from airlock.core.content import canonical_json
from airlock.core.table import write_parts
from airlock.distribution.histograms import FEW, histograms_of_parts
from airlock.stages.snapshot.record import Part, Snapshot
from airlock.stages.validate.record import Check, Validation
from airlock.stages.validate.spec import Expectation, Expectations
from airlock.stages.validate.stage.docs import write_data_docs
from airlock.stages.validate.stage.partitioner import Partitioner
from airlock.stages.validate.stage.sentences import sentence
from airlock.stages.validate.stage.skew import Against
from airlock.stages.validate.stage.suite import ExpectationOutcome

from great_expectations.core import ExpectationSuiteValidationResult  # isort: skip  # now quiet

__all__ = ["validate"]


def validate(
    snapshot: Snapshot,
    expectations: Expectations,
    *,
    table: Path,
    out: Path,
    report: Path,
    reference: Mapping[str, Any] | None = None,
) -> Validation:
    """Check a snapshot, part by part: never more than some parts, and one column, are in memory.

    Expectations with `on_fail: quarantine` are judged first; all others are judged on the rows that
    stay.

    Args:
        table: local folder with the snapshot's parts, verified.
        out: an empty folder for the parts that passed, and for `quarantine/`.
        report: a folder for `histograms.json`, and for Great Expectations' page in `data_docs/`.
        reference: histograms of the champion's data; None compares with nothing.

    Raises:
        SpecError: Great Expectations refuses an argument.
        Unverified: the reference does not read as histograms.
    """
    numbered = dict(enumerate(expectations.expectations))
    sieve = Partitioner(table, [part.path for part in snapshot.parts], numbered)
    against = Against(reference, expectations.skew)

    parts = write_parts(_watched(sieve.passed(), against), sieve.schema, out)
    outcomes, shifts = sieve.outcomes(), against.shifts()
    quarantine = _write_quarantine(sieve, out)
    rows, good = snapshot.rows, sum(count for _, count in parts)
    bad = rows - good
    told = histograms_of_parts(out, [path for path, _ in parts])
    (report / "histograms.json").write_bytes(canonical_json(told))
    checks = tuple(_check(one, outcomes[at]) for at, one in numbered.items())
    write_data_docs(_whole(numbered, outcomes, checks, good), report / "data_docs")
    return Validation(
        suite=expectations.digest,
        night=snapshot.night,
        rows=rows,
        quarantined=bad,
        checks=checks,
        parts=tuple(Part(path=path, rows=count) for path, count in parts),
        quarantine=quarantine,
        reasons=(
            *_too_many(expectations, bad, rows),
            *_broken(numbered, outcomes, good),
            *(shift.sentence for shift in shifts if shift.severity == "critical"),
        ),
        shifts=shifts,
    )


def _watched(tables: Iterable[pa.Table], against: Against) -> Iterator[pa.Table]:
    for table in tables:
        against.watch(table)
        yield table


def _write_quarantine(sieve: Partitioner, out: Path) -> tuple[Part, ...]:
    tables = sieve.set_aside()
    first = next(tables, None)
    if first is None:
        return ()
    written = write_parts(chain([first], tables), first.schema, out / "quarantine")
    return tuple(Part(path=f"quarantine/{path}", rows=count) for path, count in written)


def _whole(
    expectations: Mapping[int, Expectation],
    outcomes: Mapping[int, ExpectationOutcome],
    checks: Sequence[Check],
    rows: int,
) -> ExpectationSuiteValidationResult:
    """What Great Expectations would say of the whole table, without what gives a row away."""
    results = []
    for at, check in enumerate(checks):
        result = copy(outcomes[at].result)
        result.success = check.success
        if rows < FEW and expectations[at].columns:
            result.result = {
                name: value for name, value in result.result.items() if name != "observed_value"
            }
        results.append(result)
    return ExpectationSuiteValidationResult(
        success=all(check.success for check in checks), results=results, suite_name="airlock"
    )


def _check(expectation: Expectation, outcome: ExpectationOutcome) -> Check:
    set_aside = expectation.on_fail == "quarantine" and outcome.told
    return Check(
        expectation=expectation.type,
        column=", ".join(expectation.columns) or None,
        severity=expectation.severity,
        # Rows that were set aside no longer count against it.
        success=outcome.success or set_aside,
        unexpected=outcome.unexpected,
        sentence=sentence(expectation),
        on_fail=expectation.on_fail,
    )


def _too_many(expectations: Expectations, bad: int, rows: int) -> Iterator[str]:
    if bad > expectations.max_quarantined * rows:
        yield (
            f"{bad:,} of {rows:,} rows ({bad / rows:.2%}) would be set aside, and the expectations "
            f"allow {expectations.max_quarantined:.2%}."
        )
    elif bad == rows:
        yield "Every row would be set aside."


def _broken(
    expectations: Mapping[int, Expectation], outcomes: Mapping[int, ExpectationOutcome], rows: int
) -> Iterator[str]:
    for at, expectation in expectations.items():
        outcome, said = outcomes[at], sentence(expectation)
        if not outcome.told:
            # Whatever its severity: a check that cannot see must not let rows pass.
            yield f"{said}: this could not be checked."
        elif expectation.severity != "critical" or expectation.on_fail == "quarantine":
            continue
        elif not outcome.success and expectation.by_row:
            yield f"{said}: {outcome.unexpected:,} of {rows:,} rows break it."
        elif not outcome.success:
            # The mean of a few rows would give away the rows.
            told = rows >= FEW and outcome.observed is not None
            seen = f"it is {outcome.observed:.6g}" if told else "it does not hold"
            yield f"{said}: {seen}."
