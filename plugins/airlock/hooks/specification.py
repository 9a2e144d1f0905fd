"""The hooks that an extension may implement; each returns what it adds."""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from airlock.hooks import kinds

PROJECT = "airlock"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def airlock_stages() -> Sequence[kinds.Stage]:  # type: ignore[empty-body]  # a specification
    """Stages, anywhere in a chain; the order of the list is that of the tab."""


@hookspec
def airlock_sources() -> Sequence[kinds.SourceScheme]:  # type: ignore[empty-body]  # a specification
    """Schemes of addresses that snapshot can read from."""


@hookspec
def airlock_tables() -> Sequence[kinds.TableKind]:  # type: ignore[empty-body]  # a specification
    """Tables that are no files, which snapshot can read."""


@hookspec
def airlock_stores() -> Sequence[kinds.StoreScheme]:  # type: ignore[empty-body]  # a specification
    """Schemes of addresses at which results can be kept."""


@hookspec
def airlock_outputs() -> Sequence[kinds.Output]:  # type: ignore[empty-body]  # a specification
    """Where predictions can be sent besides the store."""


@hookspec
def airlock_metrics() -> Sequence[kinds.Metrics]:  # type: ignore[empty-body]  # a specification
    """Figures of predictions that policies may bound and compare."""


@hookspec
def airlock_recognizers() -> Sequence[kinds.Recognizer]:  # type: ignore[empty-body]  # a specification
    """Identifiers that redaction can find."""


@hookspec
def airlock_drift_statistics() -> Sequence[kinds.DriftStatistic]:  # type: ignore[empty-body]  # a specification
    """Distances by which a night is held against the champion's data."""


@hookspec
def airlock_trainers() -> Sequence[kinds.Trainer]:  # type: ignore[empty-body]  # a specification
    """Ways to fit a model."""


@hookspec
def airlock_model_kinds() -> Sequence[kinds.ModelKind]:  # type: ignore[empty-body]  # a specification
    """Kinds of models."""


@hookspec
def airlock_rules() -> Sequence[kinds.Rule]:  # type: ignore[empty-body]  # a specification
    """Rules that a policy may ask the gate for."""


@hookspec
def airlock_sinks() -> Sequence[kinds.SinkKind]:  # type: ignore[empty-body]  # a specification
    """Kinds of receivers that are told what was decided."""


@hookspec
def airlock_notifiers() -> Sequence[kinds.Notifier]:  # type: ignore[empty-body]  # a specification
    """Short names of notifiers."""
