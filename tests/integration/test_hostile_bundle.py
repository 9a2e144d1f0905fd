"""The whole way, mlflow.pyfunc.load_model().predict(), with a graph of an attacker that is signed.

The signature is ours here, as if the key had been stolen: what is left is what a graph can do.
"""

from __future__ import annotations

import base64
import copy
import io
import json
import resource
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from mlflow import pyfunc
from mlflow.models import Model

from airlock import signing
from airlock.bundle import manifest
from airlock.cli import main as cli
from airlock.core.errors import ModelError, Unverified
from airlock.ledger import Signer
from airlock.registry.copies import write_model
from tests.packed import BEFORE, append, call, with_program
from tests.trained import Trained, trained

OURS = Signer.from_seed(base64.b64encode(bytes(range(32))).decode())
SECRET = "secret.py"
FILE = {
    "filename": {"as_string": SECRET},
    "shared": {"as_bool": True},
    "size": {"as_int": 8},
    "dtype": {"as_scalar_type": 1},
}
ATTACKS = {
    "reads a file": [call("aten.from_file.default", **FILE)],
    "overwrites a file": [
        call("aten.from_file.default", "mapped", **FILE),
        call("aten.copy_.default", self={"as_tensor": {"name": "mapped"}}, src=BEFORE),
    ],
    "takes gigabytes": [
        call("aten.full.default", size={"as_ints": [1 << 32]}, fill_value={"as_float": 1.0})
    ],
    "takes gigabytes with the rows": [
        call("aten.unsqueeze.default", "wide", self=BEFORE, dim={"as_int": 2}),
        call("aten.expand.default", "wider", self=BEFORE, size={"as_ints": [-1, -1, 1 << 28]}),
        call("aten.clone.default", "made", self=BEFORE),
        call("aten.select.int", self=BEFORE, dim={"as_int": 2}, index={"as_int": 0}),
    ],
}


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("training"), max_epochs=1)


@pytest.fixture
def bundle(training: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("AIRLOCK_TRUSTED_KEYS", raising=False)
    Path(SECRET).write_bytes(b"print(1)" * 8)
    cli.main(["trust", base64.b64encode(OURS.public).decode()])
    return Path(shutil.copytree(training.bundle, tmp_path / "bundle"))


def signed_model(bundle: Path, into: Path) -> str:
    (bundle / "manifest.json").unlink()
    manifest.seal(bundle)
    envelope = signing.signed_by(OURS, manifest.files_of(bundle), model="churn")
    into.mkdir()
    write_model(bundle, into / "model", ["torch"], Model(), envelope)
    return str(into / "model")


def rows(bundle: Path) -> pd.DataFrame:
    return pd.DataFrame(json.loads((bundle / "input_example.json").read_text()))


def test_a_bundle_that_nobody_touched_predicts(bundle: Path, tmp_path: Path):
    model = signed_model(bundle, tmp_path / "mlflow")

    assert len(pyfunc.load_model(model).predict(rows(bundle))) == 5


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_a_hostile_graph_reads_writes_and_takes_nothing(name: str, bundle: Path, tmp_path: Path):
    nodes = copy.deepcopy(ATTACKS[name])
    with_program(bundle / "graph.pt2", lambda program: append(program, *nodes))
    model = signed_model(bundle, tmp_path / "mlflow")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises((Unverified, ModelError)):
        pyfunc.load_model(model).predict(rows(bundle))

    assert Path(SECRET).read_bytes() == b"print(1)" * 8
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20  # a gigabyte


def test_a_graph_of_another_width_is_refused_in_our_own_words(bundle: Path, tmp_path: Path):
    wider = call("aten.repeat.default", self=BEFORE, repeats={"as_ints": [1, 3]})
    with_program(bundle / "graph.pt2", lambda program: append(program, wider))
    model = signed_model(bundle, tmp_path / "mlflow")

    with pytest.raises(ModelError, match="The graph gives"):
        pyfunc.load_model(model).predict(rows(bundle))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("preprocessing.json", "[" * 100_000),
        ("preprocessing.json", "{}"),
        ("preprocessing.json", '{"a": 1, "a": 2}'),
        ("model.json", "NaN"),
        ("model.json", "[]"),
    ],
)
def test_a_hostile_file_beside_the_graph_is_refused(
    file: str, content: str, bundle: Path, tmp_path: Path
):
    (bundle / file).write_text(content)
    model = signed_model(bundle, tmp_path / "mlflow")

    with pytest.raises(Unverified):
        pyfunc.load_model(model)


def _inflating(whole: bytes) -> bytes:
    """The same members, and one that unpacks to 512 MiB."""
    return _rewritten(whole, lambda out: out.writestr("x/data/bomb", b"\0" * (512 << 20)))


def _leading_out(whole: bytes) -> bytes:
    return _rewritten(whole, lambda out: out.writestr("../../../left.py", b"print(1)"))


def _twice(whole: bytes) -> bytes:
    name = zipfile.ZipFile(io.BytesIO(whole)).namelist()[0]
    return _rewritten(whole, lambda out: out.writestr(name, b"another"))


def _rewritten(whole: bytes, add: Callable[[zipfile.ZipFile], None]) -> bytes:
    into = io.BytesIO(whole)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that is there twice
        with zipfile.ZipFile(into, "a", zipfile.ZIP_DEFLATED) as out:
            add(out)
    return into.getvalue()


def _pickled(_: bytes) -> bytes:
    return b"\x80\x04cposix\nsystem\n(S'touch ran'\ntR."


ARCHIVES: dict[str, Callable[[bytes], bytes]] = {
    "a member that inflates": _inflating,
    "a member that leads out": _leading_out,
    "a name twice": _twice,
    "a pickle": _pickled,
    "cut off": lambda whole: whole[: len(whole) // 2],
    "something in front": lambda whole: b"#!/bin/sh\n" + whole,
    "something behind": lambda whole: whole + b"x",
    "a second end": lambda whole: whole + whole[-22:],
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize(
    "name",
    [
        "a member that leads out",
        *(
            pytest.param(one, marks=pytest.mark.soak)
            for one in sorted(ARCHIVES)
            if "leads" not in one
        ),
    ],
)
def test_a_hostile_archive_is_refused_and_leaves_nothing(name: str, bundle: Path, tmp_path: Path):
    graph = bundle / "graph.pt2"
    graph.write_bytes(ARCHIVES[name](graph.read_bytes()))
    model = signed_model(bundle, tmp_path / "mlflow")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises((Unverified, ModelError)):
        pyfunc.load_model(model)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 << 10
    assert not [*tmp_path.rglob("left.py"), *tmp_path.rglob("ran")]
