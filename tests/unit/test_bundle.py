"""A bundle is named by its content, verified before it is loaded, and never unpickled."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from airlock.bundle import graph, manifest
from airlock.bundle.preprocessing import (
    MISSING,
    UNKNOWN,
    Preprocessing,
    Target,
    learn,
    learn_target,
)
from airlock.core.content import sha256_of_file
from airlock.core.errors import DataError, ModelError, Unverified
from airlock.engine.record import File, Folder
from airlock.models.shape import Shape
from airlock.models.tabular import TabularClassifier

NUMERIC, CATEGORICAL = torch.randn(4, 3), torch.zeros(4, 2, dtype=torch.int64)


# --- manifest ---


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "model.json").write_text("{}")
    (folder / "weights.safetensors").write_bytes(b"weights")
    manifest.seal(folder)
    return folder


def test_a_bundle_has_the_name_that_the_store_gives_its_folder(bundle: Path):
    files = (
        File(path=path.name, sha256=sha256_of_file(path), bytes=0)
        for path in sorted(bundle.iterdir())
    )

    assert manifest.verify(bundle) == Folder(zone="store", prefix="", files=tuple(files)).digest


def altered(bundle: Path) -> None:
    (bundle / "weights.safetensors").write_bytes(b"Weights")


def removed(bundle: Path) -> None:
    (bundle / "model.json").unlink()


def added(bundle: Path) -> None:
    (bundle / "code").mkdir()
    (bundle / "code" / "more.py").write_text("")


def linked(bundle: Path) -> None:
    (bundle / "model.json").rename(bundle.parent / "model.json")
    (bundle / "model.json").symlink_to(bundle.parent / "model.json")


def linked_folder(bundle: Path) -> None:
    (bundle / "more").symlink_to(bundle.parent, target_is_directory=True)


def piped(bundle: Path) -> None:
    os.mkfifo(bundle / "pipe")


def listed_elsewhere(bundle: Path) -> None:
    # A manifest that vouches for a file outside.
    outside = bundle.parent / "outside.json"
    outside.write_text("{}")
    listed = json.loads((bundle / "manifest.json").read_text())
    listed["sha256"]["../outside.json"] = sha256_of_file(outside)
    (bundle / "manifest.json").write_text(json.dumps(listed))


def unlisted(bundle: Path) -> None:
    (bundle / "manifest.json").unlink()


@pytest.mark.parametrize(
    "tamper", [altered, removed, added, linked, linked_folder, piped, listed_elsewhere, unlisted]
)
def test_a_bundle_that_was_touched_is_refused(bundle: Path, tamper: Callable[[Path], None]):
    tamper(bundle)

    with pytest.raises(Unverified):
        manifest.verify(bundle)


def test_a_bundle_resealed_after_a_change_is_another_one(bundle: Path):
    name = manifest.verify(bundle)
    altered(bundle)
    manifest.seal(bundle)

    assert manifest.verify(bundle) != name
    with pytest.raises(Unverified, match="was expected"):
        manifest.verify(bundle, name)


# --- graph ---


def packed(folder: Path, name: str = "graph.pt2") -> Path:
    torch.manual_seed(0)
    module = TabularClassifier(Shape(3, (4, 5), 2), hidden=8).eval()
    graph.pack(module, (NUMERIC, CATEGORICAL), folder / name)
    return folder / name


def test_a_graph_is_packed_into_the_same_bytes_whatever_the_file_is_called(tmp_path: Path):
    assert packed(tmp_path, "a.pt2").read_bytes() == packed(tmp_path, "b.pt2").read_bytes()


def test_a_graph_names_no_path_of_the_machine_that_packed_it(tmp_path: Path):
    with zipfile.ZipFile(packed(tmp_path)) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())

    assert b"plugins" not in content
    assert b".py" not in content


@pytest.mark.parametrize("rows", [1, 2, 1000])
def test_a_graph_predicts_any_number_of_rows(tmp_path: Path, rows: int):
    module = graph.unpack(packed(tmp_path))

    found = module(torch.randn(rows, 3), torch.zeros(rows, 2, dtype=torch.int64))

    assert found.shape == (rows, 2)


class Touch:
    """What a hostile pickle does: run something while it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("was_run"),))


def with_samples(members: dict[str, bytes]) -> None:
    samples = io.BytesIO()
    torch.save(((Touch(),), {}), samples)
    members["data/sample_inputs/model.pt"] = samples.getvalue()


def with_pickled_weight(members: dict[str, bytes]) -> None:
    config = json.loads(members["data/weights/model_weights_config.json"])
    first = next(iter(config["config"].values()))
    weight = io.BytesIO()
    torch.save(Touch(), weight)
    members[f"data/weights/{first['path_name']}"] = weight.getvalue()
    first["use_pickle"] = True
    members["data/weights/model_weights_config.json"] = json.dumps(config).encode()


def with_legacy_weights(members: dict[str, bytes]) -> None:
    weights = io.BytesIO()
    torch.save({"x": Touch()}, weights)
    members["data/weights/model.pt"] = weights.getvalue()


def with_opaque_object(members: dict[str, bytes]) -> None:
    config = json.loads(members["data/constants/model_constants_config.json"])
    config["config"]["x"] = {
        "path_name": "opaque_obj_0",
        "is_param": False,
        "use_pickle": False,
        "tensor_meta": None,
    }
    members["data/constants/model_constants_config.json"] = json.dumps(config).encode()


def changed_program(change: Callable[[dict[str, Any]], None]) -> Callable[..., None]:
    def tamper(members: dict[str, bytes]) -> None:
        program = json.loads(members["models/model.json"])
        change(program)
        members["models/model.json"] = json.dumps(program).encode()

    return tamper


def with_guards(program: dict[str, Any]) -> None:
    program["guards_code"] = ["__import__('pathlib').Path('was_run').touch() is None"]


def with_foreign_call(program: dict[str, Any]) -> None:
    program["graph_module"]["graph"]["nodes"][0]["target"] = "torch.os.system"


def with_expression(program: dict[str, Any]) -> None:
    values = program["graph_module"]["graph"]["tensor_values"]
    sizes = next(value["sizes"] for value in values.values() if "as_expr" in value["sizes"][0])
    sizes[0]["as_expr"]["expr_str"] = "__import__('pathlib').Path('was_run').touch()"


def with_foreign_type(program: dict[str, Any]) -> None:
    signature = program["graph_module"]["module_call_graph"][0]["signature"]
    signature["in_spec"] = signature["in_spec"].replace("builtins.tuple", "collections.Counter", 1)


@pytest.mark.parametrize(
    "tamper",
    [
        with_samples,
        with_pickled_weight,
        with_legacy_weights,
        with_opaque_object,
        pytest.param(changed_program(with_guards), id="with_guards"),
        pytest.param(changed_program(with_foreign_call), id="with_foreign_call"),
        pytest.param(changed_program(with_expression), id="with_expression"),
        pytest.param(changed_program(with_foreign_type), id="with_foreign_type"),
        pytest.param(dict.clear, id="empty"),
    ],
)
def test_a_graph_that_could_run_code_while_it_is_loaded_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tamper: Callable[[dict[str, bytes]], None]
):
    path = packed(tmp_path)
    with zipfile.ZipFile(path) as archive:
        members = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    tamper(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"graph/{name}", data)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Unverified, match="is not loaded"):
        graph.unpack(path)

    assert not Path("was_run").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("place", ["graph/models/model.json", "models/model.json"])
def test_a_graph_with_a_second_program_is_refused(tmp_path: Path, place: str):
    path = packed(tmp_path)
    with zipfile.ZipFile(path) as archive:
        hostile = json.loads(archive.read("graph/models/model.json"))
        members = [(name, archive.read(name)) for name in archive.namelist()]
    with_guards(hostile)
    with zipfile.ZipFile(path, "w") as archive:
        # Whoever looks for the first one finds it; Python's zipfile finds the last.
        archive.writestr(place, json.dumps(hostile))
        for name, data in members:
            archive.writestr(name, data)

    with pytest.raises(Unverified, match="is not loaded"):
        graph.unpack(path)


def test_a_module_that_looks_at_values_cannot_be_exported(tmp_path: Path):
    class Peeks(torch.nn.Module):
        def forward(self, numeric: torch.Tensor, categorical: torch.Tensor) -> torch.Tensor:
            return numeric if numeric.sum().item() > 0 else -numeric

    with pytest.raises(ModelError, match="Peeks cannot be exported"):
        graph.pack(Peeks().eval(), (NUMERIC, CATEGORICAL), tmp_path / "graph.pt2")


# --- preprocessing ---

FEATURES = (("fee", "number"), ("tenure", "integer"), ("plan", "string"), ("paperless", "boolean"))
FRAME = pd.DataFrame(
    {
        "fee": [10.0, None, 30.0] * 20,
        "tenure": [1, 2, 3] * 20,
        "plan": ["basic", "family", None] * 20,
        "paperless": [True, False, False] * 20,
    }
)
YES_NO = Target(name="churned", type="integer", classes=("0", "1"))


def test_numbers_are_scaled_and_what_was_missing_is_flagged():
    preprocessing = learn(FRAME, FEATURES, YES_NO)

    floats, _ = preprocessing.apply(FRAME)

    assert floats.shape == (60, 3)  # fee, tenure, "fee was missing"
    assert floats[:, :2].mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert floats[:, :2].std(axis=0) == pytest.approx([1, 1])
    assert floats[:3, 2].tolist() == [0, 1, 0]


def test_categories_become_indices_and_the_unknown_and_the_missing_have_their_own():
    preprocessing = learn(FRAME, FEATURES, YES_NO)
    rows = FRAME.head(3).assign(plan=["family", "never seen", None])

    _, indices = preprocessing.apply(rows)

    assert preprocessing.sizes == (4, 4)
    assert indices[:, 0].tolist() == [3, UNKNOWN, MISSING]
    assert indices[:, 1].tolist() == [3, 2, 2]


def test_a_value_too_rare_to_learn_from_is_not_in_the_bundle():
    frame = FRAME.assign(plan=["basic"] * 51 + ["only nine"] * 9)

    preprocessing = learn(frame, FEATURES, YES_NO)

    assert "only nine" not in json.dumps(preprocessing.to_json())


def test_infinite_and_absent_numbers_reach_no_model():
    preprocessing = learn(FRAME, FEATURES, YES_NO)
    rows = FRAME.head(3).assign(fee=[np.inf, -np.inf, np.nan], tenure=[np.nan, 1, 2])

    floats, _ = preprocessing.apply(rows)

    assert np.isfinite(floats).all()


def test_a_constant_and_an_empty_column_do_no_harm():
    frame = FRAME.assign(fee=7.0, tenure=np.nan)

    floats, _ = learn(frame, FEATURES, YES_NO).apply(frame)

    assert np.isfinite(floats).all()


def test_a_missing_column_is_named():
    preprocessing = learn(FRAME, FEATURES, YES_NO)

    with pytest.raises(DataError, match="do not have: fee, plan"):
        preprocessing.apply(FRAME.drop(columns=["fee", "plan"]))


def test_text_in_a_number_column_is_refused_without_quoting_it():
    preprocessing = learn(FRAME, FEATURES, YES_NO)

    with pytest.raises(DataError, match="fee") as refused:
        preprocessing.apply(FRAME.assign(fee="secret"))

    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_preprocessing_survives_being_written_down():
    preprocessing = learn(FRAME, FEATURES, YES_NO)

    again = Preprocessing.from_json(json.loads(json.dumps(preprocessing.to_json())))

    assert again == preprocessing


@pytest.mark.parametrize(
    ("kind", "values", "classes", "labels"),
    [
        pytest.param("integer", [10, 2, 1], ("1", "2", "10"), [1, 2, 10], id="by number"),
        pytest.param("string", ["Yes", "No"], ("No", "Yes"), ["No", "Yes"], id="by letter"),
        pytest.param("boolean", [True, False], ("false", "true"), [False, True], id="yes last"),
    ],
)
def test_classes_are_sorted_and_labels_have_the_type_of_the_target(kind, values, classes, labels):
    target = learn_target("target", kind, pd.Series(values), classify=True)

    assert target.classes == classes
    assert target.labels().tolist() == labels
    assert target.encode(pd.Series(values)).tolist() == [labels.index(value) for value in values]


def test_a_label_that_the_model_does_not_know_has_no_index():
    column = pd.Series([0, 1, 2, None])

    assert YES_NO.encode(column).tolist() == [0, 1, -1, -1]


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        pytest.param("integer", [1, 1], "same value in every row", id="one class"),
        pytest.param("string", ["a", None], "missing in 1 rows", id="a label is missing"),
        pytest.param("number", [0.1, 0.2], "has no classes", id="a float"),
    ],
)
def test_a_target_with_nothing_to_tell_apart_is_refused(kind, values, said):
    with pytest.raises(DataError, match=said):
        learn_target("target", kind, pd.Series(values), classify=True)
