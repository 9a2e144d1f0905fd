"""Checks names and ids from people and files, and shortens them for messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from airlock.core.content import sha256
from airlock.core.errors import SpecError
from airlock.core.quoting import line, seen

# The name is a folder of the ledger, a name in MLflow's registry and part of Airflow ids.
_MODEL = re.compile(r"[a-z][a-z0-9_]{0,62}")

# The form of a column's name. Whatever else stands there may be a cell: of a file without a header,
# or of a table that was turned on its side.
_COLUMN = re.compile(r"[^\W\d][\w .()/%-]{0,63}")
_DIGITS = 6  # in all; a number of more is an account, a phone, a day of birth

OUTPUTS = frozenset(
    {
        *("row_key", "row", "prediction", "confidence", "band_low", "band_high", "score"),
        *("model", "version", "sequence", "night", "fold"),
    }
)
"""Columns of predictions and folds; and every name that begins with `PROBABILITY`."""

PROBABILITY = "probability_"

# A name on disk has at most so many bytes.
_LONGEST = 255
_SHOWN = 20


def checked_model(name: str) -> str:
    """A model name that works everywhere it is used.

    Raises:
        SpecError: it would not.
    """
    if not may_be_model(name):
        raise SpecError(
            f"{line(name, 80)!r} cannot be a model's name.",
            do="Use lower-case letters, digits and '_', beginning with a letter, at most 63.",
        )
    return name


def may_be_model(name: str) -> bool:
    """Whether a model can have this name."""
    return _MODEL.fullmatch(name) is not None


def checked_run(dag_id: str, run_id: str) -> None:
    """Refuse ids that are a path and no name.

    Raises:
        SpecError: one of them is.
    """
    for what, name in (("run", run_id), ("DAG", dag_id)):
        if name in {"", ".", ".."} or not seen(name):
            raise SpecError(
                f"{line(name, 80)!r} cannot be the id of a {what}: it is no name, or holds a "
                "character that is not seen.",
                do="Use letters, digits, '-', '_' and ':'; without one Airflow makes its own.",
            )


def checked_address(address: str) -> None:
    """Refuse a source's address that no file can have, before anybody looks for it.

    Raises:
        SpecError: it holds what is not seen, or is too long.
    """
    if not seen(address):
        raise SpecError(
            f"The source {line(address, 120)} holds a character that is not seen.",
            do="Write it anew, by hand.",
        )
    if len(address) > 1024 or any(_bytes(one) > _LONGEST for one in address.split("/")):
        raise SpecError(
            f"The source {line(address, 120)} is longer than any file's name can be.",
            do=f"A part of it has at most {_LONGEST} bytes, and all of it 1,024 characters.",
        )


def is_output(name: str) -> bool:
    """Whether Airlock gives this name to a column that it writes itself."""
    return name in OUTPUTS or name.startswith(PROBABILITY)


def level(identity: str) -> str:
    """An id as one level of a key: whatever it holds, however long it is.

    Ids of up to 255 bytes are percent-encoded, and anybody can read them; a longer one is its own
    SHA-256, behind a "%" that stands in no other.
    """
    written = quote(identity, safe="")
    if written in {".", ".."}:
        return written.replace(".", "%2E")
    return written if len(written) <= _LONGEST else f"%{sha256(identity.encode())}"


UNSEEN = "\0"
"""Stands for a name that `column` must not show."""


def column(name: str, at: int) -> str:
    """What a message calls a column that the contract does not know.

    Args:
        name: as it stands in the file.
        at: its place, from 1.
    """
    if not name:
        return f"column {at:,}, which has no name,"
    if _COLUMN.fullmatch(name) and sum(map(str.isdigit, name)) <= _DIGITS:
        return name
    return f"column {at:,} (its name may be a value, and is not shown)"


def sentences(parts: Iterable[str]) -> str:
    """What is wrong with the first columns, and of how many more something is."""
    known = list(parts)
    more = len(known) - _SHOWN
    return "; ".join(known[:_SHOWN]) + (f"; and {more:,} more" if more > 0 else "")


def _bytes(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))
