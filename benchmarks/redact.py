"""Redaction against stock Presidio, a bare language model, and itself on one process.

Stock is Presidio's BatchAnalyzerEngine with everything that it loads by itself, offline, on the
same texts; both sides must find the same. Each side works in a process of its own, on one core, and
is warm when the clock starts. The texts are the generated support notes of one night.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.claim import Claim

TRIALS = 3
NOTES = 4_000
NER_NOTES, LESSONS = 1_500, 600
VALUES, DISTINCT_VALUES = 5_000_000, 1_000_000
CUSTOMERS = 100_000
SPLIT_ROWS = 200_000
MANY_ROWS = 10_000_000
SETS = ("usual", "all")  # the six entities that a column has by default; all that Presidio loads


def main() -> None:
    """Measure and report."""
    _patterns()
    _ner()
    _pseudonyms()
    with tempfile.TemporaryDirectory() as folder:
        _two_processes(Path(folder) / "split")
        _memory(Path(folder) / "many")


def _child(name: str, **given: Any) -> Any:
    """What another process measures."""
    command = [sys.executable, "-m", "benchmarks.compared.redaction", name, json.dumps(given)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def _patterns() -> None:
    facts: dict[str, Any] = {"texts": NOTES}
    ratios = []
    for entities in SETS:
        # In turns, so that a busy minute hits both.
        runs = [
            (
                _child("stock", entities=entities, notes=NOTES),
                _child("ours", entities=entities, notes=NOTES),
            )
            for _ in range(TRIALS)
        ]
        if len({side["findings"] for pair in runs for side in pair}) != 1:
            raise SystemExit(f"Stock Presidio finds something else ({entities}).")
        stock, ours = (
            statistics.median(side["per_s"] for side in each) for each in zip(*runs, strict=True)
        )
        facts |= {f"stock_{entities}_per_s": round(stock), f"ours_{entities}_per_s": round(ours)}
        facts[f"{entities}_ratio"] = round(ours / stock, 2)
        ratios.append(ours / stock)
    Claim(
        claim="redact.patterns_vs_stock",
        value=round(min(ratios), 2),
        target=6,
        at_most=False,
        facts=facts,
    ).report()


def _ner() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder) / "names")
        _child("taught", model=model, lessons=LESSONS)
        runs = [_child("ner", model=model, notes=NER_NOTES) for _ in range(TRIALS)]
    ratios = [one["ours_s"] / one["pipe_s"] for one in runs]
    Claim(
        claim="redact.ner_vs_pipe",
        value=round(statistics.median(ratios), 3),
        target=1.25,
        facts={
            "texts": NER_NOTES,
            "model": "tok2vec and ner as in en_core_web_sm, taught on generated notes",
            "pipe_per_s": round(NER_NOTES / statistics.median(one["pipe_s"] for one in runs)),
            "ours_per_s": round(NER_NOTES / statistics.median(one["ours_s"] for one in runs)),
            "names_found": runs[0]["names"],
        },
    ).report()


def _pseudonyms() -> None:
    runs = [
        _child("pseudonyms", values=VALUES, distinct=DISTINCT_VALUES, customers=CUSTOMERS)
        for _ in range(TRIALS)
    ]
    Claim(
        claim="redact.pseudonyms_per_s",
        value=round(statistics.median(one["repeats"] for one in runs)),
        target=1_000_000,
        at_most=False,
        facts={
            "values": VALUES,
            "customers": CUSTOMERS,
            "distinct_per_s": round(statistics.median(one["distinct"] for one in runs)),
            "distinct_values": DISTINCT_VALUES,
            "distinct_beyond_ascii_per_s": round(
                statistics.median(one["beyond_ascii"] for one in runs)
            ),
        },
    ).report()


def _two_processes(folder: Path) -> None:
    _child("written", folder=str(folder), rows=SPLIT_ROWS, kind="notes")
    runs = [
        [_child("redacted", folder=str(folder), rows=SPLIT_ROWS, processes=at) for at in (1, 2)]
        for _ in range(TRIALS)
    ]
    if len({one["sha256"] for pair in runs for one in pair}) != 1:
        raise SystemExit("Two processes redact the table otherwise than one.")
    one, two = (
        statistics.median(side["seconds"] for side in each) for each in zip(*runs, strict=True)
    )
    Claim(
        claim="redact.two_processes_vs_one",
        value=round(one / two, 2),
        target=1.8,
        at_most=False,
        facts={"rows": SPLIT_ROWS, "one_s": round(one, 2), "two_s": round(two, 2)},
    ).report()


def _memory(folder: Path) -> None:
    _child("written", folder=str(folder), rows=MANY_ROWS, kind="short")
    measured = _child("redacted", folder=str(folder), rows=MANY_ROWS, processes=1)
    Claim(
        claim="redact.rss_gb_10m",
        value=measured["rss_gb"],
        target=1.5,
        facts={
            "rows": MANY_ROWS,
            "columns": "a pseudonym, a name that is dropped, five that are kept, a scanned text",
            "texts": "one in ten rows, no two equal",
            "seconds": round(measured["seconds"], 1),
            "rows_per_s": round(MANY_ROWS / measured["seconds"]),
        },
    ).report()


if __name__ == "__main__":
    main()
