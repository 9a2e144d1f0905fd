"""Notifies people of failures, rejections and waiting approvals, through any Airflow notifier.

`[airlock] notifier` names the class, `notifier_kwargs` its arguments; `escalation_notifier` and
`escalation_kwargs` are for what was told before and still waits. `{subject}`, `{message}` and
`{link}` may stand in those arguments, with the medium that they are shown in: `{message:slack}`.

Airflow renders a notifier's arguments as Jinja, with every connection in reach, after they were
given. What is told holds names out of files and words that people typed: so nothing is rendered
here, neither those nor what stands around them.
"""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from airflow.sdk import BaseNotifier

from airlock.config import placeholders
from airlock.config.settings import Settings
from airlock.core import quoting
from airlock.core.errors import AirlockError, SettingsError
from airlock.hooks import registry

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

# Without these a mail is a template of Airflow's, filled with the run's names as they are.
_MAIL: Mapping[str, str] = {"subject": "{subject:line}", "html_content": "{message:mail}"}


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


def notify(
    context: Context, *, subject: str, message: str, link: str | None = None, escalate: bool = False
) -> bool:
    """Tell whoever the settings name. Never raises: a run must not fail because a mail did.

    Args:
        context: the task's context.
        subject: what happened, in a few words; the DAG's name is put before it.
        message: whole sentences, free of values from the data.
        link: where to go on, in this Airflow; what looks like a link in the message is made none.
        escalate: tell those whom the settings name for what still waits.

    Returns:
        Whether the notifier took it.
    """
    try:
        about = f"[Airlock] {context['dag_run'].dag_id}: {subject}"
        notifier = notifier_for(
            Settings.read(),
            subject=about,
            # Nothing at all is what makes some notifiers send a template of their own instead.
            message=message.strip() or about,
            link=link,
            escalate=escalate,
        )
        # A copy: a notifier adds what it likes to it.
        notifier(cast("Context", dict(context)))
    except Exception as error:  # noqa: BLE001 -- see above
        why = f": {error}" if isinstance(error, AirlockError) else ""
        kind = type(error).__name__
        log.warning("Nobody could be told (%s%s): %s", kind, why, quoting.line(subject, 200))
        return False
    return True


def notify_failure(context: Context) -> None:
    """`on_failure_callback` of every task: red means that somebody must repair something."""
    ti = context["ti"]
    message = f"{ti.task_id} of run {ti.run_id} failed. {context.get('exception') or ''}".strip()
    notify(context, subject=f"{ti.task_id} failed", message=message)


def notifier_for(
    settings: Settings,
    *,
    subject: str,
    message: str,
    link: str | None = None,
    escalate: bool = False,
) -> BaseNotifier:
    """Build the notifier that the settings name, with these words in its arguments.

    Raises:
        ImportError, AttributeError: there is no such class.
        SettingsError: it is no notifier.
    """
    name, arguments = settings.notifier, settings.notifier_kwargs
    if escalate:
        name, arguments = settings.escalation_notifier, settings.escalation_kwargs
    known = registry.notifiers()
    cls = pkgutil.resolve_name(known[name].notifier if name in known else name)
    if not (isinstance(cls, type) and issubclass(cls, BaseNotifier)):
        raise SettingsError(
            f"{name} is no notifier of Airflow.",
            do="Name a class that is made from BaseNotifier; docs/notifications.md.",
        )
    if cls is LogNotifier:
        arguments = {"subject": "{subject:line}", "message": "{message:line}", **arguments}
    usual: Mapping[str, str] = {}
    if any(base.__name__ == "SmtpNotifier" for base in cls.__mro__):
        arguments, usual = {**_MAIL, **arguments}, {"subject": "line"}
    kwargs = placeholders.filled(
        arguments, subject=subject, message=message, link=link, usual=usual
    )
    return _literal(cls)(**kwargs)


@cache
def _literal(cls: type[BaseNotifier]) -> type[BaseNotifier]:
    """The same notifier, which takes its arguments as they are: no template, no file's name."""

    def as_it_is(_: BaseNotifier, content: Any, *__: Any, **___: Any) -> Any:
        return content

    inert = {"template_fields": (), "template_ext": (), "render_template": as_it_is}
    return type(cls.__name__, (cls,), inert)
