"""What names a training besides its data: the model's source, read and never executed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from airlock.core.errors import SpecError
from airlock.stages.train.identity import code_digest, environment_digest

MODEL = "include.models.own:Own"
OWN = """
from include.models import blocks
from .layers import Layer

class Own: ...
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    models = tmp_path / "include" / "models"
    models.mkdir(parents=True)
    (tmp_path / "include" / "__init__.py").write_text("")
    (models / "__init__.py").write_text("")
    (models / "own.py").write_text(OWN)
    (models / "blocks.py").write_text("import include.models.deep")
    (models / "deep.py").write_text("")
    (models / "layers.py").write_text("class Layer: ...")
    (models / "stranger.py").write_text("")
    return tmp_path


def test_the_source_of_a_data_module_counts_like_the_model_s(root: Path):
    stranger = root / "include/models/stranger.py"
    stranger.write_text("class Rows: ...")
    data = "include.models.stranger:Rows"
    before = code_digest(MODEL, root=root, data=data)

    stranger.write_text("class Rows: size = 2")

    assert code_digest(MODEL, root=root, data=data) != before
    with pytest.raises(SpecError, match=r"has no class Columns"):
        code_digest(MODEL, root=root, data="include.models.stranger:Columns")


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        pytest.param("include/models/own.py", True, id="the module"),
        pytest.param("include/models/blocks.py", True, id="what it imports"),
        pytest.param("include/models/layers.py", True, id="what it imports by a relative name"),
        pytest.param("include/models/deep.py", True, id="what that imports"),
        pytest.param("include/__init__.py", True, id="its package"),
        pytest.param("include/models/stranger.py", False, id="a file that it does not import"),
    ],
)
def test_a_model_is_another_one_when_its_source_changes(root: Path, file: str, counts: bool):
    before = code_digest(MODEL, root=root)

    with (root / file).open("a") as source:
        source.write("\n# changed\n")

    assert (code_digest(MODEL, root=root) != before) is counts


def test_the_same_source_elsewhere_is_the_same_model(root: Path, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "root"
    (root).rename(elsewhere)
    found = code_digest(MODEL, root=elsewhere)
    elsewhere.rename(root)

    assert found == code_digest(MODEL, root=root)


def test_models_may_come_from_other_packages_where_the_settings_say_so(
    root: Path, monkeypatch: pytest.MonkeyPatch
):
    installed = root / "elsewhere"
    (installed / "acme_models").mkdir(parents=True)
    (installed / "acme_models/__init__.py").write_text("raise SystemExit")
    (installed / "acme_models/deep.py").write_text("class Deep: ...")
    monkeypatch.syspath_prepend(installed)

    before = code_digest("acme_models.deep:Deep", root=root, packages=("acme_models",))
    (installed / "acme_models/deep.py").write_text("class Deep: wider = True")

    assert code_digest("acme_models.deep:Deep", root=root, packages=("acme_models",)) != before
    with pytest.raises(SpecError, match="no package that models may come from"):
        code_digest("acme_models.deep:Deep", root=root)


def test_reading_the_source_does_not_execute_it(root: Path):
    (root / "include" / "models" / "own.py").write_text("class Own: ...\nraise SystemExit")

    assert code_digest(MODEL, root=root)


def test_a_ready_made_model_counts_with_what_it_is_built_from(root: Path):
    assert code_digest("airlock.models.tabular:TabularClassifier", root=root)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        pytest.param(
            "include.models.other:Own", r"no module include\.models\.other", id="no module"
        ),
        pytest.param("include.models.own:Other", r"own\.py has no class Other", id="no class"),
        pytest.param("dags.own:Own", "no package that models may come from", id="outside include"),
        pytest.param("include.models.wrong:Own", r"wrong\.py, line 1, is not Python", id="syntax"),
    ],
)
def test_a_model_that_is_not_there_is_named_with_its_path(root: Path, model: str, said: str):
    (root / "include" / "models" / "wrong.py").write_text("class Own(:")
    (root / "dags").mkdir()
    (root / "dags" / "own.py").write_text("class Own: ...")

    with pytest.raises(SpecError, match=said):
        code_digest(model, root=root)


def test_the_environment_has_one_name_in_every_process():
    code = "from airlock.stages.train.identity import environment_digest as e; print(e())"

    other = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(__file__).parents[4] / "plugins")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert other.stdout.strip() == environment_digest()
