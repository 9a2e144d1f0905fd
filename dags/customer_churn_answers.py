"""### Customer churn: what people say where the model was unsure.

What somebody answers on the model's page lies where the source says, by the night of the row:
**Hand in** there triggers a run. `airlock review customer_churn --to sheet.csv` writes the open
rows as a sheet instead: fill in **answer** and **reviewer**, put the file into the folder of a
night, and trigger a run for that night. Rows that nobody has answered yet may stay in it.

**snapshot > validate > redact > labels > live > canary**

- An answer is a label like any other, with the mark that a person gave it: the page of `live` says
  how often people overrode the model, how many rows are open, and since when.
- Red means that the sheet is not what it should be; nothing of it counts then.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY_SCORING, labelling

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("customer_churn_answers", schedule=None, doc_md=__doc__, **NIGHTLY_SCORING):
    labelling(
        model="customer_churn",
        source="answers/customer_churn/date={night}/*.csv",
        expectations=INCLUDE / "expectations/customer_churn_answers.yaml",
        redaction=INCLUDE / "redaction/customer_churn_answers.yaml",
        entity="row_key",
        label="answer",
        scored="night",
        reviewer="reviewer",
    )
