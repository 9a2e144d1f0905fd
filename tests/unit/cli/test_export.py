"""airlock export: only what was verified, and only what was run."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock.bundle import onnx
from airlock.cli import main as cli
from airlock.core.errors import SettingsError


def test_a_missing_package_is_named_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    present = {"onnx", "onnxruntime"}
    monkeypatch.setattr(onnx, "find_spec", lambda name: name if name in present else None)

    assert cli.main(["export", str(tmp_path), "--onnx", str(tmp_path / "model.onnx")]) == 1

    said = " ".join(capsys.readouterr().err.split())
    assert "not installed: onnxscript" in said
    assert "pip install onnx onnxscript onnxruntime" in said
    assert not (tmp_path / "model.onnx").exists()


def test_what_is_no_folder_is_a_wrong_call(tmp_path: Path):
    assert cli.main(["export", str(tmp_path / "no"), "--onnx", str(tmp_path / "model.onnx")]) == 2


def test_without_the_packages_nothing_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(onnx, "find_spec", lambda name: None)

    with pytest.raises(SettingsError):
        onnx.to_onnx(tmp_path / "not even there", tmp_path / "model.onnx")
