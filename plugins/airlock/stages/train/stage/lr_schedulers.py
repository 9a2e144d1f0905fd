"""Steps learning rate schedulers that watch a metric, where Lightning does not."""

from __future__ import annotations

from collections.abc import Mapping

from pytorch_lightning import Trainer


def step_plateaus(trainer: Trainer, figures: Mapping[str, float]) -> None:
    """Step every scheduler that looks at a figure, for an epoch that has ended.

    Lightning does so after its last hook, but not in an epoch that it went on in, and not for one
    that had ended when the checkpoint was written.

    Args:
        figures: of that epoch.
    """
    for config in trainer.lr_scheduler_configs:
        figure = figures.get(config.monitor or "")
        if config.reduce_on_plateau and figure is not None:
            config.scheduler.step(figure)  # type: ignore[arg-type]  # it takes a figure
