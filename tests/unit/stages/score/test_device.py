"""A scoring on a GPU where there is one; which gives the same bytes is the CPU's alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from airlock.bundle import graph
from airlock.core.content import digest
from airlock.core.errors import ModelError
from airlock.serve import load_recorded
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.score.stage.device import device
from airlock.stages.score.stage.score import NightToScore, Workspace, score
from tests.redacted import customers, redacted
from tests.trained import Trained

TONIGHT = customers(300, seed=5).drop(columns=["churned", "fold"])


@pytest.mark.parametrize(
    ("accelerator", "there", "expected"),
    [
        pytest.param("cpu", True, "cpu", id="the usual one computes alike on every machine"),
        pytest.param("auto", True, "cuda", id="auto takes a GPU"),
        pytest.param("auto", False, "cpu", id="auto does without one"),
        pytest.param("gpu", True, "cuda", id="what is demanded is taken"),
    ],
)
def test_the_spec_says_where_it_computes(
    accelerator: str, there: bool, expected: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)

    assert device(ScoreSpec.model_validate({"accelerator": accelerator})) == expected


def test_a_gpu_that_is_demanded_and_not_there_is_named_before_a_row_is_read(
    champion: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    nothing = tmp_path / "nothing"

    with pytest.raises(ModelError, match="wants a GPU, and this machine has none"):
        score(
            NightToScore(
                redaction=redacted(TONIGHT, tmp_path / "table"),
                champion=champion.champion(),
                model="churn",
                night="2026-01-06",
                spec=ScoreSpec(accelerator="gpu"),
            ),
            Workspace(
                table=nothing,
                bundle=nothing,
                out=nothing,
            ),
        )


def test_what_was_asked_for_is_part_of_the_name_and_how_many_cores_is_not():
    names = {digest(ScoreSpec(accelerator=one).decisive()) for one in ("cpu", "auto", "gpu")}

    assert len(names) == 3
    assert ScoreSpec(processes=2).decisive() == ScoreSpec(accelerator="cpu").decisive()


def test_no_part_of_a_graph_stays_behind_when_it_is_moved(champion: Trained):
    # A device that computes nothing, and refuses to mix with any other.
    module = graph.unpack(champion.bundle / "graph.pt2", "meta")
    inputs = load_recorded(champion.bundle, champion.name).preprocessing.apply(TONIGHT)

    found = module(*(torch.from_numpy(one).to("meta") for one in inputs))

    assert {one.device.type for one in (*module.parameters(), *module.buffers())} == {"meta"}
    assert (found.device.type, found.shape) == ("meta", (300, 2))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")
def test_a_gpu_says_what_the_cpu_says_but_for_the_last_digits(champion: Trained):
    ours = load_recorded(champion.bundle, champion.name).scores(TONIGHT)
    theirs = load_recorded(champion.bundle, champion.name, device="cuda").scores(TONIGHT)

    np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-5)
