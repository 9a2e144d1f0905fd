"""The base of every stage's record: facts, files, and the inputs that they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from airlock.core.content import canonical_json, digest
from airlock.core.errors import SettingsError, Unverified
from airlock.core.quoting import some
from airlock.hooks import registry
from airlock.reading import read_json
from airlock.store import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a stage concluded about what it looked at.

    Args:
        passed: whether the chain may go on.
        reasons: in whole sentences, with the numbers; never a cell's value.
        repair: True if somebody must repair something before a new run can pass (the task turns
            red); False if "no" is a fine end of this run (green, and what follows is skipped).
    """

    passed: bool
    reasons: tuple[str, ...] = ()
    repair: bool = False


class Record:
    """Base of the frozen dataclasses that stages return: digests, counts, addresses; never rows.

    A record holds no clock time and no run id, so that equal work gives an equal record.
    """

    __slots__ = ()
    stage: ClassVar[str]
    later: ClassVar[frozenset[str]] = frozenset()
    """Fields that earlier versions did not have: left out while they are None."""

    @property
    def verdict(self) -> Verdict:
        """Most stages either work or fail; those that judge say more."""
        return Verdict(passed=True)

    @property
    def eventful(self) -> bool:
        """Whether there is something to keep; of a look that found all as it was, nothing is."""
        return True

    def facts(self) -> tuple[str, ...]:
        """What a person wants to know first, one short sentence each; no cell's value."""
        return self.verdict.reasons

    def to_json(self) -> dict[str, Any]:
        """The record as JSON-ready values."""
        dumped: dict[str, Any] = _adapter(type(self)).dump_python(self, mode="json")
        return {k: v for k, v in dumped.items() if v is not None or k not in self.later}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """Read a record back.

        Raises:
            Unverified: fields are missing, unknown or of another type.
        """
        try:
            return cast("Self", _adapter(cls).validate_python(fields))
        except ValidationError as error:
            # The first places alone: names in them may be anybody's.
            places = (".".join(map(str, one["loc"])) for one in error.errors())
            where = some(places, most=3)
            raise Unverified(
                f"A stored {cls.__name__} record does not read as one ({where}).",
                do="It was written by another version of Airlock, or altered: clear the run from "
                f"{cls.stage} on.",
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a folder; `path` is relative to the folder, `bytes` its size."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Files that belong together, in one zone of the store under one prefix."""

    zone: Zone
    prefix: str
    files: tuple[File, ...] = ()

    @property
    def digest(self) -> str:
        """The name of the content: paths and digests, wherever it is stored."""
        return digest([[file.path, file.sha256] for file in self.files])


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who made a result; recorded, never part of its name."""

    dag_id: str
    run_id: str
    task_id: str
    try_number: int
    git_commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one slot of the store holds: a record with its files.

    Args:
        stage: the stage's word.
        version: the stage's VERSION when it was made.
        inputs: content digests of the results it was made from, by name.
        record: the stage's record as JSON.
        data: what later stages read.
        report: what people read; never part of the content's name.
        made_by: who made it.
    """

    stage: str
    version: int
    inputs: Mapping[str, str]
    record: Mapping[str, Any]
    data: Folder
    report: Folder
    made_by: Origin

    @property
    def content(self) -> str:
        """The digest by which later stages call it: what was found out, not who did it when."""
        return digest([self.stage, self.version, self.record, self.data.digest])

    def stored(self) -> bytes:
        """The bytes that are stored."""
        return canonical_json(_RESULT.dump_python(self, mode="json"))

    @classmethod
    def from_stored(cls, data: bytes, *, address: str) -> Result:
        """Read a result back.

        Raises:
            Unverified: it does not read as one.
        """
        try:
            # Of a key that stands twice, pydantic takes the last, and another reader the first.
            read_json(data)
            return _RESULT.validate_json(data)
        except ValueError:
            raise Unverified(
                f"{address} does not read as a stage result.",
                do="It was altered or written by another version: recompute the run.",
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """That one task of one run ended with one result: what XCom cannot be trusted to say.

    Args:
        address: where the result is stored.
        sha256: of the result, as stored.
        reused: whether the result was there before this run.
        seconds: wall time from the task's start of work to its end.
        at: when it ended, UTC.
    """

    stage: str
    dag_id: str
    run_id: str
    task_id: str
    try_number: int
    night: str | None
    address: str
    sha256: str
    reused: bool
    seconds: float
    at: datetime

    def stored(self) -> bytes:
        """The bytes that are stored."""
        return canonical_json(_adapter(Receipt).dump_python(self, mode="json"))

    @classmethod
    def from_stored(cls, data: bytes) -> Receipt:
        """Read a receipt back.

        Raises:
            ValueError: it does not read as one.
        """
        read_json(data)
        return cast("Receipt", _adapter(Receipt).validate_json(data))


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Generic[R]):
    """A result that a stage reads, its record parsed, its bytes verified."""

    address: str
    sha256: str
    result: Result
    record: R = field(repr=False)

    @property
    def content(self) -> str:
        """The content digest of the result."""
        return self.result.content


_RESULT = TypeAdapter(Result)


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    """What reads and writes a class: making one takes longer than all that it reads in a task."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def build_adapters() -> None:
    """Make what reads the records of all stages, and their receipts."""
    _adapter(Receipt)
    for stage in registry.stages():
        _adapter(record_of(stage))


def record_of(stage: str) -> type[Record]:
    """The class of what a stage leaves behind.

    Raises:
        SettingsError: nobody registers such a stage; a package may be missing.
    """
    known = registry.stages()
    if stage not in known:
        raise SettingsError(
            f"No stage {stage} is registered.",
            do="Install the extension that it comes with on this machine as well.",
        )
    kind: type[Record] = registry.load(known[stage].record)
    return kind
