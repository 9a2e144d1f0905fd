"""What the business delivers: torn, poisoned, or a bomb."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

from tests.faults.catalog import fault
from tests.faults.site import COLUMNS
from tests.faults.world import NIGHT, World

SECRET = "S3CRET-4711"
MEGABYTES = 1_000
"""By how much a task may grow that reads a file of at most two megabytes."""


def _poisoned(
    name: str,
    what: str,
    poison: Callable[[Path], Path],
    *,
    may_pass: bool = False,
    why: str = "",
) -> None:
    @fault(
        f"input: {name}",
        broken=what,
        promised="The run stops with a sentence that quotes no cell, or goes on well; memory stays "
        "bounded; the next night runs.",
        level="stage",
        after=("scoring",),
        why=why,
    )
    def poisoned(world: World) -> str:
        usual = world.site.deliver(NIGHT)
        source = poison(usual)
        kinds = world.site.kinds()
        run = world.training(NIGHT, params={"source": source.name})
        states = run.through(until="redact")
        largest = max(one.megabytes for _, one in run.tries)
        assert largest < MEGABYTES, f"a task grew by {largest:.0f} MB"
        said = "".join(one.error for _, one in run.tries)
        assert SECRET not in said, "an error quotes a cell"
        assert SECRET not in (world.site.folder / "tasks.log").read_text(errors="replace")
        last, state = list(states.items())[-1]
        assert may_pass or state in {"failed", "waiting"}, states
        assert world.site.kinds() == kinds
        usual.unlink(missing_ok=True)
        return f"{last} {state} with {largest:.0f} MB: “{run.last.error[:120]}”"


def _renamed(header: str) -> Callable[[Path], Path]:
    def poison(usual: Path) -> Path:
        lines = usual.read_text().splitlines()
        first, *rest = lines[0].split(",")
        lines[0] = ",".join([first, *rest[:-1], header])
        usual.write_text("\n".join(lines))
        return usual

    return poison


def _bytes(change: Callable[[bytes], bytes], name: str | None = None) -> Callable[[Path], Path]:
    def poison(usual: Path) -> Path:
        path = usual.with_name(name) if name else usual
        path.write_bytes(change(usual.read_bytes()))
        return path

    return poison


def _cell(value: str) -> Callable[[bytes], bytes]:
    """Another value for the tenure of the first row."""

    def change(data: bytes) -> bytes:
        header, first, rest = data.split(b"\n", 2)
        cells = first.split(b",")
        cells[header.split(b",").index(b"tenure")] = value.encode()
        return b"\n".join((header, b",".join(cells), rest))

    return change


def _parquet_bomb(usual: Path) -> Path:
    """A dictionary of one long text, named by every row: a few KB, and gigabytes of it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = 2_000
    text = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * 1_000_000])
    usual_ones = {
        "visit": pa.array([f"v{number}" for number in range(rows)]),
        "customer_id": pa.array([f"C{number}" for number in range(rows)]),
        "plan": text,
        "region": pa.array(["north"] * rows),
        "tenure": pa.array([1] * rows),
        "fee": pa.array([1.0] * rows),
        "paperless": pa.array([True] * rows),
        "churned": pa.array([0, 1] * (rows // 2)),
    }
    path = usual.with_name("bomb.parquet")
    pq.write_table(pa.table(usual_ones), path, compression="zstd")
    return path


def _torn_parquet(usual: Path) -> Path:
    import pandas as pd

    path = usual.with_name("torn.parquet")
    pd.read_csv(usual).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-2_000])
    return path


def _gzip_bomb(usual: Path) -> Path:
    path = usual.with_name("bomb.csv.gz")
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write((",".join(COLUMNS) + "\n").encode())
        for _ in range(2_000):
            file.write(b"v,C1," + b"x" * 1_000_000 + b",north,1,1.0,true,0\n")
    return path


def _link(usual: Path) -> Path:
    path = usual.with_name("passwords.csv")
    path.symlink_to("/etc/passwd")
    return path


def _pipe(usual: Path) -> Path:
    path = usual.with_name("pipe.csv")
    os.mkfifo(path)
    return path


def _wide(data: bytes) -> bytes:
    more = ",".join(f"c{number}" for number in range(100_000)).encode()
    header, first, _ = data.split(b"\n", 2)
    return b"\n".join((header + b"," + more, first + b"," * 100_000, b""))


_TEMPLATE = "{{ conn.airlock_signing.password }}"

_poisoned("a template as column name", "A column is called like a template.", _renamed(_TEMPLATE))
_poisoned("a column name with NUL", "A column's name holds NUL and ESC.", _renamed("a\0b\x1b[2J"))
_poisoned("100,000 columns", "The file has 100,000 columns nobody declared.", _bytes(_wide))
_poisoned("a torn CSV", "The file ends in the middle of a row.", _bytes(lambda data: data[:-7]))
_poisoned("an empty file", "The file has no byte.", _bytes(lambda data: b""))
_poisoned(
    "a header alone", "The file has a header and no row.", _bytes(lambda d: d.split(b"\n")[0])
)
_poisoned("no file", "The business delivered nothing.", lambda usual: usual.with_name("no.csv"))
_poisoned(
    "not UTF-8", "A cell is not UTF-8.", _bytes(lambda d: d.replace(b"basic", b"\xff\xfe", 1))
)
_poisoned(
    "text where a number belongs",
    "A cell of a number column holds a secret text.",
    _bytes(_cell(SECRET)),
)
_poisoned("an infinite number", "A tenure of 1e999.", _bytes(_cell("1e999")))
_poisoned("a key twice", "Every row is there twice.", _bytes(lambda d: d + d.split(b"\n", 1)[1]))
_poisoned("a torn Parquet file", "A Parquet file lacks its end.", _torn_parquet)
_poisoned(
    "a Parquet bomb",
    "A Parquet file of a few KB that unfolds to 2 GB.",
    _parquet_bomb,
    may_pass=True,
)
_poisoned("a gzip bomb", "A gzip file of 2 MB that unfolds to 2 GB.", _gzip_bomb, may_pass=True)
_poisoned("a link out of the source", "The file is a link to /etc/passwd.", _link)
_poisoned("a named pipe", "The file is a pipe into which nobody writes.", _pipe)


@fault(
    "input: replaced while it is read",
    broken="The file is written anew, other rows, while snapshot reads it, five times.",
    promised="One delivery or the other, whole, or an error: never rows of both.",
    level="process",
    after=("scoring",),
)
def _replaced(world: World) -> str:
    import json

    source = world.site.deliver(NIGHT, rows=20_000)
    whole = source.read_text()
    other = whole.replace("v1-", "w1-")
    seen = []
    for _ in range(5):
        run = world.training()
        task = run.start("snapshot")
        texts = [other, whole] * 3
        while task.process.is_alive() and texts:
            source.write_text(texts.pop())
        ended = task.end()
        seen.append(ended.state)
        if ended.state != "success":
            continue
        slot = json.loads((world.site.folder / "store" / ended.address).read_text())
        assert slot["record"]["rows"] == 20_000, slot["record"]["rows"]
        assert len(_letters(world, slot["data"]["prefix"])) == 1, "rows of both"
    world.site.deliver(NIGHT)
    return f"five tries ended as {', '.join(seen)}; no snapshot holds rows of both"


def _letters(world: World, prefix: str) -> set[str]:
    from tests.faults.tasks import in_process

    def read() -> list[str]:
        import pyarrow.parquet as pq

        parts = sorted((world.site.folder / "raw" / prefix).glob("*.parquet"))
        return sorted(
            {one[0] for part in parts for one in pq.read_table(part)["visit"].to_pylist()}
        )

    return set(in_process(world.site, read))
