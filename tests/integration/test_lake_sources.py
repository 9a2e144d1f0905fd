"""Tables of Delta Lake and Iceberg are frozen at one version, and read nothing beside a place."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock import delta, iceberg
from airlock.core.contract import Contract
from airlock.core.databases import Database
from airlock.core.errors import DataError, SpecError
from airlock.core.sources import SourceSpec
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.snapshot import SourceMissing, snapshot
from airlock.store import Credentials, open_store
from airlock.store.s3 import S3Store

deltalake = pytest.importorskip("deltalake", reason="the extra [delta] is not installed")
pytest.importorskip("pyiceberg", reason="the extra [iceberg] is not installed")

CONTRACT = Contract.model_validate(
    {
        "key": ["id"],
        "columns": {
            "id": {"type": "string"},
            "age": {"type": "integer"},
            "fee": {"type": "number", "nullable": True},
            "day": {"type": "date"},
        },
    }
)
FIRST = {"id": ["b", "a"], "age": [2, 1], "fee": [Decimal("0.50"), None]}
FIRST |= {"day": [date(2026, 1, 5), date(2026, 1, 4)]}
SECOND = {"id": ["c"], "age": [3], "fee": [Decimal("1.00")], "day": [date(2026, 1, 5)]}
SCHEMA = pa.schema(
    [("id", pa.string()), ("age", pa.int64()), ("fee", pa.decimal128(9, 2)), ("day", pa.date32())]
)

Freeze = Callable[..., Snapshot]


def rows(given: dict[str, list[Any]]) -> pa.Table:
    return pa.table(given, schema=SCHEMA)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


@pytest.fixture
def freeze(place: Path, tmp_path: Path) -> Freeze:
    def freeze(source: SourceSpec, contract: Contract = CONTRACT, **changes: Any) -> Snapshot:
        given: dict[str, Any] = {
            "night": "2026-01-05",
            "sources": (str(place),),
            "root": tmp_path,
            "remote": None,
            "scratch": tmp_path / "scratch",
            "out": tmp_path / "out",
        }
        return snapshot(source, contract, **(given | changes))

    return freeze


@pytest.fixture
def table(place: Path) -> Path:
    """A table of Delta Lake, at version 1."""
    deltalake.write_deltalake(place / "leads", rows(FIRST), partition_by=["day"])
    deltalake.write_deltalake(place / "leads", rows(SECOND), mode="append")
    return place / "leads"


def make_iceberg(folder: Path, named: str = "crm.leads") -> Any:
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog("lake", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
    catalog.create_namespace("crm")
    made = catalog.create_table(named, schema=SCHEMA, location=f"file://{folder}/leads")
    made.append(rows(FIRST))
    made.append(rows(SECOND))
    return made


@pytest.fixture(scope="module")
def iced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """A table of Iceberg, its place and its snapshots."""
    folder = tmp_path_factory.mktemp("iceberg")
    made = make_iceberg(folder)
    return folder, [one.snapshot_id for one in made.metadata.snapshots]


CSV = "id,age,fee,day\na,1,,2026-01-04\nb,2,0.5,2026-01-05\nc,3,1,2026-01-05\n"


def test_rows_of_a_delta_table_have_the_name_that_they_have_as_a_file(
    table: Path, place: Path, freeze: Freeze, tmp_path: Path
):
    (place / "same.csv").write_text(CSV)

    frozen = freeze(delta("leads"))

    assert frozen.sha256 == freeze("same.csv", out=tmp_path / "again").sha256  # type: ignore[arg-type]
    assert frozen.table is not None
    assert (frozen.table.kind, frozen.table.version) == ("delta", "1")
    assert frozen.table.server.startswith("deltalake ")
    assert frozen.source == "delta:leads"
    assert Snapshot.from_json(frozen.to_json()) == frozen


def test_a_version_is_read_as_it_was_and_compaction_changes_no_digest(
    table: Path, freeze: Freeze, tmp_path: Path
):
    before = freeze(delta("leads"))
    deltalake.DeltaTable(table).optimize.compact()
    deltalake.write_deltalake(table, rows({**SECOND, "id": ["d"]}), mode="append")

    assert freeze(delta("leads", version=0), out=tmp_path / "0").rows == 2
    assert freeze(delta("leads", version=1), out=tmp_path / "1").sha256 == before.sha256
    compacted = freeze(delta("leads", version=2), out=tmp_path / "2")
    assert compacted.sha256 == before.sha256
    assert compacted.to_json() != before.to_json()
    assert freeze(delta("leads"), out=tmp_path / "3").rows == 4
    with pytest.raises(DataError, match=r"cannot be read at the wanted version \(\w+\)"):
        freeze(delta("leads", version=99), out=tmp_path / "4")


def test_deleted_rows_are_gone(table: Path, freeze: Freeze):
    deltalake.DeltaTable(table).delete("id = 'b'")

    assert freeze(delta("leads")).rows == 2


def test_a_night_is_found_by_its_column(table: Path, freeze: Freeze, tmp_path: Path):
    by_night = delta("leads", night_column="day")

    assert freeze(by_night).rows == 2
    window = freeze(by_night, window=2, by_night=True, out=tmp_path / "2")
    assert (window.nights, window.of_nights) == (("2026-01-04", "2026-01-05"), (1, 2))
    with pytest.raises(SourceMissing, match="no row of the night 2026-01-03") as caught:
        freeze(by_night, night="2026-01-03", out=tmp_path / "3")
    assert caught.value.night == "2026-01-03"
    with pytest.raises(SpecError, match="no column dya"):
        freeze(delta("leads", night_column="dya"), out=tmp_path / "4")
    with pytest.raises(DataError, match="neither a day nor a text"):
        freeze(delta("leads", night_column="age"), out=tmp_path / "5")
    with pytest.raises(SpecError, match="no nights"):
        freeze(delta("leads"), window=2, out=tmp_path / "6")


def test_a_table_elsewhere_is_not_read_nor_said_to_be_there(
    place: Path, freeze: Freeze, tmp_path: Path
):
    deltalake.write_deltalake(tmp_path / "secret", rows(FIRST))

    for source in (delta("../secret"), delta(str(tmp_path / "secret"))):
        with pytest.raises(SpecError, match="outside of the places"):
            freeze(source)
    with pytest.raises(SourceMissing, match="no table of Delta Lake"):
        freeze(delta("nowhere"))
    with pytest.raises(SpecError, match="outside of the places"):
        freeze(iceberg(str(tmp_path / "secret")))


@pytest.mark.parametrize(
    "path",
    [
        "file://{at}/secret.parquet",
        "FILE:{at}/secret.parquet",
        "{at}/secret.parquet",
        "../../secret.parquet",
        "x/%2e%2e/%2E%2E/%2e%2e/secret.parquet",
        "link.parquet",
    ],
)
def test_a_log_that_names_a_file_elsewhere_is_refused(
    table: Path, freeze: Freeze, tmp_path: Path, path: str
):
    """What a writer to the table could do: have a file of another folder read with our rights."""
    pq.write_table(rows({**SECOND, "id": ["secret"]}).drop(["day"]), tmp_path / "secret.parquet")
    (table / "link.parquet").symlink_to(tmp_path / "secret.parquet")
    log = table / "_delta_log/00000000000000000001.json"
    lines = [json.loads(one) for one in log.read_text().splitlines()]
    for one in lines:
        if "add" in one:
            one["add"]["path"] = path.format(at=tmp_path)
            one["add"]["size"] = (tmp_path / "secret.parquet").stat().st_size
    log.write_text("".join(json.dumps(one) + "\n" for one in lines))

    with pytest.raises(SpecError, match="outside of the places") as caught:
        freeze(delta("leads"))
    assert "secret" not in str(caught.value)


def test_a_file_that_is_gone_is_said_without_its_path(table: Path, freeze: Freeze):
    for one in table.rglob("*.parquet"):
        one.unlink()

    with pytest.raises(DataError, match="are its files still there") as caught:
        freeze(delta("leads"))
    assert ".parquet" not in str(caught.value)


def test_columns_are_compared_with_the_contract(table: Path, freeze: Freeze):
    wrong = CONTRACT.model_dump(mode="json")
    wrong["columns"]["age"]["type"] = "string"

    with pytest.raises(DataError, match="age is int64, not string"):
        freeze(delta("leads"), Contract.model_validate(wrong))


def test_iceberg_is_read_by_its_folder_at_a_snapshot(
    iced: tuple[Path, list[int]], freeze: Freeze, tmp_path: Path
):
    folder, (first, last) = iced
    (folder / "same.csv").write_text(CSV)
    at = {"sources": (str(folder),)}

    frozen = freeze(iceberg("leads"), **at)

    same = freeze("same.csv", out=tmp_path / "same", **at)  # type: ignore[arg-type]
    assert frozen.sha256 == same.sha256
    assert frozen.table is not None
    assert (frozen.table.kind, frozen.table.version) == ("iceberg", str(last))
    assert freeze(iceberg("leads", snapshot=first), out=tmp_path / "1", **at).rows == 2
    by_night = iceberg("leads", night_column="day")
    assert freeze(by_night, out=tmp_path / "2", **at).rows == 2
    with pytest.raises(SourceMissing, match="no row of the night 2026-01-03"):
        freeze(by_night, night="2026-01-03", out=tmp_path / "3", **at)
    with pytest.raises(SourceMissing, match="no such snapshot"):
        freeze(iceberg("leads", snapshot=7), out=tmp_path / "4", **at)
    with pytest.raises(SourceMissing, match="no table of Iceberg"):
        freeze(iceberg("nowhere"), out=tmp_path / "5", **at)


def test_iceberg_is_read_by_a_catalog(iced: tuple[Path, list[int]], freeze: Freeze):
    folder, (_, last) = iced
    catalog = Database(
        connection="lake",
        kind="generic",
        extra={
            "type": "sql",
            "uri": f"sqlite:///{folder}/catalog.db",
            "warehouse": f"file://{folder}",
        },
    )
    known = {"sources": (str(folder),), "database": lambda _: catalog}

    frozen = freeze(iceberg("crm.leads", connection="lake"), **known)

    assert (frozen.rows, frozen.source) == (3, "iceberg:crm.leads of lake")
    assert frozen.table is not None
    assert frozen.table.version == str(last)
    with pytest.raises(SourceMissing, match=r"crm\.none of lake in its catalog"):
        freeze(iceberg("crm.none", connection="lake"), **known)
    elsewhere = {**known, "sources": (str(folder / "x"),)}
    with pytest.raises(SpecError, match="outside of the places"):
        freeze(iceberg("crm.leads", connection="lake"), **elsewhere)


def test_metadata_that_names_a_class_imports_none(
    tmp_path: Path, freeze: Freeze, monkeypatch: pytest.MonkeyPatch
):
    """Pyiceberg imports what `py-io-impl` of a table names; the table is what somebody wrote."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    made = make_iceberg(folder)
    imported = tmp_path / "imported"
    (tmp_path / "hostile_io.py").write_text(
        f"from pathlib import Path\nPath({str(imported)!r}).touch()\n"
        "from pyiceberg.io.pyarrow import PyArrowFileIO as Io\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    path = Path(made.metadata_location.removeprefix("file://"))
    said = json.loads(path.read_text())
    said["properties"]["py-io-impl"] = "hostile_io.Io"
    path.write_text(json.dumps(said))
    catalog = Database(
        connection="lake", kind="", extra={"type": "sql", "uri": f"sqlite:///{folder}/catalog.db"}
    )

    assert freeze(iceberg("leads"), sources=(str(folder),)).rows == 3
    by_catalog = iceberg("crm.leads", connection="lake")
    known = {"sources": (str(folder),), "database": lambda _: catalog, "out": tmp_path / "2"}
    assert freeze(by_catalog, **known).rows == 3
    assert not imported.exists()


def test_metadata_that_names_files_elsewhere_is_refused(tmp_path: Path, freeze: Freeze):
    """The table lies below a place, and was written to have its files beside it."""
    made = make_iceberg(tmp_path)
    place = tmp_path / "place"
    (place / "leads/metadata").mkdir(parents=True)
    path = Path(made.metadata_location.removeprefix("file://"))
    (place / "leads/metadata" / path.name).write_bytes(path.read_bytes())

    with pytest.raises(SpecError, match="outside of the places"):
        freeze(iceberg("leads"))


def test_two_last_commits_are_for_the_catalog_to_tell(
    iced: tuple[Path, list[int]], freeze: Freeze, tmp_path: Path
):
    folder, _ = iced
    newest = sorted((folder / "leads/metadata").glob("*.metadata.json"))[-1]
    other = newest.with_name(f"{newest.name[:5]}-0.metadata.json")
    other.write_bytes(newest.read_bytes())
    try:
        with pytest.raises(DataError, match="has 2 last commits"):
            freeze(iceberg("leads"), sources=(str(folder),))
    finally:
        other.unlink()


def test_a_lake_on_s3_is_read_with_the_credentials_of_the_raw_zone(
    credentials: Credentials, freeze: Freeze, tmp_path: Path
):
    store = open_store("s3://lake", credentials)
    assert isinstance(store, S3Store)
    store.client.create_bucket(Bucket="lake")
    deltalake.write_deltalake(tmp_path / "t", rows(FIRST))
    for file in (tmp_path / "t").rglob("*"):
        if file.is_file():
            store.put(f"crm/leads/{file.relative_to(tmp_path / 't')}", file.read_bytes())
    known = {
        "sources": ("s3://lake/crm",),
        "remote": partial(open_store, credentials=credentials),
        "credentials": lambda: credentials,
    }

    assert freeze(delta("s3://lake/crm/leads"), **known).rows == 2
    with pytest.raises(SpecError, match="outside of the places"):
        freeze(delta("s3://lake/other"), **known)


# Bombs: what a small file may take


TEXTS = Contract.model_validate({"columns": {"id": {"type": "string"}}})


def often(text: int, rows: int) -> pa.Table:
    """One long text in a dictionary, and many rows that point to it."""
    one = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * text])
    return pa.table({"id": one})


def as_delta(place: Path, made: pa.Table, **how: Any) -> SourceSpec:
    """A table whose one file is another one than its writer would write."""
    deltalake.write_deltalake(place / "bomb", pa.table({"id": ["a"] * made.num_rows}))
    [file] = (place / "bomb").glob("*.parquet")
    pq.write_table(made, file, compression="zstd", **how)
    log = place / "bomb" / "_delta_log" / "00000000000000000000.json"
    said = [json.loads(line) for line in log.read_text().splitlines()]
    [add] = [one["add"] for one in said if "add" in one]
    add |= {"size": file.stat().st_size, "stats": None}
    log.write_text("".join(f"{json.dumps(one)}\n" for one in said))
    return delta("bomb")


def as_iceberg(place: Path, made: pa.Table, **how: Any) -> SourceSpec:
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog("lake", uri=f"sqlite:///{place}/catalog.db", warehouse=f"file://{place}")
    catalog.create_namespace("crm")
    table = catalog.create_table(
        "crm.bomb", schema=pa.schema([("id", pa.string())]), location=f"file://{place}/bomb"
    )
    table.append(pa.table({"id": ["a"] * made.num_rows}))
    [file] = (place / "bomb" / "data").glob("*.parquet")
    known = pq.read_schema(file).field("id").metadata
    schema = pa.schema([pa.field("id", made.schema.field("id").type, metadata=known)])
    pq.write_table(made.cast(schema), file, compression="zstd", **how)
    return iceberg("bomb")


@pytest.fixture(params=[as_delta, as_iceberg])
def lake(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_rows_out_of_all_proportion_to_their_files_are_refused(
    lake: Any, place: Path, freeze: Freeze, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("airlock.stages.snapshot.stage.source.lake.table.FREE_BYTES", 1 << 20)
    source = lake(place, often(text=1 << 18, rows=40))

    with pytest.raises(DataError, match="unpacks to more than 2,000 times its size"):
        freeze(source, TEXTS)


def test_pages_that_take_too_much_at_a_time_are_refused_before_they_are_read(
    lake: Any, place: Path, freeze: Freeze, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("airlock.stages.snapshot.stage.reading.plan.PAGES_BYTES", 1 << 20)
    made = pa.table({"id": ["x" * 1_000] * 2_000})
    source = lake(place, made, use_dictionary=False, data_page_size=1 << 30, write_batch_size=9_999)

    with pytest.raises(DataError, match="has pages that take more than 1 MiB at a time"):
        freeze(source, TEXTS)


def test_a_batch_beyond_the_memory_of_a_reading_is_an_error_that_says_so(
    place: Path, freeze: Freeze, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("airlock.stages.snapshot.stage.source.lake.bounds.MEMORY_BYTES", 200 << 20)
    source = as_iceberg(place, often(text=1 << 20, rows=1_500))

    with pytest.raises(DataError, match="of memory at a time"):
        freeze(source, TEXTS)
