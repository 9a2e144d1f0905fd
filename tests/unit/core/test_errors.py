"""Every error says what happened and what to do, and survives the way between two processes."""

from __future__ import annotations

import copy

import pytest

from airlock.core import errors
from airlock.core.errors import AirlockError

FAMILY = [cls for cls in vars(errors).values() if isinstance(cls, type)]


@pytest.mark.parametrize("cls", FAMILY, ids=lambda cls: cls.__name__)
def test_an_error_says_what_happened_and_what_to_do(cls: type[AirlockError]):
    error = cls("The table is empty.", do="Deliver it again.")

    assert str(error) == "The table is empty. Deliver it again."
    assert str(copy.copy(error)) == str(error)


@pytest.mark.parametrize("cls", FAMILY, ids=lambda cls: cls.__name__)
def test_the_family_tree_names_every_error(cls: type[AirlockError]):
    assert errors.__doc__ is not None
    assert f"{cls.__name__}\n" in errors.__doc__ or f"{cls.__name__} " in errors.__doc__


def test_only_silence_and_a_killed_process_are_worth_a_retry():
    assert {cls.__name__ for cls in FAMILY if cls.retry_can_help} == {
        "ProcessLost",
        "StoreUnavailable",
        "RegistryUnavailable",
    }
