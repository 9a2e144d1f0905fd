"""Whoever races, and whoever is killed: one winner, losers who know it, an alias that follows.

Each test runs a few rounds; `make soak` runs hundreds.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airlock.core.errors import AirlockError, Conflict, StoreUnavailable
from airlock.engine.record import Input
from airlock.ledger import Ledger
from airlock.registry import MlflowSettings, open_registry, point_alias
from airlock.stages.approve.record import Approval
from airlock.stages.gate.case import Case
from airlock.stages.promote.stage import promote
from airlock.stages.rollback.stage import rollback
from airlock.store import Credentials, open_store
from tests.judged import NOW, ORIGIN, case, judged, result
from tests.linearizable import Operation, order
from tests.registered import client, crown, ledger_below

FORK = multiprocessing.get_context("fork")
MODEL = "churn"  # tests.judged judges this one


@dataclass(frozen=True)
class Place:
    """A store that several processes open, an MLflow, and where they note what happened."""

    uri: str
    folder: Path
    credentials: Credentials | None = None

    @property
    def mlflow(self) -> MlflowSettings:
        return MlflowSettings(tracking_uri=f"sqlite:///{self.folder / 'mlflow.db'}")

    def ledger(self) -> Ledger:
        keys = ledger_below(self.folder, MODEL)
        store = open_store(self.uri, self.credentials) if self.credentials else open_store(self.uri)
        return Ledger(store, MODEL, trusted=keys.trusted, signer=keys.signer)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow with twelve versions, made by a process of its own: SQLite must not be forked."""
    folder = tmp_path_factory.mktemp("database")
    maker = FORK.Process(target=_twelve_versions, args=(folder,))
    maker.start()
    maker.join()
    return folder / "mlflow.db"


def _twelve_versions(folder: Path) -> None:
    hand = client(MlflowSettings(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}"))
    hand.create_registered_model(MODEL)
    for _ in range(12):
        hand.create_model_version(MODEL, source="file:///nowhere")


@pytest.fixture(params=["folder", "s3"])
def places(
    request: pytest.FixtureRequest, tmp_path: Path, database: Path
) -> Callable[[int], Place]:
    """A new place for each round."""
    credentials: Credentials | None = None
    if request.param == "s3":
        credentials = request.getfixturevalue("credentials")
        with contextlib.suppress(Exception):  # it exists from the test before
            open_store("s3://races/x", credentials).client.create_bucket(Bucket="races")

    def made(round_: int) -> Place:
        folder = tmp_path / str(round_)
        folder.mkdir()
        shutil.copy(database, folder / "mlflow.db")
        name = f"{tmp_path.name}-{round_}"
        uri = f"s3://races/{name}" if credentials else str(folder / "store")
        return Place(uri, folder, credentials)

    return made


# One rival


def promoting(place: Place, one: Case, decision: Input) -> int:
    record = Approval(
        model=MODEL, version=1, decision=decision.content, required=False, approved=True
    )
    return promote(
        decision,
        result(record, {"decision": decision}),
        training=one.training,
        validation=one.validation,
        ledger=place.ledger(),
        mlflow=place.mlflow,
        now=NOW,
    ).sequence


def going_back(place: Place) -> int:
    return rollback(
        ledger=place.ledger(),
        to_version=None,
        by="admin",
        reason="a race",
        origin=replace(ORIGIN, run_id="back"),
        verify=lambda champion: None,
        scored=lambda champion: (),
        mlflow=place.mlflow,
        now=NOW,
    ).sequence


def rival(
    place: Place, who: str, expects: int | None, start: float, act: Callable[[], int]
) -> None:
    """Act once at a moment, and note before and after what happened."""
    while time.time() < start:
        pass
    note(place, who, began=time.monotonic_ns())
    outcome, made = "refused", 0
    for _ in range(5):
        try:
            made, outcome = act(), "ok"
        except Conflict:
            outcome = "conflict"
        except StoreUnavailable:
            continue  # as Airflow would
        except AirlockError:
            pass
        break
    facts = {"outcome": outcome, "expects": expects, "made": made}
    note(place, who, ended=time.monotonic_ns(), **facts)


def note(place: Place, who: str, **facts: Any) -> None:
    with (place.folder / f"{who}.jsonl").open("a") as file:
        file.write(json.dumps(facts) + "\n")


def race(
    place: Place, acts: dict[str, tuple[int | None, Callable[[], int]]], chance: random.Random
) -> None:
    """All at once; one or two are killed at a random moment, and come back."""
    start = time.time() + 0.2
    rivals = {
        who: FORK.Process(target=rival, args=(place, who, expects, start, act))
        for who, (expects, act) in acts.items()
    }
    for process in rivals.values():
        process.start()
    for who in chance.sample(sorted(acts), k=chance.choice((1, 2))):
        # Most of the way is MLflow's; half of the kills shall hit the ledger.
        moment = start + chance.random() * chance.choice((0.03, 1.0))
        time.sleep(max(0.0, moment - time.time()))
        rivals[who].kill()
    for process in rivals.values():
        process.join()
    for who, process in rivals.items():
        if process.exitcode:
            expects, act = acts[who]
            again = FORK.Process(target=rival, args=(place, who, expects, 0.0, act))
            again.start()
            again.join()
            assert again.exitcode == 0


def history(place: Place) -> list[Operation]:
    """What the rivals noted; a killed one and its retry are one operation."""
    found = []
    for path in sorted(place.folder.glob("*.jsonl")):
        notes = [json.loads(line) for line in path.read_text().splitlines()]
        began = next(one["began"] for one in notes if "began" in one)
        told = [one for one in notes if "ended" in one][-1]
        found.append(Operation(who=path.stem, began=began, **told))
    return found


def check(place: Place, *, first: int) -> list[Operation]:
    """Everything adds up: the history, the chain, and MLflow's alias."""
    ledger = place.ledger()
    happened = history(place)
    champion = ledger.state().champion
    assert champion is not None
    assert order(happened, first=first, last=champion.sequence) is not None, happened
    # Told "ok" and written down are the same.
    made = {e.sequence for e in ledger.entries() if e.kind in {"promoted", "rolled_back"}}
    told = {one.made for one in happened if one.outcome == "ok"}
    assert {sequence for sequence in made if sequence > first} == told
    follower = FORK.Process(target=_follow, args=(place, champion.version))
    follower.start()
    follower.join()
    assert follower.exitcode == 0, "The alias does not follow."
    return happened


def _follow(place: Place, version: int) -> None:
    assert point_alias(place.ledger(), place.mlflow)
    with open_registry(place.mlflow) as registry:
        assert registry.champion(MODEL) == version


# The races


def four_promoters(places: Callable[[int], Place], rounds: int) -> None:
    chance = random.Random(rounds)
    for round_ in range(rounds):
        place = places(round_)
        ledger = place.ledger()
        acts: dict[str, tuple[int | None, Callable[[], int]]] = {}
        for who in range(1, 5):
            one = case(bundle=f"bundle {who}", version=who)
            decision = judged(one, ledger, run_id=f"run {who}")
            acts[f"promoter {who}"] = (
                0,
                partial(promoting, place, one, decision),
            )

        race(place, acts, chance)

        outcomes = sorted(one.outcome for one in check(place, first=0))
        assert outcomes == ["conflict", "conflict", "conflict", "ok"], f"round {round_}"


def promoters_and_a_rollback(places: Callable[[int], Place], rounds: int) -> None:
    chance = random.Random(rounds)
    for round_ in range(rounds):
        place = places(round_)
        ledger = place.ledger()
        for version in (1, 2):
            crown(ledger, version)
        champion = ledger.state().champion
        assert champion is not None
        # The first entry that counts here is the second crown.
        acts: dict[str, tuple[int | None, Callable[[], int]]] = {
            "back": (None, partial(going_back, place))
        }
        for who in (3, 4):
            one = case(bundle=f"bundle {who}", version=who, champion=champion)
            decision = judged(one, ledger, run_id=f"run {who}")
            acts[f"promoter {who}"] = (
                2,
                partial(promoting, place, one, decision),
            )

        race(place, acts, chance)

        happened = {one.who: one.outcome for one in check(place, first=2)}
        promoted = [happened["promoter 3"], happened["promoter 4"]].count("ok")
        # A promotion and a rollback of it may both go through, one after the other; two
        # promotions that were judged against the same champion never do.
        assert promoted <= 1
        assert promoted or happened["back"] == "ok"


def ten_backfills(places: Callable[[int], Place], rounds: int) -> None:
    chance = random.Random(rounds)
    for round_ in range(rounds):
        place = places(round_)
        ledger = place.ledger()
        acts: dict[str, tuple[int | None, Callable[[], int]]] = {}
        for who in range(1, 11):
            night = (NOW + timedelta(days=who)).date().isoformat()
            one = case(bundle=f"bundle {who}", version=who, night=night)
            decision = judged(one, ledger, run_id=f"backfill {who}")
            acts[f"backfill {who}"] = (
                0,
                partial(promoting, place, one, decision),
            )

        race(place, acts, chance)

        outcomes = [one.outcome for one in check(place, first=0)]
        assert (outcomes.count("ok"), outcomes.count("conflict")) == (1, 9), f"round {round_}"


RACES = [four_promoters, promoters_and_a_rollback, ten_backfills]


@pytest.mark.parametrize("run", RACES, ids=lambda run: run.__name__)
def test_a_race_ends_with_one_champion_whom_an_independent_checker_can_explain(
    places: Callable[[int], Place], run: Callable[[Callable[[int], Place], int], None]
):
    run(places, 1)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("run", "rounds"),
    [(four_promoters, 200), (promoters_and_a_rollback, 50), (ten_backfills, 20)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_hundreds_of_races_end_so(
    places: Callable[[int], Place],
    run: Callable[[Callable[[int], Place], int], None],
    rounds: int,
):
    run(places, rounds)
