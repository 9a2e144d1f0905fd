"""Draws the charts of a training as SVG: lines over two axes, and a grid of counts.

The same drawing stands on the page, in its colours, and alone in a file among MLflow's artefacts,
which brings its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from airlock.core.quoting import html as escape

_WIDTH, _HEIGHT = 320, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 12, 10, 36
_TICKS = 4
_TONES = ("first", "second", "third")
_STYLE = (
    "<style>text{font:11px sans-serif;fill:#5b6470}.axis{stroke:#aab2bd;fill:none}"
    ".line{fill:none;stroke-width:2}.first{stroke:#1f5fd0}.second{stroke:#b45309}"
    ".third{stroke:#5b6470;stroke-dasharray:4 3}.cell{fill:#1f5fd0}.count{fill:#1b1f24}</style>"
)


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One line: its name and its points, from left to right; its tone, if not by its place."""

    name: str
    points: tuple[tuple[float, float], ...]
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Up to three lines over two axes.

    Args:
        title: what is shown.
        x: the name of the horizontal axis.
        y: the name of the vertical one.
        lines: at least one point in all.
        unit: whether both axes go from 0 to 1; from the points if not.
    """

    title: str
    x: str
    y: str
    lines: tuple[ChartLine, ...]
    unit: bool = False
    kind: ClassVar[str] = "chart"

    @property
    def words(self) -> str:
        """The same for whoever does not see it: where each line begins and ends."""
        said = [
            f"{line.name} from {line.points[0][1]:.3g} to {line.points[-1][1]:.3g}"
            for line in self.lines
            if line.points
        ]
        return f"{self.title}; {self.y} over {self.x}: {', '.join(said)}"

    @property
    def inner(self) -> str:
        """What stands inside the SVG element; nothing in it is left unescaped."""
        low, high = self._ends(0), self._ends(1)
        # Losses fall, rates rise: the other corner is free.
        key = _HEIGHT - _BOTTOM - 12 * len(self.lines) if self.unit else _TOP + 12
        return "".join(
            (
                *_axes(low, high, self.x, self.y),
                *(
                    f'<path class="line {line.tone or tone}" d="{_path(line, low, high)}"/>'
                    for line, tone in zip(self.lines, _TONES, strict=False)
                ),
                *(
                    f'<text x="{_WIDTH - _RIGHT - 4}" y="{key + 13 * at}" '
                    f'text-anchor="end"><tspan class="key {line.tone or tone}">—</tspan> '
                    f"{escape(line.name)}</text>"
                    for at, (line, tone) in enumerate(zip(self.lines, _TONES, strict=False))
                ),
            )
        )

    @property
    def width(self) -> int:
        """In pixels."""
        return _WIDTH

    @property
    def height(self) -> int:
        """In pixels."""
        return _HEIGHT

    def _ends(self, axis: int) -> tuple[float, float]:
        if self.unit:
            return 0.0, 1.0
        values = [point[axis] for line in self.lines for point in line.points]
        low, high = min(values), max(values)
        return (low, high) if high > low else (low - 0.5, high + 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Counts of rows by the true and the predicted class.

    Args:
        title: what is shown.
        classes: in the order of rows and columns.
        counts: a row for each true class, a column for each predicted one.
    """

    title: str
    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    kind: ClassVar[str] = "chart"

    @property
    def words(self) -> str:
        """The same for whoever does not see it."""
        pairs = [
            f"{true} taken for {guessed} {count:,} times"
            for true, row in zip(self.classes, self.counts, strict=True)
            for guessed, count in zip(self.classes, row, strict=True)
        ]
        return f"{self.title}: {', '.join(pairs)}"

    @property
    def width(self) -> int:
        """In pixels."""
        return 90 + 64 * len(self.classes)

    @property
    def height(self) -> int:
        """In pixels."""
        return 40 + 34 * len(self.classes)

    @property
    def inner(self) -> str:
        """What stands inside the SVG element; nothing in it is left unescaped."""
        drawn = ['<text x="4" y="14">true</text><text x="90" y="14">predicted</text>']
        for at, name in enumerate(self.classes):
            shown = escape(name[:9])
            drawn.append(f'<text x="{122 + 64 * at}" y="32" text-anchor="middle">{shown}</text>')
            drawn.append(f'<text x="84" y="{61 + 34 * at}" text-anchor="end">{shown}</text>')
        for down, row in enumerate(self.counts):
            whole = sum(row) or 1
            for along, count in enumerate(row):
                x, y = 90 + 64 * along, 40 + 34 * down
                drawn.append(
                    f'<rect class="cell" x="{x}" y="{y}" width="62" height="32" '
                    f'opacity="{0.06 + 0.5 * count / whole:.2f}"/>'
                    f'<text class="count" x="{x + 31}" y="{y + 21}" text-anchor="middle">'
                    f"{count:,}</text>"
                )
        return "".join(drawn)


def alone(chart: Chart | Grid) -> str:
    """A file of its own, with its own colours, on white."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {chart.width} {chart.height}" '
        f'width="{2 * chart.width}" height="{2 * chart.height}">'
        f"<title>{escape(chart.title)}</title>{_STYLE}"
        f'<rect width="100%" height="100%" fill="#ffffff"/>{chart.inner}</svg>\n'
    )


def to_json(chart: Chart | Grid) -> dict[str, Any]:
    """As plain values."""
    if isinstance(chart, Grid):
        return {"title": chart.title, "classes": chart.classes, "counts": chart.counts}
    lines = [{"name": line.name, "points": line.points} for line in chart.lines]
    return {
        "title": chart.title, "x": chart.x, "y": chart.y, "unit": chart.unit, "lines": lines
    }  # fmt: skip


def from_json(fields: dict[str, Any]) -> Chart | Grid:
    """Read one back.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    if "counts" in fields:
        counts = tuple(tuple(map(int, row)) for row in fields["counts"])
        return Grid(title=fields["title"], classes=tuple(fields["classes"]), counts=counts)
    lines = tuple(
        ChartLine(line["name"], tuple((float(x), float(y)) for x, y in line["points"]))
        for line in fields["lines"]
    )
    return Chart(
        title=fields["title"], x=fields["x"], y=fields["y"], unit=fields["unit"], lines=lines
    )


def _axes(across: tuple[float, float], up: tuple[float, float], x: str, y: str) -> tuple[str, ...]:
    left, right, top, bottom = _LEFT, _WIDTH - _RIGHT, _TOP, _HEIGHT - _BOTTOM
    marks = []
    for at in range(_TICKS + 1):
        share = at / _TICKS
        along, height = left + share * (right - left), bottom - share * (bottom - top)
        marks.append(
            f'<text x="{along:.0f}" y="{bottom + 14}" text-anchor="middle">'
            f"{_said(across, share)}</text>"
            f'<text x="{left - 5}" y="{height + 4:.0f}" text-anchor="end">{_said(up, share)}</text>'
        )
    return (
        f'<path class="axis" d="M{left} {top}V{bottom}H{right}"/>',
        *marks,
        f'<text x="{(left + right) / 2:.0f}" y="{_HEIGHT - 4}" text-anchor="middle">'
        f"{escape(x)}</text>",
        f'<text transform="translate(11 {(top + bottom) / 2:.0f}) rotate(-90)" '
        f'text-anchor="middle">{escape(y)}</text>',
    )


def _said(ends: tuple[float, float], share: float) -> str:
    return f"{ends[0] + share * (ends[1] - ends[0]):.3g}"


def _path(line: ChartLine, across: tuple[float, float], up: tuple[float, float]) -> str:
    points = [
        f"{_LEFT + (x - across[0]) / (across[1] - across[0]) * (_WIDTH - _LEFT - _RIGHT):.1f} "
        f"{_HEIGHT - _BOTTOM - (y - up[0]) / (up[1] - up[0]) * (_HEIGHT - _TOP - _BOTTOM):.1f}"
        for x, y in line.points
    ]
    return "M" + "L".join(points) if points else ""
