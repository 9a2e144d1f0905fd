"""The kinds of things that can be added, and how each says where its code is.

Code is named, "package.module:name", and imported when it is first used: DAG files are parsed again
and again, and an extension must not load its libraries into every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Task = Literal["classification", "regression"]

NETWORK = "network"
"""The kind of a TrainSpec, and of a bundle, that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage: something that a run passes through, with a record of its own.

    Args:
        word: its name, also of its operator's class ("explain" for ExplainOperator) and its record.
        record: "package.module:Class" of its record.
        page: "package.module" that describes the record for people, by registering with
            `airlock.reports.describe`; None shows what the record's facts say.
        after: the word behind which it stands in the tab; None at the end.
        in_flow: whether the tab shows it as a step of its own; shares of a stage are none.
    """

    word: str
    record: str
    page: str | None = None
    after: str | None = None
    in_flow: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceScheme:
    """Where a snapshot may read rows from.

    Args:
        scheme: of its addresses, "sftp" for sftp://.
        places: "package.module:function" of an `Access` that returns the `Places` of the scheme
            (both in `airlock.stages.snapshot.stage.source`). What lies outside of `access.places`
            it must refuse.
    """

    scheme: str
    places: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableKind:
    """A kind of table that is no file, and that a snapshot may read.

    Args:
        spec: "package.module:Class" of the `airlock.core.sources.SourceSpec` that a DAG file
            writes.
        open: "package.module:function" that opens one, as `open_source` in
            `airlock.stages.snapshot.stage.source.opening` says; what it gives is the `Source` of
            `interface.py` beside it.
    """

    spec: str
    open: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreScheme:
    """Where results are kept.

    Args:
        scheme: of its addresses, "gs" for gs://.
        open: "package.module:function" of an address and `Credentials` that returns a
            `airlock.store.Store`. Its `create` must let one writer win alone; Airlock proves that
            before it is used.
    """

    scheme: str
    open: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where predictions go besides the store.

    Args:
        spec: "package.module:Class" of the `OutputSpec` that a DAG file writes.
        deliver: "package.module:function" of the settings, the spec, the partition and its files;
            called again after an unknown outcome, so it must give the same result twice.
        files: "package.module:function" of the settings and the spec that lists the local files it
            writes; None for none. A task that scores may write nowhere else.
        check: "package.module:function" of the settings, the spec and the names of the columns of
            predictions, called before a night is scored; it raises where they cannot be delivered.
    """

    spec: str
    deliver: str
    files: str | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Figures of predictions, usable in policies.

    Args:
        task: of the models that they are measured on.
        better: each metric's name, and whether higher is better.
        measure: "package.module:function" of truth (n,), scores (n, classes) or predictions (n,),
            and weights (resamples, n), that returns an array (resamples,) for every name; NaN where
            one is not defined. `airlock.core.metrics` shows how.
        lies: the least and the largest figure that a metric can have, where there is one; a policy
            that asks for more is refused. A metric without an entry is not looked at.
    """

    task: Task
    better: Mapping[str, bool]
    measure: str
    lies: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognizer:
    """An identifier with a form of its own.

    Args:
        entity: what it is called in redaction files, in capitals.
        make: "package.module:function" of a language that returns Presidio's `PatternRecognizer`.
        synthetic: "package.module:function" of a `random.Random` that makes one up which is
            nobody's; it is planted, and a scan that misses it stops.
    """

    entity: str
    make: str
    synthetic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftStatistic:
    """A distance of two sets of counts in the same bins.

    Args:
        name: in files of drift, below `statistics`.
        distance: "package.module:function" of the champion's and the night's counts, shape (bins,),
            not all 0, that returns a number of at least 0.
        ordered: whether it is defined for numbers alone, whose bins have an order.
    """

    name: str
    distance: str
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainer:
    """A way to fit a model.

    Args:
        name: in `TrainSpec(trainer=…)`.
        fit: "package.module:function" with the arguments and the result of
            `airlock.stages.train.stage.fit.fit`.
    """

    name: str
    fit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelKind:
    """A kind of model: how it is told what to do, fitted, sealed, loaded and explained.

    Args:
        name: in `TrainSpec(kind=…)`.
        takes: the fields of a TrainSpec that it takes besides those that every kind does; what
            else is set there is refused when the DAG is parsed.
        parameters: "package.module:Class" of the `airlock.core.spec.Spec` that `hyperparameters`
            must be; None leaves it to the class that `model` names.
        learner: "package.module:Class" of an `airlock.stages.train.stage.learner.Learner`, which is
            made of a TrainSpec.
        artefacts: the bundle's files that only this kind has. None is a pickle.
        load: "package.module:function" of a bundle's folder, its `Preprocessing` and a device that
            returns an `airlock.bundle.computing.ModelCompute`. The bytes are those that somebody
            vouched for; what is malformed must all the same be refused, as `Unverified`.
        explain: "package.module:function" of a `Scorer` and one row that returns an
            `airlock.stages.score.record.Attribution`.
        libraries: distributions besides Python whose versions decide what a training gives.
        requires: distributions that a process needs that loads such a bundle.
        unit: what the epochs of a training are called, for people.
        gpu: whether `load` is given a GPU where there is one; else it computes on the CPU.
    """

    name: str
    takes: frozenset[str]
    parameters: str | None
    learner: str
    artefacts: tuple[str, ...]
    load: str
    explain: str = "airlock.stages.score.stage.shapley:attribute"
    libraries: tuple[str, ...]
    requires: tuple[str, ...]
    unit: str = "epoch"
    gpu: bool = False

    def __post_init__(self) -> None:
        if unfit := [one for one in self.artefacts if one.endswith(PICKLED)]:
            raise ValueError(f"{self.name} keeps a model in {unfit[0]}: a pickle runs code")


PICKLED = (".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle", ".pt", ".pth", ".skops")
"""How files are called that run code when they are loaded, or need a list of what may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of the gate.

    Args:
        key: of the policy file, below `rules`.
        spec: "package.module:Class" of what may stand there, an `airlock.core.spec.Spec`.
        judge: "package.module:function" of that spec, the case and the ledger's state that yields
            a `RuleVerdict` for every sentence. What it cannot see is "cannot tell", which is no
            pass.
    """

    key: str
    spec: str
    judge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkKind:
    """A kind of receiver that is told what was decided.

    Args:
        name: `kind` in the extra of a connection that `[airlock] sinks` names.
        open: "package.module:function" of what the connection says (`airlock.sinks.sink.Said`) that
            returns an `airlock.sinks.sink.Sink`, or raises `SettingsError` for what is missing.
    """

    name: str
    open: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifier:
    """A short name for an Airflow notifier.

    Args:
        name: in `[airlock] notifier`.
        notifier: "package.module:Class" of it.
    """

    name: str
    notifier: str
