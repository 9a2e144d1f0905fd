"""Telling somebody: failures, rejections and waiting approvals, through any Airflow notifier.

`[airlock] notifier` names the class, `notifier_kwargs` its arguments; `escalation_notifier` and
`escalation_kwargs` are for what was told before and still waits. Both `{subject}` and
`{message}` may stand in those arguments; without them a notifier says what it always says.
"""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

from airlock.config.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


class LogNotifier(BaseNotifier):
    """The default: one warning in the log.

    Args:
        subject: one line.
        message: whole sentences.
    """

    def __init__(self, *, subject: str = "{subject}", message: str = "{message}") -> None:
        super().__init__()
        self.subject = subject
        self.message = message

    def notify(self, context: Context) -> None:
        """Write the line."""
        log.warning("%s: %s", self.subject, self.message)


def notify(context: Context, *, subject: str, message: str, escalate: bool = False) -> bool:
    """Tell whoever the settings name. Never raises: a run must not fail because a mail did.

    Args:
        context: the task's context.
        subject: what happened, in a few words; the DAG's name is put before it.
        message: whole sentences, free of values from the data.
        escalate: tell those whom the settings name for what still waits.

    Returns:
        Whether the notifier took it.
    """
    try:
        about = f"[Airlock] {context['dag_run'].dag_id}: {subject}"
        notifier_for(Settings.read(), subject=about, message=message, escalate=escalate)(context)
    except Exception as error:  # noqa: BLE001 -- see above
        log.warning("Nobody could be told (%s): %s", type(error).__name__, subject)
        return False
    return True


def failed(context: Context) -> None:
    """`on_failure_callback` of every task: red means that somebody must repair something."""
    ti = context["ti"]
    message = f"{ti.task_id} of run {ti.run_id} failed. {context.get('exception') or ''}".strip()
    notify(context, subject=f"{ti.task_id} failed", message=message)


def notifier_for(
    settings: Settings, *, subject: str, message: str, escalate: bool = False
) -> BaseNotifier:
    """Build the notifier that the settings name, with this subject and message in its arguments.

    Raises:
        ImportError, AttributeError: there is no such class.
    """
    name, arguments = settings.notifier, settings.notifier_kwargs
    if escalate:
        name, arguments = settings.escalation_notifier, settings.escalation_kwargs
    kwargs = _filled(arguments, subject=subject, message=message)
    cls = pkgutil.resolve_name(name)
    if cls is LogNotifier:
        kwargs = {"subject": subject, "message": message, **kwargs}
    notifier: BaseNotifier = cls(**kwargs)
    return notifier


def _filled(value: Any, **words: str) -> Any:
    if isinstance(value, str):
        for name, word in words.items():
            value = value.replace(f"{{{name}}}", word)
        return value
    if isinstance(value, Mapping):
        return {key: _filled(item, **words) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, **words) for item in value]
    return value
