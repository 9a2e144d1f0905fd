"""Scores a table part by part, each row stamped with the version that predicted it."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from airlock.core.errors import DataError
from airlock.core.parallel import map_in_processes
from airlock.core.shards import parts_of
from airlock.ledger import Champion
from airlock.serve import Scorer, load_recorded
from airlock.stages.redact.record import Redaction
from airlock.stages.score.record import Margin, ScoredPart, ScoredShare, Scoring
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.score.stage.device import device, name_of
from airlock.stages.score.stage.review import ReviewRule
from airlock.stages.score.stage.rows import Stamp, schema_of, scored_part
from airlock.stages.score.stage.share import Share, join_shards
from airlock.stages.snapshot.record import Part

__all__ = ["NightToScore", "Workspace", "score", "score_share", "together"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NightToScore:
    """Which rows are scored by whom, and what each is told besides; for every shard alike.

    Args:
        redaction: the record of the table.
        champion: of the ledger.
        model: its registered name.
        night: the partition date that is scored.
        spec: which rows are put to people, and whether CSV is written.
        margin: of the band; None where nothing sound is known.
    """

    redaction: Redaction
    champion: Champion
    model: str
    night: str
    spec: ScoreSpec = field(default_factory=ScoreSpec)
    margin: Margin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Local folders, and how many cores there are.

    Args:
        table: verified, with at least the parts that are scored.
        bundle: of the champion, verified.
        out: empty; one part of predictions for every part of the table.
        processes: that work on the parts at the same time; they make no difference to the bytes.
    """

    table: Path
    bundle: Path
    out: Path
    processes: int = 1


def score(
    job: NightToScore, workspace: Workspace, *, source: tuple[str, str] = ("", "")
) -> Scoring:
    """Predict every row with the champion.

    Args:
        source: address and SHA-256 of the redaction, as stored.

    Raises:
        DataError: the champion needs a column that is not there, or there is no row, or too many
            rows have no finite score.
        ModelError: a GPU is demanded, and this machine has none.
        SpecError: rows cannot be put to people in the way that the spec asks for.
        Unverified: the bundle is not the champion's.
    """
    _check_rows(job.redaction)
    scorer = _loaded(job, workspace)
    found = _score_parts(job, _numbered(job.redaction), workspace, scorer)
    return _recorded(job, found, source=source, computed_on=name_of(scorer.device))


def score_share(
    job: NightToScore, workspace: Workspace, *, share: int, shares: int, recipe: str
) -> ScoredShare:
    """Predict some parts of a night, and leave it to `together` to put all of them together.

    Args:
        share: which one, from 0.
        shares: how many there are.
        recipe: digest of everything that decides a row's score.

    The errors are those of `score`; a share may have no part.
    """
    mine = parts_of(_numbered(job.redaction), share=share, shares=shares)
    scorer = _loaded(job, workspace)
    return ScoredShare(
        model=job.model,
        night=job.night,
        recipe=recipe,
        share=share,
        shares=shares,
        version=job.champion.version,
        sequence=job.champion.sequence,
        parts=tuple(part for part, _ in mine),
        scored=tuple(_score_parts(job, mine, workspace, scorer)),
        device=name_of(scorer.device),
    )


def together(
    job: NightToScore,
    *,
    shares: Sequence[Share],
    out: Path,
    source: tuple[str, str] = ("", ""),
) -> Scoring:
    """What `score` makes of a night, from all of its shares.

    Args:
        shares: all of them in order, as `airlock.core.shards.whole` gives them.
        out: empty folder.
        source: as for `score`.

    Raises:
        DataError: there is no row, or too many rows have no finite score.
        Unverified: the shares are not the table's.
    """
    _check_rows(job.redaction)
    found = join_shards(shares, job.redaction.parts, out)
    computed_on = " and ".join(sorted({record.device for record, _ in shares}))
    return _recorded(job, found, source=source, computed_on=computed_on)


def _check_rows(redaction: Redaction) -> None:
    if not any(part.rows for part in redaction.parts):
        raise DataError(
            "There is no row to score.",
            do="Look at what snapshot read and at what validate and redact set aside.",
        )


def _numbered(redaction: Redaction) -> list[tuple[Part, int]]:
    """Each part with the number of its first row, so that every row of the night has its own."""
    starts = itertools.accumulate((part.rows for part in redaction.parts), initial=0)
    return list(zip(redaction.parts, starts, strict=False))


def _loaded(job: NightToScore, workspace: Workspace) -> Scorer:
    return load_recorded(workspace.bundle, job.champion.bundle, device=device(job.spec))


def _score_parts(
    job: NightToScore, parts: Sequence[tuple[Part, int]], workspace: Workspace, scorer: Scorer
) -> list[ScoredPart]:
    work = partial(
        scored_part,
        scorer=scorer,
        stamp=_stamp(job, scorer),
        table=workspace.table,
        out=workspace.out,
    )
    # A GPU is one, and cannot be used in a child of a fork.
    processes = max(min(workspace.processes, len(parts)), 1) if scorer.device == "cpu" else 1
    return list(
        map_in_processes(
            lambda item: work(item[0].path, item[1]),
            parts,
            processes=processes,
            # The processes share the cores; a child of a fork must not use its parent's threads.
            initializer=partial(scorer.compute.use_threads, 1) if processes > 1 else None,
        )
    )


def _stamp(job: NightToScore, scorer: Scorer) -> Stamp:
    return Stamp(
        model=job.model,
        version=job.champion.version,
        sequence=job.champion.sequence,
        night=job.night,
        entity=job.redaction.entity,
        width=job.margin.width if job.margin else None,
        review=ReviewRule.of(job.spec, job.redaction, schema_of(scorer)),
        csv=job.spec.csv,
    )


def _recorded(
    job: NightToScore, found: Sequence[ScoredPart], *, source: tuple[str, str], computed_on: str
) -> Scoring:
    rows = sum(part.rows for part in job.redaction.parts)
    unscored = sum(one.unscored for one in found)
    _check_unscored(unscored, rows, job.spec.max_unscored)
    return Scoring(
        model=job.model,
        night=job.night,
        rows=rows,
        version=job.champion.version,
        sequence=job.champion.sequence,
        bundle=job.champion.bundle,
        mean_score=math.fsum(total for one in found for total in one.totals) / (rows - unscored),
        parts=job.redaction.parts,
        margin=job.margin,
        unsure_below=job.spec.unsure_below,
        unsure_wider=job.spec.unsure_wider,
        unsure=sum(one.review.rows for one in found) - unscored,
        unscored=unscored,
        review=tuple(one.review for one in found if one.review.rows),
        table=source[0],
        table_sha256=source[1],
        score=job.spec.decisive(),
        device=computed_on,
        clipped=dict(sum((Counter(one.clipped) for one in found), Counter())),
    )


def _check_unscored(unscored: int, rows: int, most: float) -> None:
    """Refuse a night of which the model cannot judge too large a share.

    Raises:
        DataError: there are more rows without a finite score than the spec lets through.
    """
    if unscored > most * rows:
        raise DataError(
            f"The model computes no finite number for {unscored:,} of {rows:,} rows "
            f"({unscored / rows:.1%}); at most {most:.1%} may be left to people.",
            do="Set such rows aside in the expectations file, train a new version, or let more of "
            "them go to people: ScoreSpec(max_unscored=…).",
        )
