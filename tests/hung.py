"""Servers that take a connection, or a question, and never say anything again."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Hung:
    """A listening socket, and how often somebody came to it."""

    port: int
    connections: list[socket.socket] = field(default_factory=list)


@contextlib.contextmanager
def hung() -> Iterator[Hung]:
    """A server that accepts and reads, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Hung(server.getsockname()[1])

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line = server.accept()[0]
                    found.connections.append(line)
                    threading.Thread(target=_swallow, args=[line], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield found
        for line in found.connections:
            line.close()


def _swallow(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while line.recv(1 << 16):
            pass


@contextlib.contextmanager
def falls_silent(port: int) -> Iterator[tuple[int, threading.Event]]:
    """A line to a real server that goes dead, both ways, once the event is set.

    Args:
        port: of the real server on 127.0.0.1.
    """
    silent = threading.Event()

    def pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if silent.is_set():
                    continue
                target.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    near = server.accept()[0]
                    far = socket.create_connection(("127.0.0.1", port))
                    for ends in ((near, far), (far, near)):
                        threading.Thread(target=pump, args=ends, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], silent
