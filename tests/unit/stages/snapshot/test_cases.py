"""Every shared case about delivered rows gives what its README says."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot
from tests.cases import shared_cases

Freeze = Callable[..., Snapshot]


def columns(**types: Any) -> Contract:
    declared = {
        name: kind if isinstance(kind, dict) else {"type": kind} for name, kind in types.items()
    }
    return Contract.model_validate({"columns": declared})


@pytest.fixture
def case(place: Path, request: pytest.FixtureRequest) -> Path:
    """A case's files, copied to where a source may lie."""
    name = request.param
    copied = place / name
    shutil.copytree(shared_cases("rows") / name, copied)
    for path in (copied, *copied.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copied


def frozen(tmp_path: Path) -> list[dict[str, Any]]:
    return pq.read_table(tmp_path / "out").to_pylist()


@pytest.mark.parametrize(
    ("case", "file", "contract", "said"),
    [
        pytest.param(
            "01-unclosed-quote-last-column",
            "rows.csv",
            columns(id="string", note="string"),
            "row 2 has a quote that never closes",
            id="01 a quote that never closes",
        ),
        pytest.param(
            "01-unclosed-quote-last-column",
            "cut.csv",
            columns(id="string", note="string"),
            "row 2 has a quote that never closes",
            id="01 cut inside of a cell",
        ),
        pytest.param(
            "02-quotes-not-doubled",
            "rows.csv",
            columns(id="string", note="string"),
            "row 1 has a quote inside of a cell that is not doubled",
            id="02 backslashes, and text behind a quote",
        ),
        pytest.param(
            "04-folder-skips-tables",
            "night",
            columns(id="string", v="string"),
            None,
            id="04 capitals are the same format",
        ),
        pytest.param(
            "22-hex-is-an-integer",
            "rows.csv",
            columns(id="string", n="integer"),
            "n has cells that are not of the type integer .first in row 1",
            id="22 hexadecimal is no integer",
        ),
        pytest.param(
            "08-day-first-nights",
            "labels.csv",
            columns(customer_id="string", scored_on="date", churned="integer"),
            "scored_on has cells that are not of the type date",
            id="08 day-first dates are no dates",
        ),
    ],
    indirect=["case"],
)
def test_a_case_gives_what_its_readme_says(
    freeze: Freeze, case: Path, file: str, contract: Contract, said: str | None
):
    if said is None:
        assert len(freeze(f"{case.name}/{file}", names(case / file)).files) == 2
        return
    with pytest.raises(DataError, match=said):
        freeze(f"{case.name}/{file}", contract)


def names(folder: Path) -> Contract:
    """A contract of texts for the header of a folder's tables."""
    tables = [path for path in folder.iterdir() if path.suffix.lower() == ".csv"]
    header = tables[0].read_text().splitlines()[0]
    return columns(**dict.fromkeys(header.split(","), "string"))


@pytest.mark.parametrize("case", ["01-unclosed-quote-last-column"], indirect=True)
def test_01_the_same_packed(freeze: Freeze, case: Path):
    (case / "cut.csv.gz").write_bytes(gzip.compress((case / "cut.csv").read_bytes()))

    with pytest.raises(DataError, match=r"cut\.csv\.gz: row 2 has a quote that never closes"):
        freeze(f"{case.name}/cut.csv.gz", columns(id="string", note="string"))


@pytest.mark.parametrize("case", ["03-hidden-folders-are-read"], indirect=True)
@pytest.mark.parametrize("source", ["night", "night/*", "night/**", "*/*.csv", "**"])
def test_03_hidden_folders_are_passed_over(freeze: Freeze, case: Path, source: str):
    (case / "night" / "_delta_log").mkdir()
    (case / "night" / "_delta_log" / "0.json").write_text("{}")
    (case / "README").unlink()

    night = freeze(f"{case.name}/{source}", names(case / "night"))

    assert (len(night.files), night.rows) == (1, night.files[0].rows)


@pytest.mark.parametrize("case", ["04-folder-skips-tables"], indirect=True)
@pytest.mark.parametrize("name", ["c.parq", "c.csv.bz2", "c.csv.part", "notes.txt", "c.xlsx"])
def test_04_a_file_of_another_kind_is_refused_or_counted(freeze: Freeze, case: Path, name: str):
    (case / "night" / name).write_text("half of the night")
    contract = names(case / "night")

    with pytest.raises(DataError, match=rf"1 file\(s\) .* of no kind that is read.*{name}"):
        freeze(f"{case.name}/night", contract)
    record = freeze(f"{case.name}/night", contract.model_copy(update={"others": "ignore"}))

    assert [other.bytes for other in record.others] == [17]
    assert len(record.files) == 2
    assert "1 file(s) of other kinds were left out." in record.facts()
    assert name not in str(record.to_json())


@pytest.mark.parametrize("case", ["19-times-in-utc-are-refused"], indirect=True)
def test_19_times_with_a_zone_are_read_into_utc(freeze: Freeze, case: Path, tmp_path: Path):
    freeze(f"{case.name}/rows.csv", columns(id="string", t="timestamp"))

    assert frozen(tmp_path)[0]["t"] == datetime(2026, 1, 5, 10)  # noqa: DTZ001  # canonical times are UTC without a zone


def test_19_int96_is_read_to_the_microsecond(freeze: Freeze, place: Path, tmp_path: Path):
    times = pa.array([datetime(9999, 12, 31, tzinfo=UTC), None], pa.timestamp("us", "UTC"))
    pq.write_table(
        pa.table({"t": times}), place / "spark.parquet", use_deprecated_int96_timestamps=True
    )

    freeze("spark.parquet", columns(t={"type": "timestamp", "nullable": True}))

    assert [row["t"] for row in frozen(tmp_path)] == [datetime(9999, 12, 31), None]  # noqa: DTZ001  # see above


@pytest.mark.parametrize("case", ["20-markers-under-a-glob"], indirect=True)
@pytest.mark.parametrize("source", ["night", "night/*", "night/*.csv"])
def test_20_markers_and_hidden_files_are_passed_over(freeze: Freeze, case: Path, source: str):
    contract = names(case / "night")
    for name in ("._b.csv", "_old.csv", ".b.csv.crc"):
        (case / "night" / name).write_text("not,rows\n")

    assert freeze(f"{case.name}/{source}", contract).rows == 1


@pytest.mark.parametrize("case", ["20-markers-under-a-glob"], indirect=True)
@pytest.mark.parametrize("name", ["export [final].csv", "[b].csv", "b*.csv", "b?.csv"])
def test_20_a_literal_name_wins_over_its_pattern(freeze: Freeze, case: Path, name: str):
    contract = names(case / "night")
    (case / "night" / name).write_text((case / "night" / "b.csv").read_text())

    assert len(freeze(f"{case.name}/night/{name}", contract).files) == 1


@pytest.mark.parametrize("case", ["07-labels-of-no-class"], indirect=True)
def test_07_capitals_are_made_equal_only_where_the_contract_says_so(
    freeze: Freeze, case: Path, tmp_path: Path
):
    (case / "yes.csv").write_text("id,churned\n1,Yes\n2,yes\n")
    ignored = columns(id="string", churned={"type": "string", "case": "ignore"})

    freeze(f"{case.name}/yes.csv", ignored)

    assert {row["churned"] for row in frozen(tmp_path)} == {"yes"}
