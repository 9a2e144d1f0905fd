"""Every shared case about the proof gives what its line expects."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.config.settings import SecretKey
from airlock.core.errors import DataError
from airlock.stages.redact.record import Redaction
from airlock.stages.redact.spec import ColumnRedaction, RedactionSpec
from airlock.stages.redact.stage.analyzer.analyzer import Analyzer
from airlock.stages.redact.stage.generalise import generaliser
from airlock.stages.redact.stage.pseudonym import Pseudonyms
from airlock.stages.redact.stage.redact import RedactionContext, redact
from airlock.stages.redact.stage.scan import Scan
from tests.cases import shared_cases
from tests.tables import validation_of

KEY = SecretKey(bytes(32))
KEEP, DROP, PSEUDONYM = ({"action": one} for one in ("keep", "drop", "pseudonym"))
SCAN = {"action": "scan", "patterns": "only"}


def lines(name: str) -> list[str]:
    """The first cell of every line."""
    text = (shared_cases("privacy") / f"{name}.tsv").read_text(encoding="utf-8")
    return [line.split("\t")[0] for line in text.splitlines() if line.strip()]


class Night:
    """Redacts columns, each time into a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = itertools.count()

    def __call__(self, columns: dict[str, Any], actions: dict[str, Any], **more: Any) -> Redaction:
        count = len(next(iter(columns.values())))
        table = pa.table({"id": [f"C{number}" for number in range(count)]} | columns)
        self.out = self._folder / str(next(self._number))
        source = self.out.with_suffix(".in")
        return redact(
            validation_of(table, source),
            RedactionSpec.model_validate({"columns": {"id": PSEUDONYM} | actions, **more}),
            RedactionContext(entity="id", model=None, pseudonym_key=KEY, split_key=KEY),
            table=source,
            out=self.out,
        )

    def rows(self) -> list[Any]:
        found: list[Any] = pq.read_table(self.out).column(1).to_pylist()
        return found


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def told(redaction: Redaction) -> list[tuple[str, str, str]]:
    return [(one.column, one.kind, one.outcome) for one in redaction.residues]


# Cards


def test_every_card_is_found_by_the_scan_and_stops_a_kept_column(night: Night):
    for card in lines("cards_pass"):
        kept = night({"plan": ["basic", f"card {card} ok"]}, {"plan": KEEP})
        assert told(kept) == [("plan", "CREDIT_CARD", "leak")]
        assert not kept.proven
        [clean] = (
            Scan("note", ColumnRedaction.model_validate(SCAN))
            .scanned(pa.table({"note": [f"card {card} ok"]}))
            .texts.to_pylist()
        )
        assert clean == "card <CREDIT_CARD> ok"


# Coarser values


def coarser(values: pa.Array, **how: Any) -> list[str]:
    column = ColumnRedaction.model_validate({"action": "generalise", **how})
    return [generaliser("x", column, values.type)(one) for one in values.to_pylist()]


def month_of_987(_: Night) -> None:
    assert coarser(pa.array([date(987, 2, 3)]), to="month") == ["0987-02"]


def prefix_of_short(_: Night) -> None:
    assert coarser(pa.array(["10", "101", "1011"]), prefix=3) == ["**", "***", "101"]


def band_of_03(_: Night) -> None:
    assert coarser(pa.array([0.3]), band=0.1) == ["0.3 to 0.4"]


def band_of_large(_: Night) -> None:
    assert coarser(pa.array([2**62 + 1]), band=10) == ["4611686018427387900 to 4611686018427387910"]


# k-anonymity


def one_person_with_six_rows(night: Night) -> None:
    people = ["one"] * 6 + [f"C{number}" for number in range(50)]
    regions = ["north"] * 6 + ["south"] * 50
    redaction = night(
        {"id": people, "region": regions}, {"region": KEEP}, quasi_identifiers=["region"]
    )
    assert redaction.anonymity is not None
    assert (redaction.anonymity.groups, redaction.anonymity.smallest) == (2, 1)


def zeros_with_signs(night: Night) -> None:
    redaction = night({"x": [0.0, -0.0]}, {"x": KEEP}, quasi_identifiers=["x"])
    assert redaction.anonymity is not None
    assert redaction.anonymity.groups == 1


# Pseudonyms


def blank_ids(night: Night) -> None:
    for blank in ("", " ", "\u200b"):
        with pytest.raises(DataError, match="1 rows have no id"):
            night({"id": ["C1", blank], "x": [1, 2]}, {"x": KEEP})


def floats(_: Night) -> None:
    one, other = pa.array([12], pa.int64()), pa.array([12.0], pa.float64())
    assert Pseudonyms(KEY, "id").column(one) == Pseudonyms(KEY, "id").column(other)


def zero_width(_: Night) -> None:
    assert Pseudonyms(KEY, "id").of("C0001") == Pseudonyms(KEY, "id").of("C\u200b0001")


# The second look


def card_as_integer(night: Night) -> None:
    redaction = night({"x": [4000001234567899, 5, 20260105]}, {"x": KEEP})
    assert told(redaction) == [("x", "CREDIT_CARD", "leak")]
    assert not redaction.proven


def id_as_integer(night: Night) -> None:
    redaction = night(
        {"id": [10000001, 10000002], "note": ["ref 10000001 ok", "ref 20260105 ok"]}, {"note": SCAN}
    )
    assert told(redaction) == [("note", "OWN_VALUE", "left out")]
    assert night.rows() == ["ref 20260105 ok"]


def birth_date(night: Night) -> None:
    texts = [
        "born 1980-03-12 ok",
        "born 12.03.1980 ok",
        "born March 12, 1980 ok",
        "geb. 12. März 1980",
        "born 12 Mar 1980 ok",
        "born 3/12/80 ok",
        "born 1980-03-13 ok",
    ]
    redaction = night(
        {"born": [date(1980, 3, 12)] * len(texts), "note": texts}, {"born": DROP, "note": SCAN}
    )
    assert told(redaction) == [("note", "OWN_VALUE", "left out")]
    assert night.rows() == ["born 1980-03-13 ok"]


def shared_name(night: Night) -> None:
    names = ["Anna Krause"] * 21 + [f"Bo Holm {number}" for number in range(19)]
    for people in ([f"C{n}" for n in range(40)], ["one"] * 21 + [f"C{n}" for n in range(19)]):
        redaction = night(
            {"id": people, "full_name": names, "plan": ["anna krause"] * 21 + ["basic"] * 19},
            {"full_name": DROP, "plan": KEEP},
        )
        assert told(redaction) == [("plan", "OWN_VALUE", "leak")]


# Time


def long_when_normalised(_: Night) -> None:
    analyzer = Analyzer(ColumnRedaction.model_validate(SCAN))
    began = time.thread_time()
    assert analyzer.findings(["\ufdfa" * 9990]) == [None]
    assert time.thread_time() - began < 2


CASES: dict[str, dict[str, Callable[[Night], None]]] = {
    "generalise": {
        "prefix 3 of '10' and '101'": prefix_of_short,
        "band 0.1 of 0.3": band_of_03,
        "band 10 of 2**62+1": band_of_large,
        "to: month of year 987": month_of_987,
    },
    "kanonymity": {
        "one person with 6 rows region=north, 50 others region=south": one_person_with_six_rows,
        "values 0.0 and -0.0": zeros_with_signs,
    },
    "pseudonym": {
        "id '' and ' '": blank_ids,
        "12 (int64) vs 12.0 (float64, nullable export)": floats,
        "'C0001' vs 'C\\u200b0001'": zero_width,
    },
    "second_look_types": {
        "int64 column with 4000001234567899, action keep": card_as_integer,
        "id int64 10000001 action pseudonym, note 'ref 10000001 ok' (scan, not linked)": (
            id_as_integer
        ),
        "birth date date32 1980-03-12 action drop, note 'born 1980-03-12 ok'": birth_date,
        "full_name 'Anna Krause' in 21 of 40 rows (drop), kept column 'anna krause'": shared_name,
    },
    "hostile": {"'\\ufdfa' * 9990 with ner en_core_web_sm": long_when_normalised},
}


@pytest.mark.parametrize("name", CASES)
def test_every_line_gives_what_it_expects(night: Night, name: str):
    tried = CASES[name]
    assert set(lines(name)) == set(tried)
    for case in tried.values():
        case(night)
