"""What the gate leaves behind: a decision with a sentence for every rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from airlock.core.content import digest
from airlock.core.quoting import line
from airlock.engine.record import Record, Verdict
from airlock.stages.evaluate.record import Interval
from airlock.stages.gate.policy.approval import ApprovalRule
from airlock.stages.gate.policy.rollout import CanaryRule as CanaryRule  # canary reads it from here

Outcome = Literal["pass", "fail", "cannot tell", "not applicable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVerdict:
    """What one rule came to. `cannot tell` counts as `fail`.

    Args:
        value: the figure that was judged, if the rule is about one.
        low: lower end of its interval.
        high: upper end.
        bound: what it was held against.
        side: whether the bound is the least (`min`) or the most (`max`) that is allowed.
        champion: the same figure of the champion, to be seen beside it.
        difference: whether the figure is a difference to somebody else's.
    """

    rule: str
    outcome: Outcome
    sentence: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    bound: float | None = None
    # Decisions of earlier versions do not have them.
    side: Literal["min", "max"] | None = None
    champion: Interval | None = None
    difference: bool = False


# What a parameter was set to is shown; a long list of values is not read by anybody.
_LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A parameter of the run that a person set to something else than usual, in JSON.

    Args:
        usual: empty where the DAG says what is usual, and not its trigger form.
        given: likewise.
    """

    name: str
    usual: str
    given: str

    @classmethod
    def of(cls, name: str, usual: Any, given: Any) -> Change:
        """From the values themselves."""
        return cls(name=line(name, _LONGEST_VALUE), usual=_text(usual), given=_text(given))


def _text(value: Any) -> str:
    written = "" if value is None else json.dumps(value, ensure_ascii=False, default=repr)
    return line(written, _LONGEST_VALUE)


def claim_of(stored: Mapping[str, Any]) -> str:
    """The claim of a decision as it is stored.

    Of the stored fields: a later version of Airlock may know more of them, and would find another
    digest of the record that it reads.
    """
    return digest(unnumbered(stored))


def unnumbered(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A decision as the ledger names it: it has no number before it is written there."""
    return {**stored, "sequence": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the decision stands on: content digests, so that an approval can be bound to them."""

    snapshot: str
    validation: str
    redaction: str
    training: str
    evaluation: str
    registration: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Record):
    """What the gate said.

    Args:
        outcome: `passed`, `rejected`, or `already champion`.
        bundle: digest of the candidate's bundle.
        champion_sequence: ledger entry of the champion that it was judged against; 0 for none.
        rulings: one for every rule.
        evidence: what it stands on.
        approval_reasons: why people must be asked; empty if they need not be.
        approvers: who may answer; empty for everybody with the right to.
        expires_after_hours: how long they have.
        approval: what the policy says about asking.
        sequence: the ledger entry that holds the decision; 0 until it is written.
        canary: how it must prove itself before it is champion; None if it need not.
        changes: what a person set to something else than usual for this run.
    """

    stage: ClassVar[str] = "gate"

    model: str
    version: int
    bundle: str
    night: str | None
    policy: str
    outcome: Literal["passed", "rejected", "already champion"]
    champion_sequence: int
    champion_version: int | None
    rulings: tuple[RuleVerdict, ...]
    evidence: Evidence
    approval_reasons: tuple[str, ...]
    approvers: tuple[str, ...]
    expires_after_hours: float
    triggered_by: str | None
    approval: ApprovalRule = field(default_factory=ApprovalRule)
    sequence: int = 0
    canary: CanaryRule | None = None
    # Decisions of earlier versions do not have them.
    changes: tuple[Change, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """A rejection is a fine end of a run: green, and nothing behind it runs."""
        return Verdict(passed=self.outcome == "passed", reasons=self.reasons)

    @property
    def claim(self) -> str:
        """Digest of what was said, wherever it is written down; the ledger entry holds it."""
        return claim_of(self.to_json())

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it was not passed on."""
        if self.outcome == "already champion":
            return (f"Version {self.champion_version} is already champion with the same bundle.",)
        broken: Mapping[Outcome, bool] = {"fail": True, "cannot tell": True}
        return tuple(one.sentence for one in self.rulings if broken.get(one.outcome, False))

    def facts(self) -> tuple[str, ...]:
        """The outcome and every rule's sentence."""
        return (
            f"Policy {self.policy}: {self.outcome}.",
            *(f"{one.outcome}: {one.sentence}" for one in self.rulings),
            *self.approval_reasons,
        )
