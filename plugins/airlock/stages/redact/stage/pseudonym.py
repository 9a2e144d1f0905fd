"""Makes keyed pseudonyms: equal for the same value, key and domain, in every run and table."""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from hashlib import sha256
from typing import Any, Protocol

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.quoting import without_unseen
from airlock.stages.redact.spec import Normal

_DIGITS = 32  # 128 bits: no two of a billion values meet
_BLOCK = 64  # bytes that SHA-256 reads at a time; HMAC (RFC 2104) pads the key to as many
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
# What str.strip() takes off an ASCII text.
_BLANKS = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f "
# A whole number that went through floats, as exports do whose column lacks a value somewhere.
_WHOLE = r"^(-?[0-9]+)\.0*$"
_IS_WHOLE = re.compile(_WHOLE, re.ASCII)


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
    """What stays the same however a value was typed; nothing of one that is blank.

    Args:
        kind: a `text` loses width, case, what is drawn as nothing, the blanks around it and the
            ".0" of a whole number; an `email` all blanks, and what a letter's head puts around an
            address; of a `phone` number its digits are left, in international form if it was given
            in one.
    """
    return _NORMALISED[kind](_text(_spelled(value))).encode()


def normalised_before(value: Any, kind: Normal = "text") -> bytes:
    """The same as the first versions had it: what they wrote must still be found and erased."""
    text = unicodedata.normalize("NFKC", str(value)).casefold().strip()
    return _NORMALISED[kind](text).encode()


def _spelled(value: Any) -> str:
    """A number by what it means: 12.0 and Decimal("12.00") are 12."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Decimal) and value.is_finite():
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def _text(value: str) -> str:
    seen = unicodedata.normalize("NFKC", without_unseen(value)).casefold().strip()
    return _IS_WHOLE.sub(r"\1", seen) if "." in seen else seen


def _same(text: str) -> str:
    return text


def _email(text: str) -> str:
    return "".join(text.split()).strip("<>").removeprefix("mailto:")


def _phone(text: str) -> str:
    text = text.removeprefix("tel:")
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
    "text": _same,
    "email": _email,
    "phone": _phone,
}


class Pseudonyms:
    """The pseudonyms of one domain.

    Args:
        key: the secret; who has it can try values and find whose a pseudonym is.
        domain: equal values of one domain get equal pseudonyms.
        kind: how values are made equal before; see `normalised`.
        as_before: whether they are those that the first versions made.
    """

    def __init__(
        self, key: Key, domain: str, kind: Normal = "text", *, as_before: bool = False
    ) -> None:
        self._kind = kind
        self._as_before = as_before
        # A key that is longer than a block is hashed; ours has 32 bytes.
        block = key.secret.ljust(_BLOCK, b"\0")
        self._inner = sha256(block.translate(_INNER) + _context(domain))
        self._outer = sha256(block.translate(_OUTER))

    def of(self, value: Any) -> str:
        """32 hexadecimal digits; of a blank value they are those of nothing."""
        return self._of([self._one(value)])[0]

    def column(self, values: pa.Array | pa.ChunkedArray) -> pa.Array:
        """A column of them; each distinct value is looked at once, and nulls stay null.

        What is blank is null, too: all blanks would be one person.
        """
        whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        encoded = whole.dictionary_encode()
        known = self._normalised(encoded.dictionary)
        words = pa.array(self._of(known), pa.string())
        if b"" in known:
            blank = pa.array([value == b"" for value in known], pa.bool_())
            words = pc.if_else(blank, pa.scalar(None, pa.string()), words)
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

    def _one(self, value: Any) -> bytes:
        read = normalised_before if self._as_before else normalised
        return read(value, self._kind)

    def _normalised(self, values: pa.Array) -> list[bytes]:
        if not pa.types.is_string(values.type) or self._kind != "text" or self._as_before:
            return [self._one(value) for value in values.to_pylist()]
        if not pc.all(pc.string_is_ascii(values), min_count=0).as_py():
            return [self._one(value) for value in values.to_pylist()]
        plain = pc.utf8_trim(pc.ascii_lower(values), characters=_BLANKS)
        # RE2 asks whether there is one in a fraction of the time that it replaces in.
        if pc.any(pc.match_substring(plain, "."), min_count=0).as_py():
            plain = pc.replace_substring_regex(plain, _WHOLE, r"\1")
        read: list[bytes] = plain.cast(pa.binary()).to_pylist()
        return read


def blank(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Which values name nobody: nulls, and texts of which a reader sees nothing."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    nothing = pc.is_null(whole)
    if not pa.types.is_string(whole.type):
        return nothing
    encoded = whole.dictionary_encode()
    perhaps = pc.invert(pc.match_substring_regex(encoded.dictionary, "[0-9A-Za-z]"))
    if not pc.any(perhaps, min_count=0).as_py():
        return nothing
    blanks = [
        may and normalised(value.as_py()) == b""
        for may, value in zip(perhaps.to_pylist(), encoded.dictionary, strict=True)
    ]
    return pc.or_(nothing, pa.array(blanks, pa.bool_()).take(encoded.indices).fill_null(False))
