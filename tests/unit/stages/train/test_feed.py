"""From Parquet to batches: every row once, in an order that seed and epoch decide."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from airlock.core import cores as counting
from airlock.core.errors import StoreUnavailable
from airlock.stages.train.stage import feed, folds
from airlock.stages.train.stage.feed import Batches, Tensors, tensors
from tests.fitting import fold
from tests.redacted import customers, redacted

FOLD = fold(100)


def rows_of(batches: Batches) -> list[float]:
    return [row for batch in batches for row in batch[0][:, 0].tolist()]


def test_it_goes_on_where_another_one_was():
    whole, first, second = (Batches(FOLD, 16, seed=3) for _ in range(3))
    seen = []
    for batch in first:
        seen += batch[0][:, 0].tolist()
        if first.batch == 4:
            break

    second.load_state_dict(first.state_dict())

    assert seen + rows_of(second) == rows_of(whole)
    assert rows_of(second) == rows_of(whole)


def test_any_number_of_tensors_is_fed():
    more = Tensors((*FOLD.inputs, torch.arange(100).reshape(100, 1), FOLD.target))

    [first, *_] = Batches(more, 16, seed=0)

    assert [column.shape[0] for column in first] == [16] * 4
    assert torch.equal(more.inputs[-1][first[-2][:, 0]], first[-2])


@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("rows", [96, 97, 100])
def test_ranks_share_the_rows_without_overlap_and_evenly(ranks: int, rows: int):
    some = Tensors(tuple(column[:rows] for column in FOLD.columns))
    shares = [Batches(some, 16, seed=1, rank=rank, ranks=ranks) for rank in range(ranks)]
    seen = [rows_of(share) for share in shares]

    together = [row for share in seen for row in share]
    assert len({len(share) for share in seen}) == 1
    assert len(set(together)) == len(together)
    assert {len(share) for share in shares} == {len(list(share)) for share in shares}
    assert rows - len(together) < ranks * len(shares[0])


def test_batches_gathered_ahead_are_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: tensor)
    ahead, plain = Batches(FOLD, 16, seed=5, pinned=True), Batches(FOLD, 16, seed=5)

    for one, other in zip(ahead, plain, strict=True):
        assert ahead.state_dict() == plain.state_dict()
        assert all(map(torch.equal, one, other))


# --- from Parquet ---


@pytest.fixture
def train(tmp_path: Path) -> folds.Fold:
    redaction = redacted(customers(), tmp_path / "table", parts=3)
    return folds.read(redaction, tmp_path / "table", ["tenure", "churned"], "customer_id").train


def converted(frame: pd.DataFrame) -> Tensors:
    number = torch.tensor(frame["tenure"].to_numpy(), dtype=torch.float32)[:, None]
    none = torch.zeros(len(frame), 0, dtype=torch.int64)
    return Tensors((number, none, torch.tensor(frame["churned"].to_numpy())))


def test_a_mapped_fold_holds_and_feeds_what_one_in_memory_does(
    train: folds.Fold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(folds, "_AT_ONCE", 100)
    monkeypatch.setattr(feed, "_TOUCHED", 64)

    inside = tensors(train, converted, folder=tmp_path)
    mapped = tensors(train, converted, folder=tmp_path, in_memory=100)

    assert not inside.mapped
    assert len(mapped.mapped) == 2
    assert len(inside) == len(train) == len(mapped)
    assert all(map(torch.equal, inside.columns, mapped.columns))
    assert rows_of(Batches(inside, 32, seed=1)) == rows_of(Batches(mapped, 32, seed=1))


def test_a_disk_without_room_for_the_tensors_is_named(tmp_path: Path):
    # What a full disk answers, asked for more than any disk has.
    with pytest.raises(StoreUnavailable, match="disk is full"):
        feed._create_mapping(tmp_path / "0.bin", 1 << 62)


MEASURED = """
import resource, sys, torch
from pathlib import Path
from airlock.stages.train.stage import feed

def own():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmRSS")).split()[1])

rows, wide = 60_000, 200
feed._TOUCHED //= 4  # So that a file of 48 MB shows what one of 200 MB would.
mapped = feed._create_mapping(Path(sys.argv[1]), rows * wide * 4)
column = torch.frombuffer(mapped, dtype=torch.float32).reshape(rows, wide)
fold = feed.Tensors((column, torch.zeros(rows)), (mapped,))
before = most = own()
for at, batch in enumerate(feed.Batches(fold, 1024, seed=0)):
    most = max(most, own())
print((most - before) // 1024)
"""


def test_feeding_a_mapped_fold_takes_bounded_memory(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / "0.bin")],
        capture_output=True,
        text=True,
        check=True,
    )

    # What was touched is given back before all of the file is held.
    assert int(done.stdout) < 35


TRAINED = """
import resource, sys, torch
from pathlib import Path
from airlock.models.shape import Shape
from airlock.stages.train.stage import feed
from airlock.stages.train.stage.fit import fit
from tests.fitting import WithDropout, fitted, spec

def own():
    status = open("/proc/self/status").read()
    return int(status.split("VmRSS:")[1].split()[0])

class Wide(WithDropout):
    most = 0
    def on_train_batch_end(self, *_):
        Wide.most = max(Wide.most, own())

rows, wide, folder = int(sys.argv[1]), 24, Path(sys.argv[2])
whole = torch.zeros(1, 4, dtype=torch.int64)
like = feed.Tensors((torch.zeros(1, wide), whole, whole[:, 0]))
folds = [feed._space(like, rows // part, folder / str(part), 0) for part in (1, 100)]
for fold in folds:
    for at in range(0, len(fold), 65_536):
        some = slice(at, at + 65_536)
        fold.columns[0][some] = torch.randn(len(fold.columns[0][some]), wide)
        fold.columns[2][some] = (fold.columns[0][some, 0] > 0).long()
        fold.release()
fitted(spec(max_epochs=1))  # What Lightning and torch load at their first step is loaded then.
made = Wide(Shape(wide, (5,) * 4, 2), hidden=8)
before = own()
fit(
    made, *folds, spec(batch_size=8192, max_epochs=1),
    on_epoch=lambda *_: None, scratch=folder,
)
print((Wide.most - before) // 1024, sum(len(one) for one in folds[0].mapped) >> 20)
"""


def growth(rows: int, folder: Path) -> tuple[int, int]:
    """How much memory an epoch takes beside what there was, and the fold's size; in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", TRAINED, str(rows), str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    most, size = done.stdout.split()
    return int(most), int(size)


# Where the disk is slow and memory scarce, minutes; the test above holds the feed alone to a bound.
@pytest.mark.soak
@pytest.mark.parametrize(
    ("rows", "whole", "bound"),
    [
        # A batch whose pages are all held at once takes 180 MiB of 194.
        pytest.param(1_500_000, 180, 90, id="large batches of a fold in the page cache"),
        # The order of the rows takes 76 MiB, and twice that while it is made.
        pytest.param(10_000_000, 1200, 330, id="ten million rows"),
    ],
)
def test_an_epoch_on_a_mapped_fold_takes_bounded_memory(
    tmp_path: Path, rows: int, whole: int, bound: int
):
    most, size = growth(rows, tmp_path)

    assert size > whole
    assert most < bound


# --- cores ---


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        pytest.param({}, 8, id="no control groups"),
        pytest.param({"sys/fs/cgroup/cpu.max": "max 100000"}, 8, id="no quota"),
        pytest.param({"sys/fs/cgroup/cpu.max": "250000 100000"}, 2, id="a container's own root"),
        pytest.param(
            {
                "proc/self/cgroup": "0::/pod/task",
                "sys/fs/cgroup/pod/cpu.max": "400000 100000",
                "sys/fs/cgroup/pod/task/cpu.max": "max 100000",
            },
            4,
            id="a quota of the group above",
        ),
        pytest.param({"sys/fs/cgroup/cpu.max": "50000 100000"}, 1, id="half a core"),
        pytest.param(
            {
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "300000",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            3,
            id="version 1",
        ),
        pytest.param(
            {
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            8,
            id="version 1 without a quota",
        ),
    ],
)
def test_cores_are_what_the_control_group_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], cores: int
):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{content}\n")

    assert counting.cores(tmp_path) == cores
