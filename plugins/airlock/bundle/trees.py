"""trees.txt: a boosting in LightGBM's own text format, cut down to what predicts, and checked.

LightGBM's reader is C++ that believes what it reads: a child that does not exist, or that leads
back, is read beyond memory or for ever. It is given only text that this grammar has taken apart
number by number. `written` makes such text from the library's, without what a model does not need:
the smallest and largest cell of every column, rows of every leaf, the parameters.

A document is, in this order and no other:

    tree / version=v4 / num_class / num_tree_per_iteration / label_index=0 / max_feature_idx /
    objective / feature_names / feature_infos / tree_sizes
    and of every tree: Tree / num_leaves / num_cat / split_feature / threshold / decision_type /
    left_child / right_child / leaf_value / cat_boundaries / cat_threshold / is_linear / shrinkage
    end of trees
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from airlock.core.errors import ModelError
from airlock.reading import Malformed

MOST_BYTES = 256 << 20
_MOST_TREES = 200_000
_MOST_LEAVES = 1024
_MOST_WORDS = 320  # of 32 categories each, in one split; a column has at most 10,000 of them

_END = "end of trees\n"
_WHOLE = r"-?(?:0|[1-9]\d{0,9})"
_REAL = r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,24})?(?:[eE][+-]?\d{1,3})?"
_WHOLES = re.compile(rf"{_WHOLE}(?: {_WHOLE})*", re.ASCII)
_REALS = re.compile(rf"{_REAL}(?: {_REAL})*", re.ASCII)
_SIZES = re.compile(r"[1-9]\d{0,8}(?: [1-9]\d{0,8})*", re.ASCII)

_STUMP = ("num_leaves", "num_cat", "leaf_value", "is_linear", "shrinkage")
_SPLITS = ("split_feature", "threshold", "decision_type", "left_child", "right_child")
_CATEGORIES = ("cat_boundaries", "cat_threshold")

_CATEGORY = 1  # the first bit of a decision; the second says that what is missing goes left


@dataclass(frozen=True, slots=True, kw_only=True)
class TreesShape:
    """What a document of trees must fit.

    Args:
        columns: of the table that the trees are given.
        outputs: numbers of a row: 1 of a regression, else how many classes.
        classify: whether they tell classes apart.
        categories: columns that hold indices of categories, with how many each has.
    """

    columns: int
    outputs: int
    classify: bool
    categories: dict[int, int]

    @property
    def each(self) -> int:
        """Trees of a round: two classes take one."""
        return self.outputs if self.classify and self.outputs > 2 else 1

    @property
    def objective(self) -> str:
        """As LightGBM writes it."""
        if not self.classify:
            return "regression"
        if self.outputs == 2:
            return "binary sigmoid:1"
        return f"multiclass num_class:{self.outputs}"

    def header(self) -> tuple[str, ...]:
        """The lines before the sizes."""
        return (
            "tree",
            "version=v4",
            f"num_class={self.each}",
            f"num_tree_per_iteration={self.each}",
            "label_index=0",
            f"max_feature_idx={self.columns - 1}",
            f"objective={self.objective}",
            "feature_names=" + " ".join(f"Column_{at}" for at in range(self.columns)),
            # The library writes the smallest and the largest cell of every column here.
            "feature_infos=" + " ".join(["none"] * self.columns),
        )


def written(text: str, shape: TreesShape, *, rounds: int | None = None) -> str:
    """The document of a model, from the library's own text.

    Args:
        text: what `Booster.model_to_string` gives.
        shape: of the table that it was fitted on.
        rounds: how many count; None for all.

    Raises:
        ModelError: the library writes something that the grammar does not know.
    """
    body, end, _ = text.partition("\nend of trees")
    _, *trees = body.split("\nTree=")
    if not end:
        raise ModelError("LightGBM wrote a model without an end.", do="Install the locked version.")
    wanted = trees if rounds is None else trees[: rounds * shape.each]
    blocks = [f"Tree={at}\n{_kept(one)}\n\n" for at, one in enumerate(wanted)]
    sizes = " ".join(str(len(one)) for one in blocks)
    document = "\n".join((*shape.header(), f"tree_sizes={sizes}", "", "")) + "".join(blocks) + _END
    try:
        check(document.encode(), shape)
    except Malformed as error:
        raise ModelError(
            f"LightGBM wrote a model that would not be loaded again: {error}.",
            do="Install the locked version of LightGBM, or lower num_leaves and max_epochs.",
        ) from None
    return document


def _kept(tree: str) -> str:
    lines = dict(line.partition("=")[::2] for line in tree.splitlines()[1:] if line)
    names = _names(lines.get("num_leaves"), lines.get("num_cat"))
    return "\n".join(f"{name}={lines[name]}" for name in names if name in lines)


def _names(leaves: str | None, categories: str | None) -> tuple[str, ...]:
    """The fields of a tree, in their order."""
    if leaves == "1":
        return _STUMP
    head, tail = _STUMP[:2], _STUMP[2:]
    some = _CATEGORIES if categories != "0" else ()
    return (*head, *_SPLITS, tail[0], *some, *tail[1:])


def check(data: bytes, shape: TreesShape) -> int:
    """Refuse whatever `written` does not write.

    Returns:
        How many rounds there are.

    Raises:
        Malformed: with the tree and the field; no value is quoted.
    """
    if len(data) > MOST_BYTES:
        raise Malformed(f"it has {len(data):,} bytes, and {MOST_BYTES:,} are the most")
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        raise Malformed("it holds something else than plain text") from None
    header, _, rest = text.partition("\n\n")
    *known, sizes = header.split("\n")
    if tuple(known) != shape.header():
        raise Malformed("its first lines are not those of this model's columns and classes")
    name, _, numbers = sizes.partition("=")
    if name != "tree_sizes" or not _SIZES.fullmatch(numbers):
        raise Malformed("it does not say how long each tree is")
    lengths = [int(one) for one in numbers.split(" ")]
    if len(lengths) > _MOST_TREES or len(lengths) % shape.each:
        raise Malformed(f"{len(lengths):,} trees are too many, or no whole rounds")
    if sum(lengths) + len(_END) != len(rest) or not rest.endswith(_END):
        raise Malformed("its trees are longer or shorter than it says")
    for at, block in enumerate(_blocks(rest, lengths)):
        _check_tree(at, block, shape)
    return len(lengths) // shape.each


def _blocks(text: str, lengths: Sequence[int]) -> Iterator[str]:
    start = 0
    for length in lengths:
        yield text[start : start + length]
        start += length


def _check_tree(at: int, block: str, shape: TreesShape) -> None:
    head, *lines = block.split("\n")
    if head != f"Tree={at}" or lines[-2:] != ["", ""]:
        raise Malformed(f"tree {at} does not begin and end as one")
    fields = [line.partition("=") for line in lines[:-2]]
    found = {name: value for name, _, value in fields}
    names = tuple(name for name, _, _ in fields)
    if names != _names(found.get("num_leaves"), found.get("num_cat")):
        raise Malformed(f"tree {at} has other fields, or in another order")
    leaves = int(_wholes(found, "num_leaves", at, 1, least=1, most=_MOST_LEAVES)[0])
    several = int(_wholes(found, "num_cat", at, 1, least=0, most=leaves - 1)[0])
    _wholes(found, "is_linear", at, 1, least=0, most=0)
    _reals(found, "shrinkage", at, 1)
    _reals(found, "leaf_value", at, leaves)
    if leaves > 1:
        _check_splits(found, at, leaves, several, shape)


def _check_splits(
    found: dict[str, str], at: int, leaves: int, several: int, shape: TreesShape
) -> None:
    splits = leaves - 1
    features = _wholes(found, "split_feature", at, splits, least=0, most=shape.columns - 1)
    thresholds = _reals(found, "threshold", at, splits)
    # 11: its bits from the third on say how missing is told, in one of three ways.
    decisions = _wholes(found, "decision_type", at, splits, least=0, most=11)
    categorical = (decisions & _CATEGORY) > 0
    if not set(features[categorical].tolist()) <= shape.categories.keys():
        raise Malformed(f"tree {at} takes a number for a category")
    # Each split of categories has a set of its own, which its threshold counts.
    sets = thresholds[categorical]
    if len(sets) != several or (sets != np.arange(several)).any():
        raise Malformed(f"tree {at} has splits of categories without a set of their own")
    left = _wholes(found, "left_child", at, splits, least=-leaves, most=splits - 1)
    right = _wholes(found, "right_child", at, splits, least=-leaves, most=splits - 1)
    _check_children(at, left, right, leaves)
    if several:
        _check_categories(found, at, several)


def _check_children(
    at: int, left: NDArray[np.int64], right: NDArray[np.int64], leaves: int
) -> None:
    """Every split but the first, and every leaf, has one parent, which comes before it."""
    children, parents = np.concatenate([left, right]), np.tile(np.arange(leaves - 1), 2)
    if (np.sort(children) != np.r_[-leaves:0, 1 : leaves - 1]).any():
        raise Malformed(f"tree {at} is no tree: a node has no parent, or several")
    inner = children > 0
    if (children[inner] <= parents[inner]).any():
        raise Malformed(f"tree {at} is no tree: a path leads back")


def _check_categories(found: dict[str, str], at: int, several: int) -> None:
    most = several * _MOST_WORDS
    bounds = _wholes(found, "cat_boundaries", at, several + 1, least=0, most=most)
    steps = np.diff(bounds)
    if bounds[0] != 0 or (steps < 1).any() or (steps > _MOST_WORDS).any():
        raise Malformed(f"tree {at} has sets of categories without bounds")
    _wholes(found, "cat_threshold", at, int(bounds[-1]), least=0, most=2**32 - 1)


def _wholes(
    found: dict[str, str], name: str, at: int, count: int, *, least: int, most: int
) -> NDArray[np.int64]:
    text = found[name]
    if not _WHOLES.fullmatch(text) or text.count(" ") != count - 1:
        raise Malformed(f"{name} of tree {at} is not as many whole numbers as it has to be")
    numbers = np.fromstring(text, dtype=np.int64, sep=" ")
    if numbers.min() < least or numbers.max() > most:
        raise Malformed(f"{name} of tree {at} lies beyond its bounds")
    return numbers


def _reals(found: dict[str, str], name: str, at: int, count: int) -> NDArray[np.float64]:
    text = found[name]
    if not _REALS.fullmatch(text) or text.count(" ") != count - 1:
        raise Malformed(f"{name} of tree {at} is not as many numbers as it has to be")
    numbers = np.fromstring(text, dtype=np.float64, sep=" ")
    if not np.isfinite(numbers).all():
        raise Malformed(f"{name} of tree {at} is beyond all numbers")
    return numbers
