"""The redaction file: what happens to every column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from airlock.core.problems import Misplaced
from airlock.core.spec import Spec
from airlock.core.spelling import advice
from airlock.stages.redact.entities import Entity, PatternEntity, Residual, is_pattern
from airlock.stages.redact.regions import Region

Action = Literal["drop", "pseudonym", "mask", "generalise", "scan", "keep"]
Normal = Literal["text", "phone", "email"]
Word = Annotated[str, Field(pattern="^[A-Z][A-Z_]*$")]
Score = Annotated[float, Field(ge=0, le=1)]
Language = Annotated[str, Field(pattern="^[a-z]{2}$")]
Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]

USUAL: tuple[PatternEntity, ...] = (
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "CREDIT_CARD",
    "IBAN_CODE",
    "IP_ADDRESS",
    "US_SSN",
)
"""What a scan looks for if its column does not say."""

SURVIVES: frozenset[Action] = frozenset({"pseudonym", "keep", "scan"})
"""What an entity may go through and still tell its rows from others."""

SHOWN: frozenset[Action] = frozenset({"keep", "generalise", "mask", "scan"})
"""What a column went through that people may be shown; a pseudonym tells them nothing."""

# Keys that mean something for some actions only.
_OF_ACTIONS: Mapping[str, tuple[Action, ...]] = {
    "domain": ("pseudonym",),
    "normalise": ("pseudonym",),
    "show": ("mask",),
    "to": ("generalise",),
    "prefix": ("generalise",),
    "band": ("generalise",),
    **dict.fromkeys(
        (
            *("entities", "threshold", "thresholds", "allow", "deny", "languages", "regions"),
            *("linked", "patterns", "ner", "replace", "unproven"),
        ),
        ("scan",),
    ),
    "accept": ("keep", "mask", "generalise", "scan"),
}
_COARSER = ("to", "prefix", "band")


class Ner(Spec):
    """Which language model finds names. It is installed beforehand; nothing is ever downloaded.

    Args:
        engine: the library; `onnx` runs a token classifier by onnxruntime alone.
        models: the model's name for each language that it reads, such as `en: en_core_web_lg`; of
            `onnx` a folder, or an installed package that holds the files.
        labels: which of the model's own labels count, such as `PERSON` or `GPE`; all of them if it
            does not say. So of several models each finds what it is best at.
        organizations: whether PERSON asks for organisations as well: models often take one for the
            other.
    """

    engine: Literal["spacy", "stanza", "transformers", "onnx"] = "spacy"
    models: Mapping[Language, Annotated[str, Field(min_length=1)]] = Field(min_length=1)
    labels: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    organizations: bool = True


Ners = Ner | Annotated[tuple[Ner, ...], Field(min_length=1)]
"""One language model or several, whose findings are joined."""


class ColumnRedaction(Spec):
    """What happens to one column.

    Args:
        action: `drop` it; `pseudonym` (keyed HMAC-SHA-256 of the normalised value); `mask` all but
            the last `show` characters; `generalise` it to something coarser; `scan` free text and
            replace what is found; `keep` it.
        domain: columns of one domain get equal pseudonyms for equal values, so joins still work.
        normalise: which spellings of a value are the same: as `text` case, width and blanks around
            it; as `phone` its digits; as `email` the text without blanks.
        show: characters that a mask leaves visible.
        to: a day or time becomes its `month` or its `year`.
        prefix: a text becomes its first characters, such as those of a postcode.
        band: a number becomes the range of this width that it lies in, such as `20-30`.
        entities: what a scan looks for, in Presidio's words.
        threshold: findings below this score do not count, 0 to 1.
        thresholds: the same for single entities.
        allow: texts that are never a finding.
        deny: texts that always are one, and the word that takes their place.
        languages: of the text, two letters each.
        regions: countries whose phone numbers are found without a country code, too.
        linked: columns of the same row whose values are removed from this text, however spelt, and
            the word that takes their place, such as `full_name: PERSON`.
        patterns: `only` says that the text passes without a language model. Patterns alone miss
            names: without this word and without `ner` the column is dropped.
        ner: the language model of this column; the file's own if it does not say.
        replace: what takes a finding's place: the `entity` in angle brackets, a stable `pseudonym`,
            or a `mask` of asterisks.
        unproven: entities of which it need not be proven that the scan catches every planted one.
        accept: kinds of identifier that the scan after the redaction may find here, because they
            identify nobody, such as the addresses of one's own servers.
    """

    action: Action
    domain: str | None = None
    normalise: Normal = "text"
    show: int = Field(default=0, ge=0)
    to: Literal["month", "year"] | None = None
    prefix: int | None = Field(default=None, ge=1)
    band: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    entities: tuple[Entity, ...] = USUAL
    threshold: Score = 0.4
    thresholds: Mapping[Word, Score] = Field(default_factory=dict)
    allow: tuple[str, ...] = ()
    deny: Mapping[Word, Texts] = Field(default_factory=dict)
    languages: tuple[Language, ...] = Field(default=("en",), min_length=1)
    regions: tuple[Region, ...] = ("BR", "CA", "DE", "FR", "GB", "IL", "IN", "US")
    linked: Mapping[str, Word] = Field(default_factory=dict)
    patterns: Literal["only"] | None = None
    ner: Ners | None = None
    replace: Literal["entity", "pseudonym", "mask"] = "entity"
    unproven: tuple[Word, ...] = ()
    accept: tuple[Residual, ...] = ()

    @model_validator(mode="after")
    def _keys_belong_to_the_action(self) -> ColumnRedaction:
        for key in sorted(self.model_fields_set & set(_OF_ACTIONS)):
            if self.action not in (allowed := _OF_ACTIONS[key]):
                actions = f"action{'s' * (len(allowed) > 1)} {', '.join(allowed)}"
                do = f"Leave {key} out, or write another action."
                raise Misplaced([((key,), f"{key} is for the {actions} alone", do)])
        if self.action == "scan" and "PHONE_NUMBER" in self.entities and not self.regions:
            raise ValueError("regions must name at least one country to find phone numbers")
        return self

    @model_validator(mode="after")
    def _only_what_is_looked_for_is_unproven(self) -> ColumnRedaction:
        known = {*self.entities, *self.deny, *self.linked.values()}
        if unknown := sorted(set(self.unproven) - known):
            raise ValueError(f"unproven names what this column does not look for: {unknown[0]}")
        return self

    @model_validator(mode="after")
    def _is_coarser_in_one_way(self) -> ColumnRedaction:
        ways = [key for key in _COARSER if getattr(self, key) is not None]
        if self.action == "generalise" and len(ways) != 1:
            raise ValueError(f"generalise needs one of {', '.join(_COARSER)}")
        return self

    @model_validator(mode="after")
    def _names_are_found_by_a_model_or_not_at_all(self) -> ColumnRedaction:
        if self.patterns is None:
            return self
        if self.ner is not None:
            raise ValueError("patterns: only means that there is no ner")
        if names := [entity for entity in self.entities if not is_pattern(entity)]:
            raise ValueError(f"no pattern finds {', '.join(names)}: name a model under ner")
        return self


class RedactionSpec(Spec):
    """The whole file. Every column must be declared; an undeclared one stops the stage.

    Args:
        columns: what happens to each.
        ner: the language model of every scanned column that has none of its own.
        quasi_identifiers: published columns that together may single somebody out; the record says
            how small the smallest group of equal ones is.
    """

    columns: Mapping[str, ColumnRedaction] = Field(min_length=1)
    ner: Ners | None = None
    quasi_identifiers: tuple[str, ...] = ()

    def without(self, name: str) -> RedactionSpec:
        """The file for a table that may lack a column."""
        columns = {
            key: one.model_copy(
                update={"linked": {k: word for k, word in one.linked.items() if k != name}}
            )
            for key, one in self.columns.items()
            if key != name
        }
        quasi = tuple(one for one in self.quasi_identifiers if one != name)
        return self.model_copy(update={"columns": columns, "quasi_identifiers": quasi})

    @model_validator(mode="after")
    def _linked_columns_exist(self) -> RedactionSpec:
        for name, column in self.columns.items():
            if unknown := sorted(set(column.linked) - set(self.columns)):
                raise Misplaced(
                    [
                        (
                            ("columns", name, "linked", one),
                            f"{name}: linked names unknown columns {unknown}",
                            advice(one, self.columns, what="declared"),
                        )
                        for one in unknown
                    ]
                )
        return self

    @model_validator(mode="after")
    def _quasi_identifiers_are_published(self) -> RedactionSpec:
        out = {name for name, column in self.columns.items() if column.action != "drop"}
        if unpublished := sorted(set(self.quasi_identifiers) - out):
            raise Misplaced(
                [
                    (
                        ("quasi_identifiers", self.quasi_identifiers.index(name)),
                        f"quasi_identifiers names columns that do not go out: {unpublished}",
                        advice(name, sorted(out), what="going out"),
                    )
                    for name in unpublished
                ]
            )
        return self

    @model_validator(mode="after")
    def _a_model_looks_for_names(self) -> RedactionSpec:
        for name, column in self.columns.items():
            if self.models_of(name) and all(map(is_pattern, column.entities)):
                raise ValueError(f"{name}: entities asks for nothing that ner finds: add PERSON")
        return self

    @model_validator(mode="after")
    def _a_domain_has_one_normal_form(self) -> RedactionSpec:
        forms: dict[str, set[Normal]] = {}
        for name, column in self.columns.items():
            if column.action == "pseudonym":
                forms.setdefault(column.domain or name, set()).add(column.normalise)
        if torn := sorted(domain for domain, some in forms.items() if len(some) > 1):
            raise ValueError(f"columns of the domain {torn[0]} must normalise alike")
        return self

    @property
    def domains(self) -> tuple[str, ...]:
        """Of all pseudonyms."""
        return tuple(
            column.domain or name
            for name, column in self.columns.items()
            if column.action == "pseudonym"
        )

    def models_of(self, name: str) -> tuple[Ner, ...]:
        """The language models that read a column."""
        column = self.columns[name]
        if column.action != "scan" or column.patterns == "only":
            return ()
        ner = column.ner or self.ner or ()
        return (ner,) if isinstance(ner, Ner) else ner

    def does(self, name: str) -> Action:
        """What really happens to a column: text is dropped if nothing would find names in it."""
        column = self.columns[name]
        if column.action == "scan" and column.patterns is None and not self.models_of(name):
            return "drop"
        return column.action
