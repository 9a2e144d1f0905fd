"""The text of a ticket, in the markup of its tracker: a template of ours, with values as values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from airlock.catalogs.tickets import Ticket, TicketStep
from airlock.core.quoting import address, jira, literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """How a tracker writes what a ticket needs.

    Args:
        quote: shows a value literally: no markup, mention, link or command in it.
        bold: our own words, emphasised.
        link: our own words, and our own address.
        item: begins a line of a list.
        marker: a line that readers do not see, and that the ticket is found by; "" where it is
            found otherwise.
    """

    quote: Callable[[str], str]
    bold: str
    link: str
    item: str
    marker: str = ""


MARKDOWN = Markup(
    quote=literal,
    bold="**{}**",
    link="[{}]({})",
    item="- ",
    marker="<!-- {} -->",
)
JIRA = Markup(quote=jira, bold="*{}*", link="[{}|{}]", item="* ")


def marker(ticket: Ticket) -> str:
    """What a ticket is found by: the same for every step of it, and for no other ticket."""
    return f"airlock-{ticket.id}"


def title(ticket: Ticket) -> str:
    """Its heading, which has no markup in any tracker: names of ours and a date."""
    about = f"{ticket.model}: retrain" + (" after drift" if ticket.drift else "")
    return f"{about}, night {ticket.night}" if ticket.night else about


def body(ticket: Ticket, markup: Markup, *, airflow: str) -> str:
    """Everything about a retrain, as far as its last step.

    Args:
        airflow: the address of this Airflow.
    """
    lines = [
        *([markup.marker.format(marker(ticket))] if markup.marker else []),
        markup.bold.format(ticket.state.capitalize()),
        "",
        _about(ticket, markup),
        *_lead(ticket),
        "",
        *(_told(step, markup) for step in ticket.steps),
        "",
        " · ".join(markup.link.format(name, address(url)) for name, url in _links(ticket, airflow)),
        "",
        "Airlock writes this text anew at every step: comment instead of editing it.",
    ]
    return "\n".join(lines)


def lead_time(ticket: Ticket) -> timedelta | None:
    """From its first step to production; None if it did not come there."""
    made = next((one.at for one in ticket.steps if one.state == "promoted"), None)
    return made - ticket.steps[0].at if made is not None else None


def in_words(time: timedelta) -> str:
    """A time as people say it."""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days and {hours % 24} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _about(ticket: Ticket, markup: Markup) -> str:
    version = f", version {ticket.version}" if ticket.version is not None else ""
    run = f"{markup.quote(ticket.dag_id)}, run {markup.quote(ticket.run_id)}"
    return f"Model {markup.quote(ticket.model)}{version}. Trained by {run}."


def _lead(ticket: Ticket) -> Iterator[str]:
    if ticket.drift and (time := lead_time(ticket)) is not None:
        yield f"From drift found to production: {in_words(time)}."


def _told(step: TicketStep, markup: Markup) -> str:
    return f"{markup.item}{step.at:%Y-%m-%d %H:%M:%S} UTC: {step.said.shown(markup.quote)}"


def _links(ticket: Ticket, airflow: str) -> Iterator[tuple[str, str]]:
    dag, run = quote(ticket.dag_id, safe=""), quote(ticket.run_id, safe="")
    yield "Run", f"{airflow}/dags/{dag}/runs/{run}"
    yield "Model", f"{airflow}/plugin/airlock/{ticket.model}"
    if ticket.pack is not None:
        at = (
            f"{airflow}/airlock/api/v1/models/{ticket.model}/versions/{ticket.version}/evidence.zip"
        )
        yield "Evidence", at
