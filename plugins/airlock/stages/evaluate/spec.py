"""How an evaluation is made. What it must show is the gate's policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from airlock.core.spec import Edges, Spec

_LATER = frozenset({"pairs", "min_group_rows", "attacks", "explain"})
"""What evaluations did not always have; absent where it asks nothing."""


class EvaluateSpec(Spec):
    """One evaluation. What the policy's rules need is added to it when the DAG is parsed.

    Args:
        slices: columns whose values are evaluated one by one.
        bins: columns of numbers and the edges at which they are cut into slices, rising: two edges
            give three slices, and an edge belongs to the slice above it.
        min_slice_rows: smaller slices and groups say nothing and are left out.
        protected: columns whose groups are compared with one another.
        pairs: two columns each, whose groups together are compared likewise.
        min_group_rows: smaller groups of protected columns say nothing; `min_slice_rows` if left
            out.
        positive: the label that counts as being selected there; the last class by default.
        missing: share of every feature's cells that is blanked to see how robust the candidate is;
            0 does not try.
        noise: added to its numbers for the same, in standard deviations; 0 does not try.
        attacks: whether membership inference, small moves, lost columns and other units are tried.
        explain: whether the importance of features and the effects of the leading ones are
            measured.
        resamples: bootstrap resamples of the holdout, by entity.
        confidence: of the intervals, 0 to 1.
        seed: of the resampling, of what is blanked, and of the noise.
    """

    slices: tuple[str, ...] = ()
    bins: Mapping[str, Edges] = Field(default_factory=dict)
    min_slice_rows: int = Field(default=100, ge=1)
    protected: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    min_group_rows: int | None = Field(default=None, ge=1)
    positive: str | None = None
    missing: float = Field(default=0, ge=0, le=1)
    noise: float = Field(default=0, ge=0, allow_inf_nan=False)
    attacks: bool = False
    explain: bool = False
    resamples: int = Field(default=500, ge=50)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = 0

    @property
    def group_rows(self) -> int:
        """Of a group that is spoken about, at least."""
        return self.min_group_rows or self.min_slice_rows

    def to_json(self) -> dict[str, Any]:
        """The spec as JSON-ready values; one without what came later keeps its name."""
        said = super().to_json()
        return {name: value for name, value in said.items() if value or name not in _LATER}
