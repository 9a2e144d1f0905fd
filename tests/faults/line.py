"""A TCP line to a service that can be cut, held, slowed down, or lose an answer.

A process of its own, told on its standard input what to do: tasks are forked, and a fork would
keep a listening socket open that is meant to be gone.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STATES = ("up", "down", "hung", "deaf", "torn", "slow")
"""Answers; refuses; accepts and says nothing; does what it is asked and loses the answer; cuts
answers in the middle; sends a byte at a time."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """The line, from the side of who breaks it."""

    port: int
    process: subprocess.Popen[str]

    def be(self, state: str) -> None:
        assert state in STATES
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{state}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == state

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def line_to(target: int) -> Iterator[Line]:
    """A line to a port of this machine."""
    process = subprocess.Popen(
        [sys.executable, "-I", str(Path(__file__)), str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Line(port=int(process.stdout.readline()), process=process)
    finally:
        process.kill()
        process.wait()


class _Proxy:
    def __init__(self, target: int) -> None:
        self.target = target
        self.state = "up"
        self.port = 0
        self.open: set[socket.socket] = set()
        self.listener = self._listen()

    def _listen(self) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.port = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def be(self, state: str) -> None:
        before, self.state = self.state, state
        if state == "down":
            # Closing does not wake a thread that waits in accept.
            with contextlib.suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
        if state != "up":
            for one in list(self.open):
                _reset(one)
        if before == "down" and state != "down":
            self.listener = self._listen()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                self.open.add(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self.state == "hung":
            return
        try:
            server = socket.create_connection(("127.0.0.1", self.target), timeout=10)
        except OSError:
            _reset(client)
            return
        server.settimeout(None)
        self.open.add(server)
        threading.Thread(target=self._pump, args=(client, server), daemon=True).start()
        self._answer(server, client)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                if self.state == "deaf":
                    break
                if self.state == "torn":
                    client.sendall(data[: len(data) // 2])
                    break
                if self.state == "slow":
                    for at in range(len(data)):
                        client.sendall(data[at : at + 1])
                        time.sleep(0.005)
                    continue
                client.sendall(data)
        for one in (client, server):
            self.open.discard(one)
            _reset(one) if self.state in {"deaf", "torn"} else one.close()


def _reset(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def _main(target: int) -> None:
    proxy = _Proxy(target)
    print(proxy.port, flush=True)
    for order in sys.stdin:
        proxy.be(order.strip())
        print(proxy.state, flush=True)


if __name__ == "__main__":
    _main(int(sys.argv[1]))
