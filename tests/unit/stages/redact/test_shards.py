"""Several tasks redact a table as one would, and no share can be left out, doubled or swapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.config.settings import SecretKey
from airlock.core.content import sha256_of_file
from airlock.core.errors import DataError, Unverified
from airlock.core.shards import parts_of, whole
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage.redact import RedactionContext, redact, redact_shard
from airlock.stages.redact.stage.shards import ShardFolder
from airlock.stages.snapshot.record import Part
from airlock.stages.validate.record import Validation
from tests.tables import validation_of

PARTS = 5
SPEC = RedactionSpec.model_validate(
    {
        "columns": {
            "id": {"action": "pseudonym"},
            "name": {"action": "drop"},
            "note": {"action": "scan", "patterns": "only", "linked": {"name": "PERSON"}},
            # What it finds in one row is left out of the table, and counted.
            "free": {"action": "scan", "patterns": "only"},
        }
    }
)
CONTEXT = RedactionContext(
    entity="id",
    model="churn",
    pseudonym_key=SecretKey(bytes(32)),
    split_key=SecretKey(bytes(range(32))),
)


@pytest.fixture
def validation(tmp_path: Path) -> Validation:
    """Forty rows in five parts; one cell is too long to be proven clean."""
    rows = pa.table(
        {
            "id": [f"C{number % 17}" for number in range(40)],
            "name": [f"Maria Ek{number}" for number in range(40)],
            "note": [f"Maria Ek{number} wrote from m{number}@example.org" for number in range(40)],
            "free": ["x" * 10_001 if number == 23 else "fine" for number in range(40)],
        }
    )
    made = validation_of(rows, tmp_path / "in")
    for number in range(PARTS):
        pq.write_table(rows.slice(number * 8, 8), tmp_path / "in" / f"part-{number:05d}.parquet")
    parts = tuple(Part(path=f"part-{number:05d}.parquet", rows=8) for number in range(PARTS))
    return replace(made, parts=parts)


def shares(
    validation: Validation, folder: Path, count: int, recipe: str = "r"
) -> list[ShardFolder]:
    return [
        (
            redact_shard(
                validation,
                SPEC,
                CONTEXT,
                share=share,
                shares=count,
                recipe=recipe,
                table=folder / "in",
                out=folder / f"share-{count}-{share}",
            ),
            folder / f"share-{count}-{share}",
        )
        for share in range(count)
    ]


@pytest.mark.parametrize("count", [2, 3, 7], ids="{} shares of five parts".format)
def test_shares_put_together_are_the_table_that_one_task_makes(
    validation: Validation, tmp_path: Path, count: int
):
    alone = redact(validation, SPEC, CONTEXT, table=tmp_path / "in", out=tmp_path / "alone")

    together = redact(
        validation,
        SPEC,
        CONTEXT,
        table=tmp_path / "in",
        out=tmp_path / "together",
        shares=whole(shares(validation, tmp_path, count), recipe="r"),
    )

    assert together == alone
    assert (together.rows, together.quarantined) == (39, 1)
    assert digests(tmp_path / "together") == digests(tmp_path / "alone")


def test_shards_put_an_entity_that_is_scanned_into_the_folds_of_the_whole_table(tmp_path: Path):
    rows = pa.table({"note": [f"word{number} was said" for number in range(40)]})
    scan = {"note": {"action": "scan", "patterns": "only"}}
    spec = RedactionSpec.model_validate({"columns": scan})
    validation, context = validation_of(rows, tmp_path / "in"), replace(CONTEXT, entity="note")
    table = tmp_path / "in"

    alone = redact(validation, spec, context, table=table, out=tmp_path / "alone")
    shard = redact_shard(
        validation,
        spec,
        context,
        share=0,
        shares=1,
        recipe="r",
        table=table,
        out=tmp_path / "shard",
    )

    assert dict(shard.folds) == dict(alone.folds)


def digests(folder: Path) -> Sequence[tuple[str, str]]:
    return [(path.name, sha256_of_file(path)) for path in sorted(folder.iterdir())]


def test_a_share_needs_no_part_but_the_first_and_its_own(validation: Validation, tmp_path: Path):
    (tmp_path / "in/part-00001.parquet").unlink()

    last = redact_shard(
        validation,
        SPEC,
        CONTEXT,
        share=1,
        shares=2,
        recipe="r",
        table=tmp_path / "in",
        out=tmp_path / "out",
    )

    assert last.rows + last.left_out == 24


def test_shares_are_neighbours_and_leave_no_part_out(validation: Validation):
    cut = [parts_of(validation.parts, share=at, shares=3) for at in range(3)]

    assert [one for parts in cut for one in parts] == list(validation.parts)
    assert sorted(map(len, cut)) == [1, 2, 2]


def test_a_missing_a_doubled_and_a_strange_share_are_refused(
    validation: Validation, tmp_path: Path
):
    three = shares(validation, tmp_path, 3)
    strange = replace(three[2][0], recipe="of another table")

    for wrong in (three[:2], [*three[:2], three[1]], [*three[:2], (strange, three[2][1])]):
        with pytest.raises(Unverified):
            whole(wrong, recipe="r")


def test_shares_without_a_single_clean_row_are_no_table(validation: Validation, tmp_path: Path):
    dirty = pa.table(
        {
            "id": ["C1"],
            "name": ["Bo"],
            "note": ["x" * 10_001],
            "free": pa.array([None], pa.string()),
        }
    )
    pq.write_table(dirty, tmp_path / "in/part-00000.parquet")
    one = replace(validation, parts=(Part(path="part-00000.parquet", rows=1),))

    with pytest.raises(DataError, match="None of 1 rows"):
        redact(
            one,
            SPEC,
            CONTEXT,
            table=tmp_path / "in",
            out=tmp_path / "out",
            shares=whole(shares(one, tmp_path, 2), recipe="r"),
        )
