"""Documents of trees as an attacker would alter them, and what each one says by its own words.

    python -m tests.mutated_trees 10000

alters so many, in a process of its own for each thousand: whatever the grammar lets through is
loaded by LightGBM, which must survive it and say what a reader of twenty lines says.
"""

from __future__ import annotations

import math
import random
import re
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.bundle import boosting
from airlock.bundle.preprocessing import FeatureType, Preprocessing, learn, learn_target
from airlock.bundle.tables import for_trees
from airlock.bundle.trees import written
from airlock.reading import Malformed

HOSTILE = (
    *(
        "-1",
        "0",
        "1",
        "2",
        "3",
        "5",
        "7",
        "30",
        "31",
        "1000",
        "2147483647",
        "2147483648",
        "-2147483648",
    ),
    *("4294967295", "4294967296", "99999999999", "nan", "inf", "-inf", "1e308", "1e309", "-1e-320"),
    *("", " ", "0x10", "1.5", "+1", "01", "1_0", "١", "1e", "--1", "True", "1" * 400),
)

NUMBER = r"(?<=[= ])[-\d.e+]+"

Mutation = Callable[[str, random.Random], str]


def rows(count: int = 400, seed: int = 0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    number, other = chance.normal(size=count), chance.normal(size=count)
    kind = chance.choice([f"kind {at}" for at in range(12)], count)
    often = np.isin(kind, ["kind 1", "kind 4", "kind 7", "kind 11"]) * 3.0
    right = number + often - 1 + chance.normal(size=count) / 2 > 0
    return pd.DataFrame(
        {
            "number": number,
            "other": np.where(chance.random(count) < 0.1, np.nan, other),
            "kind": kind,
            "label": np.where(right, "yes", "no"),
        }
    )


def document(count: int = 400) -> tuple[str, Preprocessing, pd.DataFrame]:
    """A small real one, with splits of numbers, of gaps and of categories."""
    import lightgbm

    frame = rows(count)
    features: list[tuple[str, FeatureType]] = [
        ("number", "number"),
        ("other", "number"),
        ("kind", "string"),
    ]
    target = learn_target("label", "string", frame["label"], classify=True)
    seen = learn(frame, features, target)
    table, categories = for_trees(seen.apply(frame), seen)
    shape = boosting.shape_of(seen)
    asked = boosting.asked_of(shape, seed=0, threads=1)
    data = lightgbm.Dataset(
        table,
        label=target.encode(frame["label"]).astype(float),
        categorical_feature=categories,
        params=asked | {"min_data_per_group": 10},
    )
    fitted = lightgbm.train(
        asked | {"num_leaves": 6, "min_data_in_leaf": 10, "cat_smooth": 1}, data, num_boost_round=4
    )
    return written(fitted.model_to_string(), shape), seen, frame


def a_byte(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chr(chance.randrange(128)) + text[at + chance.randrange(2) :]


def one_of(pattern: str, text: str, chance: random.Random) -> re.Match[str]:
    """Any place that looks so; after other alterations there may be none."""
    found = list(re.finditer(pattern, text))
    return chance.choice(found) if found else re.compile("()()").match(text)  # type: ignore[return-value]  # it matches everything


def a_number(text: str, chance: random.Random) -> str:
    found = one_of(NUMBER, text, chance)
    return text[: found.start()] + chance.choice(HOSTILE) + text[found.end() :]


def another_number(text: str, chance: random.Random) -> str:
    """One of the document stands in the place of another."""
    one, other = one_of(NUMBER, text, chance), one_of(NUMBER, text, chance)
    return text[: one.start()] + other[0] + text[one.end() :]


def a_child(text: str, chance: random.Random) -> str:
    found = one_of(r"(?:left|right)_child=([-\d ]+)", text, chance)
    children = found[1].split(" ")
    children[chance.randrange(len(children))] = str(chance.randrange(-8, 8))
    return text[: found.start(1)] + " ".join(children) + text[found.end(1) :]


def two_children(text: str, chance: random.Random) -> str:
    """Swapped: each has one parent still, and there may be a circle."""
    found = one_of(r"left_child=([-\d ]+)\nright_child=([-\d ]+)", text, chance)
    left, right = found[1].split(" "), found[2].split(" ")
    children = [*left, *right]
    one, other = chance.randrange(len(children)), chance.randrange(len(children))
    children[one], children[other] = children[other], children[one]
    middle = len(left)
    said = f"left_child={' '.join(children[:middle])}\nright_child={' '.join(children[middle:])}"
    return text[: found.start()] + said + text[found.end() :]


def a_line(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    way = chance.randrange(4)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines.insert(at, chance.choice(lines))
    elif way == 2:
        other = chance.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines.insert(at, chance.choice(("is_linear=1", "leaf_const=1", "average_output", "Tree=9")))
    return "\n".join(lines)


def the_end(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text))] + chance.choice(("", "end of trees\n", "\0"))


MUTATIONS: tuple[Mutation, ...] = (
    *(a_byte, a_number, a_number, another_number, another_number),
    *(a_child, two_children, a_line, the_end),
)


def mutated(text: str, chance: random.Random) -> str:
    """One to three alterations; mostly the sizes are put right, so that what lies deeper is met."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        text = chance.choice(MUTATIONS)(text, chance)
    return with_sizes(text) if chance.random() < 0.8 else text


def with_sizes(text: str) -> str:
    """The document with the lengths that its trees have."""
    header, mark, rest = text.partition("\n\n")
    body, end, tail = rest.rpartition("end of trees")
    blocks = [one for one in re.split(r"(?=Tree=)", body) if one]
    sizes = " ".join(str(len(one)) for one in blocks)
    return re.sub(r"tree_sizes=.*", f"tree_sizes={sizes}", header) + mark + body + end + tail


def said(text: str, table: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the document says of rows, by a reader that nobody would use."""
    total = np.zeros(len(table))
    for block in re.split(r"Tree=\d+\n", text)[1:]:
        tree = {
            name: [float(one) for one in value.split(" ")]
            for name, _, value in (line.partition("=") for line in block.split("\n"))
            if value
        }
        total += [_leaf(tree, row) for row in table]
    return total


def _leaf(tree: dict[str, list[float]], row: NDArray[np.float64]) -> float:
    at = 0 if len(tree["leaf_value"]) > 1 else -1
    while at >= 0:
        goes_left = _goes_left(tree, at, float(row[int(tree["split_feature"][at])]))
        at = int(tree["left_child" if goes_left else "right_child"][at])
    return tree["leaf_value"][~at]


def _goes_left(tree: dict[str, list[float]], at: int, cell: float) -> bool:
    kind, threshold = int(tree["decision_type"][at]), tree["threshold"][at]
    if kind & 1:
        if math.isnan(cell) or int(cell) < 0:
            return False
        low, high = (int(one) for one in tree["cat_boundaries"][int(threshold) :][:2])
        words = [int(one) for one in tree["cat_threshold"][low:high]]
        word = int(cell) // 32
        return word < len(words) and bool(words[word] >> int(cell) % 32 & 1)
    missing = kind >> 2
    if math.isnan(cell) and missing != 2:
        cell = 0.0
    if (missing == 1 and abs(cell) <= 1e-35) or (missing == 2 and math.isnan(cell)):
        return bool(kind & 2)
    return cell <= threshold


def judged(count: int, seed: int) -> tuple[int, int]:
    """How many were refused, and how many loaded and said what they say."""
    text, seen, frame = document()
    table, _ = for_trees(seen.apply(frame.head(40)), seen)
    chance = random.Random(seed)
    refused = loaded = 0
    for _ in range(count):
        altered = mutated(text, chance)
        try:
            booster = boosting.read(altered, seen)
        except Malformed:
            refused += 1
            continue
        loaded += 1
        found = booster.predict(table, raw_score=True, num_threads=1)
        assert np.allclose(found, said(altered, table), rtol=1e-12, atol=1e-12), altered
    return refused, loaded


def main(count: int) -> None:
    each = min(count, 1000)
    for seed in range(count // each):
        code = f"from tests.mutated_trees import judged; print(*judged({each}, {seed}))"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        print(seed, done.returncode, done.stdout.strip(), done.stderr[-400:], flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
