"""Checks what people say about a model against its pipeline."""

from __future__ import annotations

from collections.abc import Iterator

from airlock.core.problems import WrittenProblem
from airlock.core.spelling import advice
from airlock.hooks import registry
from airlock.stages.evidence.spec import Governance
from airlock.stages.gate.spec import Policy


def check_governance(
    said: Governance, *, model: str | None, policy: Policy | None
) -> Iterator[WrittenProblem]:
    """The file speaks of this model, and its measures are rules that the policy asks for.

    Args:
        model: registered name; None where nobody can say.
        policy: what the gate judges by; None if it does not load.
    """
    if model is not None and said.model != model:
        yield WrittenProblem(
            what=f"the file speaks of {said.model}, and the pipeline is of {model}",
            do=f"Write model: {model}, or name the file of that model.",
            of="governance",
            at=("model",),
        )
    if policy is None:
        return
    known = ["metrics", "first", *registry.rules()]
    asked = [key for key in known if getattr(policy, key, None) or key in policy.rules]
    for number, risk in enumerate(said.risks):
        for at, rule in enumerate(risk.rules):
            if rule not in asked:
                yield WrittenProblem(
                    what=f"{rule} is named as a measure, and the policy does not ask for it",
                    do=advice(rule, asked, what="it asks for"),
                    of="governance",
                    at=("risks", number, "rules", at),
                )
