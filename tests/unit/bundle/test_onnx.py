"""What is run of an ONNX file is the file alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from airlock.bundle.onnx import run

pytest.importorskip("onnxruntime", reason="the extra ner is not installed")
pytest.importorskip("tokenizers", reason="the extra ner is not installed")

from tests.onnx_file import flat, gather  # it needs them, too

TABLE = [[1.0, 2.0], [3.0, 4.0]]
ASKED = {"input_ids": np.array([[1, 0]])}


def test_a_file_with_all_of_its_tensors_is_run(tmp_path: Path):
    (tmp_path / "model.onnx").write_bytes(gather(TABLE))

    assert run(tmp_path / "model.onnx", ASKED).tolist() == [[[3.0, 4.0], [1.0, 2.0]]]


def test_a_tensor_that_lies_elsewhere_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "model.onnx").write_bytes(gather(TABLE, weights="table.bin"))
    (tmp_path / "table.bin").write_bytes(flat(TABLE))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Exception, match="does not exist"):
        run(tmp_path / "model.onnx", ASKED)
