"""What people are asked shows what others typed as text: no link, no mention, no new row."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest
from markdown_it import MarkdownIt

from airlock.engine.record import Input
from airlock.ledger import Entry, Ledger
from airlock.stages.approve.stage import Links, question
from tests.judged import case, judged
from tests.payloads import ACTING, PAYLOADS
from tests.unit.stages.approve.test_stage import LINK, policy

EVERYTHING = " ".join(PAYLOADS.values())


def elements(body: str) -> tuple[set[str], list[str]]:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body)
    inner = [one for top in tokens for one in top.children or ()]
    links = [str(one.attrs["href"]) for one in inner if one.type == "link_open"]
    return {one.tag for one in (*tokens, *inner) if one.tag}, links


@pytest.mark.parametrize("text", [*PAYLOADS.values(), EVERYTHING], ids=[*PAYLOADS, "everything"])
def test_every_text_of_a_question_is_text(ledger: Ledger, text: str, monkeypatch: Any):
    asked: Input = judged(case(triggered_by="op"), ledger, policy=policy(count=2))
    record = asked.record
    bad = replace(
        asked,
        record=replace(
            record,
            policy=text,
            night=text,
            triggered_by=text,
            approval_reasons=(text, text),
            bundle=text,
            evidence=replace(record.evidence, policy=text, redaction=text, evaluation=text),
            rulings=tuple(replace(one, rule=text, sentence=text) for one in record.rulings),
        ),
    )
    yes = Entry(
        model="churn",
        sequence=9,
        previous="0" * 64,
        kind="approved",
        id="approved/1",
        at=ledger.entries()[0].at,
        body={"by": text, "by_id": "7", "reason": text},
        key_id="k",
    )
    room = sys.modules["airlock.stages.approve.stage.question"]
    monkeypatch.setattr(room, "earlier_yes", lambda *_: (yes,))

    put = question(bad, ledger=ledger, links=Links(gate=LINK), seat=2)

    tags, links = elements(put.body)
    assert links == [LINK]
    assert tags <= set("p table thead tbody tr th td strong code a br".split())
    assert put.body.count("\n| ") == put.body.count(" |\n")
    assert not set(put.body + put.subject) & set(ACTING)
    assert "@" not in put.body
    assert "\n" not in put.subject


def test_a_link_of_ours_ends_where_it_should(ledger: Ledger):
    asked = judged(case(triggered_by="op"), ledger, policy=policy())

    put = question(asked, ledger=ledger, links=Links(gate=f"{LINK}) [x](https://evil.example"))

    _, links = elements(put.body)
    assert links == [f"{LINK}%29%20%5Bx%5D%28https://evil.example"]
