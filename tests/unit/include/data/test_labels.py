"""Labels that come a month after the night that they are about."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from include.data.labels import main, write_labels
from include.data.subscriptions import write_night

NIGHT = date(2026, 1, 5)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_night(NIGHT, into=folder / "subscriptions", rows=200)
    return folder


def test_labels_say_what_became_of_every_customer_of_the_night(data: Path):
    file = write_labels(NIGHT, data=data)

    assert file == data / "labels/date=2026-02-04/labels.csv"
    export = pd.read_parquet(data / "subscriptions/date=2026-01-05/part-0.parquet")
    labels = pd.read_csv(file)
    assert labels.columns.tolist() == ["customer_id", "scored_on", "churned"]
    assert labels["customer_id"].tolist() == export["customer_id"].tolist()
    assert labels["churned"].tolist() == export["churned"].tolist()
    assert set(labels["scored_on"]) == {"2026-01-05"}


def test_a_delivery_holds_nothing_but_its_file(data: Path):
    write_labels(NIGHT, data=data)

    assert [one.name for one in (data / "labels/date=2026-02-04").iterdir()] == ["labels.csv"]


def test_a_night_that_nobody_exported_is_told(data: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["2026-01-06", "--data", str(data)])

    assert "date=2026-01-06" in capsys.readouterr().err
