"""Scores a table part by part, each row stamped with the version that predicted it."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch

from airlock.core.errors import DataError
from airlock.core.parallel import map_in_processes
from airlock.core.shards import parts_of
from airlock.ledger import Champion
from airlock.serve import Scorer, load_recorded
from airlock.stages.redact.record import Redaction
from airlock.stages.score.record import Margin, Scored, ScoredShare, Scoring
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.score.stage.device import device, name_of
from airlock.stages.score.stage.rows import Stamp, schema_of, scored_part
from airlock.stages.score.stage.share import Share, join_shards
from airlock.stages.score.stage.unsure import Unsure
from airlock.stages.snapshot.record import Part

__all__ = ["score", "score_share", "together"]


def score(
    redaction: Redaction,
    champion: Champion,
    *,
    model: str,
    night: str,
    table: Path,
    bundle: Path,
    out: Path,
    spec: ScoreSpec | None = None,
    margin: Margin | None = None,
    source: tuple[str, str] = ("", ""),
    processes: int = 1,
) -> Scoring:
    """Predict every row with the champion.

    Args:
        redaction: the record of the table.
        champion: of the ledger.
        model: its registered name.
        night: the partition date that is scored.
        table: local, verified folder of the redacted parts.
        bundle: local, verified folder of the champion.
        out: empty folder; one part of predictions for every part of the table.
        spec: which rows are unsure, and whether CSV is written.
        margin: of the band; None where nothing sound is known.
        source: address and SHA-256 of the redaction, as stored.
        processes: that work on the parts at the same time; they make no difference to the bytes.

    Raises:
        DataError: the champion needs a column that is not there, or there is no row.
        ModelError: a GPU is demanded, and this machine has none.
        SpecError: rows cannot be put to people in the way that the spec asks for.
        Unverified: the bundle is not the champion's.
    """
    spec = spec or ScoreSpec()
    _some_rows(redaction)
    where = device(spec)
    found = _scored(
        _numbered(redaction),
        champion,
        stamp=partial(_stamp, redaction, champion, model, night, spec, margin),
        table=table,
        bundle=bundle,
        out=out,
        processes=processes,
        where=where,
    )
    return _recorded(
        redaction,
        champion,
        found,
        model=model,
        night=night,
        spec=spec,
        margin=margin,
        source=source,
        computed_on=name_of(where),
    )


def score_share(
    redaction: Redaction,
    champion: Champion,
    *,
    share: int,
    shares: int,
    recipe: str,
    model: str,
    night: str,
    table: Path,
    bundle: Path,
    out: Path,
    spec: ScoreSpec,
    margin: Margin | None = None,
    processes: int = 1,
) -> ScoredShare:
    """Predict some parts of a night, and leave it to `together` to put all of them together.

    Args:
        share: which one, from 0.
        shares: how many there are.
        recipe: digest of everything that decides a row's score.
        table: local folder with at least this share's parts, verified.

    The other arguments and the errors are those of `score`; a share may have no part.
    """
    mine = parts_of(_numbered(redaction), share=share, shares=shares)
    where = device(spec)
    return ScoredShare(
        model=model,
        night=night,
        recipe=recipe,
        share=share,
        shares=shares,
        version=champion.version,
        sequence=champion.sequence,
        parts=tuple(part for part, _ in mine),
        scored=tuple(
            _scored(
                mine,
                champion,
                stamp=partial(_stamp, redaction, champion, model, night, spec, margin),
                table=table,
                bundle=bundle,
                out=out,
                processes=processes,
                where=where,
            )
        ),
        device=name_of(where),
    )


def together(
    redaction: Redaction,
    champion: Champion,
    *,
    shares: Sequence[Share],
    model: str,
    night: str,
    out: Path,
    spec: ScoreSpec,
    margin: Margin | None = None,
    source: tuple[str, str] = ("", ""),
) -> Scoring:
    """What `score` makes of a night, from all of its shares.

    Args:
        shares: all of them in order, as `airlock.core.shards.whole` gives them.

    Raises:
        DataError: there is no row.
        Unverified: the shares are not the table's.
    """
    _some_rows(redaction)
    found = join_shards(shares, redaction.parts, out)
    return _recorded(
        redaction,
        champion,
        found,
        model=model,
        night=night,
        spec=spec,
        margin=margin,
        source=source,
        computed_on=" and ".join(sorted({record.device for record, _ in shares})),
    )


def _some_rows(redaction: Redaction) -> None:
    if not any(part.rows for part in redaction.parts):
        raise DataError(
            "There is no row to score.",
            do="Look at what snapshot read and at what validate and redact set aside.",
        )


def _numbered(redaction: Redaction) -> list[tuple[Part, int]]:
    """Each part with the number of its first row, so that every row of the night has its own."""
    starts = itertools.accumulate((part.rows for part in redaction.parts), initial=0)
    return list(zip(redaction.parts, starts, strict=False))


def _stamp(
    redaction: Redaction,
    champion: Champion,
    model: str,
    night: str,
    spec: ScoreSpec,
    margin: Margin | None,
    scorer: Scorer,
) -> Stamp:
    return Stamp(
        model=model,
        version=champion.version,
        sequence=champion.sequence,
        night=night,
        entity=redaction.entity,
        width=margin.width if margin else None,
        unsure=Unsure.of(spec, redaction, schema_of(scorer)),
        csv=spec.csv,
    )


def _scored(
    parts: Sequence[tuple[Part, int]],
    champion: Champion,
    *,
    stamp: Callable[[Scorer], Stamp],
    table: Path,
    bundle: Path,
    out: Path,
    processes: int,
    where: str,
) -> list[Scored]:
    scorer = load_recorded(bundle, champion.bundle, device=where)
    work = partial(
        scored_part,
        scorer=scorer,
        stamp=stamp(scorer),
        table=table,
        out=out,
    )
    # A GPU is one, and cannot be used in a child of a fork.
    processes = max(min(processes, len(parts)), 1) if where == "cpu" else 1
    return list(
        map_in_processes(
            lambda item: work(item[0].path, item[1]),
            parts,
            processes=processes,
            # The processes share the cores; a child of a fork must not use its parent's threads.
            initializer=partial(torch.set_num_threads, 1) if processes > 1 else None,
        )
    )


def _recorded(
    redaction: Redaction,
    champion: Champion,
    found: Sequence[Scored],
    *,
    model: str,
    night: str,
    spec: ScoreSpec,
    margin: Margin | None,
    source: tuple[str, str],
    computed_on: str,
) -> Scoring:
    rows = sum(part.rows for part in redaction.parts)
    return Scoring(
        model=model,
        night=night,
        rows=rows,
        version=champion.version,
        sequence=champion.sequence,
        bundle=champion.bundle,
        mean_score=math.fsum(total for one in found for total in one.totals) / rows,
        parts=redaction.parts,
        margin=margin,
        unsure_below=spec.unsure_below,
        unsure_wider=spec.unsure_wider,
        unsure=sum(one.review.rows for one in found),
        review=tuple(one.review for one in found if one.review.rows),
        table=source[0],
        table_sha256=source[1],
        score=spec.decisive(),
        device=computed_on,
        clipped=dict(sum((Counter(one.clipped) for one in found), Counter())),
    )
