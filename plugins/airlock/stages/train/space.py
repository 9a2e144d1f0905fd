"""Checks that a training takes whatever a search may try."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from airlock.core.problems import Where
from airlock.core.search import SearchSpec
from airlock.core.spec import WrongArguments
from airlock.core.spelling import advice
from airlock.hooks.metrics import of_task

if TYPE_CHECKING:
    from airlock.stages.train.spec import TrainSpec


def unfit_space(train: TrainSpec, search: SearchSpec) -> Iterator[tuple[Where, str, str]]:
    """What of a space no training of this kind takes: both ends of each range are tried."""
    for name, values in search.space.items():
        for end in values.ends:
            try:
                train.with_settings({name: end})
            except WrongArguments as error:
                one = error.found[0]
                yield ("search", "space", name), one.what, one.do
                break
    if search.metric is not None and search.metric not in (known := of_task(train.task)):
        what = f"{search.metric} is not measured of a {train.task}"
        yield ("search", "metric"), what, advice(search.metric, known, what="measured")
