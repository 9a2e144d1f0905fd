"""Reads what a model's class takes and is from its source, and never runs it.

What the source does not show (a base class of a package that is not followed, a signature that is
computed) is not known, and nothing is said of it; the task finds it when it imports the class.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from airlock.core.problems import CheckFinding, WrittenProblem
from airlock.core.spelling import advice
from airlock.stages.train.sources import Sources, tree
from airlock.stages.train.spec import TrainSpec

_LIGHTNING = "LightningModule"
_REGRESSOR = "airlock.models.tabular.TabularRegressor"
_DEEPEST = 12  # bases above each other
# What the source of a class may end in and be no LightningModule for sure.
_NO_LIGHTNING = frozenset({"torch.nn.Module", "object", "sklearn.base.BaseEstimator"})
_KINDS: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Class:
    """One class and where it stands."""

    name: str
    file: Path
    node: ast.ClassDef


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parameter:
    name: str
    kind: str
    required: bool


def check_model(train: TrainSpec, sources: Sources) -> Iterator[WrittenProblem | CheckFinding]:
    """What the source shows to be wrong with a model, before anybody trains it.

    Args:
        train: names the class and its hyperparameters.
        sources: where it is looked for.

    Raises:
        SpecError: there is no such class, or a file is not Python.
    """
    if train.model is None:
        return
    file = sources.find("model", train.model)
    module, _, name = train.model.partition(":")
    yield from _failing_imports(tree(file), file, sources)
    line = list(_line_of(module, name, sources))
    known = [one for one in line if isinstance(one, _Class)]
    if not known:
        return
    if {one for one in line if isinstance(one, str)} <= _NO_LIGHTNING:
        yield WrittenProblem(
            what=f"{train.model} is no LightningModule",
            do="Derive it from LightningModule, or from airlock.models.tabular.Tabular.",
            of="train",
            at=("model",),
        )
        return
    if train.task == "classification" and any(one.name == _REGRESSOR for one in known):
        yield WrittenProblem(
            what=f"{train.model} predicts a number, and the task is classification",
            do="Set task='regression' in the TrainSpec, or name a classifier.",
            of="train",
            at=("model",),
        )
    yield from _constructor(train, known)


def _constructor(train: TrainSpec, known: list[_Class]) -> Iterator[WrittenProblem | CheckFinding]:
    maker = next(((one, init) for one in known if (init := _init(one.node)) is not None), None)
    if maker is None:
        return
    cls, init = maker
    for statement in init.body:
        if isinstance(statement, ast.Raise):
            yield CheckFinding(
                file=str(cls.file),
                line=statement.lineno,
                column=statement.col_offset + 1,
                what=f"the constructor of {cls.name.rpartition('.')[2]} always raises",
                do="Correct the model: it is built with a Shape and the hyperparameters.",
            )
    parameters = list(_parameters(init))
    if not init.args.vararg and not [*init.args.posonlyargs, *init.args.args][1:]:
        yield CheckFinding(
            file=str(cls.file),
            line=init.lineno,
            column=init.col_offset + 1,
            what="the constructor takes no Shape",
            do="Write def __init__(self, shape: Shape, *, …): the table's shape comes first.",
        )
        return
    takes = {one.name: one for one in parameters}
    for name, value in train.hyperparameters.items():
        at = ("hyperparameters", name)
        if name not in takes:
            do = advice(name, takes, what="its hyperparameters are")
            what = f"{train.model} takes no hyperparameter {name}"
            yield WrittenProblem(what=what, do=do, of="train", at=at)
        elif not _fits(value, takes[name].kind):
            what = f"{name} of {train.model} is declared {takes[name].kind}"
            do = f"Write {'a text' if takes[name].kind == 'str' else 'it without quotes'}."
            yield WrittenProblem(what=what, do=do, of="train", at=at)
    missing = [p.name for p in parameters if p.required and p.name not in train.hyperparameters]
    for name in missing:
        yield WrittenProblem(
            what=f"{train.model} needs the hyperparameter {name}, which has no default",
            do=f"Give it: hyperparameters={{'{name}': …}}, or give it a default in the model.",
            of="train",
            at=("hyperparameters",),
        )


def _fits(value: object, kind: str) -> bool:
    wanted = _KINDS.get(kind)
    if wanted is None:
        return True
    if isinstance(value, bool):
        return bool in wanted
    return isinstance(value, wanted)


def _init(node: ast.ClassDef) -> ast.FunctionDef | None:
    found = [
        one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"
    ]
    return found[-1] if found else None


def _parameters(init: ast.FunctionDef) -> Iterator[_Parameter]:
    """Those that can be given by name, without self and the shape."""
    arguments = init.args
    placed = [*arguments.posonlyargs, *arguments.args]
    without = len(placed) - len(arguments.defaults)
    for at, one in enumerate(placed):
        if at >= 2 and one not in arguments.posonlyargs:
            yield _Parameter(name=one.arg, kind=_kind(one), required=at < without)
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _Parameter(name=one.arg, kind=_kind(one), required=default is None)


def _kind(one: ast.arg) -> str:
    return one.annotation.id if isinstance(one.annotation, ast.Name) else ""


def _line_of(module: str, name: str, sources: Sources, deep: int = 0) -> Iterator[_Class | str]:
    """A class and all its bases, depth first; of one whose source is not followed, its full name.

    A base that cannot be named is "".
    """
    found = _class(module, name, sources)
    if found is None or deep > _DEEPEST:
        yield f"{module}.{name}"
        return
    yield found
    if not found.node.bases:
        yield "object"
    for base in found.node.bases:
        full = _full(_dotted(base), tree(found.file), found.name.rpartition(".")[0])
        above, _, last = full.rpartition(".")
        if not above or last == _LIGHTNING:
            yield last
        else:
            yield from _line_of(above, last, sources, deep + 1)


def _class(module: str, name: str, sources: Sources) -> _Class | None:
    """Where a class is defined, through imports of it."""
    for _ in range(_DEEPEST):
        file = sources.file(module) if sources.hold(module) else None
        if file is None:
            return None
        parsed = tree(file)
        for node in parsed.body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return _Class(name=f"{module}.{name}", file=file, node=node)
        module, _, name = _full(name, parsed, module).rpartition(".")
        if not module:
            return None
    return None


def _full(name: str, module: ast.Module, own: str) -> str:
    """The full name of what a module calls so; "" if it cannot be said."""
    first, _, rest = name.partition(".")
    for node in module.body:
        if isinstance(node, ast.ClassDef) and node.name == first:
            return f"{own}.{name}"
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                if (alias.asname or alias.name) == first:
                    return ".".join(filter(None, (node.module, alias.name, rest)))
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname == first:
                    return ".".join(filter(None, (alias.name, rest)))
                if alias.asname is None and name.startswith(f"{alias.name}."):
                    return name
    return ""


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""


def _failing_imports(module: ast.Module, file: Path, sources: Sources) -> Iterator[CheckFinding]:
    """What a module imports that is nowhere, and what it raises while it is imported."""
    for node in module.body:
        what = None
        if isinstance(node, ast.Raise):
            what = "importing this module always raises"
        for name in _imported(node):
            if not _there(name, sources):
                what = f"there is no module {name}"
        if what is not None:
            yield CheckFinding(
                file=str(file),
                line=node.lineno,
                column=node.col_offset + 1,
                what=what,
                do="Correct the model's module: train imports it.",
            )


def _imported(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module


def _there(module: str, sources: Sources) -> bool:
    if sources.hold(module):
        # A package may be a folder without __init__.py.
        folder = sources.root.joinpath(*module.split("."))
        return sources.file(module) is not None or folder.is_dir()
    top = module.partition(".")[0]
    if sources.root.joinpath(top).is_dir() or sources.root.joinpath(f"{top}.py").is_file():
        return True
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False
