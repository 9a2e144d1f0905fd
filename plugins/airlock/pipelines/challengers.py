"""Builds the chains that test a challenger: shadowed(...) before, labelling(...) after labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from airlock.core.nights import Every
from airlock.core.sources import AnySource
from airlock.pipelines.arguments import Arguments
from airlock.pipelines.naming import by_name
from airlock.pipelines.parsed import checked
from airlock.pipelines.preparation import freeze_and_redact
from airlock.pipelines.rhythm import in_rhythm, length
from airlock.pipelines.tags import label_dag
from airlock.stages.canary.operator import CanaryOperator
from airlock.stages.drift.operator.drift import DriftOperator
from airlock.stages.evidence.operator import EvidenceOperator
from airlock.stages.labels.operator import LabelsOperator
from airlock.stages.live.operator import LiveOperator
from airlock.stages.prepare.spec import Labels, Table
from airlock.stages.route.operator import RouteOperator
from airlock.stages.score.operator.score import ScoreOperator
from airlock.stages.shadow.operator import ShadowOperator


def shadowed(scored: ScoreOperator | DriftOperator, *, slices: Sequence[str] = ()) -> RouteOperator:
    """Let somebody score the same rows beside the champion. Call it inside a scoring DAG.

    The challenger on trial answers its share of the keys; the champion before, where nobody is on
    trial, answers none. A canary cannot grow without it, nor can a champion be watched.

    Args:
        scored: what `scoring(...)` returns, or a `ScoreOperator` of one's own chain.
        slices: columns of the table by whose values the two are compared.

    Returns:
        The last operator.
    """
    before = (scored, *scored.upstream_list)
    score = next(one for one in before if isinstance(one, ScoreOperator))
    silent = ShadowOperator(
        task_id="shadow",
        redaction=score.redaction,
        model=score.model,
        # The same columns, for nobody.
        score=score.score.model_copy(update={"outputs": ()}),
        pool=score.pool,
        queue=score.queue,
        executor_config=score.executor_config,
    )
    return RouteOperator(
        task_id="route",
        redaction=score.redaction,
        scoring=score.address,
        shadowing=silent.address,
        model=score.model,
        slices=slices,
        outputs=score.score.outputs,
    )


@in_rhythm
def labelling(
    *,
    model: str,
    source: AnySource | None = None,
    expectations: Path,
    redaction: Path,
    entity: str,
    label: str,
    scored: str | None = None,
    reviewer: str | None = None,
    nights: int = 28,
    sources: Mapping[str, Table] | None = None,
    prepare: Path | None = None,
    labels: Labels | None = None,
    window: int = 1,
    every: Every | None = None,
    governance: Path | None = None,
) -> CanaryOperator:
    """The chain for labels, from the source to what follows from them. Call it inside a DAG.

    Args:
        model: registered name, whose predictions the labels are about.
        source: where the labels are; `{night}` stands for the run's partition date.
        expectations: YAML with the data contract of the labels.
        redaction: YAML that gives the key the pseudonyms of the scored table (its `domain`).
        entity: the column that names whom a row is about.
        label: the column with the label.
        scored: the column with the night whose predictions a row is about; None if the whole
            delivery is about the run's own night.
        reviewer: the column with the person who answered, for a DAG of answers to the sheets of
            `airlock review`.
        nights: how far back predictions are measured.
        sources, prepare, labels: those of the training, in place of a source: labels are then the
            same as it learns from: docs/prepare.md.
        window: of how many nights labels are looked up, the last one of which all have come being
            the last of them.
        every: how long a night is, where no schedule of Airlock says so.
        governance: YAML with what only people can say; with it the evidence of a challenger whose
            last step makes it champion is packed by a task behind canary (docs/evidence.md).

    Returns:
        The operator of canary; its `tasks` holds all of them by name.

    Raises:
        SpecError: a file or an argument is wrong.
    """
    given = Arguments(
        kind="labelling",
        model=model,
        source=source,
        every=length(every),
        entity=entity,
        label=label,
        sources=sources,
        prepare=prepare,
        labels=labels,
        window=window,
        files={
            "expectations": expectations,
            "redaction": redaction,
            **({} if governance is None else {"governance": governance}),
        },
    )
    files = checked(given)
    assert files.expectations and files.redaction
    # Labels are another table than the champion's data, and no shift of it.
    redacted = freeze_and_redact(
        source,
        files.expectations,
        files.redaction,
        entity=entity,
        model=None,
        window=window,
        join=files.join,
    ).redaction
    labelled = LabelsOperator(
        task_id="labels",
        redaction=redacted.address,
        model=model,
        target=label,
        scored=scored,
        reviewer=reviewer,
    )
    live = LiveOperator(task_id="live", labelled=labelled.address, model=model, nights=nights)
    label_dag(live.dag, "labels", model=model)
    if reviewer is not None and live.dag is not None:
        # By this the page finds where an answer goes to.
        live.dag.tags = {*live.dag.tags, "answers"}
    canary = CanaryOperator(task_id="canary", live=live.address, model=model)
    if governance is not None:
        EvidenceOperator(
            task_id="evidence",
            judgement=canary.address,
            model=model,
            governance=files.governance,
        )
    canary.tasks = by_name(canary)
    return canary
