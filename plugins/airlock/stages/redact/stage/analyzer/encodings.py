"""What programs write in the place of a character: entities, percent signs, escapes, base64."""

from __future__ import annotations

import base64
import binascii
import html
import re

ESCAPE = re.compile(
    r"\\{1,8}(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})"
    r"|([0-7]{3})|([\"\\/bfnrt]))"
)
"""Of JSON, C, Python and JavaScript; several backslashes are those of several programs."""

ENCODED = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});|%[2-7][0-9a-fA-F]"
    # "width=40px" is no address.
    r"|=40(?=[\w-]{1,63}\.)|=(?!40)[2-7][0-9A-F]|=\r?\n"
)
"""Of HTML, of addresses, and of mail (quoted-printable)."""

TAG = re.compile(r"<!--[^<>]{0,400}-->|</?([A-Za-z][A-Za-z0-9]{0,14})(?:\s[^<>@]{0,400})?/?>")

PACKED = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{20,4000}={0,2}(?![A-Za-z0-9+/_=-])")
"""What may be base64 or hexadecimal."""

_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# These change how letters look, and part no words.
_INLINE = frozenset(
    "a abbr b bdi bdo big code del em font i ins kbd mark q s samp small span strike strong sub "
    "sup tt u var wbr".split()
)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){10,}")
# Words of twenty letters decode to some bytes, too; but hardly ever to such.
_TEXT = re.compile(rb"[\x20-\x7e\r\n\t]+")
_TELLING = re.compile(rb"@|[0-9]{4}|[0-9][ .-][0-9]")


def unescaped(escape: re.Match[str]) -> str:
    """The character behind the backslashes."""
    *codes, octal, short = escape.groups()
    if short:
        return _SHORT.get(short, short)
    code = int(octal, 8) if octal else int(next(one for one in codes if one), 16)
    return _character(code)


def decoded(encoded: re.Match[str]) -> str:
    """The character that stands for itself."""
    text = encoded[0]
    if text[0] in "%=":
        return chr(int(text[1:], 16)) if text[1] not in "\r\n" else ""
    return "".join(_character(ord(one)) for one in html.unescape(text))


def untagged(tag: re.Match[str]) -> str:
    """What a reader sees of a tag: the end of a line, a gap, or nothing."""
    name = (tag[1] or "").lower()
    if name == "br":
        return "\n"
    return "" if not name or name in _INLINE else " "


def unpacked(packed: re.Match[str]) -> str:
    """The text inside of base64 or hexadecimal digits, if it may tell something."""
    text = packed[0]
    try:
        raw = bytes.fromhex(text) if _HEX.fullmatch(text) else _base64(text)
    except (binascii.Error, ValueError):
        return text
    # A blank on either side, as there is one on the page.
    return raw.decode("ascii") if _TEXT.fullmatch(raw) and _TELLING.search(raw) else text


def _base64(text: str) -> bytes:
    bare = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)


def _character(code: int) -> str:
    """Half of a pair is a letter of no identifier, and no library agrees on it."""
    return "\ufffd" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)
