"""What is changed in store, MLflow or keys is found with the first bad entry, or told as outside.

One complete store is built by the real stages, and put right after each tamper.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airlock.core.content import canonical_json
from airlock.core.errors import AirlockError
from airlock.engine import publication
from airlock.ledger import TrustedKeys
from airlock.registry.marks import POLICY
from airlock.registry.versions import ALIAS, BUNDLE, DATA, DUPLICATE, SMOKE
from tests.complete import MODEL, NIGHTS, Complete, built
from tests.tampers import AREAS, BESIDE, WAYS, Attack

# A missing view or note is told as a warning: readers go by the entry, and contracts may allow
# repeated nights.
WARNED = (
    "store/predictions/",
    "store/labels/",
    "store/drift/",
    "store/retrains/",
    "store/nights/",
    "store/seals/",
)

UNSIGNED = ("store/usage/", "store/outbox/")

# The entries that made the two champions, of which MLflow has copies.
PROMOTED = (5, 11)


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Attack:
    return Attack(built(tmp_path_factory.mktemp("complete")))


def test_the_clean_store_holds_and_every_entry_reaches_what_it_should(attack: Attack):
    seen = attack.clean

    assert (seen.finding.problems, seen.finding.warnings, seen.finding.note) == ((), (), "")
    assert seen.finding.copies == 2
    # What the store itself wrote to prove that a second create is denied.
    assert seen.beyond == {"store/probe/create-once", "raw/probe/create-once"}


def hit(attack: Attack, way: str, path: str, chance: random.Random) -> None:
    """Do one tamper, and see that it does not stay silent."""
    with attack.undone():
        touched = attack.do(way, path, chance)
        seen = attack.look()
    expected = min(filter(None, map(attack.first_entry, touched)), default=0)
    if path.startswith("artifacts/"):
        assert seen.finding.bad in PROMOTED, f"{way} {touched}: {seen.finding.first}"
    elif not expected:
        assert touched[0] in attack.clean.beyond, f"{touched} is covered by nobody, and untold"
    elif way == "delete" and path.startswith(WARNED):
        assert seen.told > attack.clean.told, f"{path} went without a word"
        assert not seen.finding.bad
    else:
        assert seen.finding.bad == expected, f"{way} {touched}: {seen.finding.first}"


CASES = [(area, way) for area in AREAS for way in WAYS]


@pytest.mark.parametrize("area", AREAS)
def test_a_tamper_in_every_area_is_found_with_the_first_bad_number(attack: Attack, area: str):
    chance = random.Random(area)
    files = attack.in_area(AREAS[area])
    assert files, f"the complete store has nothing in {AREAS[area]}"
    path = files[-1] if "last" in area else chance.choice(files)

    hit(attack, chance.choice(WAYS), path, chance)


@pytest.mark.soak
@pytest.mark.parametrize(("area", "way"), CASES)
def test_every_way_in_every_area_is_found_with_the_first_bad_number(
    attack: Attack, area: str, way: str
):
    chance = random.Random(area + way)
    files = attack.in_area(AREAS[area])

    hit(attack, way, files[-1] if "last" in area else chance.choice(files), chance)


def random_edits(attack: Attack, count: int, seed: int) -> None:
    chance = random.Random(seed)
    everywhere = [path for path in attack.before if path.startswith(("store/", "raw/"))]
    # Said to be under no signature, at the end of every look.
    everywhere = [path for path in everywhere if not path.startswith(UNSIGNED)]
    everywhere += attack.in_area("artifacts/*/models/")
    for _ in range(count):
        hit(attack, chance.choice(WAYS), chance.choice(everywhere), chance)


def test_random_edits_anywhere_are_found(attack: Attack):
    random_edits(attack, 10, seed=1)


@pytest.mark.soak
def test_fifty_random_edits_anywhere_are_found(attack: Attack):
    random_edits(attack, 50, seed=2)


def clean_copies(attack: Attack, count: int, folder: Path) -> None:
    for number in range(count):
        where = folder / str(number)
        for zone in ("store", "raw"):
            shutil.copytree(attack.made.folder / zone, where / zone)
        copy = Complete(folder=where)
        # MLflow's database knows its files by absolute addresses.
        shutil.copy(attack.made.folder / "mlflow.db", where / "mlflow.db")
        shutil.copy(attack.made.folder / "trusted.json", where / "trusted.json")
        assert Attack(copy).clean.told == set()


def test_clean_copies_raise_no_alarm(attack: Attack, tmp_path: Path):
    clean_copies(attack, 2, tmp_path)


@pytest.mark.soak
def test_fifty_clean_copies_raise_no_alarm(attack: Attack, tmp_path: Path):
    clean_copies(attack, 50, tmp_path)


@pytest.mark.parametrize("name", BESIDE)
@pytest.mark.parametrize("way", ["change", "delete"])
def test_a_file_beside_mlflows_bundle_is_found(attack: Attack, name: str, way: str):
    file = attack.copies()[0] / name
    with attack.undone():
        attack.do(way, file.relative_to(attack.made.folder).as_posix(), random.Random(3))
        seen = attack.look()

    assert seen.finding.bad in {1, 5, 7, 11}


def test_a_file_added_beside_mlflows_bundle_is_found(attack: Attack):
    with attack.undone():
        (attack.copies()[0] / "sitecustomize.py").write_text("print('hello')")
        seen = attack.look()

    assert "sitecustomize.py was added in MLflow's copy" in seen.finding.problem


def test_an_empty_folder_beside_mlflows_bundle_is_found(attack: Attack):
    with attack.undone():
        (attack.copies()[0] / "code").mkdir()
        seen = attack.look()
        (attack.copies()[0] / "code").rmdir()

    assert "code/ was added in MLflow's copy" in seen.finding.problem


def test_a_moved_alias_and_a_changed_tag_are_warnings(attack: Attack):
    with attack.undone():
        client = attack.mlflow()
        client.set_registered_model_alias(MODEL, ALIAS, "2")
        client.set_model_version_tag(MODEL, "1", "airlock.verdict", "the best")
        seen = attack.look()
        client.set_registered_model_alias(MODEL, ALIAS, "1")

    assert not seen.finding.bad
    assert any("alias champion points at version 2 instead of 1" in one for one in seen.told)
    assert any("tag airlock.verdict of version 1 is 'the best'" in one for one in seen.told)


MLFLOW_WORDS = {
    **{
        f"UPDATE model_version_tags SET value = '7' WHERE version = 1 AND key = '{name}'": (
            f"tag {name} of version 1 is '7' instead of"
        )
        for name in (BUNDLE, DATA, SMOKE, POLICY)
    },
    **{
        f"DELETE FROM model_version_tags WHERE version = 2 AND key = '{name}'": (
            f"tag {name} of version 2 is missing instead of"
        )
        for name in (BUNDLE, DATA, SMOKE)
    },
    "INSERT INTO model_version_tags (key, value, name, version, workspace) "
    f"SELECT '{DUPLICATE}', '1', name, 2, workspace FROM registered_models": (
        f"tag {DUPLICATE} of version 2 is '1' instead of missing"
    ),
    "UPDATE model_versions SET current_stage = 'Production' WHERE version = 2": (
        "version 2 is in stage 'Production'"
    ),
    "UPDATE model_versions SET status = 'FAILED_REGISTRATION' WHERE version = 2": (
        "version 2 'FAILED_REGISTRATION'"
    ),
    "INSERT INTO model_versions (name, version, source, status, current_stage, workspace) "
    "SELECT name, 9, source, status, 'None', workspace FROM model_versions WHERE version = 1": (
        "No entry names MLflow's version 9"
    ),
    "INSERT INTO registered_model_aliases (alias, version, name, workspace) "
    "SELECT 'production', 2, name, workspace FROM registered_models": (
        "alias 'production' points at version 2; no entry says so"
    ),
}


def test_what_mlflow_says_and_no_entry_does_is_a_warning(attack: Attack):
    with attack.undone():
        for statement in MLFLOW_WORDS:
            attack.sql(statement)
        seen = attack.look()

    assert not seen.finding.bad
    unsaid = [said for said in MLFLOW_WORDS.values() if not any(said in one for one in seen.told)]
    assert unsaid == []


def test_a_version_that_mlflow_hands_out_from_elsewhere_is_found(attack: Attack):
    """`models:/churn/1` would be another model, while the address on its page is the right one."""
    elsewhere = attack.made.folder / "elsewhere"
    with attack.undone():
        shutil.copytree(attack.copies()[0], elsewhere)
        attack.sql(
            "UPDATE model_versions SET storage_location = ? WHERE version = 1", str(elsewhere)
        )
        seen = attack.look()

    assert seen.finding.bad == 5
    assert "hands out version 1 from another place" in seen.finding.problem


def test_signatures_swapped_around_a_rollback_name_the_first_champion(attack: Attack):
    one, two = attack.in_area("store/signatures/")
    with attack.undone():
        folder = attack.made.folder
        (folder / one).write_bytes(attack.before[two])
        (folder / two).write_bytes(attack.before[one])
        seen = attack.look()

    # Entry 5 made version 1 champion, 11 version 2, and 25 went back to version 1.
    kinds = [entry.kind for entry in attack.made.ledger().entries()]
    assert [kinds[at - 1] for at in (5, 11, 25)] == ["promoted", "promoted", "rolled_back"]
    assert seen.finding.bad == 5


def test_predictions_that_are_changed_with_their_slot_and_view_are_found(attack: Attack):
    """All digests agree with one another, and with no entry."""
    store = attack.made.stores["store"]
    entry = next(one for one in attack.made.ledger().entries() if one.kind == "scored")
    with attack.undone():
        made = publication.load(store, entry.body["scoring"]).result
        file = made.data.files[0]
        key = f"{made.data.prefix}/{file.path}"
        store.put(key, store.get(key) + b"!")
        slot = store.get(entry.body["scoring"])
        store.put(entry.body["scoring"], slot.replace(file.sha256.encode(), b"0" * 64))
        seen = attack.look()

    assert seen.finding.bad == entry.sequence


def test_raw_rows_may_be_gone_only_once_their_time_is_over(attack: Attack):
    folder = attack.made.folder / "raw/attempts/snapshot"
    kept = sorted(folder.iterdir())[0]
    with attack.undone():
        shutil.rmtree(kept)
        early = attack.look()
        late = attack.look(now=datetime.now(UTC) + timedelta(days=31))

    assert "must be kept for 30 days" in early.finding.problem
    assert not late.finding.bad


def test_what_a_stranger_adds_is_told_by_name(attack: Attack):
    with attack.undone():
        added = attack.made.folder / "store/predictions" / MODEL / NIGHTS[0] / "000001.json"
        added.parent.mkdir(parents=True, exist_ok=True)
        added.write_bytes(b"{}")
        (attack.made.folder / "store/notes.txt").write_text("hello")
        seen = attack.look()

    name = f"predictions/{MODEL}/{NIGHTS[0]}/000001.json"
    assert any(one.startswith(f"{name} is not under a signature") for one in seen.told)
    assert seen.beyond - attack.clean.beyond == {f"store/{name}", "store/notes.txt"}


def _second_signature(file: Path) -> None:
    fields = json.loads(file.read_bytes())
    fields["signatures"].append({"keyid": "0" * 16, "sig": fields["signatures"][0]["sig"]})
    file.write_bytes(canonical_json(fields))


def _more_said(file: Path) -> None:
    file.write_bytes(canonical_json({**json.loads(file.read_bytes()), "reviewed": "by Ada"}))


def _other_name(file: Path) -> None:
    file.with_name("0123456789abcdef.json").write_bytes(file.read_bytes())


@pytest.mark.parametrize("harm", [_second_signature, _more_said, _other_name])
def test_an_envelope_that_holds_and_is_not_what_was_put_there_is_found(
    attack: Attack, harm: Callable[[Path], None]
):
    with attack.undone():
        harm(attack.made.folder / attack.in_area("store/signatures/")[0])
        seen = attack.look()

    assert seen.finding.bad in {5, 11}
    assert "that `register` did not write" in seen.finding.problem


def _a_link(file: Path, elsewhere: Path) -> None:
    shutil.move(file, elsewhere)
    file.symlink_to(elsewhere)


def _a_folder_behind_a_link(file: Path, elsewhere: Path) -> None:
    _a_link(file.parent, elsewhere)


def _a_link_to_nothing(file: Path, elsewhere: Path) -> None:
    file.with_name("part-00009.parquet").symlink_to(elsewhere)


def _a_pipe(file: Path, elsewhere: Path) -> None:
    os.mkfifo(file.with_name("part-00009.parquet"))


def _a_file_that_no_listing_shows(file: Path, elsewhere: Path) -> None:
    file.with_name(".partial-x").write_bytes(b"hidden")


@pytest.mark.parametrize(
    "harm",
    [_a_link, _a_folder_behind_a_link, _a_link_to_nothing, _a_pipe, _a_file_that_no_listing_shows],
)
def test_what_lies_in_a_store_and_is_no_object_is_told_by_name(
    attack: Attack, tmp_path: Path, harm: Callable[[Path, Path], None]
):
    """Behind a link the bytes are right, and can change where nobody looks."""
    folder = attack.made.folder / "store/attempts/score"
    kept = tmp_path / "kept"
    shutil.copytree(folder, kept)
    try:
        harm(sorted(folder.glob("*/data/part-*.parquet"))[0], tmp_path / "elsewhere")
        seen = attack.look()
    finally:
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)

    told = seen.beyond - attack.clean.beyond
    assert len(told) == 1
    assert next(iter(told)).startswith("store/attempts/score/")


def test_no_edit_of_the_trusted_keys_makes_others_count(attack: Attack):
    file = attack.made.folder / "trusted.json"
    data, chance = file.read_bytes(), random.Random(4)
    for _ in range(6):
        with attack.undone():
            attack.do(chance.choice(("change", "truncate", "empty", "delete")), file.name, chance)
            try:
                seen = attack.look()
            except AirlockError:
                continue  # a file that cannot be read is said to be one
            same = TrustedKeys.read(file).keys == attack.made.trusted.keys
        assert seen.finding.bad or same, f"{data!r} went without a word"


def _cut(attack: Attack) -> None:
    (attack.made.folder / attack.in_area("store/ledger/")[-1]).unlink()


def _another_key(attack: Attack) -> None:
    file = attack.made.folder / "trusted.json"
    file.write_bytes(file.read_bytes().replace(b'": "', b'": "A'))


@pytest.mark.parametrize(("harm", "bad"), [(_cut, -1), (_another_key, 1)])
def test_a_chain_that_was_cut_and_keys_that_were_changed_are_found(
    attack: Attack, harm: Callable[[Attack], None], bad: int
):
    with attack.undone():
        harm(attack)
        seen = attack.look()

    assert seen.finding.bad == (bad if bad > 0 else attack.noted.size)
