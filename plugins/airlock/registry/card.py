"""Writes the model card into MLflow: a version's description, and a file of its run."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException

from airlock.catalogs.cards import HTML, MARKDOWN
from airlock.core.errors import RegistryUnavailable, SettingsError
from airlock.registry.connection import unless_absent
from airlock.registry.versions import Registry, open_registry

if TYPE_CHECKING:
    from airlock.catalogs.cards import PendingCard
    from airlock.config.mlflow_settings import MlflowSettings

log = logging.getLogger(__name__)

# MLflow keeps 5,000 characters of a description.
_LONGEST = 4_900
_FOLDER = "model_card"
# The ledger entry that the card in MLflow is about; written last.
_SHOWN = "airlock.card"


def attach_card(registry: Registry, card: PendingCard, folder: Path) -> None:
    """Write a card to its version and its run, unless that of this or a later decision is there.

    Args:
        folder: local, verified; holds the card as Markdown and as HTML. What MLflow would not keep
            of the Markdown is cut off at the end of a line.

    Raises:
        RegistryUnavailable: MLflow does not answer.
        SettingsError: it refuses.
    """
    version = registry.version(card.model, card.version)
    if version is None:
        log.warning("MLflow has no version %d of %s to describe.", card.version, card.model)
        return
    shown = version.tags.get(_SHOWN, "")
    if shown.isdecimal() and int(shown) >= card.sequence:
        return
    text = (folder / MARKDOWN).read_text(encoding="utf-8")
    short = text if len(text) <= _LONGEST else _cut(text)
    with registry.translated():
        registry.client.update_model_version(card.model, str(card.version), description=short)
        try:
            for name in (HTML, MARKDOWN):
                registry.client.log_artifact(card.run_id, str(folder / name), _FOLDER)
        except MlflowException as error:
            # Where MLflow has lost the run, the version's description must do.
            unless_absent(error)
    registry.tag(version, _SHOWN, str(card.sequence))


def try_attach_card(settings: MlflowSettings, card: PendingCard, folder: Path) -> bool:
    """`attach_card`, and whether it could be done.

    Nothing is decided by it, so that MLflow being away must not stop a decision.
    """
    try:
        with open_registry(settings) as registry:
            attach_card(registry, card, folder)
    except (RegistryUnavailable, SettingsError) as error:
        log.warning("The model card is not in MLflow yet; reconcile will add it. %s", error)
        return False
    return True


def _cut(text: str) -> str:
    whole = text[:_LONGEST].rpartition("\n")[0]
    return f"{whole}\n\nThe whole card is the run's artefact {_FOLDER}/card.md."
