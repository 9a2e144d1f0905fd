"""Erases one person from every table and from every night to come (GDPR, article 17).

Nobody's identifier is written anywhere: a person is known by a keyed digest. The order is what
makes it safe to be killed at any moment and run again: first the person is put on the suppression
list, so that no new table can hold them; then each ledger says what will be gone; then it goes.
"""

from __future__ import annotations

from airlock.erasure.access import Concerns, concerns, page
from airlock.erasure.act import Erased, erase
from airlock.erasure.reach import AffectedVersion, Reach, ReachedTable, Subject, reach, subject

__all__ = [
    "AffectedVersion",
    "Concerns",
    "Erased",
    "Reach",
    "ReachedTable",
    "Subject",
    "concerns",
    "erase",
    "page",
    "reach",
    "subject",
]
