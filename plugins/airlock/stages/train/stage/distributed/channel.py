"""Messages between launcher and workers: JSON, one a line, over a pair of sockets."""

from __future__ import annotations

import json
import socket
from typing import Any

from airlock.reading import read_json
from airlock.reading.document import SIZE, Malformed

_AT_ONCE = 65_536  # bytes

Message = dict[str, Any]


class Channel:
    """One end of the channel.

    Args:
        end: of a pair of sockets; it is closed with the channel.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._rest = b""
        self._waiting: list[Message] = []

    def fileno(self) -> int:
        """For `select`."""
        return self._end.fileno()

    def send(self, **message: Any) -> None:
        """Send a message.

        Raises:
            OSError: nobody is at the other end.
        """
        self._end.sendall(json.dumps(message).encode() + b"\n")

    def receive(self) -> list[Message]:
        """Wait for something to arrive, and return what is whole by then.

        Raises:
            EOFError: nobody is at the other end any more.
            Malformed: what arrives is no message of ours.
        """
        if not (some := self._end.recv(_AT_ONCE)):
            raise EOFError
        *whole, self._rest = (self._rest + some).split(b"\n")
        if len(self._rest) > SIZE:
            raise Malformed("a message among ranks has no end")
        return [read_json(one, finite=False) for one in whole]

    def next(self) -> Message:
        """Wait for the next message.

        Raises:
            EOFError: nobody is at the other end any more.
        """
        while not self._waiting:
            self._waiting += self.receive()
        return self._waiting.pop(0)

    def ask(self, **message: Any) -> Any:
        """Send a message and wait for the answer to it."""
        self.send(**message)
        return self.next()["answer"]

    def close(self) -> None:
        """Hang up."""
        self._end.close()
