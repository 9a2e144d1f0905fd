"""What a forked process asked Airflow's supervisor and did not read is no answer to the task."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import msgspec
import pytest
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import (
    CommsDecoder,
    GetVariable,
    VariableResult,
    _RequestFrame,
    _ResponseFrame,
)

from airlock.compat.airflow import discard_answers


def _supervise(end: socket.socket) -> None:
    """Answer every question for a variable with one of that name, and all else with nothing."""
    while length := end.recv(4, socket.MSG_WAITALL):
        data = end.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL)
        asked = msgspec.msgpack.decode(data, type=_RequestFrame)
        body = None
        if asked.body and asked.body["type"] == "GetVariable":
            body = VariableResult(key=asked.body["key"], value="its").model_dump()
        end.sendall(_ResponseFrame(id=asked.id, body=body).as_bytes())


@pytest.fixture
def comms(monkeypatch: pytest.MonkeyPatch) -> Iterator[CommsDecoder]:
    mine, theirs = socket.socketpair()
    made: CommsDecoder = CommsDecoder(socket=mine)
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", made, raising=False)
    thread = threading.Thread(target=_supervise, args=(theirs,), daemon=True)
    thread.start()
    yield made
    mine.shutdown(socket.SHUT_RDWR)
    thread.join()


def ask(comms: CommsDecoder, name: str) -> str:
    found = comms.send(GetVariable(key=name))
    assert isinstance(found, VariableResult)
    return found.key


@pytest.mark.parametrize("unread", [0, 1, 3])
def test_the_task_hears_the_answer_to_its_own_question(comms: CommsDecoder, unread: int):
    for number in range(unread):
        left = GetVariable(key="another").model_dump()
        comms.socket.sendall(_RequestFrame(id=number, body=left).as_bytes())

    discard_answers()

    assert ask(comms, "mine") == "mine"


def test_where_no_task_runs_there_is_nothing_to_discard(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(task_runner, "SUPERVISOR_COMMS", raising=False)

    discard_answers()
