"""Quotes text from people, files or tables so that it is shown literally.

Whatever did not stand in our own source is a value: it is never a template, and what shows it takes
it through the function of its medium, here and nowhere else.

    visible     nothing that is not seen: no escape sequence, no mark that turns text around
    line        the same in one line: subjects, headers, logs
    html        a page's text or attribute
    mail        the same in a mail, whose reader makes links out of addresses
    markdown    one line of Markdown
    literal     one line of Markdown in which a tracker finds nothing at all: no number of an issue
    jira        one line of Jira's wiki markup
    slack       Slack's own markup
    chat        harmless in every chat, whatever markup it knows
    json, url   inside of a JSON string, or as one part of an address
    cell        a cell of a CSV file that a spreadsheet may open; `from_cell` takes it back
"""

from __future__ import annotations

import html as _html
import json as _json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

# Controls (ESC among them), formats (bidi marks, zero width), surrogates, line separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# What Unicode has every reader draw as nothing, though it calls them letters and marks: joiners,
# fillers, variation selectors (but the two that make a sign a picture), and an empty Braille cell.
_DRAWN_AS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)

# What a reader makes a link or a mention of, even where it stands as plain text. Written as in
# reports of incidents: everybody sees what was meant, and nothing leads there.
_ADDRESS = re.compile(
    # An address in a store is none that a browser follows.
    r"(?:(?<!\bs3):(?=//)|(?<=javascript):|(?<=vbscript):|(?<=mailto):|(?<=\bdata):(?=\w+/))"
    r"|(?<=www)\.|@",
    re.IGNORECASE,
)
# Every ASCII punctuation can be escaped; these begin something wherever they stand.
_MARKDOWN = re.compile(r"([\\`*_\[\]<#|~$&])")
_BEGINS = re.compile(r"^(?:([-+=>:])|(\d{1,9})([.)])(?=\s|$))")
# A spreadsheet takes a text that begins like this for a formula, and computes it.
_FORMULA = "=+\\-@\t\r\n＝＋－＠"
COMPUTED = f"^'*[{_FORMULA}]"
"""Matches what `cell` quotes, for whoever quotes a whole column."""
_QUOTED = re.compile(f"^'+[{_FORMULA}]")


class _Visible(dict[int, str]):
    """What stands for each character; learnt as they come."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        hidden = unicodedata.category(character) in _UNSEEN or _DRAWN_AS_NOTHING.match(character)
        self[code] = character.encode("unicode_escape").decode() if hidden else character
        return self[code]


_IN_ONE_LINE = _Visible()
_IN_LINES = _Visible({ord("\n"): "\n", ord("\t"): "\t"})


# The same and all formats, of Unicode 15: `re` has no class for them, and one by one is slow.
_UNSEEN_IN_TEXT = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u2800\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef]+"
)


def without_unseen(text: str) -> str:
    """The text as a reader sees it: nothing that is drawn as nothing, and no blanks around it."""
    return (text if text.isascii() else _UNSEEN_IN_TEXT.sub("", text)).strip()


def visible(text: str) -> str:
    """The same text, with an escape for each character that would act and not be seen."""
    return text if _plain(text) else text.translate(_IN_LINES)


def seen(text: str) -> bool:
    """Whether everything in a text is seen: no line break and no mark that acts."""
    return _plain(text) or text.translate(_IN_ONE_LINE) == text


def shown(value: Any) -> Any:
    """`visible` for every text in a JSON-ready value; markup of our own stays as it is."""
    if isinstance(value, str):
        return value if hasattr(value, "__html__") else visible(value)
    if isinstance(value, Mapping):
        return {shown(name): shown(one) for name, one in value.items()}
    return [shown(one) for one in value] if isinstance(value, list | tuple) else value


def line(text: str, most: int | None = None) -> str:
    """The same in one line, and cut.

    Args:
        most: characters that are kept.
    """
    flat = text if _plain(text) else text.strip().translate(_IN_ONE_LINE)
    return flat if most is None else cut(flat, most)


def cut(text: str, most: int) -> str:
    """At most so many characters; what is left out is counted."""
    if len(text) <= most:
        return text
    left_out = f"… ({len(text) - most:,} more characters)"
    return text[: max(most - len(left_out), 0)] + left_out


def some(names: Iterable[str], *, most: int = 10) -> str:
    """A list for a sentence: the first names, each cut, and how many more there are."""
    known = list(names)
    shown = ", ".join(line(name, 80) for name in known[:most])
    return shown + (f" and {len(known) - most:,} more" if len(known) > most else "")


def html(text: str) -> str:
    """Text or a quoted attribute of a page."""
    return _html.escape(visible(text))


def mail(text: str) -> str:
    """A paragraph of an HTML mail, with its line breaks."""
    return html(_defanged(text)).replace("\n", "<br>\n")


def markdown(text: str) -> str:
    """One line of Markdown: no markup, no link, no mention, no new row of a table."""
    flat = _MARKDOWN.sub(_escaped, _defanged(line(" ".join(text.split()))))
    return _BEGINS.sub(lambda found: f"{found[2] or ''}\\{found[1] or found[3]}", flat)


def code(text: str) -> str:
    """One line of Markdown to be copied rather than read."""
    flat = line(text)
    # Within backticks everything is text, but for these two, which no escape helps against.
    plain = flat and not set(flat) & set("`|") and _defanged(flat) == flat
    return f"`{flat}`" if plain else markdown(flat)


def literal(text: str) -> str:
    """One line of Markdown as code, in which GitHub and GitLab look for nothing.

    Both make links and mentions of `#12`, `GH-12`, `!7` and the like in text, even where Markdown's
    own escapes stand; GitLab obeys a line that begins with a `/`.
    """
    # No escape helps against a backtick within code; the grave accent looks the same.
    flat = line(" ".join(_defanged(text).split())).replace("`", "\u02cb")
    return f"`{flat}`" if flat else ""


def jira(text: str) -> str:
    """One line of Jira's wiki markup: no markup, macro, mention, key of an issue or link."""
    flat = line(" ".join(_defanged(text).split()))
    return "".join(
        one if one.isalnum() or one in " .," or not one.isascii() else f"&#{ord(one)};"
        for one in flat
    )


def slack(text: str) -> str:
    """A text of Slack's mrkdwn, which knows three entities."""
    known = _defanged(visible(text)).replace("&", "&amp;")
    return known.replace("<", "&lt;").replace(">", "&gt;")


def chat(text: str) -> str:
    """A text for a receiver whose markup nobody named: Slack, Teams, Discord, a plain service."""
    flat = _defanged(visible(text))
    # A sign of less before a blank is one; before anything else it may begin a tag or a mention.
    flat = re.sub(r"<(?=\S)", "‹", flat)
    return re.sub(r"\](?=[(\[:])", "] ", flat)


def json(text: str) -> str:
    """What stands between the quotes of a JSON string."""
    return _json.dumps(visible(text))[1:-1]


def url(text: str) -> str:
    """One part of an address."""
    return quote(line(text), safe="")


def address(link: str) -> str:
    """An address in which nothing can end it early, or is markup."""
    return quote(link, safe=":/?#=&%+~,;")


def cell(text: str) -> str:
    """A cell of a CSV file: a text that a spreadsheet would compute gets a ' before it."""
    return f"'{text}" if re.match(COMPUTED, text) else text


def from_cell(text: str) -> str:
    """What `cell` was given."""
    return text[1:] if _QUOTED.match(text) else text


MEDIA: Mapping[str, Callable[[str], str]] = {
    "plain": visible,
    "line": line,
    "html": html,
    "mail": mail,
    "markdown": markdown,
    "slack": slack,
    "chat": chat,
    "json": json,
    "url": url,
}
"""What a placeholder of a notifier may ask for, by its name."""


def _plain(text: str) -> bool:
    """Whether nothing in a text needs a closer look; most have nothing."""
    return text.isprintable() and (text.isascii() or _DRAWN_AS_NOTHING.search(text) is None)


def _defanged(text: str) -> str:
    return _ADDRESS.sub(_cut_off, text)


def _cut_off(found: re.Match[str]) -> str:
    return f"[{'at' if found[0] == '@' else found[0]}]"


def _escaped(found: re.Match[str]) -> str:
    # Readers differ in whether a backslash saves these two from being a tag or an entity.
    return {"<": "&lt;", "&": "&amp;"}.get(found[1], f"\\{found[1]}")
