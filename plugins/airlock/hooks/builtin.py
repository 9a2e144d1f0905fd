"""Registers Airlock's own parts, in the same way as those of extensions."""

from __future__ import annotations

from airlock.hooks.kinds import (
    NETWORK,
    DriftStatistic,
    Metrics,
    ModelKind,
    Notifier,
    Output,
    Rule,
    SinkKind,
    SourceScheme,
    Stage,
    StoreScheme,
    TableKind,
    Trainer,
)
from airlock.hooks.specification import hookimpl


@hookimpl
def airlock_stages() -> list[Stage]:
    """All stages, in the order in which a run passes through them."""
    return [
        _stage("snapshot", "Snapshot"),
        _stage("prepare", "Preparation"),
        _stage("validate", "Validation"),
        _stage("redact", "Redaction"),
        _stage("search", "Searched"),
        _stage("train", "Training"),
        _stage("evaluate", "Evaluation"),
        _stage("register", "Registration"),
        _stage("gate", "Decision"),
        _stage("approve", "Approval"),
        _stage("promote", "Promotion"),
        _stage("evidence", "EvidencePack"),
        _stage("score", "Scoring"),
        _stage("shadow", "Shadowing"),
        _stage("route", "Routing"),
        _stage("drift", "Drift"),
        _stage("labels", "Labelled"),
        _stage("live", "Live"),
        _stage("canary", "Judgement"),
        _stage("rescore", "Rescoring", folder="score"),
        _stage("rollback", "Rollback"),
        _stage("clear", "Clearance"),
        _stage("break_glass", "BreakGlass"),
        _stage("confirm", "Confirmation"),
        _stage("reconcile", "Reconciliation"),
        _stage("gc", "Collection"),
        _stage("rung", "Rung", folder="search", in_flow=False),
        _stage("redact_share", "RedactedShard", folder="redact", in_flow=False),
        _stage("score_share", "ScoredShare", folder="score", in_flow=False),
    ]


def _stage(word: str, record: str, *, folder: str = "", in_flow: bool = True) -> Stage:
    named = f"airlock.stages.{folder or word}.record:{record}"
    return Stage(word=word, record=named, in_flow=in_flow)


@hookimpl
def airlock_stores() -> list[StoreScheme]:
    """A folder, and S3."""
    return [
        StoreScheme(scheme="file", open="airlock.store.open:open_folder"),
        StoreScheme(scheme="s3", open="airlock.store.open:open_s3"),
    ]


@hookimpl
def airlock_sources() -> list[SourceScheme]:
    """A folder, and S3."""
    listing = "airlock.stages.snapshot.stage.source.listing"
    return [
        SourceScheme(scheme="file", places=f"{listing}:folder_places"),
        SourceScheme(scheme="s3", places=f"{listing}:bucket_places"),
    ]


@hookimpl
def airlock_tables() -> list[TableKind]:
    """The rows of a query, and tables of lakes."""
    here, specs = "airlock.stages.snapshot.stage.source", "airlock.core.sources"
    return [
        TableKind(spec=f"{specs}:SqlSource", open=f"{here}.sql.opened:open_sql"),
        TableKind(spec=f"{specs}:DeltaSource", open=f"{here}.lake.delta:open_delta"),
        TableKind(spec=f"{specs}:IcebergSource", open=f"{here}.lake.iceberg:open_iceberg"),
    ]


@hookimpl
def airlock_outputs() -> list[Output]:
    """A table of a database."""
    delivery = "airlock.catalogs.sql_delivery"
    return [
        Output(
            spec="airlock.core.outputs:SqlOutput",
            deliver=f"{delivery}:deliver_output",
            files=f"{delivery}:files_of",
            check=f"{delivery}:check_output",
        )
    ]


@hookimpl
def airlock_metrics() -> list[Metrics]:
    """The most telling of its kind first."""
    return [
        Metrics(
            task="classification",
            better={
                "auroc": True,
                "average_precision": True,
                "accuracy": True,
                "f1_macro": True,
                "log_loss": False,
                "brier": False,
                "ece": False,
                "recall_macro": True,
                "precision_macro": True,
                "recall_worst": True,
                "lift_at_10": True,
                "ndcg": True,
            },
            measure="airlock.core.metrics:classification",
            lies={
                **dict.fromkeys(("auroc", "average_precision", "accuracy"), (0, 1)),
                **dict.fromkeys(("f1_macro", "brier", "ece", "ndcg"), (0, 1)),
                **dict.fromkeys(("recall_macro", "precision_macro", "recall_worst"), (0, 1)),
                "log_loss": (0, None),
                "lift_at_10": (0, 10),
            },
        ),
        Metrics(
            task="classification",
            better={"decision_precision": True, "decision_recall": True},
            # Only who knows the threshold can: `decisions`, beside it.
            measure="airlock.core.metrics:undecided",
            lies=dict.fromkeys(("decision_precision", "decision_recall"), (0, 1)),
        ),
        Metrics(
            task="regression",
            better={"rmse": False, "mae": False, "r2": True},
            measure="airlock.core.metrics:regression",
            lies={"rmse": (0, None), "mae": (0, None), "r2": (None, 1)},
        ),
    ]


@hookimpl
def airlock_drift_statistics() -> list[DriftStatistic]:
    """Population stability index, Jensen-Shannon divergence, Kolmogorov-Smirnov."""
    divergence = "airlock.distribution.divergence"
    return [
        DriftStatistic(name="psi", distance=f"{divergence}:psi"),
        DriftStatistic(name="js", distance=f"{divergence}:js"),
        DriftStatistic(
            name="ks", distance="airlock.stages.drift.stage.statistics:ks", ordered=True
        ),
    ]


@hookimpl
def airlock_trainers() -> list[Trainer]:
    """PyTorch Lightning."""
    return [Trainer(name="lightning", fit="airlock.stages.train.stage.fit:fit")]


@hookimpl
def airlock_model_kinds() -> list[ModelKind]:
    """Networks, gradient boosting, linear models."""
    learners, load = "airlock.stages.train.stage.kinds", "airlock.bundle"
    return [
        ModelKind(
            name=NETWORK,
            takes=frozenset(
                {
                    *("model", "data", "trainer", "max_epochs", "max_steps", "patience"),
                    *("batch_size", "accumulate", "gradient_clip", "precision", "accelerator"),
                    *("devices", "strategy", "checkpoint_steps", "class_weight"),
                }
            ),
            parameters=None,
            learner=f"{learners}.network:NetworkLearner",
            artefacts=("weights.safetensors", "graph.pt2"),
            load=f"{load}.network:load",
            explain="airlock.stages.score.stage.integrated_gradients:attribute",
            libraries=("numpy", "pandas", "pyarrow", "pytorch-lightning", "safetensors", "torch"),
            requires=("numpy", "pandas", "torch"),
            gpu=True,
        ),
        ModelKind(
            name="lightgbm",
            takes=frozenset({"max_epochs", "patience", "class_weight", "monotone"}),
            parameters="airlock.stages.train.parameters:BoostingParameters",
            learner=f"{learners}.boosting:BoostingLearner",
            artefacts=("trees.txt",),
            load=f"{load}.boosting:load",
            libraries=("lightgbm", "numpy", "pandas", "pyarrow"),
            requires=("lightgbm", "numpy", "pandas", "scipy"),
            unit="round",
        ),
        ModelKind(
            name="linear",
            takes=frozenset({"patience", "class_weight"}),
            parameters="airlock.stages.train.parameters:LinearParameters",
            learner=f"{learners}.linear:LinearLearner",
            artefacts=("coefficients.json",),
            load=f"{load}.linear:load",
            libraries=("numpy", "pandas", "pyarrow", "scikit-learn", "scipy"),
            requires=("numpy", "pandas", "scipy"),
            unit="step",
        ),
    ]


@hookimpl
def airlock_sinks() -> list[SinkKind]:
    """Webhooks, trackers, chats and mail."""
    return [
        SinkKind(name="webhook", open="airlock.sinks.webhook:open_webhook"),
        SinkKind(name="github", open="airlock.sinks.trackers:open_github"),
        SinkKind(name="github_release", open="airlock.sinks.trackers:open_github_release"),
        SinkKind(name="gitlab", open="airlock.sinks.trackers:open_gitlab"),
        SinkKind(name="jira", open="airlock.sinks.trackers:open_jira"),
        SinkKind(name="slack", open="airlock.sinks.chat:open_slack"),
        SinkKind(name="teams", open="airlock.sinks.chat:open_teams"),
        SinkKind(name="mail", open="airlock.sinks.mail:open_mail"),
    ]


@hookimpl
def airlock_notifiers() -> list[Notifier]:
    """A line in the log."""
    return [Notifier(name="log", notifier="airlock.config.notify:LogNotifier")]


@hookimpl
def airlock_rules() -> list[Rule]:
    """Those that a policy file asks for by keys of its own; sentences come in this order."""
    return [
        _rule("data", "data:DataRule", "data:judge_data"),
        _rule("privacy", "data:PrivacyRule", "data:judge_privacy"),
        _rule("holdout", "data:HoldoutRule", "evidence:judge_holdout"),
        _rule("baseline", "baseline:BaselineRule", "baseline:judge_baseline"),
        _rule("champion", "champion:ChampionRule", "champion:judge_champion"),
        _rule("slices", "slices:SlicesRule", "slices:judge_slices"),
        _rule("fairness", "fairness:FairnessRule", "fairness:judge_fairness"),
        _rule("robustness", "robustness:RobustnessRule", "robustness:judge_robustness"),
        _rule("attacks", "attacks:AttacksRule", "attacks:judge_attacks"),
        _rule("limits", "limits:LimitsRule", "limits:judge_limits"),
    ]


def _rule(key: str, spec: str, judge: str) -> Rule:
    gate = "airlock.stages.gate"
    return Rule(key=key, spec=f"{gate}.policy.{spec}", judge=f"{gate}.rules.{judge}")
