"""The model card where MLflow's users look: a version's description, and a file of its run."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.errors import RegistryUnavailable, SettingsError
from airlock.registry.versions import connected

if TYPE_CHECKING:
    from airlock.settings import MlflowSettings

log = logging.getLogger(__name__)

# MLflow keeps 5,000 characters of a description.
_LONGEST = 4_900
_FOLDER = "model_card"


def attach_card(
    settings: MlflowSettings, *, model: str, version: int, run_id: str, text: str, files: list[Path]
) -> bool:
    """Write the card to a version and its run; again is no change. False if MLflow is away.

    Nothing is decided by it, so that MLflow being away must not stop a decision.

    Args:
        text: the card as Markdown; what MLflow would not keep is cut off at the end of a line.
        files: the card in every form, for the run.
    """
    short = text if len(text) <= _LONGEST else _cut(text)
    try:
        with connected(settings) as registry, registry.translated():
            registry.client.update_model_version(model, str(version), description=short)
            for file in files:
                registry.client.log_artifact(run_id, str(file), _FOLDER)
    except (RegistryUnavailable, SettingsError) as error:
        log.warning("The model card is not in MLflow yet; it is on the gate's page. %s", error)
        return False
    return True


def _cut(text: str) -> str:
    whole = text[:_LONGEST].rpartition("\n")[0]
    return f"{whole}\n\nThe whole card is the run's artefact {_FOLDER}/card.md."
