"""Makes keyed pseudonyms: equal for the same value, key and domain, in every run and table."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any, Protocol

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from airlock.stages.redact.spec import Normal

_DIGITS = 32  # 128 bits: no two of a billion values meet
_BLOCK = 64  # bytes that SHA-256 reads at a time; HMAC (RFC 2104) pads the key to as many
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
# What str.strip() takes off an ASCII text.
_BLANKS = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f "


class Key(Protocol):
    """A secret with a name that records may repeat."""

    @property
    def secret(self) -> bytes:
        """32 bytes."""

    @property
    def key_id(self) -> str:
        """Its name."""


def keyed(key: Key, *context: str) -> hmac.HMAC:
    """An HMAC-SHA-256 that has already read its context, each part ended by a NUL."""
    return hmac.new(key.secret, _context(*context), sha256)


def _context(*parts: str) -> bytes:
    return "".join(f"{part}\0" for part in parts).encode()


def normalised(value: Any, kind: Normal = "text") -> bytes:
    """What stays the same however a value was typed.

    Args:
        kind: a `text` loses width, case and the blanks around it; an `email` all blanks, and what a
            letter's head puts around an address; of a `phone` number its digits are left, in
            international form if it was given in one.
    """
    return _NORMALISED[kind](str(value)).encode()


def _text(value: str) -> str:
    return unicodedata.normalize("NFKC", value).casefold().strip()


def _email(value: str) -> str:
    return "".join(_text(value).split()).strip("<>").removeprefix("mailto:")


def _phone(value: str) -> str:
    text = _text(value).removeprefix("tel:")
    digits = "".join(character for character in text if character.isdecimal())
    if text.lstrip(" (").startswith(("+", "00")):
        international = text.lstrip(" (").lstrip("+0")
        with suppress(phonenumbers.NumberParseException):
            number = phonenumbers.parse(f"+{international}", None)
            return f"+{number.country_code}{phonenumbers.national_significant_number(number)}"
        return f"+{digits.lstrip('0')}"
    # Letters alone, such as "none", are no number; they stay what they are.
    return digits or text


_NORMALISED: Mapping[Normal, Callable[[str], str]] = {
    "text": _text,
    "email": _email,
    "phone": _phone,
}


class Pseudonyms:
    """The pseudonyms of one domain.

    Args:
        key: the secret; who has it can try values and find whose a pseudonym is.
        domain: equal values of one domain get equal pseudonyms.
        kind: how values are made equal before; see `normalised`.
    """

    def __init__(self, key: Key, domain: str, kind: Normal = "text") -> None:
        self._kind = kind
        # A key that is longer than a block is hashed; ours has 32 bytes.
        block = key.secret.ljust(_BLOCK, b"\0")
        self._inner = sha256(block.translate(_INNER) + _context(domain))
        self._outer = sha256(block.translate(_OUTER))

    def of(self, value: Any) -> str:
        """32 hexadecimal digits."""
        return self._of([normalised(value, self._kind)])[0]

    def column(self, values: pa.Array | pa.ChunkedArray) -> pa.Array:
        """A column of them; each distinct value is looked at once, and nulls stay null."""
        whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        encoded = whole.dictionary_encode()
        words = pa.array(self._of(self._normalised(encoded.dictionary)), pa.string())
        return words.take(encoded.indices)

    def _of(self, values: Iterable[bytes]) -> list[str]:
        # HMAC by hand: two copies of what has read the key are half the work of an hmac.HMAC.
        inner, outer = self._inner.copy, self._outer.copy
        made = []
        for value in values:
            first, second = inner(), outer()
            first.update(value)
            second.update(first.digest())
            made.append(second.hexdigest()[:_DIGITS])
        return made

    def _normalised(self, values: pa.Array) -> list[bytes]:
        if not pa.types.is_string(values.type) or self._kind != "text":
            return [normalised(value, self._kind) for value in values.to_pylist()]
        if not pc.all(pc.string_is_ascii(values), min_count=0).as_py():
            return [
                value.lower().strip().encode() if value.isascii() else normalised(value)
                for value in values.to_pylist()
            ]
        plain = pc.utf8_trim(pc.ascii_lower(values), characters=_BLANKS)
        read: list[bytes] = plain.cast(pa.binary()).to_pylist()
        return read
