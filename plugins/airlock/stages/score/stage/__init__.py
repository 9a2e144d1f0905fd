"""Score: part by part, every row stamped with who predicted it."""

from __future__ import annotations

import itertools
import math
from functools import partial
from pathlib import Path

import torch

from airlock.errors import DataError
from airlock.ledger import Champion
from airlock.parallel import mapped
from airlock.serve import load_bundle
from airlock.stages.redact.record import Redaction
from airlock.stages.score.record import Margin, Scoring
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.score.stage.rows import Stamp, schema_of, scored_part
from airlock.stages.score.stage.unsure import Unsure


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
        SpecError: rows cannot be put to people in the way that the spec asks for.
        Unverified: the bundle is not the champion's.
    """
    spec = spec or ScoreSpec()
    rows = sum(part.rows for part in redaction.parts)
    if not rows:
        raise DataError(
            "There is no row to score.",
            do="Look at what snapshot read and at what validate and redact set aside.",
        )
    scorer = load_bundle(bundle, champion.bundle)
    work = partial(
        scored_part,
        scorer=scorer,
        stamp=Stamp(
            model=model,
            version=champion.version,
            sequence=champion.sequence,
            night=night,
            entity=redaction.entity,
            width=margin.width if margin else None,
            unsure=Unsure.of(spec, redaction, schema_of(scorer)),
            csv=spec.csv,
        ),
        table=table,
        out=out,
    )
    # The number of each part's first row, so that every row of the night has one of its own.
    starts = itertools.accumulate((part.rows for part in redaction.parts), initial=0)
    items = [(part.path, start) for part, start in zip(redaction.parts, starts, strict=False)]
    processes = min(processes, len(items))
    found = list(
        mapped(
            lambda item: work(*item),
            items,
            processes=processes,
            # The processes share the cores; a child of a fork must not use its parent's threads.
            initializer=partial(torch.set_num_threads, 1) if processes > 1 else None,
        )
    )
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
    )
