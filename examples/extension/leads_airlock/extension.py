"""What this package adds. It names code and imports none: every process of Airflow reads it."""

from __future__ import annotations

from airlock.hooks import (
    Metrics,
    Notifier,
    Output,
    Recognizer,
    SourceScheme,
    Stage,
    StoreScheme,
    Trainer,
    hookimpl,
)


@hookimpl
def airlock_stages() -> list[Stage]:
    """Which columns a candidate listens to, between train and evaluate."""
    return [
        Stage(
            word="explain",
            record="leads_airlock.explain.record:Explanation",
            page="leads_airlock.explain.page",
            after="train",
        )
    ]


@hookimpl
def airlock_sources() -> list[SourceScheme]:
    """`zip://exports/leads.zip`: tables inside of an archive."""
    return [SourceScheme(scheme="zip", places="leads_airlock.archives:zip_places")]


@hookimpl
def airlock_outputs() -> list[Output]:
    """A file of JSON lines a night."""
    return [
        Output(
            spec="leads_airlock.lines:JsonLines",
            deliver="leads_airlock.lines:deliver",
            files="leads_airlock.lines:files",
        )
    ]


@hookimpl
def airlock_metrics() -> list[Metrics]:
    """Gini, as credit scoring calls it."""
    return [
        Metrics(task="classification", better={"gini": True}, measure="leads_airlock.metrics:gini")
    ]


@hookimpl
def airlock_recognizers() -> list[Recognizer]:
    """The badges that people write into notes: ACME-123456."""
    return [
        Recognizer(
            entity="ACME_BADGE",
            make="leads_airlock.badges:recognizer",
            synthetic="leads_airlock.badges:made_up",
        )
    ]


@hookimpl
def airlock_trainers() -> list[Trainer]:
    """`TrainSpec(trainer="one core")`."""
    return [Trainer(name="one core", fit="leads_airlock.fitting:fit_on_one_core")]


@hookimpl
def airlock_stores() -> list[StoreScheme]:
    """`shelf:///folder`."""
    return [StoreScheme(scheme="shelf", open="leads_airlock.shelf:open_shelf")]


@hookimpl
def airlock_notifiers() -> list[Notifier]:
    """`[airlock] notifier = bell`, and `file`, `subject` and `message` in `notifier_kwargs`."""
    return [Notifier(name="bell", notifier="leads_airlock.bell:Bell")]
