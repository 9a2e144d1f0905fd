"""What may be on the list of operators, and that ordinary models need nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from airlock.bundle import graph
from airlock.bundle.operators import NEVER, PURE, SIZES
from airlock.core.errors import ModelError
from airlock.models.shape import Shape
from airlock.models.tabular import TabularClassifier, TabularRegressor
from airlock.models.text import TextClassifier

FORBIDDEN = {
    torch.Tag.nondeterministic_seeded,
    torch.Tag.data_dependent_output,
    torch.Tag.dynamic_output_shape,
}
# A boolean index, and one_hot without a number of classes, have as many rows as values say. There
# is no way to tell by the name: a graph that does so does not compute without values.
BY_ARGUMENT = {"torch.ops.aten.index.Tensor", "torch.ops.aten.one_hot.default"}


def operator(name: str) -> Any:
    found: Any = torch
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("name", sorted(PURE))
def test_a_listed_operator_writes_nothing_draws_nothing_and_looks_at_no_value(name: str):
    one = operator(name)

    assert not one._schema.is_mutable
    arguments = {argument.name for argument in one._schema.arguments}
    if not arguments & NEVER.keys() and name not in BY_ARGUMENT:
        assert not FORBIDDEN & set(one.tags)


@pytest.mark.parametrize("name", sorted(SIZES))
def test_what_computes_sizes_has_no_power(name: str):
    assert "pow" not in name
    assert name.startswith(("_operator.", "torch.ops.aten.sym_"))


@pytest.mark.parametrize(
    "name",
    [
        *("aten.from_file.default", "aten.save", "aten.copy_.default", "aten.copy.default"),
        *("aten.set_.source_Tensor", "aten.resize_.default", "aten.resize.default"),
        *("aten._foreach_copy_.default", "aten.add.out", "aten.empty.memory_format"),
        *("aten.rand.default", "aten.randn.default", "aten.bernoulli.default", "aten._print"),
        *("aten.nonzero.default", "aten.item.default", "aten._local_scalar_dense.default"),
        *("aten.as_strided.default", "prims.copy_to.default", "higher_order.cond"),
        *("prim.device.default", "prims.collapse_view.default", "aten.relu_.default"),
    ],
)
def test_what_touches_files_memory_or_chance_is_not_listed(name: str):
    assert f"torch.ops.{name}" not in PURE


# --- ordinary models ---


class Of(nn.Module):
    """A function of a module's input."""

    def __init__(self, forward: Callable[..., Tensor], *parts: nn.Module) -> None:
        super().__init__()
        self.function, self.parts = forward, nn.ModuleList(parts)

    def forward(self, rows: Tensor) -> Tensor:
        return self.function(*self.parts, rows)


def lookup(embedding: nn.Module, rows: Tensor) -> Tensor:
    return embedding((rows.abs() * 3).long().clamp(0, 9)).flatten(1)


def in_place(rows: Tensor) -> Tensor:
    twice = rows * 2
    twice += 1
    twice[:, 0] = 0.0
    return twice


def gru_cell(cell: nn.Module, rows: Tensor) -> Tensor:
    state = rows.new_zeros(rows.shape[0], 4)
    for step in range(3):
        state = cell(rows[:, step : step + 2], state)
    return state


def periodic(rows: Tensor) -> Tensor:
    angles = rows[..., None] * torch.arange(1, 5) * torch.pi
    return torch.cat([angles.sin(), angles.cos()], -1).flatten(1)


def attended(attention: nn.MultiheadAttention, rows: Tensor) -> Tensor:
    tokens = rows.view(-1, 2, 4)
    return attention(tokens, tokens, tokens)[0].mean(1)


def piecewise(rows: Tensor) -> Tensor:
    edges = torch.linspace(-1, 1, 5)
    shares = (rows[..., None] - edges[:-1]) / (edges[1:] - edges[:-1])
    return shares.clamp(0, 1).flatten(1)


def ensemble(rows: Tensor) -> Tensor:
    weights = torch.ones(4, 8, 3)
    return torch.einsum("bi,kio->bko", rows, weights).mean(1)


ORDINARY: dict[str, nn.Module] = {
    "mlp": nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Dropout(0.1), nn.Linear(4, 2)),
    "in place": nn.Sequential(nn.Linear(8, 4), nn.ReLU(inplace=True), nn.Linear(4, 2)),
    "assignments": Of(in_place),
    "batch norm": nn.Sequential(nn.Linear(8, 4), nn.BatchNorm1d(4), nn.SiLU()),
    "norms": nn.Sequential(nn.LayerNorm(8), nn.RMSNorm(8), nn.GroupNorm(2, 8)),
    "activations": nn.Sequential(
        *(nn.GELU(), nn.ELU(), nn.SELU(), nn.CELU(), nn.Mish(), nn.Softplus(), nn.Hardswish()),
        *(nn.LeakyReLU(), nn.PReLU(), nn.Tanh(), nn.Sigmoid(), nn.LogSigmoid(), nn.Softsign()),
        *(nn.ReLU6(), nn.Hardtanh(), nn.Hardsigmoid(), nn.Softmax(1), nn.LogSoftmax(1)),
    ),
    "gated": nn.Sequential(nn.GLU(), nn.Linear(4, 2)),
    "embedding": Of(lookup, nn.Embedding(10, 3)),
    "embedding bag": Of(
        lambda bag, rows: bag((rows.abs() * 3).long().clamp(0, 9)),
        nn.EmbeddingBag(10, 3, mode="mean", padding_idx=0),
    ),
    "convolution": Of(
        lambda layers, rows: layers(rows[:, None]).flatten(1),
        nn.Sequential(nn.Conv1d(1, 4, 3, padding=1), nn.BatchNorm1d(4), nn.MaxPool1d(2)),
    ),
    "image": Of(
        lambda layers, rows: layers(rows.view(-1, 1, 2, 4)).flatten(1),
        nn.Sequential(nn.Conv2d(1, 2, 3, padding="same"), nn.ReLU(), nn.AdaptiveAvgPool2d(1)),
    ),
    "lstm": Of(lambda m, rows: m(rows[..., None])[0][:, -1], nn.LSTM(1, 4, batch_first=True)),
    "gru": Of(
        lambda m, rows: m(rows[..., None])[0][:, -1],
        nn.GRU(1, 4, 2, batch_first=True, bidirectional=True, dropout=0.1),
    ),
    "rnn": Of(lambda m, rows: m(rows[..., None])[1][0], nn.RNN(1, 4, batch_first=True)),
    "cell": Of(gru_cell, nn.GRUCell(2, 4)),
    "attention": Of(attended, nn.MultiheadAttention(4, 2, batch_first=True)),
    "transformer": Of(
        lambda m, rows: m(rows.view(-1, 2, 4)).mean(1),
        nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 2),
    ),
    "transformer, norm first": Of(
        lambda m, rows: m(rows.view(-1, 2, 4)).flatten(1),
        nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, norm_first=True, activation="gelu"),
    ),
    "periodic": Of(periodic),
    "piecewise linear": Of(piecewise),
    "ensemble": Of(ensemble),
    "reductions": Of(
        lambda x: torch.stack(
            [x.sum(1), x.mean(1), x.amax(1), x.std(1), x.var(1), x.logsumexp(1), x.norm(dim=1)], 1
        )
    ),
    "indexing": Of(
        lambda x: torch.cat([x[:, [0, 2]], x[:, -3:], x.flip(1), x.gather(1, x.argsort(1))], 1)
    ),
    "masks": Of(lambda x: torch.where(x > 0, x, -x).masked_fill(x.isnan(), 0.0)),
    "cross": Of(lambda x: (x[:, :, None] * x[:, None]).triu(1).flatten(1)),
    "one hot": Of(lambda x: functional.one_hot((x > 0).long(), 2).float().flatten(1)),
    "top": Of(lambda x: x.topk(3, 1).values.cumsum(1)),
    "double": Of(lambda x: x.double().log1p().float().nan_to_num()),
    "weight norm": torch.nn.utils.parametrizations.weight_norm(nn.Linear(8, 2)),
    "interpolated": Of(lambda x: functional.interpolate(x[:, None], scale_factor=2).flatten(1)),
}


@pytest.mark.parametrize("name", sorted(ORDINARY))
def test_an_ordinary_model_is_packed_and_says_the_same(name: str, tmp_path: Path):
    torch.manual_seed(0)
    module, rows = ORDINARY[name].eval(), torch.randn(5, 8)
    before = rows.clone()

    graph.pack(module, [rows[:2]], tmp_path / "graph.pt2")
    loaded = graph.load(tmp_path / "graph.pt2")

    with torch.inference_mode():
        torch.testing.assert_close(loaded.module(rows), module(rows))
    assert torch.equal(rows, before)
    assert loaded.footprint.rows(65_536, [rows]) == 65_536


NUMBERS, CATEGORIES = torch.randn(4, 3), torch.zeros(4, 2, dtype=torch.int64)
TEXTS = torch.ones(4, 256, dtype=torch.int64)


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (TabularClassifier(Shape(3, (4, 5), 2)), (NUMBERS, CATEGORIES)),
        (TabularRegressor(Shape(3, (4, 5), 1)), (NUMBERS, CATEGORIES)),
        (TextClassifier(Shape(3, (4, 5), 2, 100)), (NUMBERS, CATEGORIES, TEXTS)),
    ],
    ids=["classes", "a number", "texts"],
)
def test_a_ready_made_model_is_packed_and_computed_many_rows_at_once(
    module: nn.Module, inputs: tuple[Tensor, ...], tmp_path: Path
):
    graph.pack(module.eval(), inputs, tmp_path / "graph.pt2")

    loaded = graph.load(tmp_path / "graph.pt2")

    assert loaded.module(*inputs).shape[0] == 4
    assert loaded.footprint.rows(65_536, inputs) == 65_536


# --- and what is not ---


def draws(x: Tensor) -> Tensor:
    return x + torch.rand_like(x)


def branches(x: Tensor) -> Tensor:
    return torch.cond(x.sum() > 0, lambda y: y + 1, lambda y: y - 1, (x,))


def without_gradients(x: Tensor) -> Tensor:
    with torch.no_grad():
        twice = x * 2
    return twice + x


def reads_a_file(x: Tensor) -> Tensor:
    return x + torch.from_file("/etc/hostname", shared=False, size=8, dtype=torch.uint8)


class Counts(nn.Module):
    """Changes a buffer each time."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, rows: Tensor) -> Tensor:
        self.seen += 1
        return rows * self.seen


class Overwrites(nn.Module):
    """Changes its input."""

    def forward(self, rows: Tensor) -> Tensor:
        rows += 1
        return rows


@pytest.mark.parametrize(
    ("module", "said"),
    [
        pytest.param(Of(draws), r"aten\.rand_like\.default.* not on the list", id="draws"),
        pytest.param(Of(branches), "kind that is not known|cond", id="branches"),
        pytest.param(Of(without_gradients), "kind that is not known|set_grad", id="no_grad"),
        pytest.param(Of(reads_a_file), r"from_file", id="reads a file"),
        pytest.param(Counts(), "changes a buffer", id="a buffer"),
        pytest.param(Overwrites(), "changes a buffer or an input", id="an input"),
        pytest.param(
            nn.BatchNorm1d(8, track_running_stats=False), "as in training", id="batch statistics"
        ),
    ],
)
def test_a_module_that_no_bundle_may_hold_is_refused_when_it_is_packed(
    module: nn.Module, said: str, tmp_path: Path
):
    with pytest.raises(ModelError, match=said):
        graph.pack(module.eval(), [torch.randn(2, 8)], tmp_path / "graph.pt2")

    assert not (tmp_path / "graph.pt2").exists()


def test_a_refused_operator_is_named_with_how_it_is_added_in_review(tmp_path: Path):
    with pytest.raises(ModelError) as refused:
        graph.pack(Of(draws).eval(), [torch.randn(2, 8)], tmp_path / "graph.pt2")

    assert "torch.ops.aten.rand_like.default" in str(refused.value)
    assert "airlock/bundle/operators.py in a change that is reviewed" in str(refused.value)


def test_asking_whether_a_module_could_be_packed_leaves_it_as_it_was():
    module = nn.Sequential(nn.Linear(8, 4), nn.Dropout(0.5)).train()
    weights = {name: one.clone() for name, one in module.state_dict().items()}
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)

    graph.check_exportable(module, [torch.ones(2, 8)])

    assert torch.equal(torch.rand(3), expected)
    assert module.training
    assert all(torch.equal(one, weights[name]) for name, one in module.state_dict().items())
