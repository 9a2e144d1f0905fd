"""The texts of a new pipeline's files."""

from __future__ import annotations

DAG_TRAINING = '''\
"""### {model}: training.

**snapshot > validate > redact > train > evaluate > register > gate > approve > promote**

It runs {train_when}. A candidate that the policy refuses ends with a green `gate`
and skipped tasks behind it; red means that somebody must repair something.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY, TrainSpec{nightly}, training

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("{model}_training", schedule={train_at}, doc_md=__doc__, **NIGHTLY):
    training(
        model="{model}",
        source={source},{window}
        expectations=INCLUDE / "expectations/{model}.yaml",
        redaction=INCLUDE / "redaction/{model}.yaml",
        policy=INCLUDE / "policies/{model}.yaml",
        train=TrainSpec(
            {kind}
            target={target},
            # {of_entity}
            entity={entity},{task}
            # {numbers}
        ),
        # A pool "gpu" with one slot per GPU queues trainings up; it must exist in Airflow.
        pool="default_pool",
    )
'''

DAG_SCORING = '''\
"""### {model}: scoring.

The champion scores the rows; then they are held against the data that it was trained on.
**snapshot > validate > redact > score > drift**
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY_SCORING{nightly}, scoring

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("{model}_scoring", schedule={score_at}, doc_md=__doc__, **NIGHTLY_SCORING):
    scoring(
        model="{model}",
        source={source},
        expectations=INCLUDE / "expectations/{model}.yaml",
        redaction=INCLUDE / "redaction/{model}.yaml",
        entity={entity},
        # Not known yet when rows are scored: it may be missing, and is left behind if it is there.
        target={target},
    )
'''

MODEL = '''\
"""The model of {model}."""

from __future__ import annotations

from airlock.models.ensemble import TabularEnsemble
from airlock.models.shape import Shape


class {class_name}(TabularEnsemble):
    """Small networks that share their layers; docs/models.md of Airlock says what else there is.

    Args:
        shape: of the table.
        members: how many networks.
        hidden: width of the layers.
        dropout: share of activations left out while training.
    """

    def __init__(
        self, shape: Shape, *, members: int = 8, hidden: int = 64, dropout: float = 0.1
    ) -> None:
        super().__init__(shape, members=members, hidden=hidden, dropout=dropout)
'''

POLICY = """\
# What a model must show before it is promoted; docs/policy.md of Airlock has every rule.
name: {model}

# A candidate without a champion to compare with. Low on purpose: raise it to what you need.
first:
{first}

# With the evaluation's confidence, at most this much worse than the champion:
# {why}.
champion:
{margin}

# Better than the majority or the mean. Worth more: against: [constant, linear, boosted].
baseline: {{margin: 0, against: [constant]}}

# The holdout of a table like this one ({rows} rows) has more; a smaller one is no evidence.
holdout:
  min_rows: {min_rows}{rarest}

# always: people are asked before every promotion.
approval:
  required: never
"""

REDACTION = """\
# What happens to every column before anybody trains on it, from the looks of {rows} rows; no cell
# is in here. What identifies somebody is for a person to say: read it line by line.
# keep, drop, pseudonym, mask, generalise or scan; docs/redact.md of Airlock has them all.
columns:
"""

TEST = '''\
"""The pipeline of {model}: its files are right, and one night goes through all of it.

The rows are made up from include/expectations/{model}.yaml, and nobody is behind them. Better than
these: a small file of rows that once hurt, `rows="tests/{model}.csv"`. docs/testing.md of Airlock.
"""

from __future__ import annotations

from pathlib import Path

from airlock.cli.main import main
from airlock.testing import Sandbox, made_up_rows

PROJECT = Path(__file__).parents[1]
EXPECTATIONS = PROJECT / "include/expectations/{model}.yaml"


def test_the_files_of_{model}_are_right():
    assert main(["check", "{model}", "--project", str(PROJECT)]) == 0


def test_a_night_of_{model}_comes_to_a_decision_and_its_champion_scores(airlock_sandbox: Sandbox):
    rows = made_up_rows(EXPECTATIONS, target={target})

    training = airlock_sandbox.run("dags/{model}_training.py", rows=rows, night="2026-01-05")

    assert training.passed, training.why
    # What can be learnt from rows that nobody lived is no evidence: that they were judged is.
    assert training.gate.rulings
    if airlock_sandbox.champion("{model}"):
        scoring = airlock_sandbox.run(
            "dags/{model}_scoring.py", rows=rows.drop(columns={target}), night="2026-01-06"
        )
        assert scoring.score.rows == len(rows), scoring.why
'''
