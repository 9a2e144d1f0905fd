"""What MLflow lost comes back from store and ledger; what is not ours is set aside, not deleted."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from mlflow.exceptions import MlflowException

from airlock import signing
from airlock.bundle import manifest
from airlock.cli import main as cli
from airlock.config.settings import Settings
from airlock.core.content import sha256_of_file
from airlock.core.errors import Unverified
from airlock.engine import publication
from airlock.engine.record import Folder, Result
from airlock.ledger import Ledger
from airlock.registry import MlflowSettings, open_registry
from airlock.registry.connection import Connection, with_time_limits
from airlock.repair import Repair, repair
from airlock.store import open_store
from tests.integration.test_register import registered, resealed
from tests.judged import NOW
from tests.registered import client, ledger_below, sqlite_below, version_of
from tests.trained import ORIGIN, Trained, trained


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("training"))


@dataclass(frozen=True)
class Site:
    """A store, a ledger and a MLflow that know the same versions."""

    ledger: Ledger
    stores: publication.Stores
    mlflow: MlflowSettings
    folder: Path

    @property
    def model(self) -> str:
        return self.ledger.model

    def judge(self, training: Trained, number: int, *, champion: bool = False) -> None:
        """Keep a bundle, and write down that it was judged under a number."""
        files = publication.upload(
            training.bundle, stage="train", part="data", zone="store", stores=self.stores
        )
        result = Result(
            stage="train",
            version=1,
            inputs={},
            record=replace(training.record, mlflow_run="").to_json(),
            data=files,
            report=Folder(zone="store", prefix=f"attempts/train/{number}/report", files=()),
            made_by=ORIGIN,
        )
        made = publication.publish(self.stores, f"{number}" * 64, result, self.folder / "in")
        signing.sign(
            self.stores["store"],
            self.ledger.key(),
            manifest.files_of(training.bundle),
            model=self.model,
        )
        named = {"address": made.address, "sha256": made.sha256, "content": "c" * 64}
        run = f"churn/night-{number}"
        results = {"train": named, "redact": {**named, "content": "d" * 64}}
        self.ledger.append(
            "run", {"night": "2026-01-05", "results": results}, id=f"run/{run}/x", at=NOW
        )
        decided = {
            "outcome": "passed",
            "bundle": training.name,
            "version": number,
            "approval_required": False,
        }
        self.ledger.append("decided", decided, id=f"decided/{run}/x", at=NOW)
        if champion:
            made_of = {"training": made.address, "training_sha256": made.sha256}
            body = {**training.champion(version=number).body(), **made_of}
            self.ledger.append("promoted", {"champion": body}, id=f"p{number}", at=NOW)

    def repair(self, *, apply: bool = True, replacing: bool = False) -> Repair:
        return repair(
            self.ledger,
            stores=self.stores,
            mlflow=self.mlflow,
            apply=apply,
            replacing=replacing,
        )

    def copy_of(self, number: int) -> Path:
        """Where MLflow's files of a version lie."""
        return Path(client(self.mlflow).get_model_version(self.model, str(number)).source)

    def verified(self, number: int, training: Trained) -> bool:
        with open_registry(self.mlflow) as registry:
            version = registry.version(self.model, number)
            assert version is not None
            into = self.folder / f"verify-{len(list(self.folder.iterdir()))}"
            copy = registry.download(version, into)
        return manifest.verify(copy, training.name) == training.name


def site_of(folder: Path, model: str, mlflow: MlflowSettings) -> Site:
    ledger = ledger_below(folder, model)
    (folder / "in").mkdir()
    raw = open_store(str(folder / "raw"))
    return Site(ledger, {"store": ledger.store, "raw": raw}, mlflow, folder)


@pytest.fixture
def site(tmp_path: Path, model: str, settings: MlflowSettings, training: Trained) -> Site:
    """Version 1 is champion, and all is well."""
    site = site_of(tmp_path, model, settings)
    version_of(settings, model, training.bundle, tmp_path / "1", signed=True)
    site.judge(training, 1, champion=True)
    site.repair()
    return site


def lose(site: Site, *paths: str) -> None:
    for path in paths:
        (site.copy_of(1) / path).unlink()


def test_where_nothing_is_lost_there_is_nothing_to_do(site: Site):
    done = site.repair(apply=False)

    assert (done.steps, done.problems, done.whole) == ([], [], 1)


def test_a_dry_run_says_what_is_lost_and_changes_nothing(site: Site, training: Trained):
    lose(site, "data/bundle/weights.safetensors")
    client(site.mlflow).delete_registered_model_alias(site.model, "champion")

    said = [site.repair(apply=False).steps for _ in range(2)]

    assert said[0] == said[1]
    assert said[0] == [
        "Version 1: put back data/bundle/weights.safetensors.",
        "Point the alias champion at version 1, and mark it.",
    ]
    with pytest.raises(Unverified):
        site.verified(1, training)


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(("data/bundle/weights.safetensors",), id="a file of the bundle"),
        pytest.param(("MLmodel",), id="what MLflow loads it by"),
        pytest.param(("data/bundle.dsse.json",), id="the signature"),
        pytest.param(None, id="the whole folder"),
    ],
)
def test_files_that_are_lost_come_back_and_verify(
    site: Site, training: Trained, lost: tuple[str, ...] | None
):
    if lost is None:
        shutil.rmtree(site.copy_of(1))
    else:
        lose(site, *lost)

    done = site.repair()

    assert len(done.steps) == 1
    assert done.problems == []
    assert site.verified(1, training)
    envelope = (site.copy_of(1) / "data/bundle.dsse.json").read_bytes()
    signing.check(envelope, bundle=training.name, trusted=site.ledger.trusted, model=site.model)
    assert site.repair().steps == []


def test_a_file_that_is_not_ours_is_kept_until_somebody_says_so_and_then_set_aside(
    site: Site, training: Trained
):
    copy = site.copy_of(1)
    (copy / "data/bundle/requirements.txt").write_text("evil==1\n")
    (copy / "data/bundle/evil.py").write_text("print('hello')\n")
    foreign = {
        sha256_of_file(copy / "data/bundle" / name) for name in ("requirements.txt", "evil.py")
    }

    first = site.repair()

    assert first.steps == []
    assert "2 files (data/bundle/requirements.txt, …) of MLflow's copy is not" in first.problems[0]
    assert (copy / "data/bundle/evil.py").exists()

    second = site.repair(replacing=True)

    assert second.problems == []
    assert site.verified(1, training)
    aside = copy.parents[2] / "set_aside" / f"{site.model}-1"
    kept = {sha256_of_file(path) for path in aside.rglob("*") if path.is_file()}
    assert kept == foreign
    assert site.repair(replacing=True).steps == []


def test_a_mlflow_that_is_lost_altogether_is_made_again_with_the_same_numbers(
    training: Trained, tmp_path: Path
):
    site = site_of(tmp_path, "churn", sqlite_below(tmp_path / "mlflow"))
    other = resealed(training.bundle, tmp_path / "bundle", "requirements.txt", b"torch\n")
    second = replace(training, bundle=other)
    site.judge(training, 1, champion=True)
    site.judge(second, 3, champion=True)

    planned = site.repair(apply=False).steps
    done = site.repair()

    assert done.steps == planned
    assert done.problems == []
    hand = client(site.mlflow)
    pages = {int(one.version): dict(one.tags) for one in hand.search_model_versions("name='churn'")}
    assert pages[1]["airlock.bundle"] == training.name
    assert pages[1]["airlock.data"] == "d" * 64
    assert (pages[1]["airlock.verdict"], pages[3]["airlock.verdict"]) == ("replaced", "champion")
    # Number 2 was somebody's whom nobody judged: it is kept free.
    assert "airlock.lost" in pages[2]
    assert hand.get_registered_model("churn").aliases == {"champion": 3}
    assert site.verified(1, training)
    assert site.verified(3, second)
    again = site.repair()
    assert (again.steps, again.problems, again.whole) == ([], [], 2)


def test_a_number_in_the_middle_is_not_given_again_and_that_is_said(
    site: Site, training: Trained, tmp_path: Path
):
    other = resealed(training.bundle, tmp_path / "bundle", "requirements.txt", b"torch\n")
    version_of(site.mlflow, site.model, other, tmp_path / "2", signed=True)
    client(site.mlflow).delete_model_version(site.model, "1")

    done = site.repair()

    assert done.steps == []
    assert done.problems == [
        "MLflow lost version 1, and gives no number twice. Nothing needs its copy but MLflow's own "
        "users: scoring reads the store."
    ]


def test_a_number_that_another_bundle_has_by_now_is_not_touched(
    site: Site, training: Trained, tmp_path: Path
):
    client(site.mlflow).set_model_version_tag(site.model, "1", "airlock.bundle", "f" * 64)

    done = site.repair()

    assert done.steps == []
    assert "MLflow's version 1 is another bundle than the ledger's" in done.problems[0]


def test_a_bundle_that_the_store_lost_too_stops_nobody_else(
    training: Trained, tmp_path: Path, settings: MlflowSettings, model: str
):
    site = site_of(tmp_path, model, settings)
    other = resealed(training.bundle, tmp_path / "bundle", "requirements.txt", b"torch\n")
    site.judge(training, 1)
    site.judge(replace(training, bundle=other), 2)
    for path in (tmp_path / "store/attempts/train").glob("*/data/weights.safetensors"):
        if (path.parent / "requirements.txt").read_bytes() == b"torch\n":
            path.unlink()

    done = site.repair()

    assert done.steps == ["Make version 1 again."]
    assert done.problems[0].startswith("Make version 2 again. It failed:")
    assert site.verified(1, training)


# A folder that was moved


def test_an_embedded_mlflow_works_again_where_its_folder_was_moved_to(
    training: Trained, tmp_path: Path
):
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    number = version_of(sqlite_below(before), "churn", training.bundle, tmp_path / "1")
    before.rename(after)

    with open_registry(sqlite_below(after)) as registry:
        version = registry.version("churn", number)
        assert version is not None
        copy = registry.download(version, tmp_path / "copy")
        experiment = registry.client.get_experiment(registry.experiment("churn"))

    assert manifest.verify(copy, training.name)
    assert version.source.startswith(str(after / "artifacts/churn/"))
    assert experiment.artifact_location == str(after / "artifacts/churn")
    # What comes next lies beside it, and the old place stays empty.
    other = resealed(training.bundle, tmp_path / "bundle", "requirements.txt", b"torch\n")
    assert version_of(sqlite_below(after), "churn", other, tmp_path / "2") == 2
    assert not before.exists()


@pytest.mark.parametrize(
    "files",
    [
        pytest.param("there", id="the old place is in use"),
        pytest.param("nowhere", id="the old place is away, and nothing came to the new one"),
    ],
)
def test_addresses_stay_where_nothing_says_that_the_files_were_moved(
    tmp_path: Path, settings: MlflowSettings, model: str, files: str
):
    with with_time_limits(settings):
        experiment = Connection(settings).experiment(model)
        old = client(settings).get_experiment(experiment).artifact_location
        if files == "there":
            Path(old).mkdir(parents=True)
            (tmp_path / "new" / model).mkdir(parents=True)

        Connection(replace(settings, artifacts=str(tmp_path / "new")))

        assert client(settings).get_experiment(experiment).artifact_location == old


# Register


def test_register_puts_back_what_mlflow_lost_of_a_bundle(
    training: Trained, settings: MlflowSettings, model: str, tmp_path: Path
):
    version_of(settings, model, training.bundle, tmp_path / "1", signed=True)
    copy = Path(client(settings).get_model_version(model, "1").source)
    shutil.rmtree(copy)

    again = registered(training, settings, model, tmp_path / "2")

    assert again.version == 1
    assert manifest.verify(copy / "data/bundle", training.name)


def test_nothing_is_invented_for_a_model_that_nobody_judged(
    tmp_path: Path, settings: MlflowSettings, model: str
):
    done = site_of(tmp_path, model, settings).repair()

    assert (done.steps, done.problems, done.whole) == ([], [], 0)
    with pytest.raises(MlflowException):
        client(settings).get_registered_model(model)


# The command


def test_the_command_says_first_and_does_when_told(
    site: Site,
    training: Trained,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    here = SimpleNamespace(
        store=lambda zone: site.stores[zone],
        ledger=lambda model: site.ledger,
        mlflow=lambda: site.mlflow,
    )
    monkeypatch.setattr(Settings, "read", lambda: here)
    lose(site, "MLmodel")

    said = [cli.main(["repair", *more]) for more in ([], ["--apply"], ["--apply"])]

    assert said == [1, 0, 0]
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"{site.model}: Version 1: put back MLmodel.",
        f"{site.model}: 0 versions of MLflow have the files of their bundle.",
        "Nothing was changed. `airlock repair --apply` does it.",
        f"{site.model}: Version 1: put back MLmodel.",
        f"{site.model}: 1 versions of MLflow have the files of their bundle.",
        f"{site.model}: 1 versions of MLflow have the files of their bundle.",
    ]
    assert site.verified(1, training)
