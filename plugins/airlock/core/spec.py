"""The base of everything people write: YAML files and arguments, checked at DAG parse."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from airlock.core import wording
from airlock.core.content import digest
from airlock.core.errors import SpecError
from airlock.core.problems import CheckFinding, WrittenProblem, located, refusal
from airlock.reading import Malformed, Twice, places, read_yaml

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass as _Metaclass
else:
    # Whatever it is called: nothing private is imported.
    _Metaclass = type(BaseModel)

PATH = "Check the path; relative to a DAG file, write Path(__file__).parent / …."
"""What to do about a file that is not there."""


def _rising(edges: tuple[float, ...]) -> tuple[float, ...]:
    if not all(low < high for low, high in pairwise(edges)):
        raise ValueError("the edges must rise")
    return edges


Edges = Annotated[tuple[FiniteFloat, ...], Field(min_length=1), AfterValidator(_rising)]
"""Where numbers are cut into bins."""


class WrongArguments(SpecError, ValueError):
    """Arguments of a spec that stands in Python.

    Attributes:
        found: every problem.
    """

    found: tuple[WrittenProblem, ...] = ()


class _Written(_Metaclass):
    """Raises our own error where a spec is written in Python; pydantic's has an address in it.

    What pydantic makes itself, of a file or inside of another spec, does not come by here.
    """

    if not TYPE_CHECKING:

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            try:
                return super().__call__(*args, **kwargs)
            except ValidationError as error:
                raise wrong_arguments(error, self) from None


class Spec(BaseModel, metaclass=_Written):
    """Base of everything a person writes: immutable, and a typo is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a YAML file.

        Raises:
            SpecError: naming the file, and line and column of each wrong key.
        """
        spec, findings = cls.read(path)
        if spec is None:
            raise refusal(findings)
        return spec

    @classmethod
    def read(cls, path: Path | str) -> tuple[Self | None, list[CheckFinding]]:
        """Read a YAML file, or say all that is wrong with it."""
        path = Path(path)
        try:
            # Windows' editors put a mark before the text.
            text = path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            what = f"cannot be read ({error.strerror})"
            return None, [CheckFinding(file=str(path), what=what, do=PATH)]
        except UnicodeDecodeError as error:
            return None, [_not_utf_8(path, error)]
        try:
            return cls.model_validate(read_yaml(text)), []
        except ValidationError as error:
            found = wording.problems(error, cls)
            known = places(text)
            return None, [located(one, str(path), known) for one in found]
        except (Malformed, yaml.YAMLError) as error:
            return None, [_not_yaml(path, text, error)]

    @property
    def digest(self) -> str:
        """The name of the content."""
        return digest(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The spec as JSON-ready values, defaults included."""
        return self.model_dump(mode="json")


def wrong_arguments(error: ValidationError, model: type[BaseModel]) -> WrongArguments:
    """What is wrong with the arguments of a spec in Python, as an error of ours."""
    found = wording.problems(error, model)
    keys = [f"{'.'.join(map(str, one.at))}: " if one.at else "" for one in found]
    said = "; ".join(f"{key}{one.what}" for key, one in zip(keys, found, strict=True))
    raised = WrongArguments(
        f"{model.__name__}: {said}.", do=" ".join(dict.fromkeys(one.do for one in found))
    )
    raised.found = tuple(found)
    return raised


def problems(error: ValidationError, model: type[BaseModel] = BaseModel) -> str:
    """Every problem as `key: what is wrong`, without quoting values."""
    return "; ".join(
        f"{'.'.join(map(str, one.at)) or 'the file'}: {one.what}"
        for one in wording.problems(error, model)
    )


def _not_utf_8(path: Path, error: UnicodeDecodeError) -> CheckFinding:
    before = error.object[: error.start]
    return CheckFinding(
        file=str(path),
        line=before.count(b"\n") + 1,
        column=error.start - (before.rfind(b"\n") + 1) + 1,
        what="the file is not UTF-8",
        do="Save it as UTF-8 in your editor; it may be cp1252 or UTF-16 now.",
    )


def _not_yaml(path: Path, text: str, error: Malformed | yaml.YAMLError) -> CheckFinding:
    if isinstance(error, Twice):
        return CheckFinding(
            file=str(path),
            line=error.line,
            column=error.column,
            what=f"`{error.key}` stands there a second time",
            do="Keep one of the two; only one could count.",
        )
    if isinstance(error, Malformed):
        return CheckFinding(
            file=str(path),
            line=error.line,
            what=str(error).removeprefix(f"line {error.line}: "),
            do="Write it out: docs/security.md lists what no file needs.",
        )
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    lines = text.splitlines()
    if 0 < line <= len(lines) and "\t" in lines[line - 1]:
        what, do = "is not YAML: a tab stands there", "Indent with blanks; YAML allows no tabs."
    else:
        what, do = "is not YAML", "Check indentation, colons, quotes and brackets here and above."
    return CheckFinding(file=str(path), line=line, column=column, what=what, do=do)
