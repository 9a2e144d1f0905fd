"""Tells Airflow, the log and the run's tab why a try of a stage failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowException

from airlock.core.errors import AirlockError
from airlock.engine.child_process import Later, Unexpected
from airlock.engine.failure_notes import keep_sentence
from airlock.engine.translation import without_values

if TYPE_CHECKING:
    from airflow.sdk import Context


class NotBegun(Exception):
    """The work was refused before it began: nobody must repair anything."""


@contextmanager
def errors_in_words(
    context: Context, translate: Callable[[AirlockError], AirflowException]
) -> Iterator[None]:
    """Make of whatever ends a block what Airflow understands and people can act on.

    Args:
        translate: makes of an error of Airlock's one that Airflow tries again, or does not.

    Raises:
        AirflowException: whatever it was; no text but Airlock's own is in it.
        Later, NotBegun: as they are, because they are no errors.
    """
    try:
        yield
    except (Later, NotBegun, AirflowException):
        raise
    except AirlockError as error:
        keep_sentence(context, error.what, error.do, again=error.retry_can_help)
        raise translate(error) from None
    except Unexpected as error:
        keep_sentence(context, str(error), "", again=True)
        raise AirflowException(str(error)) from None
    except Exception as error:  # noqa: BLE001 -- whatever it is, its text must not get out
        # The text of an Arrow, pandas or torch error can quote a cell: keep the place only.
        keep_sentence(context, without_values(error), "", again=True)
        raise AirflowException(without_values(error)) from None
