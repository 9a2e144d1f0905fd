"""Loads a bundle without Airflow in a process of its own, and compares its predictions.

    python -m airlock.stages.register.smoke KIND SECONDS

It imports what the kind of model needs, and reads one JSON object: {"folder", "digest", "keys"},
the public keys that count, since the envelope beside the folder must be by one of them. After
SECONDS of either it ends itself: nobody waits for it any more, however its parent ended.

Its last line begins with ANSWER and is one JSON object, without any value from the data:
{"rows": 5}; {"problem": "…"} if the model does not work; {"passing": "…"} if the machine kept it
from finding out. Whatever else it prints, or a process that is killed, is no answer.
"""

from __future__ import annotations

import errno
import json
import signal
import sys
from pathlib import Path
from typing import Any

from airlock.core.errors import AirlockError
from airlock.reading import read_json

# Predictions may differ in the last bits of single precision from one machine to the next.
_RELATIVE, _ABSOLUTE = 1e-4, 1e-6

ANSWER = "airlock smoke: "

# What a machine without memory, room or threads raises; it says nothing of the model.
_MACHINE = frozenset(
    {
        *(errno.EAGAIN, errno.EDQUOT, errno.EINTR, errno.EIO, errno.EMFILE, errno.ENFILE),
        *(errno.ENOMEM, errno.ENOSPC, errno.ESTALE, errno.ETIMEDOUT),
    }
)
_NO_MEMORY = ("allocate memory", "start new thread", "not enough memory")


def main(kind: str, seconds: str) -> int:
    """Load and predict, once it is said what."""
    signal.setitimer(signal.ITIMER_REAL, float(seconds))
    # Whoever serves the model has no Airflow: an import of it fails here as it would there.
    sys.modules["airflow"] = None  # type: ignore[assignment]  # that is how Python blocks one
    try:
        import_for(kind)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if not (asked := sys.stdin.read()):  # nobody needs it, or is there any more
            return 0
        given = read_json(asked)
        signal.setitimer(signal.ITIMER_REAL, float(seconds))
        rows = check(Path(given["folder"]), given["digest"], given["keys"])
        answer: dict[str, Any] = {"rows": rows}
    except AirlockError as error:
        answer = {"passing" if error.retry_can_help else "problem": str(error)}
    except Exception as error:  # noqa: BLE001 -- its text can quote a cell: the class must do
        kind = "passing" if _of_the_machine(error) else "problem"
        answer = {kind: f"It raises {type(error).__name__}."}
    print(f"\n{ANSWER}{json.dumps(answer)}", flush=True)  # noqa: T201 -- how the parent learns of it
    return int("rows" not in answer)


def _of_the_machine(error: Exception) -> bool:
    if isinstance(error, OSError) and error.errno in _MACHINE:
        return True
    # torch says it in a RuntimeError, the loader of shared libraries in an ImportError.
    return isinstance(error, MemoryError) or any(text in str(error) for text in _NO_MEMORY)


def import_for(kind: str) -> None:
    """Import what loads a bundle of that kind, and computes with it."""
    import airlock.serve  # noqa: F401 -- imports what every kind needs
    from airlock.hooks import registry

    registry.load(registry.model_kind({"kind": kind}).load)


def check(folder: Path, digest: str, trusted: dict[str, str]) -> int:
    """Predict the example rows again.

    Returns:
        How many rows there were.

    Raises:
        AirlockError: the bundle is not the expected one, or says something else than before.
    """
    import pandas as pd

    from airlock.core.errors import ModelError
    from airlock.serve import load_bundle

    scorer = load_bundle(folder, digest, trusted=trusted)
    given = pd.DataFrame(read_json((folder / "input_example.json").read_bytes()))
    before = pd.DataFrame(read_json((folder / "output_example.json").read_bytes()))
    now = scorer.predict(given)
    try:
        pd.testing.assert_frame_equal(
            now.reset_index(drop=True),
            # Canonical JSON sorts its keys: class 10 stands before class 2 there.
            before[list(now.columns)],
            check_dtype=False,
            rtol=_RELATIVE,
            atol=_ABSOLUTE,
        )
    except (AssertionError, KeyError):
        raise ModelError(
            "Its predictions of its own example rows differ from those at training.",
            do="Compare the versions of its libraries with requirements.txt of the bundle.",
        ) from None
    return len(given)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
