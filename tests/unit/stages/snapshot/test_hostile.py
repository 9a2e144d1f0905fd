"""Files damaged at random: each is read or refused in our own words, and no word is a cell."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.record import Snapshot
from tests.tables import canonical

Freeze = Callable[..., Snapshot]

# In every text, and in no word of ours.
MARK = "zqx"
COLUMNS = {
    "id": {"type": "string"},
    "age": {"type": "integer"},
    "fee": {"type": "number", "nullable": True},
    "note": {"type": "string", "nullable": True},
    "on": {"type": "boolean"},
}
PLAIN = Contract.model_validate({"key": ["id"], "columns": COLUMNS})
WIDE = Contract.model_validate({"columns": COLUMNS, "csv": {"encoding": "utf-16"}})
ROWS = [(f"{MARK}{n}", n, n / 2, f"{MARK} {n}, {MARK}", n % 2 == 0) for n in range(40)]
TEXT = "id,age,fee,note,on\n" + "".join(
    f'{name},{age},{fee},"{note}",{str(on).lower()}\n' for name, age, fee, note, on in ROWS
)
INSERTED = [b'"', b",", b"\n", b"\r", b"\0", b"\xff", b";", b"\t", b"'", b"\\", b"\xef\xbb\xbf"]


def parquet() -> bytes:
    columns = zip(COLUMNS, map(list, zip(*ROWS, strict=True)), strict=True)
    sink = pa.BufferOutputStream()
    pq.write_table(canonical(PLAIN, **dict(columns)), sink, row_group_size=10)
    return bytes(sink.getvalue())


WHOLE: dict[str, tuple[bytes, Contract]] = {
    "rows.csv": (TEXT.encode(), PLAIN),
    "wide.csv": (TEXT.encode("utf-16"), WIDE),
    "rows.csv.gz": (gzip.compress(TEXT.encode(), mtime=0), PLAIN),
    "rows.parquet": (parquet(), PLAIN),
}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Some bits flipped, some bytes put in, some taken out, or the end cut off."""
    hurt = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5])):
        at = chance.randrange(len(hurt) or 1)
        kind = chance.choice(["flip", "flip", "insert", "insert", "remove", "cut"])
        if kind == "flip" and hurt:
            hurt[at] ^= 1 << chance.randrange(8)
        elif kind == "insert":
            hurt[at:at] = chance.choice(INSERTED)
        elif kind == "remove":
            del hurt[at : at + chance.randrange(1, 30)]
        elif kind == "cut":
            del hurt[at:]
    return bytes(hurt)


def try_all(freeze: Freeze, place: Path, seeds: range) -> None:
    refusals: dict[int, DataError] = {}
    for seed in seeds:
        chance = random.Random(seed)
        name = chance.choice(list(WHOLE))
        data, contract = WHOLE[name]
        (place / name).write_bytes(damaged(data, chance))
        try:
            freeze(name, contract)
        except DataError as error:
            refusals[seed] = error

    assert 0 < len(refusals) < len(seeds)
    for seed, refusal in refusals.items():
        assert MARK not in str(refusal), seed
        assert refusal.__cause__ is None, seed
        assert refusal.__suppress_context__ or refusal.__context__ is None, seed


@pytest.mark.parametrize("name", WHOLE)
def test_before_the_damage_they_are_read(freeze: Freeze, place: Path, name: str):
    data, contract = WHOLE[name]
    (place / name).write_bytes(data)

    assert freeze(name, contract).rows == len(ROWS)


def test_whatever_the_damage_no_cell_is_quoted(freeze: Freeze, place: Path):
    try_all(freeze, place, range(400))


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_whatever_the_damage_no_cell_is_quoted_ever(freeze: Freeze, place: Path):
    try_all(freeze, place, range(1000, 20_000))
