"""A fresh process that loads a bundle, started early: its imports take longest."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import airlock
from airlock.core.errors import ModelError, ProcessLost
from airlock.ledger import TrustedKeys
from airlock.reading import read_json
from airlock.stages.register.smoke import ANSWER

# What a version's page says of a process that ended without an answer: the class alone, no values.
_RAISED = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit))\b", re.MULTILINE)


class FreshProcess:
    """A process that has nothing of this one, and waits for a bundle."""

    def __init__(self, running: subprocess.Popen[bytes] | OSError, seconds: float) -> None:
        self._running, self._seconds = running, seconds

    def predict(self, bundle: Path, digest: str, trusted: TrustedKeys, *, which: str) -> None:
        """Have it load the bundle and predict the bundle's example rows; it ends with that.

        Args:
            bundle: local folder.
            digest: its name.
            trusted: the keys that count.
            which: names model and version to people.

        Raises:
            ModelError: it says that it cannot load the bundle, or predicts something else.
            ProcessLost: it was slow, or killed, and said nothing: a retry can help.
        """
        which = f"The fresh process that loads {which}"
        if isinstance(self._running, OSError):
            raise ProcessLost(
                f"{which} could not be started: {self._running.strerror}.",
                do="It is tried again. Give the machine memory, processes and open files.",
            )
        question = json.dumps({"folder": str(bundle), "digest": digest, "keys": dict(trusted.keys)})
        try:
            said, complained = self._running.communicate(question.encode(), timeout=self._seconds)
        except subprocess.TimeoutExpired:
            raise ProcessLost(
                f"{which} gave no answer within {self._seconds:g} s.",
                do="It is tried again. If this machine is always that slow, raise [airlock] "
                "smoke_timeout.",
            ) from None
        answer = _answer(said)
        if "rows" in answer:
            return
        if "problem" in answer:
            raise ModelError(
                f"{which.partition(' loads ')[2]} does not work in a fresh process. "
                f"{answer['problem']}",
                do="It is registered but not promoted. Load the bundle with "
                "airlock.serve.load_bundle.",
            )
        raise ProcessLost(
            f"{which} {_hindered(answer) or _end(self._running.returncode, complained)}",
            do="This says nothing of the model, and it is tried again. SIGKILL that nobody sent is "
            "a machine without memory.",
        )


@contextmanager
def fresh_process(kind: str, seconds: float) -> Iterator[FreshProcess]:
    """Start one; it is ended with the block, whether it was asked something or not.

    Args:
        kind: of the model, whose libraries it imports while it waits.
        seconds: that it has to import, and to predict once it is asked.
    """
    home = Path(airlock.__file__).parents[1]
    try:
        running = subprocess.Popen(
            [sys.executable, "-P", "-m", "airlock.stages.register.smoke", kind, f"{seconds:g}"],
            # No secret of ours is in reach of what is loaded there.
            env={"PYTHONPATH": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        yield FreshProcess(error, seconds)
        return
    with running:
        try:
            yield FreshProcess(running, seconds)
        finally:
            running.kill()


def _answer(said: bytes) -> Mapping[str, Any]:
    """The process's own words; nothing if it was ended before it could say them."""
    lines = said.decode(errors="replace").splitlines()
    last = next((line for line in reversed(lines) if line.startswith(ANSWER)), "")
    try:
        return dict(read_json(last.removeprefix(ANSWER)))
    except (TypeError, ValueError):
        return {}


def _hindered(answer: Mapping[str, Any]) -> str:
    return f"was hindered by the machine. {answer['passing']}" if "passing" in answer else ""


def _end(code: int, complained: bytes) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name} without an answer."
    raised = _RAISED.findall(complained.decode(errors="replace"))
    why = f" ({raised[-1]})" if raised else ""
    return f"ended with status {code} without an answer{why}."
