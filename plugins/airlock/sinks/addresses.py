"""Posts to an address that people wrote, and nowhere else: no redirect, no private network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from airlock.core.errors import SettingsError
from airlock.sinks.sink import SECONDS, NotTaken

_DO = "Write an address such as https://hooks.example.com/airlock into its extra."


@dataclass(frozen=True, slots=True)
class Address:
    """Where a sink is.

    Args:
        url: https, or http where private addresses are allowed.
        private: whether it may lie in a private network.
    """

    url: str
    private: bool

    @classmethod
    def read(cls, url: object, *, private: object, name: str) -> Address:
        """Check what a connection says.

        Raises:
            SettingsError: it is no such address.
        """
        parts = urlsplit(str(url or ""))
        schemes = {"https", "http"} if private is True else {"https"}
        if parts.scheme not in schemes or not parts.hostname or parts.username or parts.fragment:
            raise SettingsError(
                f"The connection {name} has no address that may be written to "
                f"({' or '.join(sorted(schemes))}, without a user in it).",
                do=_DO,
            )
        return cls(str(url), private is True)

    def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Post some bytes, and return the status of the answer; its text is not read.

        Raises:
            NotTaken: it cannot be reached, or lies where it may not.
        """
        import httpx

        parts = urlsplit(self.url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        # To the very address that was looked at: a name that is asked for twice may change.
        at = resolved(host, port, private=self.private)
        shown = f"[{at}]" if ":" in at else at
        query = f"?{parts.query}" if parts.query else ""
        try:
            with httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
                answer = client.send(
                    client.build_request(
                        "POST",
                        f"{parts.scheme}://{shown}:{port}{parts.path or '/'}{query}",
                        content=body,
                        headers={**headers, "Host": parts.netloc},
                        extensions={"sni_hostname": host},
                    ),
                    stream=True,
                )
                answer.close()
        except (httpx.HTTPError, OSError) as error:
            raise NotTaken(f"it gave no answer ({type(error).__name__})") from None
        return answer.status_code


def resolved(host: str, port: int, *, private: bool) -> str:
    """The address behind a name that may be written to.

    Args:
        private: whether it may lie in a private network.

    Raises:
        NotTaken: there is none, or one lies where it may not.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotTaken("its name leads to no address") from None
    addresses = [str(one[4][0]) for one in found]
    # One that is private among several is a trap, and not an oversight.
    if not private and not all(_is_public(one) for one in addresses):
        raise NotTaken("its name leads into a private network, which its extra does not allow")
    return addresses[0]


def refuse_status(status: int) -> None:
    """Take nothing but a yes for one.

    Raises:
        NotTaken: the receiver answered something else.
    """
    if not 200 <= status < 300:
        led = ", and no redirect is followed" if 300 <= status < 400 else ""
        raise NotTaken(f"it answered {status}{led}")


def _is_public(address: str) -> bool:
    one = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(one, "ipv4_mapped", None)
    return (mapped or one).is_global and not one.is_multicast
