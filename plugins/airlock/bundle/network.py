"""A network as its exported graph: padded, bounded in memory, on the CPU or a GPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from airlock.bundle import graph
from airlock.bundle.computing import Floats
from airlock.bundle.footprint import Footprint
from airlock.bundle.preprocessing import Matrices, Preprocessing
from airlock.core.errors import ModelError, Unverified

_AT_ONCE = 65_536  # rows; bounds the memory that activations take
# Below, a few rows more are computed, so that no more than eleven sizes are ever looked into.
_FEW = 1024


class NetworkCompute:
    """A graph that was loaded, or just packed.

    Attributes:
        module: the exported graph itself, for whoever takes a prediction apart.

    Args:
        width: numbers that it gives a row.
        device: where it computes, as torch names it.
        footprint: says how many rows fit into memory; None for a graph that was just packed.
    """

    def __init__(
        self,
        module: nn.Module,
        width: int,
        device: str = "cpu",
        footprint: Footprint | None = None,
    ) -> None:
        self.module = module
        self._width = width
        self._device = device
        self._footprint = footprint

    def outputs(self, matrices: Matrices) -> Floats:
        """See `ModelCompute.outputs`."""
        inputs = [torch.from_numpy(one) for one in matrices]
        rows_in_all = len(inputs[0])
        found = np.empty((rows_in_all, self._width))
        at_once = self._footprint.rows(_AT_ONCE, inputs) if self._footprint else _AT_ONCE
        with torch.inference_mode():
            for start in range(0, rows_in_all, at_once):
                rows = slice(start, start + at_once)
                outputs = self._compute([one[rows] for one in inputs])
                if outputs.shape != found[rows].shape:
                    raise ModelError(
                        f"The graph gives {tuple(outputs.shape)} for {found[rows].shape}.",
                        do="Its forward() must return [rows, outputs]; train the model again.",
                    )
                # In double precision the probabilities of a row sum to 1 for every reader.
                found[rows] = outputs.cpu().double().numpy()
        return found

    def use_threads(self, threads: int) -> None:
        """See `ModelCompute.use_threads`."""
        torch.set_num_threads(threads)

    def _compute(self, inputs: list[Tensor]) -> Tensor:
        rows = len(inputs[0])
        if self._footprint is not None:
            inputs = _padded(inputs)
            if not self._footprint.fits(len(inputs[0]), inputs):
                raise Unverified(
                    f"The graph takes more memory for {len(inputs[0]):,} rows than for more.",
                    do="No model that Airlock packs does; load nothing of it.",
                )
        try:
            outputs = self.module(*(one.to(self._device) for one in inputs))
        except RuntimeError as error:
            # Its text can hold what was computed with. Memory that ran out is not the model's.
            if isinstance(error, torch.OutOfMemoryError):
                raise
            raise ModelError(
                f"The graph does not compute these rows ({type(error).__name__}).",
                do="Compare the columns with signature.json of the bundle.",
            ) from None
        found: Tensor = outputs[:rows]
        return found


def load(bundle: Path, preprocessing: Preprocessing, device: str) -> NetworkCompute:
    """Load the graph of a bundle.

    Raises:
        Unverified: the archive holds something that `graph.pack` never writes.
    """
    loaded = graph.load(bundle / "graph.pt2", device)
    return NetworkCompute(loaded.module, preprocessing.target.outputs, device, loaded.footprint)


def _padded(inputs: list[Tensor]) -> list[Tensor]:
    """A few rows and their last one again, up to the next power of two."""
    rows = len(inputs[0])
    if not 0 < rows < _FEW:
        return inputs
    more = (1 << (rows - 1).bit_length()) - rows
    return [torch.cat([one, one[-1:].expand(more, *one.shape[1:])]) for one in inputs]
