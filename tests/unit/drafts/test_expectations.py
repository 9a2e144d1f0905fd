"""A drafted file loads, holds of the rows that it was drafted from, and names nobody."""

from __future__ import annotations

import datetime
import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from airlock.core.contract import Csv
from airlock.core.errors import DataError
from airlock.drafts.expectations import draft
from airlock.drafts.sample import Sample, read
from airlock.stages.snapshot.stage.reading import DeliveredFile, tables
from airlock.stages.validate.spec import Expectations
from airlock.stages.validate.stage.validate import validate
from tests.tables import snapshot_of


def drafted(sample: Sample, folder: Path, key: tuple[str, ...] = ()) -> Expectations:
    path = folder / "draft.yaml"
    path.write_text(draft(sample, key), encoding="utf-8")
    return Expectations.load(path)


def from_csv(folder: Path, text: str, **csv: object) -> Sample:
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return read(path, text=Csv.model_validate(csv))


REAL = [
    pytest.param("telco_churn.csv", Csv(), (), id="telco"),
    pytest.param("bike_hourly.csv", Csv(), (), id="bikes"),
    pytest.param("sms_spam.tsv", Csv(quote=None, header=False), ("label", "text"), id="messages"),
]


@pytest.mark.parametrize(("name", "csv", "names"), REAL)
def test_a_draft_of_a_real_table_holds_of_it(
    shared_data: Path, tmp_path: Path, name: str, csv: Csv, names: tuple[str, ...]
):
    sample = read(shared_data / name, text=csv, names=names)
    expectations = drafted(sample, tmp_path)
    for folder in ("in", "out", "report"):
        (tmp_path / folder).mkdir()

    snapshot = snapshot_of(sample.table, tmp_path / "in")
    record = validate(
        snapshot,
        expectations,
        table=tmp_path / "in",
        out=tmp_path / "out",
        report=tmp_path / "report",
    )

    assert record.verdict.passed
    assert all(check.success for check in record.checks)
    assert record.quarantined == 0


def test_a_real_table_is_understood(shared_data: Path, tmp_path: Path):
    telco = drafted(read(shared_data / "telco_churn.csv", text=Csv()), tmp_path).contract

    assert telco.key == ("customerID",)
    assert telco.columns["tenure"].type == "integer"
    assert telco.columns["TotalCharges"].type == "number"
    assert telco.columns["TotalCharges"].nullable
    assert telco.null_values == ("", " ")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        pytest.param(["1", "-20"], "integer", id="integers"),
        pytest.param(["1", "2.5", "1e3"], "number", id="numbers"),
        pytest.param(["true", "false"], "boolean", id="booleans"),
        pytest.param(["2026-01-05", "2026-02-28"], "date", id="dates"),
        pytest.param(["2026-01-05 10:00:00", "2026-01-06T11:30:00"], "timestamp", id="timestamps"),
        pytest.param(["5/1/2026", "6/1/2026"], "string", id="dates that nobody can be sure of"),
        pytest.param(["01067", "1068"], "string", id="a code with a leading zero"),
        pytest.param(["+4915112345678", "+33612345678"], "string", id="phone numbers"),
        pytest.param(["+1200", "-300"], "number", id="amounts with their sign"),
        pytest.param(["1", "inf"], "string", id="an infinity is no number"),
        pytest.param(["1", "x"], "string", id="mixed"),
        pytest.param(["NA", "none"], "string", id="nothing but texts for no value"),
    ],
)
def test_the_type_of_a_csv_column_is_what_all_of_its_cells_have(
    tmp_path: Path, cells: list[str], kind: str
):
    text = "it,other\n" + "".join(f"{cell},x\n" for cell in cells)

    assert drafted(from_csv(tmp_path, text), tmp_path).contract.columns["it"].type == kind


def test_texts_for_no_value_count_where_the_rest_are_numbers(tmp_path: Path):
    found = drafted(from_csv(tmp_path, "a,b\n1,NA\nNA,x\n"), tmp_path).contract

    assert found.null_values == ("", "NA")
    assert found.columns["a"].type == "integer"
    assert found.columns["a"].nullable
    assert found.columns["b"].nullable


def test_how_the_text_is_written_is_in_the_file(tmp_path: Path):
    sample = from_csv(tmp_path, "a;b\n1,5;x\n2,5;y\n", decimal=",")

    contract = drafted(sample, tmp_path).contract

    assert contract.csv == Csv(delimiter=";", decimal=",")
    assert contract.columns["a"].type == "number"


def test_a_folder_is_read_whole_packed_or_not(tmp_path: Path):
    (tmp_path / "night=1").mkdir()
    (tmp_path / "night=1" / "a.csv.gz").write_bytes(gzip.compress(b"id,fee\n1,2\n"))
    (tmp_path / "b.csv").write_text("id,fee\n3,4.5\n")
    (tmp_path / "_SUCCESS").write_text("")

    sample = read(tmp_path, text=Csv())

    assert sample.table.to_pydict() == {"id": [3, 1], "fee": [4.5, 2.0]}


def test_parquet_says_its_types_itself(tmp_path: Path):
    table = pa.table(
        {
            "id": pa.array(range(30), pa.int32()),
            "on": pa.array([datetime.date(2026, 1, 5)] * 30),
            "plan": pa.array(["a", "b", "c"] * 10).dictionary_encode(),
            "fee": pa.array([1.5, None, float("nan")] * 10),
        }
    )
    for part in range(2):
        pq.write_table(table.slice(part * 15, 15), tmp_path / f"{part}.parquet")

    contract = drafted(read(tmp_path, text=Csv()), tmp_path).contract

    kinds = {name: column.type for name, column in contract.columns.items()}
    assert kinds == {"id": "integer", "on": "date", "plan": "string", "fee": "number"}
    assert contract.columns["fee"].nullable
    assert contract.key == ("id",)


def test_no_cell_is_in_it_that_could_be_somebodys(tmp_path: Path):
    table = pa.table(
        {
            "mail": [f"someone{n}@example.com" for n in range(210)],
            "note": ["called twice about the bill"] * 205 + ["lives with Jane Doe"] * 5,
            "income": [30_123.45 + n for n in range(209)] + [987_654.31],
            "street": [f"{n % 21} Elm Street" for n in range(210)],
            "letter": ["Dear all, " + "thank you " * 6] * 210,
            "born": pa.array([1950 + n % 40 for n in range(209)] + [1907]),
        }
    )

    text = draft(Sample(table=table))

    for secret in ("someone", "called", "Jane", "987654", "30123", "1907", "Street", "Dear"):
        assert secret not in text


def test_categories_are_few_and_each_of_many_rows(tmp_path: Path):
    table = pa.table({"plan": ["Yes"] * 20 + ["on: é\n#"] * 10, "rare": ["a"] * 21 + ["b"] * 9})

    [_, one] = drafted(Sample(table=table), tmp_path).expectations

    assert one.kwargs == {"column": "plan", "value_set": ["Yes", "on: é\n#"]}
    assert one.severity == "warning"


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        pytest.param([18.25, 118.75], 0.0, 120.0, id="numbers"),
        pytest.param([0.013, 0.087], 0.01, 0.09, id="small numbers"),
        pytest.param([-73.0, -12.0], -80.0, -10.0, id="negative numbers"),
        pytest.param([7.0, 7.0], 7.0, 7.0, id="a constant"),
        pytest.param([0.0, 0.0], 0.0, 0.0, id="nothing but zeros"),
        pytest.param([1, 4], 1, 4, id="a small scale"),
        pytest.param([3, 1_234_567], 0, 1_400_000, id="large integers"),
        pytest.param([2**62, 2**62 + 3], 2**62, 2**62 + 3, id="integers that no float can hold"),
    ],
)
def test_bounds_are_rounded_outwards(values: list[float], low: float, high: float, tmp_path: Path):
    table = pa.table({"it": values * 10})

    [_, one] = drafted(Sample(table=table), tmp_path).expectations

    assert (one.kwargs["min_value"], one.kwargs["max_value"]) == (low, high)


@pytest.mark.parametrize("name", ["no", "", "a b", "it's", 'a"b', "été", "1", "a: b", "😀"])
def test_any_name_of_a_column_survives(name: str, tmp_path: Path):
    table = pa.table({name: ["x", "y"] * 10})

    assert list(drafted(Sample(table=table), tmp_path).contract.columns) == [name]


def test_a_key_that_was_named_is_taken_if_it_names_the_rows(tmp_path: Path):
    table = pa.table({"a": [1, 1, 2], "b": [1, 2, 1], "c": [1, None, 2]})

    assert drafted(Sample(table=table), tmp_path, ("a", "b")).contract.key == ("a", "b")
    for key, problem in {("a",): "twice", ("c",): "empty", ("d",): "no column d"}.items():
        with pytest.raises(DataError, match=problem):
            draft(Sample(table=table), key)


def test_a_person_is_told_what_to_look_at(tmp_path: Path):
    table = pa.table({"id": list(range(20)), "number": [2 * n for n in range(20)]})

    text = draft(Sample(table=table))

    assert "these\n  # are unique too: number." in text
    assert "on_fail: quarantine" in text
    assert yaml.safe_load(text)["max_quarantined"] == 0.05


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        pytest.param({}, "There is no table", id="nothing"),
        pytest.param({"a.txt": "x"}, "There is no table", id="no table"),
        pytest.param({"a.csv": "x\n1\n", "b.parquet": "x"}, "several kinds", id="two kinds"),
        pytest.param({"a.csv": "x,y\n1,2\n", "b.csv": "x\n1\n"}, "one table", id="two tables"),
        pytest.param({"a.csv": "x,y\n1,secret,3\n"}, "one table", id="ragged"),
        pytest.param({"a.parquet": "secret"}, "one table", id="no Parquet"),
        pytest.param({"a.csv": "x,y\n"}, "no rows", id="no rows"),
    ],
)
def test_what_cannot_be_read_is_refused_without_a_cell(
    files: dict[str, str], problem: str, tmp_path: Path
):
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    with pytest.raises(DataError, match=problem) as caught:
        draft(read(tmp_path, text=Csv()))

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("name", "csv", "names"), REAL)
def test_a_snapshot_reads_the_table_that_the_draft_was_made_from(
    shared_data: Path, tmp_path: Path, name: str, csv: Csv, names: tuple[str, ...]
):
    sample = read(shared_data / name, text=csv, names=names)
    contract = drafted(sample, tmp_path).contract

    found = pa.concat_tables(tables([DeliveredFile(name=name, path=shared_data / name)], contract))

    assert found.equals(sample.table)
