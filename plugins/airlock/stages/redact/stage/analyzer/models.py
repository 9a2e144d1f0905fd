"""Where language models lie, and the digest of their files; none is loaded here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from hashlib import sha256
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from airlock.core.errors import SpecError
from airlock.stages.redact.spec import Ner

_WEIGHTS = "*.onnx"


def folders(ner: Ner) -> Mapping[str, Path]:
    """The folder of the model for each language.

    Raises:
        SpecError: a model is not installed; nothing is fetched.
    """
    return {language: _installed(ner.engine, name) for language, name in sorted(ner.models.items())}


def digests(ner: Ner) -> Mapping[str, str]:
    """SHA-256 of the model for each language, over its files."""
    return {language: digest(folder) for language, folder in folders(ner).items()}


def digest(folder: Path) -> str:
    """SHA-256 over the model's files: their paths and what is in them."""
    total = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            total.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def weights(folder: Path) -> list[Path]:
    """The ONNX files below a folder."""
    return sorted(folder.rglob(_WEIGHTS))


def _installed(engine: str, name: str) -> Path:
    folder = _FOLDERS[engine](name)
    if folder is None or not folder.is_dir():
        raise SpecError(
            f"The {engine} model {name} is not installed.", do=_INSTALL[engine].format(name=name)
        )
    return folder


def _spacy_folder(name: str) -> Path | None:
    try:
        distribution(name)
    except (PackageNotFoundError, ValueError):
        return Path(name)
    return _package(name) or Path(name)


def _stanza_folder(name: str) -> Path | None:
    if find_spec("stanza") is None:
        return None
    return Path(import_module("stanza.resources.common").DEFAULT_MODEL_DIR) / name


def _transformers_folder(name: str) -> Path | None:
    return Path(name) if find_spec("transformers") else None


def _onnx_folder(name: str) -> Path | None:
    """A folder, or the one with the weights in a package, of which nothing is imported."""
    if find_spec("onnxruntime") is None or find_spec("tokenizers") is None:
        return None
    below = Path(name) if Path(name).is_dir() else _package(name)
    found = list(below.rglob("tokenizer.json")) if below else []
    return found[0].parent if len(found) == 1 and weights(found[0].parent) else None


def _package(name: str) -> Path | None:
    if not name.isidentifier():
        return None
    spec = find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


_FOLDERS = {
    "spacy": _spacy_folder,
    "stanza": _stanza_folder,
    "transformers": _transformers_folder,
    "onnx": _onnx_folder,
}
_INSTALL = {
    "spacy": "Install it into the workers' image: python -m spacy download {name}; "
    "or give the folder of a saved pipeline.",
    "stanza": "Put it into the workers' image: pip install stanza, and stanza.download('{name}').",
    "transformers": "pip install transformers, save the model to a folder of the workers' image, "
    "and give that folder.",
    "onnx": "pip install 'airflow-airlock[ner]', and give a folder with tokenizer.json, "
    "config.json and one .onnx file, or the name of an installed package that holds them.",
}
