"""### Leads: nightly scoring.

The champion scores the night's leads; then the night is held against the data that the champion
was trained on. **snapshot > validate > redact > score > drift**
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY_SCORING, nightly, scoring

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("leads_scoring", schedule=nightly("0 4 * * *"), doc_md=__doc__, **NIGHTLY_SCORING):
    scoring(
        model="leads",
        source="leads/*.csv",
        expectations=INCLUDE / "expectations/leads.yaml",
        redaction=INCLUDE / "redaction/leads.yaml",
        entity="lead_id",
    )
