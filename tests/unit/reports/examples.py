"""One record of every kind, with the odd cases that a page must survive."""

from __future__ import annotations

from dataclasses import replace

from airlock.catalogs.review_queue import NightOfQueue, Queue
from airlock.engine.record import Record
from airlock.reports.night import ChallengerSummary
from airlock.stages.approve.record import Approval
from airlock.stages.break_glass.record import BreakGlass
from airlock.stages.canary.record import Judgement
from airlock.stages.clear.record import Clearance
from airlock.stages.confirm.record import Confirmation
from airlock.stages.drift.record import Calibration, Course, Distance, Drift
from airlock.stages.evaluate.record import (
    Anchor,
    Attacked,
    Baseline,
    Effect,
    Evaluation,
    Explained,
    Fairness,
    Interval,
    Slice,
    Speed,
    Stress,
)
from airlock.stages.evidence.record import EvidencePack
from airlock.stages.gate.record import Decision, Evidence, RuleVerdict
from airlock.stages.gc.record import Collection, Deleted
from airlock.stages.labels.record import Labelled, LabelledNight
from airlock.stages.live.record import Live, NightOfLabels, OfVersion, Paired
from airlock.stages.promote.record import Promotion
from airlock.stages.reconcile.record import Reconciliation
from airlock.stages.redact.record import RedactedColumn, Redaction
from airlock.stages.register.record import Registration
from airlock.stages.rollback.record import Rollback
from airlock.stages.route.record import ModelDistance, Routing
from airlock.stages.score.record import Again, Margin, Rescoring, Scoring, UnscoredNight
from airlock.stages.search.record import Rung, Searched, SearchSummary, Trial
from airlock.stages.shadow.record import Shadowing
from airlock.stages.snapshot.record import Part, Snapshot
from airlock.stages.train.record import Training
from airlock.stages.validate.record import Check, Validation

DIGEST = "3f9a1c0e" * 8
PARTS = (Part(path="part-00000.parquet", rows=19_936),)

SNAPSHOT = Snapshot(
    source="var/data/subscriptions/date=2026-01-05/*.parquet",
    night="2026-01-05",
    rows=20_000,
    columns=(("customer_id", "string"), ("monthly_fee", "number"), ("churned", "integer")),
    sha256=DIGEST,
    parts=(Part(path="part-00000.parquet", rows=20_000),),
)

VALIDATION = Validation(
    suite=DIGEST,
    night="2026-01-05",
    rows=20_000,
    quarantined=64,
    checks=(
        Check(
            expectation="expect_column_values_to_be_between",
            column="monthly_fee",
            severity="warning",
            success=False,
            unexpected=64,
            sentence="monthly_fee is between 0 and 500",
        ),
        Check(
            expectation="expect_table_row_count_to_be_between",
            column=None,
            severity="critical",
            success=True,
            unexpected=0,
            sentence="the table has at least 1,000 rows",
        ),
    ),
    parts=PARTS,
    quarantine=(Part(path="quarantine/part-00000.parquet", rows=64),),
)

REJECTED_DATA = Validation(
    suite=DIGEST,
    night="2026-01-05",
    rows=20_000,
    quarantined=0,
    checks=(
        Check(
            expectation="expect_table_row_count_to_be_between",
            column=None,
            severity="critical",
            success=False,
            unexpected=0,
            sentence="the table has at least 30,000 rows",
        ),
    ),
    parts=(),
    quarantine=(),
    reasons=("The table has 20,000 rows, must have at least 30,000.",),
)

REDACTION = Redaction(
    spec=DIGEST,
    night="2026-01-05",
    rows=19_936,
    quarantined=0,
    columns=(
        RedactedColumn(name="customer_id", action="pseudonym", changed=19_936, found={}),
        RedactedColumn(name="full_name", action="drop", changed=19_936, found={}),
        RedactedColumn(
            name="support_note",
            action="scan",
            changed=7_412,
            found={"EMAIL_ADDRESS": 3_120, "PHONE_NUMBER": 2_804},
        ),
        RedactedColumn(name="plan", action="keep", changed=0, found={}),
    ),
    schema=(("customer_id", "string"), ("support_note", "string"), ("plan", "string")),
    entity="customer_id",
    pseudonym_key="a1b2c3d4e5f60718",
    split="00112233445566ff",
    folds={"train": 13_990, "validation": 1_980, "holdout": 3_966},
    parts=PARTS,
)

TRAINING = Training(
    spec=DIGEST,
    code=DIGEST,
    model_class="include.models.churn:ChurnClassifier",
    night="2026-01-05",
    task="classification",
    target="churned",
    entity="customer_id",
    classes=("0", "1"),
    features=(("plan", "categorical"), ("monthly_fee", "numeric")),
    split="00112233445566ff",
    seed=7,
    rows={"train": 13_990, "validation": 1_980},
    epochs=9,
    metrics={"train_loss": 0.4011, "val_loss": 0.4187},
    mlflow_run="5d0f4c9a7b1e4f0c9a7b1e4f0c9a7b1e",
)

FIRST_EVALUATION = Evaluation(
    spec=DIGEST,
    split="00112233445566ff",
    rows=3_966,
    classes={"0": 3_000, "1": 966},
    candidate_bundle=DIGEST,
    champion_bundle=None,
    champion_version=None,
    champion_sequence=0,
    champion_problem=None,
    candidate={"auroc": Interval(value=0.8412, low=0.8280, high=0.8535)},
    champion={},
    difference={},
    slices=(),
)

EVALUATION = Evaluation(
    spec=DIGEST,
    split="00112233445566ff",
    rows=3_966,
    classes={"0": 3_000, "1": 966},
    candidate_bundle=DIGEST,
    champion_bundle=DIGEST[::-1],
    champion_version=3,
    champion_sequence=9,
    champion_problem=None,
    candidate={
        "auroc": Interval(value=0.8412, low=0.8280, high=0.8535),
        "log_loss": Interval(value=0.4102, low=0.3990, high=0.4211),
    },
    champion={
        "auroc": Interval(value=0.8377, low=0.8246, high=0.8502),
        "log_loss": Interval(value=0.4140, low=0.4031, high=0.4255),
    },
    difference={
        "auroc": Interval(value=0.0035, low=-0.0009, high=0.0081),
        "log_loss": Interval(value=-0.0038, low=-0.0080, high=0.0004),
    },
    slices=(
        Slice(
            column="plan",
            value="basic",
            rows=2_100,
            candidate={"auroc": 0.83},
            champion={"auroc": 0.82},
        ),
        Slice(column="plan", value="pro", rows=600, candidate={}, champion=None),
    ),
)

WHOLE_EVALUATION = replace(
    EVALUATION,
    baselines=(
        Baseline(
            kind="constant",
            rows=13_990,
            figures={"auroc": Interval(value=0.5, low=0.5, high=0.5)},
            difference={"auroc": Interval(value=0.3412, low=0.3280, high=0.3535)},
        ),
        Baseline(
            kind="linear",
            rows=13_990,
            figures={"auroc": Interval(value=0.8301, low=0.8170, high=0.8430)},
            difference={"auroc": Interval(value=0.0111, low=0.0020, high=0.0207)},
        ),
        Baseline(kind="boosted", rows=13_990, problem="it could not be fitted (ValueError)"),
    ),
    slices=(
        Slice(
            column="tenure_months",
            value="below 12",
            rows=900,
            candidate={"auroc": 0.71},
            champion={"auroc": 0.72},
            difference={"auroc": Interval(value=-0.01, low=-0.03, high=0.01)},
        ),
        *EVALUATION.slices,
    ),
    anchor=Anchor(
        bundle=DIGEST,
        version=1,
        sequence=4,
        problem=None,
        difference={"auroc": Interval(value=-0.004, low=-0.011, high=0.003)},
    ),
    fairness=(
        Fairness(
            column="region",
            positive="1",
            groups={"north": 1_900, "south": 2_066},
            rates={"north": 0.284, "south": 0.241},
            figures={
                "demographic_parity": Interval(value=0.043, low=0.015, high=0.072),
                "equal_opportunity": Interval(value=0.06, low=0.01, high=0.13),
                "disparate_impact": Interval(value=0.849, low=0.76, high=0.94),
            },
        ),
        Fairness(
            column="plan", positive="1", groups={"basic": 2_100}, rates={"basic": 0.3}, figures={}
        ),
    ),
    stress=(
        Stress(
            kind="missing",
            amount=0.1,
            difference={"auroc": Interval(value=-0.02, low=-0.026, high=-0.014)},
        ),
        Stress(
            kind="noise",
            amount=0.1,
            difference={"auroc": Interval(value=-0.001, low=-0.003, high=0.001)},
        ),
    ),
    bundle_bytes=1_240_000,
)
SPEED = Speed(rows=1_000, runs=7, ms_per_1000=3.21)

REGISTRATION = Registration(
    model="customer_churn",
    version=4,
    bundle=DIGEST,
    source="var/mlflow/artifacts/1/models/m-1/artifacts",
    mlflow_run="5d0f4c9a7b1e4f0c9a7b1e4f0c9a7b1e",
    smoke_rows=5,
)

EVIDENCE = Evidence(
    snapshot=DIGEST,
    validation=DIGEST,
    redaction=DIGEST,
    training=DIGEST,
    evaluation=DIGEST,
    registration=DIGEST,
    policy=DIGEST,
)

DECISION = Decision(
    model="customer_churn",
    version=4,
    bundle=DIGEST,
    night="2026-01-05",
    policy="customer_churn",
    outcome="rejected",
    champion_sequence=9,
    champion_version=3,
    rulings=(
        RuleVerdict(
            rule="auroc.min",
            outcome="pass",
            sentence="auroc is 0.8412 [0.8280, 0.8535], at least 0.7 is needed.",
            value=0.8412,
            low=0.8280,
            high=0.8535,
            bound=0.7,
        ),
        RuleVerdict(
            rule="log_loss.against_champion",
            outcome="fail",
            sentence="log_loss is worse than the champion's by 0.0310, 0.0100 is allowed.",
            value=0.0310,
            low=0.0220,
            high=0.0400,
            bound=0.01,
        ),
        RuleVerdict(rule="brier.max", outcome="cannot tell", sentence="brier was not measured."),
        RuleVerdict(
            rule="first", outcome="not applicable", sentence="There is a champion already."
        ),
    ),
    evidence=EVIDENCE,
    approval_reasons=("The parameter max_epochs was set by hand.",),
    approvers=(),
    expires_after_hours=20.0,
    triggered_by="admin",
    sequence=12,
)

WHOLE_DECISION = replace(
    DECISION,
    rulings=(
        RuleVerdict(
            rule="rolled back", outcome="pass", sentence="This bundle was never rolled back."
        ),
        RuleVerdict(
            rule="metric: auroc",
            outcome="pass",
            sentence="auroc is 0.8412 [0.8280, 0.8535], must be at least 0.7.",
            value=0.8412,
            low=0.8280,
            high=0.8535,
            bound=0.7,
            side="min",
            champion=EVALUATION.champion["auroc"],
        ),
        RuleVerdict(
            rule="champion: log_loss",
            outcome="fail",
            sentence="log_loss differs from version 3 by +0.0310 [+0.0220, +0.0400], and the "
            "interval must not reach above 0.01.",
            value=0.0310,
            low=0.0220,
            high=0.0400,
            bound=0.01,
            side="max",
            difference=True,
        ),
        RuleVerdict(
            rule="limits: latency",
            outcome="pass",
            sentence="The time to score 1,000 rows in milliseconds is 3.21, must be at most 50.",
            value=3.21,
            bound=50,
            side="max",
        ),
        *DECISION.rulings[2:],
    ),
)

APPROVAL = Approval(
    model="customer_churn",
    version=4,
    decision=DIGEST,
    required=True,
    approved=True,
    by="admin",
    answered_at="2026-01-06T07:12:00+00:00",
    reason="looks right",
    sequence=13,
)

EVIDENCE_PACK = EvidencePack(
    model="customer_churn",
    version=4,
    sha256=DIGEST,
    bytes=1_204_331,
    files=71,
    entries=31,
    governance="",
    unsaid=("annex_iv 1(b)", "annex_iv 1(e)", "risk_register risks"),
)

DRIFT = Drift(
    model="customer_churn",
    night="2026-01-07",
    version=4,
    sequence=14,
    rows=19_936,
    enough=True,
    distances=(
        Distance(
            column="usage_hours",
            kind="input",
            psi=0.412,
            js=0.071,
            ks=0.281,
            p=0.00001,
            missing=(0.02, 0.031),
            drifted=True,
            excess=1.648,
            counts=((4_000, 1_200), (3_800, 2_000), (12_000, 16_736)),
        ),
        Distance(
            column="plan<b>",
            kind="input",
            psi=0.003,
            js=0.0005,
            ks=None,
            p=0.41,
            missing=(0.0, 0.0),
            drifted=False,
            excess=0.012,
        ),
    ),
    left_out={"support_note": "it has too many values to count"},
    calibration=Calibration(
        rows=19_936, predicted=0.21, observed=0.29, off=-0.18, p=0.0001, drifted=False
    ),
    course=Course(standing="alarm", streak=2, since="2026-01-06", asked="2026-01-07", asks=True),
    previous="stages/drift/k/0000.json",
)


SCORING = Scoring(
    model="customer_churn",
    night="2026-01-06",
    rows=19_936,
    version=4,
    sequence=14,
    bundle=DIGEST,
    mean_score=0.2431,
    parts=PARTS,
    margin=Margin(coverage=0.9, metric="ece", width=0.14),
    unsure_below=0.6,
    unsure=412,
    review=(Part(path="_review/part-00000.parquet", rows=412),),
)


PAIR = Paired(
    kind="challenger",
    champion_version=4,
    champion_sequence=14,
    rival_version=5,
    rival_sequence=21,
    nights=("2026-01-06",),
    rows=912,
    agreement=0.94,
    champion={"auroc": Interval(value=0.78, low=0.75, high=0.81)},
    rival={"auroc": Interval(value=0.79, low=0.76, high=0.82)},
    difference={"auroc": Interval(value=0.01, low=-0.004, high=0.02)},
    right={"both": 700, "champion": 20, "rival": 35, "neither": 157},
)

QUEUE = Queue(
    last="2026-01-06",
    nights=(
        NightOfQueue(
            night="2026-01-05", rows=19_902, asked=398, open=12, answered=371, overridden=64
        ),
        NightOfQueue(
            night="2026-01-06", rows=19_936, asked=412, open=412, answered=0, overridden=0
        ),
    ),
    rows=39_838,
    unreadable=("2026-01-02",),
)

TRIAL = ChallengerSummary(
    version=5,
    beside=4,
    share=0.25,
    step=2,
    steps=3,
    nights=4,
    least=2,
    sequence=24,
    because="auroc is 0.79 on 912 labelled rows.",
)

SURE = Interval(value=0.52, low=0.5, high=0.54)
PROBED = replace(
    WHOLE_EVALUATION,
    attacked=Attacked(
        rows={"train": 2_000, "holdout": 1_900},
        membership=SURE,
        flips=Interval(value=0.03, low=0.02, high=0.04),
        metric="auroc",
        lost={"tenure": 0.08, "plan": 0.02},
        shifted={"tenure × 100": 0.2},
    ),
    explained=Explained(
        metric="auroc",
        rows=2_000,
        importance={"tenure": SURE, "plan": Interval(value=0.1, low=0.05, high=0.15)},
        effects=(Effect(feature="tenure", points=((1.0, 0.2), (30.0, 0.0), (70.0, -0.2))),),
    ),
    search=SearchSummary(
        content="5" * 64,
        tried=30,
        failed=1,
        metric="auroc",
        best=0.84,
        median=0.82,
        worst=0.71,
        usual=0.83,
        rows=0.111111,
        winner=0.845,
        settings={"num_leaves": 15},
    ),
)

TRIALS = tuple(
    Trial(
        number=number,
        level=level,
        settings={} if number == 0 else {"num_leaves": 3 + 5 * number},
        sample=0.333333 if level == 0 else 1.0,
        score=None if number == 2 else 0.80 + number / 100 + level / 50,
        bundle=None if number == 2 else DIGEST,
    )
    for level, numbers in ((0, (0, 1, 2, 3)), (1, (0, 3)))
    for number in numbers
)
SEARCHED = Searched(
    search=DIGEST,
    sampler="quasi_random",
    asked=4,
    metric="auroc",
    trials=TRIALS,
    winner=3,
    settings={"num_leaves": 18},
    importance={"num_leaves": 0.4},
)
RUNG = Rung(
    search=DIGEST,
    step=1,
    level=1,
    sample=1.0,
    metric="auroc",
    numbers=(0, 3),
    settings=({}, {"num_leaves": 18}),
    told=TRIALS[:4],
)

RECORDS: tuple[Record, ...] = (
    SEARCHED,
    RUNG,
    PROBED,
    EVIDENCE_PACK,
    DRIFT,
    Drift(
        model="customer_churn",
        night="2026-01-05",
        version=4,
        sequence=14,
        rows=12,
        enough=False,
        distances=(),
    ),
    SNAPSHOT,
    VALIDATION,
    REJECTED_DATA,
    REDACTION,
    TRAINING,
    FIRST_EVALUATION,
    EVALUATION,
    WHOLE_EVALUATION,
    REGISTRATION,
    DECISION,
    WHOLE_DECISION,
    APPROVAL,
    Approval(model="customer_churn", version=4, decision=DIGEST, required=False, approved=True),
    Approval(model="customer_churn", version=4, decision=DIGEST, required=True, approved=False),
    Promotion(
        model="customer_churn",
        version=4,
        bundle=DIGEST,
        sequence=14,
        replaced_version=None,
        alias_follows=False,
    ),
    Rollback(
        model="customer_churn",
        from_version=4,
        to_version=3,
        by="admin",
        reason="complaints from the call centre",
        sequence=15,
        alias_follows=True,
    ),
    Clearance(
        model="customer_churn",
        version=4,
        bundle=DIGEST,
        by="admin",
        reason="the complaints had another cause",
        sequence=16,
    ),
    BreakGlass(
        model="customer_churn",
        version=4,
        before=3,
        outcome="rejected",
        by="ada",
        reason="the champion scores nonsense",
        until="2026-01-06 06:30 UTC",
        sequence=17,
        alias_follows=True,
    ),
    Confirmation(
        model="customer_churn",
        version=4,
        confirms=17,
        by="joan",
        reason="I looked at it as well",
        sequence=19,
    ),
    Collection(
        dry_run=False,
        deleted=(
            Deleted(kind="raw rows", objects=12, bytes=31_000_000),
            Deleted(kind="dead attempts", objects=1, bytes=2_000),
        ),
        held=("Entry 4 of the ledger of churn names stages/train/x, which is gone.",),
    ),
    Reconciliation(
        models=("customer_churn", "telco_churn"),
        repaired=("telco_churn",),
        reminded=1,
        fell_back=("customer_churn",),
    ),
    SCORING,
    Shadowing(
        model="customer_churn",
        night="2026-01-06",
        champion_version=4,
        champion_sequence=14,
        kind="challenger",
        scoring=SCORING,
        problem=None,
    ),
    Shadowing(
        model="customer_churn",
        night="2026-01-06",
        champion_version=4,
        champion_sequence=14,
        kind=None,
        scoring=None,
        problem=None,
    ),
    Routing(
        model="customer_churn",
        night="2026-01-06",
        champion_version=4,
        rival_version=5,
        rival_bundle=DIGEST,
        share=0.05,
        canary=21,
        sequence=14,
        rows=19_936,
        routed=1_012,
        apart=(
            ModelDistance(
                column="",
                value="",
                rows=19_936,
                agreement=0.94,
                champion=0.243,
                rival=0.251,
                distance=0.031,
            ),
        ),
        parts=PARTS,
    ),
    Rescoring(
        model="customer_churn",
        withdrawn=4,
        version=3,
        sequence=15,
        by="grace",
        reason="Version 4 scored nobody below 0.5.",
        again=(Again(night="2026-01-06", rows=19_936, replaced=1, number=2),),
        left=(UnscoredNight(night="2026-01-07", why="Its redacted table is gone."),),
    ),
    Labelled(
        model="customer_churn",
        rows=912,
        repeated=0,
        nights=(
            LabelledNight(
                night="2026-01-06",
                path="2026-01-06.parquet",
                labels=912,
                joined=905,
                corrected=3,
                late=14,
                answered=200,
                left_out=2,
            ),
        ),
    ),
    Live(
        model="customer_churn",
        nights=(NightOfLabels(night="2026-01-06", scored=19_936, joined=905),),
        versions=(
            OfVersion(
                version=4,
                nights=("2026-01-06",),
                rows=860,
                figures={"auroc": Interval(value=0.78, low=0.75, high=0.81)},
            ),
        ),
        pairs=(PAIR,),
        queue=QUEUE,
    ),
    Judgement(
        model="customer_churn",
        outcome="grow",
        version=5,
        share=0.25,
        because=("auroc is 0.79 on 912 labelled rows.",),
        sequence=24,
        champion_version=4,
    ),
    Judgement(
        model="customer_churn",
        outcome="roll back",
        version=5,
        share=0.0,
        because=("auroc is 0.31 on 912 labelled rows.",),
        sequence=25,
        champion_version=4,
        nights=("2026-01-06",),
    ),
    Promotion(
        model="customer_churn",
        version=5,
        bundle=DIGEST,
        sequence=21,
        replaced_version=4,
        alias_follows=True,
        share=0.05,
    ),
)
