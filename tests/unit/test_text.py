"""N-grams have the same numbers in every process, on every machine, for good."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airlock.bundle.preprocessing import Preprocessing, Target, learn
from airlock.bundle.text import NOTHING, Text, learn_text, ngrams

MESSAGE = Text(name="message", buckets=1 << 16, length=8)


@pytest.mark.parametrize(
    ("gram", "number"),
    [
        pytest.param("free", 24836, id="a word"),
        pytest.param("call <PHONE_NUMBER>", 43279, id="a pair, one of them replaced"),
        pytest.param("ünï", 59102, id="beyond ASCII"),
    ],
)
def test_an_n_gram_has_its_number_for_good(gram: str, number: int):
    # These figures are in every bundle that was ever made: a change makes all of them wrong.
    assert MESSAGE.number(gram) == number


def test_another_process_gives_the_same_numbers():
    texts = ["Free entry!", "Ünï ＦＲＥＥ", "<PHONE_NUMBER>"]
    code = (
        "import sys; from airlock.bundle.text import Text; "
        "print(Text(name='message', buckets=1 << 16, length=8).apply(sys.argv[1:]).tolist())"
    )

    said = subprocess.run(
        [sys.executable, "-c", code, *texts],
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "plugins"), "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.strip() == str(MESSAGE.apply(texts).tolist())


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        pytest.param("Call NOW!", ["call", "call now", "now", "now !", "!"], id="words and marks"),
        pytest.param("ＣＡＬＬ\u00a0Now", ["call", "call now", "now"], id="full width, hard blank"),
        pytest.param(
            "to <PHONE_NUMBER>", ["to", "to <PHONE_NUMBER>", "<PHONE_NUMBER>"], id="replaced"
        ),
        pytest.param("don’t", ["don", "don ’", "’", "’ t", "t"], id="a typographer's mark"),
        pytest.param("", [], id="empty"),
        pytest.param(None, [], id="missing"),
        pytest.param(float("nan"), [], id="NaN is no text"),
    ],
)
def test_a_text_is_its_words_and_marks_and_their_pairs(text: object, grams: list[str]):
    assert ngrams(text) == grams


def test_of_a_long_text_the_beginning_counts_and_a_short_one_is_filled_up():
    long, short, none = MESSAGE.apply(["a b c d e f g h i", "a", None])

    assert long.tolist() == [MESSAGE.number(gram) for gram in ngrams("a b c d e f g h i")[:8]]
    assert short.tolist() == [MESSAGE.number("a")] + [NOTHING] * 7
    assert none.tolist() == [NOTHING] * 8
    assert long.min() > NOTHING


def test_the_same_word_in_another_column_is_another_n_gram():
    subject = MESSAGE.model_copy(update={"name": "subject"})

    assert subject.number("free") != MESSAGE.number("free")


def test_nothing_but_a_length_is_learnt_from_texts():
    assert learn_text("message", ["two words", "x", None]).length == 3
    assert learn_text("message", [None]).length == 1
    assert learn_text("message", ["word " * 10_000]).length == 256


def test_texts_stand_side_by_side_behind_numbers_and_categories():
    frame = pd.DataFrame({"fee": [1.0, 2.0], "subject": ["hello", None], "body": ["a b", "c"]})
    features = (("subject", "text"), ("fee", "number"), ("body", "text"))
    target = Target(name="spam", type="integer", classes=("0", "1"))

    learnt = learn(frame, features, target)
    floats, indices, text = Preprocessing.from_json(learnt.to_json()).apply(frame)

    assert (floats.shape, indices.shape, text.shape) == ((2, 1), (2, 0), (2, 4))
    assert text.dtype == np.int32
    assert text[1].tolist() == [NOTHING, learnt.text[1].number("c"), NOTHING, NOTHING]
    assert learnt.features == (("fee", "numeric"), ("subject", "text"), ("body", "text"))


def test_a_bundle_from_before_there_was_text_still_reads():
    target = Target(name="spam", type="integer", classes=("0", "1"))
    fields = learn(pd.DataFrame({"fee": [1.0]}), (("fee", "number"),), target).to_json()
    del fields["text"]

    assert len(Preprocessing.from_json(fields).apply(pd.DataFrame({"fee": [1.0]}))) == 2
