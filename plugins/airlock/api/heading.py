"""The lines above a report: what it belongs to and what it is worth now, with a way back.

They are added when a report is served, once its bytes were verified: what was stored says what was
so when it was written, and is shared by every run that came to the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from airlock.core.quoting import html

# A page of our own begins with it; text from data is escaped, and cannot.
_BEGINS = b"\n<main>\n"
_STYLE = "margin-bottom:16px;padding-bottom:12px;border-bottom:1px solid currentColor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a report belongs to.

    Args:
        model: "" where the record names none.
        version: None likewise.
        night: "" for what is about a moment.
        now: what the outcome is worth now; "" where the ledger says nothing.
        depth: folders between the report's root and the page.
    """

    dag_id: str
    run_id: str
    task_id: str
    model: str = ""
    version: int | None = None
    night: str = ""
    now: str = ""
    depth: int = 0

    def over(self, page: bytes) -> bytes:
        """The page with the lines above it; a page of another library stays as it is."""
        before, begins, after = page.partition(_BEGINS)
        return before + begins + self._lines().encode() + after if begins else page

    def _lines(self) -> str:
        about = [html(self.model)] if self.model else []
        about += [f"version {self.version}"] if self.version is not None else []
        about += [f"night of {html(self.night)}"] if self.night else []
        # Relative to the page: it works below a path as well.
        up = "../" * (6 + self.depth)
        dag, run, task = (quote(one, safe="") for one in (self.dag_id, self.run_id, self.task_id))
        back = html(f"{up}dags/{dag}/runs/{run}/tasks/{task}/plugin/airlock-task-instance")
        now = f"<p><strong>Now:</strong> {html(self.now)}</p>" if self.now else ""
        return (
            f'<header style="{_STYLE}"><p>{" · ".join(about)}</p>'
            f'<p>Run <a href="{back}">{html(self.run_id)}</a> of {html(self.dag_id)}, task '
            f"{html(self.task_id)}</p>{now}</header>\n"
        )
