"""The base of everything people write: YAML files and arguments, checked at DAG parse."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from airlock.core.content import digest
from airlock.core.errors import SpecError
from airlock.reading import Malformed, Twice, read_yaml


def _rising(edges: tuple[float, ...]) -> tuple[float, ...]:
    if not all(low < high for low, high in pairwise(edges)):
        raise ValueError("the edges must rise")
    return edges


Edges = Annotated[tuple[FiniteFloat, ...], Field(min_length=1), AfterValidator(_rising)]
"""Where numbers are cut into bins."""


class Spec(BaseModel):
    """Base of everything a person writes: immutable, and a typo is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a YAML file.

        Raises:
            SpecError: naming the file and each wrong key.
        """
        path = Path(path)
        try:
            return cls.model_validate(read_yaml(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise SpecError(
                f"{path} cannot be read ({error.strerror}).",
                do="Check the path; relative to a DAG file, write Path(__file__).parent / ….",
            ) from None
        except Twice as error:
            raise SpecError(
                f"{path}, line {error.line}: `{error.key}` stands there a second time.",
                do="Keep one of the two; only one could count.",
            ) from None
        except Malformed as error:
            raise SpecError(
                f"{path}: {error}.", do="Write it out: docs/security.md lists what no file needs."
            ) from None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark else ""
            raise SpecError(f"{path}{line} is not YAML.", do="Check the indentation.") from None
        except ValidationError as error:
            raise SpecError(
                f"{path}: {problems(error)}", do="docs/specs.md lists every key."
            ) from None

    @property
    def digest(self) -> str:
        """The name of the content."""
        return digest(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The spec as JSON-ready values, defaults included."""
        return self.model_dump(mode="json")


def problems(error: ValidationError) -> str:
    """Every problem as `key: what is wrong`, without quoting values."""
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False)
    )
