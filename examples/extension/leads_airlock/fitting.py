"""A trainer: fits as Lightning does, on one core, so that every machine adds up in one order."""

from __future__ import annotations

from typing import Any


def fit_on_one_core(*given: Any, **named: Any) -> Any:
    """Take and give what `airlock.stages.train.stage.fit.fit` does."""
    import torch

    from airlock.stages.train.stage.fit import fit

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return fit(*given, **named)
    finally:
        torch.set_num_threads(before)
