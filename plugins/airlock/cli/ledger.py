"""airlock history, checkpoint: list the decisions about a model, and note each chain's length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from airlock.config.settings import Settings
    from airlock.ledger import Entry


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `history` and `checkpoint`."""
    two = commands.add_parser("history", help="what was decided about a model, by whom, and why")
    two.add_argument("model", metavar="MODEL")
    two.add_argument(
        "--at",
        metavar="TIME",
        type=_moment,
        help="only who was champion then, and why: 2026-03-01, or 2026-03-01T14:30 (UTC)",
    )
    two.add_argument(
        "--nights", action="store_true", help="also what every night left: scored, labelled, …"
    )
    two.add_argument(
        "--url", help="ask this Airflow's API, with the token in AIRLOCK_TOKEN, and no store"
    )
    two.set_defaults(run=history)
    three = commands.add_parser(
        "checkpoint", help="print size and head of every chain, to be kept somewhere else"
    )
    three.add_argument("model", nargs="?", metavar="MODEL", help="all models if left out")
    three.set_defaults(run=note)


def note(parsed: argparse.Namespace, console: Console) -> int:
    """One line of JSON a model, and a copy in the second place if there is one."""
    from airlock.config.settings import Settings
    from airlock.ledger import chains, checkpoint
    from airlock.ledger.checkpoint import forgotten, verify_and_publish

    settings = Settings.read()
    every = list(chains(settings.store()))
    names = [known(settings, parsed.model)] if parsed.model else every
    second = settings.checkpoints()
    authority = settings.timestamps() if second is not None else None
    stamp = authority.stamp if authority and authority.url else None
    for name in names:
        ledger = settings.ledger(name)
        noted = (
            checkpoint(ledger)
            if second is None
            else verify_and_publish(second, ledger, stamp=stamp)
        )
        if noted is not None:
            console.print(noted.line(), markup=False, soft_wrap=True)
    for gone in forgotten(second, every) if second is not None else ():
        raise gone
    return OK


def history(parsed: argparse.Namespace, console: Console) -> int:
    """A table: sequence, time, kind, and what it says."""
    from rich.table import Table

    from airlock.ledger import NIGHTLY

    name, entries = _entries(parsed)
    title = f"{name}: what was decided"
    if parsed.at is not None:
        title = f"{name}: who was champion at {parsed.at:%Y-%m-%d %H:%M} UTC, and why"
        entries = told_by(entries, parsed.at)
    if not entries:
        console.print(f"{name} had no champion then.", markup=False)
        return OK
    if hidden := 0 if parsed.nights else sum(one.kind in NIGHTLY for one in entries):
        entries = tuple(one for one in entries if one.kind not in NIGHTLY)
    table = Table("#", "when (UTC)", "kind", "what", title=title, box=None)
    for entry in entries:
        when = entry.at.strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(str(entry.sequence), when, entry.kind, sentence(entry))
    console.print(table)
    if hidden:
        console.print(f"{hidden} entries about nights and pages are not shown: --nights.")
    return OK


def _entries(parsed: argparse.Namespace) -> tuple[str, tuple[Entry, ...]]:
    """The model's name and its whole ledger: from the store, or as a server has verified it."""
    if parsed.url:
        from airlock.client import Client
        from airlock.config.settings import api_token
        from airlock.ledger import Entry

        with Client(parsed.url, token=api_token()) as client:
            found = client.ledger(parsed.model)
        for one in found:
            del one["sha256"]
            one["at"] = datetime.fromisoformat(one["at"])
        return parsed.model, tuple(Entry(**one) for one in found)
    from airlock.config.settings import Settings

    settings = Settings.read()
    name = known(settings, parsed.model)
    return name, settings.ledger(name).entries()


def told_by(entries: tuple[Entry, ...], at: datetime) -> tuple[Entry, ...]:
    """The entries that tell who was champion at a moment, and why.

    Args:
        entries: a whole chain, oldest first. Their order counts, their times only say which of them
            were written by then.

    Returns:
        The entry that made the champion, with whoever confirmed it; before it the promotion that
        first did, if it was a rollback, with the run, the decision and every person's answer behind
        it. Nothing without a champion.
    """
    from airlock.ledger.questions import run_of

    made = [one for one in entries if one.kind in {"promoted", "rolled_back"} and one.at <= at]
    if not made:
        return ()
    last = made[-1]
    bundle = last.body["champion"]["bundle"]
    promoted = (one for one in made if one.kind == "promoted")
    first = next((one for one in promoted if one.body["champion"]["bundle"] == bundle), last)
    behind = {first.body.get("decided"), first.body.get("approved")}
    behind |= set(first.body.get("approvals", ()))
    behind |= {
        e.sequence for e in entries if e.body.get("confirms") == last.sequence and e.at <= at
    }
    decided = next((one for one in entries if one.sequence == first.body.get("decided")), None)
    if decided is not None:
        run = "/".join(run_of(decided))
        seen = [e for e in entries[: decided.sequence] if e.id.startswith(f"run/{run}/")]
        behind |= {one.sequence for one in seen[-1:]}
    return tuple(one for one in entries if one.sequence in behind or one in (first, last))


def _moment(text: str) -> datetime:
    """A time in UTC; a date alone means its last moment."""
    found = datetime.fromisoformat(text)
    if len(text) == len("2026-03-01"):
        found = datetime.combine(found, time.max)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def sentence(entry: Entry) -> str:
    """What a ledger entry says, in words."""
    return _SENTENCES.get(entry.kind, _anything)(entry.body)


def known(settings: Settings, model: str) -> str:
    """The model, if it has a ledger; else a `WrongCall` that names those which have one."""
    from airlock.ledger import chains

    known = list(chains(settings.store()))
    if model not in known:
        raise WrongCall(
            f"No model {model!r} has a ledger.",
            do=f"Models with one: {', '.join(known) or 'none'}.",
        )
    return model


def _run(body: Mapping[str, Any]) -> str:
    run = body["run"]
    return f"{run['dag_id']} run {run['run_id']}, night {body['night'] or '–'}."


def _decided(body: Mapping[str, Any]) -> str:
    asks = "; people are asked" if body["approval_required"] else ""
    why = " ".join(body["reasons"])
    return f"Policy {body['policy']}, version {body['version']}: {body['outcome']}{asks}. {why}"


def _approved(body: Mapping[str, Any]) -> str:
    if body["by"] is None:
        return f"Version {body['version']}: {body['reason'] or 'nobody answered in time.'}"
    said = "approved" if body["approved"] else "did not approve"
    return f"{body['by']} {said} version {body['version']}: {body['reason'] or 'no reason given'}"


def _promoted(body: Mapping[str, Any]) -> str:
    champion = body["champion"]
    glass = body.get("break_glass")
    how = f" BREAK-GLASS by {glass['by']}, {glass['hours']:g} h: {glass['reason']}" if glass else ""
    return f"Version {champion['version']} is champion, bundle {champion['bundle'][:16]}.{how}"


def _canary(body: Mapping[str, Any]) -> str:
    return f"Version {body['version']} answers {body['share']:.0%} of the keys. {body['because']}"


def _confirmed(body: Mapping[str, Any]) -> str:
    return f"{body['by']} lets version {body['version']} stay champion: {body['reason']}"


def _rolled_back(body: Mapping[str, Any]) -> str:
    return (
        f"{body['by']} went back from version {body['from_version']} to "
        f"{body['champion']['version']}: {body['reason']}"
    )


def _cleared(body: Mapping[str, Any]) -> str:
    return f"{body['by']} cleared bundle {body['bundle'][:16]}: {body['reason']}"


def _anything(body: Mapping[str, Any]) -> str:
    return str(body.get("what", ", ".join(sorted(body))))


def _scored(body: Mapping[str, Any]) -> str:
    who = " and ".join(f"version {one}" for one in body["versions"])
    silent = "silently " if body["role"] == "shadow" else ""
    why = f" ({body['because']})" if body["because"] else ""
    return f"{body['night']}: {body['rows']:,} rows {silent}scored by {who}{why}."


def _labelled(body: Mapping[str, Any]) -> str:
    return f"{body['night']}: {body['rows']:,} labels."


def _measured(body: Mapping[str, Any]) -> str:
    return f"{body['night']}: what the predictions were worth, {body['address']}."


def _drifted(body: Mapping[str, Any]) -> str:
    return f"{body['night']}: compared with the champion's data, {body['drift']}."


def _retrain(body: Mapping[str, Any]) -> str:
    return f"Drift asks {body['training']} for a training: {body['reason']}"


def _recorded(body: Mapping[str, Any]) -> str:
    run = body["run"]
    return f"The page of {body['stage']}, {run['dag_id']} run {run['run_id']}."


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "run": _run,
    "decided": _decided,
    "approved": _approved,
    "promoted": _promoted,
    "canary": _canary,
    "confirmed": _confirmed,
    "rolled_back": _rolled_back,
    "cleared": _cleared,
    "scored": _scored,
    "rescored": _scored,
    "labelled": _labelled,
    "measured": _measured,
    "drifted": _drifted,
    "retrain": _retrain,
    "recorded": _recorded,
}
