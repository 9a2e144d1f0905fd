"""What is taken from the inside of Python's smtplib (3.11 to 3.13): the name it verifies."""

from __future__ import annotations

import smtplib
import ssl
from typing import Any


class AtAddress(smtplib.SMTP):
    """Connects to an address that was looked at, and asks for the certificate of a name.

    Args:
        name: of the server.
        at: its address.
        at_once: whether it is encrypted from the first byte on; else by STARTTLS.
        seconds: for each answer.
    """

    def __init__(
        self,
        name: str,
        at: str,
        port: int,
        *,
        at_once: bool,
        context: ssl.SSLContext,
        seconds: float,
    ) -> None:
        self._name, self._at_once, self._context = name, at_once, context
        super().__init__(at, port, timeout=seconds)
        # What starttls takes for the name.
        self._host = name

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        base: Any = super()
        plain = base._get_socket(host, port, timeout)
        if not self._at_once:
            return plain
        return self._context.wrap_socket(plain, server_hostname=self._name)
