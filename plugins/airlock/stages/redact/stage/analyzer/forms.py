"""Expressions of our own, for identifiers that none of Presidio's recognizers knows.

What has no check digit is known by the word before it: "card", "call", "Kto".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex

from airlock.stages.redact.stage.analyzer.budget import TextTimeBudget
from airlock.stages.redact.stage.analyzer.prefilter import Condition, necessary
from airlock.stages.redact.stage.finding import Finding

_FLAGS = regex.DOTALL | regex.MULTILINE | regex.IGNORECASE


@dataclass(frozen=True, slots=True)
class Form:
    """How an identifier looks.

    Args:
        expression: the identifier is its group `it`, or all of it.
        score: how sure a match is.
        unless: what the identifier is not.
        stands: what else stands in every text with a match, as RE2 reads it.
    """

    expression: str
    score: float
    unless: str = r"(?!)"
    stands: str | None = None

    @property
    def condition(self) -> Condition:
        """Without which nothing matches."""
        return necessary(self.expression.replace("(?P<it>", "(?:"))


class Search:
    """Looks for one form.

    Args:
        entity: what a match is.
    """

    def __init__(self, entity: str, form: Form) -> None:
        self._entity = entity
        self._score = form.score
        self._expression = regex.compile(form.expression, _FLAGS)
        self._unless = regex.compile(form.unless, _FLAGS)
        self._group = "it" if "it" in self._expression.groupindex else 0

    def __call__(self, text: str, budget: TextTimeBudget) -> list[Finding]:
        """All identifiers of this form.

        Raises:
            TimeoutError: there was no time.
            Undecided: likewise.
        """
        found = []
        for match in self._expression.finditer(text, timeout=budget.left()):
            start, end = match.span(self._group)
            if not self._unless.fullmatch(text, start, end):
                found.append(Finding(start=start, end=end, entity=self._entity, score=self._score))
        return found


_LOCAL = r"[\w.+-]{1,64}"
_CALLS = (
    r"\b(?:tel(?:.f(?:on|ono|oon|one)|ephone)?|phone|ph|fon|call(?:ed|ing)?|ring|rang|dial(?:led)?"
    r"|mob(?:ile|il)?|cell|fax|handy|llam(?:e|a|ar)|ll.mame|anruf(?:en)?|rufnummer|whatsapp|sms)"
)
_FILLERS = (
    r"(?:[ ](?:al|me|us|him|her|them|back|on|at|to|under|unter|number|no|nr|is|was|a)\b){0,3}"
)
_CARDS = r"\b(?:card|visa|mastercard|amex|maestro|karte|kreditkarte|tarjeta|carte|pan|cc)"
_NUMBER = r"(?:[ ](?:number|nummer|no|nr|ending|is|was|num)\b){0,2}[ .:#=]{0,3}"
_STAR = r"(?:[*x]|[^\w\s])"
_GAP = r"[ ._/-]{0,2}"

FORMS: Mapping[str, Sequence[Form]] = {
    "EMAIL_ADDRESS": (
        # In quotes; at an address of numbers; at a host of one word, perhaps cut off; with two @.
        Form(r'"[^"\n@]{1,64}"@[\w.-]{1,255}', 0.9),
        Form(rf"{_LOCAL}@\[?[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}(?:\]|\b)", 0.9),
        Form(
            rf"(?<![\w.+-]){_LOCAL}@[a-z][a-z0-9-]{{1,62}}(?![\w.@-]*[\w@])",
            0.5,
            stands=r"@[A-Za-z][A-Za-z0-9-]+(?:$|[^A-Za-z0-9_.@-]|[.-](?:$|[^A-Za-z0-9_@]))",
        ),
        Form(rf"(?<![\w.+-]){_LOCAL}@(?:[\w.+-]{{1,64}}@)+[\w-]{{1,63}}(?:\.[\w-]{{1,63}})+", 0.9),
    ),
    "PHONE_NUMBER": (
        Form(
            rf"{_CALLS}{_FILLERS}[ .:=#/-]{{0,3}}"
            r"(?P<it>[+(]?\(?[0-9](?:[ ()./-]{0,2}[0-9]){6,14})(?![0-9]|[.,][0-9])",
            0.4,
            # A day, with or without a time.
            unless=r"(?:19|20)[0-9]{2}[-./]?[01][0-9][-./]?[0-3][0-9].*"
            r"|[0-3]?[0-9][-./][01]?[0-9][-./](?:19|20)?[0-9]{2}.*",
        ),
    ),
    "CREDIT_CARD": (
        Form(rf"{_CARDS}s?{_NUMBER}(?P<it>[2-6][0-9]{{3}}(?:{_GAP}[0-9]){{8,15}})(?![0-9])", 0.5),
        # Cut short as on a receipt (PCI DSS 3.4), with what stands beside it.
        Form(
            rf"\b[2-6][0-9]{{3}}[ -]?[0-9*x]{{2}}{_STAR}{{2}}[ -]?{_STAR}{{4}}[ -]?[0-9]{{4}}"
            r"(?:[ ,;]{1,3}[01]?[0-9]/(?:20)?[0-9]{2})?"
            r"(?:[ ,;]{1,3}(?:cvv|cvc|cid)2?[ :]{0,2}[0-9]{3,4})?",
            0.6,
        ),
    ),
    "IBAN_CODE": (
        # A German account as before 2014.
        Form(
            r"\b(?:kto|konto)(?:[ .-]?(?:nr|nummer))?[ .:]{0,3}[0-9](?:[ ]?[0-9]){3,9}"
            r"[ ,;/]{1,3}(?:bei[ ])?blz[ .:]{0,3}[0-9](?:[ ]?[0-9]){7}\b",
            0.6,
        ),
        Form(
            r"\bblz[ .:]{0,3}[0-9](?:[ ]?[0-9]){7}[ ,;/]{1,3}"
            r"(?:kto|konto)(?:[ .-]?(?:nr|nummer))?[ .:]{0,3}[0-9](?:[ ]?[0-9]){3,9}\b",
            0.6,
        ),
    ),
    "IP_ADDRESS": (
        # As one number of 32 bits.
        Form(r"\bip(?:v4)?(?:[ -]addr(?:ess)?)?[ :=]{1,3}(?P<it>[1-9][0-9]{8,9})\b", 0.6),
    ),
}
"""By entity, in Presidio's words."""
