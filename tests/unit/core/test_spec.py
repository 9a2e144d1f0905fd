"""What people write: immutable, and a typo is an error that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field, ValidationError

from airlock.core.errors import SpecError
from airlock.core.spec import Spec

ROOT = Path(__file__).parents[3]


class Recipe(Spec):
    """A spec of its own for these tests."""

    flour: int = Field(ge=0)
    salt: bool = True


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    return path


def test_a_file_becomes_a_spec_with_its_defaults(tmp_path: Path):
    recipe = Recipe.load(written(tmp_path, "flour: 500"))

    assert recipe.to_json() == {"flour": 500, "salt": True}


def test_a_spec_cannot_be_changed():
    recipe = Recipe(flour=500)

    with pytest.raises(ValidationError, match="frozen"):
        recipe.flour = 1000


def test_every_wrong_key_is_named_and_no_value_is_quoted(tmp_path: Path):
    path = written(tmp_path, "flour: a secret\nsugar: 3")

    with pytest.raises(SpecError) as caught:
        Recipe.load(path)

    assert f"{path}:1:1: flour: must be a whole number" in caught.value.what
    assert f"{path}:2:1: sugar: there is no `sugar` here" in caught.value.what
    assert "a secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("flour: [1", r"recipe\.yaml:2:1: is not YAML", id="an open bracket"),
        pytest.param("", r"recipe\.yaml: the file is empty", id="an empty file"),
        pytest.param("- flour", r"recipe\.yaml:1:1: must be keys with values", id="a list"),
    ],
)
def test_what_is_no_mapping_in_yaml_is_refused(tmp_path: Path, text: str, said: str):
    with pytest.raises(SpecError, match=said):
        Recipe.load(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(SpecError, match=r"none\.yaml: cannot be read \(No such file"):
        Recipe.load(tmp_path / "none.yaml")


def test_a_key_that_stands_twice_is_refused_instead_of_silently_winning(tmp_path: Path):
    with pytest.raises(SpecError, match=r"recipe\.yaml:3:1: `flour` stands there a second time"):
        Recipe.load(written(tmp_path, "flour: 1\nsalt: true\nflour: 3\n"))


def test_yaml_cannot_make_python_objects(tmp_path: Path):
    path = written(tmp_path, "flour: !!python/object/apply:os.getpid []")

    with pytest.raises(SpecError, match="is not YAML"):
        Recipe.load(path)
