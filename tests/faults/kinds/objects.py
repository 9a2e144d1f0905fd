"""Objects of the store: torn, altered, or lost in part."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.faults.catalog import fault
from tests.faults.site import MODEL
from tests.faults.world import World


def _damaged(name: str, what: str, damage: Callable[[Path], None]) -> None:
    for stage in ("redact", "train"):
        _damaged_at(stage, name, what, damage)


def _damaged_at(stage: str, name: str, what: str, damage: Callable[[Path], None]) -> None:
    @fault(
        f"{stage}: {name}",
        broken=what.format(stage=stage),
        promised="It is not used: the run that reads it stops, and a new run makes the next "
        "generation.",
        level="stage",
        after=("scoring",),
    )
    def damaged(world: World) -> str:
        run = world.trained(until=stage)
        slot = (run.xcom / stage).read_text()
        damage(world.site.folder / "store" / slot)
        following = run.tasks[run.tasks.index(stage) + 1]
        ended = run.once(following)
        assert ended.state == "failed", ended
        again = world.training()
        again.whole()
        newer = (again.xcom / stage).read_text()
        assert newer != slot, "the damaged result was used"
        return f"“{ended.error[:110]}”; a new run made generation {newer[-6]}"


def _tear(slot: Path) -> None:
    slot.write_bytes(slot.read_bytes()[: slot.stat().st_size // 2])


def _flip(slot: Path) -> None:
    _file_of(slot, _flipped)


def _lose(slot: Path) -> None:
    _file_of(slot, Path.unlink)


def _file_of(slot: Path, damage: Callable[[Path], None]) -> None:
    data = json.loads(slot.read_bytes())["data"]
    largest = max(data["files"], key=lambda file: file["bytes"])
    damage(slot.parents[3] / data["prefix"] / largest["path"])


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


_damaged("slot torn", "The slot of `{stage}` holds half of its bytes.", _tear)
_damaged("one bit altered", "One bit of the largest file of `{stage}` is another one.", _flip)
_damaged("a file lost", "The largest file of `{stage}` is gone.", _lose)


@fault(
    "receipt altered",
    broken="A receipt of the run names another SHA-256.",
    promised="What it vouched for is not read; a new run goes through.",
    level="stage",
)
def _receipt(world: World) -> str:
    run = world.trained(until="redact")
    where = world.site.folder / f"store/runs/{run.dag_id}"
    [path] = where.glob(f"{run.run_id}/redact-*.json")
    whole = path.read_bytes()
    receipt = json.loads(whole)
    path.write_text(json.dumps(receipt | {"sha256": "0" * 64}))
    ended = run.once("train")
    assert ended.state == "failed", ended
    path.write_bytes(whole)
    return f"“{ended.error[:120]}”"


@fault(
    "receipt lost",
    broken="A receipt of the run is gone.",
    promised="What it vouched for is not read; clearing the stage writes it again.",
    level="stage",
    after=("scoring",),
)
def _no_receipt(world: World) -> str:
    run = world.trained(until="redact")
    where = world.site.folder / f"store/runs/{run.dag_id}"
    [path] = where.glob(f"{run.run_id}/redact-*.json")
    path.unlink()
    ended = run.once("train")
    assert ended.state == "failed", ended
    run.rest("redact")
    return f"“{ended.error[:100]}”; redact was cleared, and the run went on"


@fault(
    "unfinished files of a killed writer",
    broken="Partial files lie in the ledger, in slots and among the receipts.",
    promised="Nobody takes them for objects.",
    level="stage",
)
def _partial(world: World) -> str:
    # Where nothing but a killed attempt wrote, nobody looks: what it sent is never published.
    store = world.site.folder / "store"
    folders = [path for path in store.rglob("*") if path.is_dir() and "attempts" not in path.parts]
    for folder in folders:
        (folder / ".partial-0000").write_bytes(b'{"model": "customers"')
    world.trained()
    return f"{len(folders)} of them were passed over"


# The ledger


def _broken_chain(name: str, what: str, damage: Callable[[Path], None]) -> None:
    @fault(
        f"ledger: {name}",
        broken=what,
        promised="Nothing is promoted, scored or added until it is put right; the first bad entry "
        "is named. With the entry restored, the run goes on.",
        level="stage",
        sample=name == "an entry torn",
        ready=True,
        after=("scoring",),
    )
    def broken(world: World) -> str:
        run, scores = world.before("promote"), world.before("score")
        path = world.site.folder / f"store/ledger/{MODEL}/00000002.json"
        whole = path.read_bytes()
        damage(path)
        ended, scored = run.once("promote"), scores.once("score")
        assert {ended.state, scored.state} == {"failed"}, (ended, scored)
        assert "Entry 2" in ended.error, ended.error
        assert "Entry 2" in scored.error, scored.error
        path.write_bytes(whole)
        run.rest("promote")
        scores.rest("score")
        return f"“{ended.error[:120]}”"


_broken_chain("an entry torn", "Entry 2 holds half of its bytes.", _tear)
_broken_chain("an entry lost", "Entry 2 is gone, those around it are there.", Path.unlink)
_broken_chain("one bit altered", "One bit of entry 2 is another one.", _flipped)


# Checkpoints


def _checkpoint(name: str, what: str, pattern: str, damage: Callable[[Path], None]) -> None:
    @fault(
        f"checkpoint: {name}",
        broken=what,
        promised="It is passed over; the training ends with the same bundle as undisturbed.",
        level="stage",
        after=("scoring",),
    )
    def damaged(world: World) -> str:
        whole = world.trained(until="train")
        expected = _bundle(world, (whole.xcom / "train").read_text())
        run = world.training(params={"recompute": True})
        run.whole(until="redact")
        first = run.start("train")
        folder = world.site.folder / "store/checkpoints"
        while first.process.is_alive() and not any(folder.rglob("*.json")):
            pass
        first.kill()
        found = sorted(folder.rglob(pattern))
        for path in found:
            damage(path)
        run.rest("train")
        assert _bundle(world, (run.xcom / "train").read_text()) == expected
        return f"{len(found)} damaged; the same bundle"


def _bundle(world: World, address: str) -> list[list[str]]:
    data = json.loads((world.site.folder / "store" / address).read_bytes())["data"]
    # How it was trained, and when, is no part of what it is.
    return [[one["path"], one["sha256"]] for one in data["files"] if one["path"] != "training.json"]


_checkpoint("torn", "Every state that was kept is torn.", "*.pt", _tear)
_checkpoint("seals lost", "Every seal of a kept state is gone.", "*.json", Path.unlink)
_checkpoint("seals torn", "Every seal of a kept state is torn.", "*.json", _tear)
