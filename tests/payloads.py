"""Texts that some reader takes for more than text, and what shows that none did."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

SECRET = "the-signing-seed-must-stay-here"
"""What a template would read out of the connection `secret`."""

PAYLOADS: Mapping[str, str] = {
    "jinja expression": "{{ conn.secret.password }}{{ 7 * 191 }}",
    "jinja statement": "{% set x = 7 * 191 %}{% for i in [1, 2] %}x{% endfor %}",
    "jinja comment": "{# 1337 #}left",
    "jinja nested": "{{ '{{ 7 * 191 }}' }}",
    "html script": "<script>fetch('//evil.example')</script>",
    "html attribute": '" onmouseover="alert(1)" x="',
    "html image": "<img src=x onerror=alert(1)>",
    "slack mention": "<!channel> <@U123> <!subteam^S1>",
    "slack link": "<https://evil.example|the report>",
    "mentions": "@channel @here @everyone someone@example.org",
    "markdown link": "[x](javascript:alert(1)) ![y](https://evil.example/y.png)",
    "markdown reference": "[x][y]\n\n[y]: https://evil.example",
    "markdown table": "a | b\n\n# headline\n- item\n`code`",
    "bare address": "https://evil.example www.evil.example",
    "formula": "=cmd|' /C calc'!A0",
    "formula plus": "+1+1",
    "formula at": "@SUM(A1)",
    "formula tab": "\t=1",
    "escape sequence": "\x1b[2J\x1b]0;title\x07\x9b31m",
    "bidi marks": "invoice\u202etxt.exe \u2066x\u2069\u200f",
    "drawn as nothing": "approved\u3164 \u115fby\u034f A\ufe00da\u2800\uffa0\U000e0141",
    "zero width": "ad\u200bmin\ufeff",
    "template file html": "../../../../etc/passwd.html",
    "template file txt": "notes.txt",
    "template file sql": "drop.sql",
    "printf": "%s %(password)s %n",
    "format": "{0.__class__} {subject} {message} {link:html}",
    "sql": "x'; DROP TABLE churn; --",
    "json": '"}, {"text": "other',
    "header": "subject\r\nBcc: everybody@example.org\r\n\r\nbody",
    "null": "a\x00b",
    "path": "../../etc/passwd",
}
"""By what they are for."""

ACTING = "\x1b\x07\x9b\x00\x08\r\u202e\u202d\u2066\u2067\u200f\u200b\ufeff\u2028"
ACTING += "\u034f\u115f\u1160\u180b\u2800\u3164\ufe00\uffa0\U000e0141"
"""Characters that act and are not seen."""

texts = st.lists(
    st.one_of(
        st.sampled_from(list(PAYLOADS.values())),
        st.sampled_from([*"{}%#<>[]()@=+-!|`*_~&;:/\\'\"$ \n", *ACTING]),
        st.text(max_size=5),
    ),
    min_size=1,
    max_size=8,
).map("".join)
"""Payloads put together in any order."""
