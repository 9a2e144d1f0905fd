"""People: answers that are late, stale, twice, or from whoever may not give them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.faults.catalog import fault
from tests.faults.tasks import Run
from tests.faults.world import NEXT, World

ASKED = {"required": "always", "approvers": ["grace", "joan"]}


def asking(world: World, **how: Any) -> Run:
    """A run that waits for a person's answer."""
    world.site.rules(approval={**ASKED, **how})
    run = world.before("approve")
    assert run.once("approve").state == "waiting", run.last
    # What comes after asks nobody.
    world.site.rules()
    return run


def yes(who: str, *, choice: str = "Approve", at: datetime | None = None) -> dict[str, Any]:
    """What Airflow's server records of an answer."""
    return {
        "chosen_options": [choice],
        "params_input": {"reason": "looks right"},
        "responded_by_user": {"id": who, "name": who},
        "responded_at": (at or datetime.now(UTC)).isoformat(),
    }


def glass_broken(world: World) -> None:
    """Version 2 was rejected, and is champion for four hours all the same."""
    world.site.rules(
        metrics={"auroc": {"min": 0.999}},
        approval={"break_glass": {"people": ["ada"], "max_hours": 24}},
    )
    run = world.before("gate")
    assert run.once("gate").state == "stopped", run.last
    world.site.rules()
    ended = world.operate("break_glass", by="ada")
    assert ended.state == "success", ended
    assert world.site.champion() == 2


def _refused(name: str, what: str, event: Any, **how: Any) -> None:
    @fault(
        f"answer {name}",
        broken=what,
        promised="It is no yes: nothing is promoted, and the ledger says why.",
        level="stage",
        ready=True,
        after=("scoring",),
    )
    def refused(world: World) -> str:
        run = asking(world, **how)
        champion = world.site.champion()
        ended = run.once("approve", event=event())
        assert ended.state == "stopped", ended
        assert world.site.champion() == champion
        [entry] = [one for one in world.site.entries() if one["kind"] == "approved"]
        assert entry["body"]["approved"] is False
        return f"green, and no champion: {entry['body']['reason'] or 'nobody answered'}"


_refused("by a stranger", "Somebody whom the policy does not name says yes.", lambda: yes("eve"))
_refused(
    "too late",
    "A yes comes three days later, though a day is given.",
    lambda: yes("grace", at=datetime.now(UTC) + timedelta(days=3)),
)
_refused("that never came", "Nobody answers in time.", lambda: {"error_type": "timeout"})
_refused(
    "by nobody",
    "The answer does not say who gave it.",
    lambda: {**yes("x"), "responded_by_user": None},
)
_refused(
    "by every visitor",
    "This Airflow asks nobody to sign in: the answer is by Anonymous.",
    lambda: yes("Anonymous"),
)


@fault(
    "stale answer: another decision",
    broken="The run is cleared from the gate on while people look at the first question, and the "
    "rules are other ones then; the answer is to the first.",
    promised="An answer counts for the decision that was shown and for no other.",
    level="stage",
    ready=True,
    after=("scoring",),
)
def _stale(world: World) -> str:
    run = asking(world)
    shown = (run.xcom / "approve.waits").read_text()
    world.site.rules(approval=ASKED, metrics={"auroc": {"min": 0.51}})
    assert run.once("gate").state == "success"
    assert run.once("approve").state == "waiting"
    assert (run.xcom / "approve.waits").read_text() != shown
    (run.xcom / "approve.waits").write_text(shown)
    ended = run.once("approve", event=yes("grace"))
    assert ended.state == "failed", ended
    assert world.site.kinds().count("promoted") == 1
    world.site.rules()
    return f"“{ended.error[:110]}”"


@fault(
    "stale answer: another champion",
    broken="While a question waits, the next night's candidate is promoted; then people say yes.",
    promised="Whoever loses is told; the newer champion stays.",
    level="stage",
    ready=True,
    after=("scoring",),
)
def _overtaken(world: World) -> str:
    run = asking(world)
    world.training(NEXT).whole()
    champion = world.site.champion()
    ended = run.once("approve", event=yes("grace"))
    assert ended.state in {"failed", "stopped"}, ended
    assert world.site.champion() == champion
    said = [one["body"] for one in world.site.entries() if one["kind"] == "approved"]
    # As an error, or as a no that the ledger keeps and the page of the task shows.
    told = ended.error or "".join(one["reason"] for one in said if not one["approved"])
    assert told, "nobody was told"
    return f"{ended.state}: “{told[:120]}”"


@fault(
    "two answers at once",
    broken="Two attempts conclude the same question, one with a yes and one with a no.",
    promised="One answer is in the ledger; the other attempt finds it or is told.",
    level="process",
    ready=True,
    after=("scoring",),
)
def _both(world: World) -> str:
    run = asking(world)
    events = (yes("grace"), yes("joan", choice="Reject"))
    both = [run.start("approve", event=event) for event in events]
    ended = [one.end().state for one in both]
    [entry] = [one for one in world.site.entries() if one["kind"] == "approved"]
    said = "yes" if entry["body"]["approved"] else "no"
    if said == "yes":
        run.rest("promote")
    assert world.site.kinds().count("promoted") == 1 + (said == "yes")
    return f"the attempts ended as {' and '.join(ended)}; the ledger holds one {said}"


@fault(
    "approval lost on the way",
    broken="The process that concludes an approval is killed right after Airflow took the answer.",
    promised="The next try finds the answer, or takes it again; it is written once.",
    level="process",
    ready=True,
    after=("scoring",),
)
def _killed(world: World) -> str:
    run = asking(world)
    event = yes("grace")
    for part in range(3):
        run.start("approve", event=event).kill(after=0.05 + 0.1 * part)
    assert run.once("approve", event=event).state == "success", run.last
    run.rest("promote")
    assert world.site.kinds().count("approved") == 1
    return "three kills; one answer in the ledger"
