"""All error classes; each knows whether a retry can help.

    AirlockError
    ├── SpecError             a file or an argument that a person wrote is wrong
    ├── SettingsError         a setting, a connection or a key is missing or wrong
    ├── DataError             the data is not what was promised
    │   └── DataRejected      the data was read, checked and refused; its report is published
    ├── ModelError            the user's model, or what it computed, is unusable
    ├── BudgetSpent           a training took what it may take; its checkpoint is kept
    ├── ProcessLost           a process of ours was killed or gave no answer: a retry can help
    ├── Preempted             the machine is taken away: hand the task back, to go on elsewhere
    ├── Unverified            a digest, a signature or an origin does not hold: load nothing
    ├── StoreError            the store answered, and the answer is no
    │   ├── ObjectMissing     nothing is stored under that key
    │   └── StoreUnavailable  no answer, or a passing one: a retry can help
    ├── RegistryUnavailable   MLflow did not answer: a retry can help
    └── LedgerError           the chain of decisions about a model
        ├── BrokenChain       an entry is missing, altered or not signed by a trusted key
        ├── Conflict          somebody decided first; what this run knew is out of date
        └── Held              a named person holds it, and nobody may delete it

A verdict (a rejected candidate) is not an error: it is a record whose task is green.
"""

from __future__ import annotations

from typing import ClassVar

from airlock.core.quoting import cut, visible

# A sentence and its advice. More is a list of what somebody sent: names of 100,000 columns.
_LONGEST = 2_000


class AirlockError(Exception):
    """What happened, to which object, and what to do.

    Args:
        what: what happened and to which file, object or setting. Never a cell's value.
        do: the next step for the person who reads it.
    """

    retry_can_help: ClassVar[bool] = False
    # Whether a service that we need is away: the work is as good as it was, and waits for it.
    outage: ClassVar[bool] = False

    def __init__(self, what: str, *, do: str) -> None:
        # Names in it may come from a file: nothing in an error acts where it is shown.
        what, do = (cut(visible(text), _LONGEST) for text in (what, do))
        super().__init__(what, do)
        self.what = what
        self.do = do

    def __str__(self) -> str:
        return f"{self.what} {self.do}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.do))


def _rebuild(cls: type[AirlockError], what: str, do: str) -> AirlockError:
    return cls(what, do=do)


class SpecError(AirlockError):
    """A file or an argument that a person wrote is wrong."""


class SettingsError(AirlockError):
    """A setting, a connection or a key is missing or wrong."""


class DataError(AirlockError):
    """The data is not what was promised: missing, empty, late, or of another shape."""


class DataRejected(DataError):
    """The data was read, checked and refused; its report is published."""


class ModelError(AirlockError):
    """The user's model cannot be built, trained or loaded, or computed something unusable."""


class BudgetSpent(AirlockError):
    """A training took what it may take before it ended; its checkpoint is kept."""


class ProcessLost(AirlockError):
    """A process that a stage started was killed, or gave no answer: nothing follows from it."""

    retry_can_help = True


class Preempted(AirlockError):
    """The machine is taken away; what was done is kept, and no try is used up."""


class Unverified(AirlockError):
    """A digest, a signature or an origin does not hold."""


class StoreError(AirlockError):
    """The store answered, and the answer is no."""


class ObjectMissing(StoreError):
    """Nothing is stored under that key."""


class StoreUnavailable(StoreError):
    """The store did not answer, or asked to be left alone for a while."""

    retry_can_help = True
    outage = True


class RegistryUnavailable(AirlockError):
    """MLflow did not answer in time."""

    retry_can_help = True
    outage = True


class LedgerError(AirlockError):
    """The chain of decisions about a model."""


class BrokenChain(LedgerError):
    """An entry is missing, altered, or not signed by a trusted key.

    Attributes:
        sequence: the first number that does not hold; 0 if the raiser did not say.
    """

    sequence: int = 0


class Conflict(LedgerError):
    """Somebody decided first; what this run knew is out of date."""


class Held(LedgerError):
    """A named person holds it: nobody may delete it before the hold is lifted."""
