"""Some airflow dags named as real ones: they stay paused, and tests put there what runs leave."""

from __future__ import annotations

from airflow.sdk import DAG, BaseOperator

STAGES = "snapshot validate redact train evaluate register gate approve promote".split()


def stage(word: str) -> BaseOperator:
    return type(f"{word.capitalize()}Operator", (BaseOperator,), {})(task_id=word)


with DAG("customer_winback_answers", schedule=None, tags={"customer_winback", "answers"}):
    BaseOperator(task_id="labels")

for name, words in (
    ("customer_churn_training", STAGES),
    ("board_training", STAGES),
    ("customer_churn_scoring", ["score", "drift"]),
):
    with DAG(name, schedule=None):
        last = BaseOperator(task_id="announce")
        for word in words:
            task = stage(word)
            last >> task
            last = task
