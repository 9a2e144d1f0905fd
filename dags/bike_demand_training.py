"""### Bike demand: a regression on a real table.

How many bicycles are rented in an hour, by calendar and weather: the public table of hourly rentals
in Washington, D.C., 2011 and 2012 (17,520 hours). Put the file at `var/data/bike_hourly.csv`
(docs/models.md says where to get it) and press *Trigger*.

The entity is the day, so that all hours of a day share a fold: the hours of one day are alike, and
a model that has seen 4 PM knows too much about 5 PM. The held-out days lie between the others: what
is measured is how well a day is filled in, not how well next month is foretold.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY, EvaluateSpec, TrainSpec, training

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("bike_demand_training", schedule=None, doc_md=__doc__, **NIGHTLY):
    training(
        model="bike_demand",
        source="bike_hourly.csv",
        expectations=INCLUDE / "expectations/bike_demand.yaml",
        redaction=INCLUDE / "redaction/bike_demand.yaml",
        policy=INCLUDE / "policies/bike_demand.yaml",
        train=TrainSpec(
            model="include.models.bikes:BikeDemand",
            target="cnt",
            entity="dteday",
            task="regression",
            batch_size=512,
            max_epochs=30,
            patience=6,
        ),
        evaluation=EvaluateSpec(slices=("season", "workingday")),
    )
