"""Tries are counted as Airflow counts them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.faults.site import Site
from tests.faults.tasks import RETRIES, Run, Try

HANDED_BACK, FAILED_ONCE = Try(state="again", pause=0.0), Try(state="again")


def scripted(folder: Path, ends: Iterable[Try], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose tries end as written."""
    run, written = Run(site=Site(folder=folder), night="2026-01-06"), iter(ends)

    def once(task: str, **_: object) -> Try:
        run.tries.append((task, next(written)))
        return run.last

    monkeypatch.setattr(run, "once", once)
    return run


def test_what_is_handed_back_uses_up_no_try(tmp_path, monkeypatch):
    ends = [*[HANDED_BACK] * (RETRIES + 5), Try(state="success")]
    run = scripted(tmp_path, ends, monkeypatch)

    states = run.through("train")

    assert states == {"train": "success"}
    assert (run.used("train"), run.handed_back("train")) == (1, RETRIES + 5)


def test_whoever_fails_too_often_is_not_tried_again(tmp_path, monkeypatch):
    run = scripted(tmp_path, [FAILED_ONCE] * (RETRIES + 5), monkeypatch)

    states = run.through("train")

    assert states == {"train": "again"}
    assert run.used("train") == 1 + RETRIES
