"""Made-up tables of different shapes, as people bring them, and a project to put them into."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path


def subscribers(count: int = 1_500) -> bytes:
    """Two classes, a number for each row, an address, some gaps written as "?"."""
    chance = random.Random(1)
    lines = ["customer_id,email,age,plan,visits,signed_up,left"]
    for at in range(count):
        visits = chance.randint(0, 30)
        left = "yes" if chance.random() < 1 / (1 + 2.7 ** (visits / 4 - 3)) else "no"
        age = "?" if at % 50 == 0 else str(chance.randint(18, 90))
        plan = chance.choice(["basic", "plus", "pro"])
        day = f"2025-{at % 12 + 1:02d}-{at % 28 + 1:02d}"
        lines.append(f"C{at:05d},c{at}@example.com,{age},{plan},{visits},{day},{left}")
    return ("\n".join(lines) + "\n").encode()


def flats(count: int = 1_500) -> bytes:
    """A number is predicted; decimal comma, cp1252, dd.mm.yyyy, semicolons."""
    chance = random.Random(2)
    lines = ["Wohnung Nr;Straße;Fläche;Zimmer;Bezugsfertig;Lage;Miete"]
    for at in range(count):
        size, rooms = chance.uniform(20, 140), chance.randint(1, 5)
        place = chance.choice(["süd", "nord", "mitte"])
        rent = 8.5 * size + 30 * rooms + (200 if place == "mitte" else 0) + chance.gauss(0, 40)
        day = f"{at % 28 + 1:02d}.{at % 12 + 1:02d}.2024"
        street = f"Grüne Straße {at}"
        figures = f"{size:.1f};{rooms};{day};{place};{rent:.2f}".replace(".", ",")
        # The day has points.
        figures = figures.replace(day.replace(".", ","), day)
        lines.append(f"{at + 1};{street};{figures}")
    return ("\n".join(lines) + "\n").encode("cp1252")


def flowers(count: int = 1_500) -> bytes:
    """Three classes, a number for each row, one column that says nothing."""
    chance = random.Random(3)
    lines = ["plant,length,width,site,kind"]
    for at in range(count):
        kind = at % 3
        length, width = chance.gauss(4 + kind, 0.5), chance.gauss(1 + kind / 2, 0.3)
        lines.append(f"P{at:05d},{length:.2f},{width:.2f},garden,{('a', 'b', 'c')[kind]}")
    return ("\n".join(lines) + "\n").encode()


def visits(count: int = 1_800) -> bytes:
    """Several rows of one person, so that no column names a row; tabs; true and false."""
    chance = random.Random(4)
    lines = ["person_id\tminutes\tchannel\tbought"]
    for at in range(count):
        minutes = chance.expovariate(0.1)
        bought = chance.random() < 1 / (1 + 2.7 ** (2 - minutes / 6))
        channel = chance.choice(["web", "app"])
        lines.append(f"V{at % 600:04d}\t{minutes:.1f}\t{channel}\t{str(bought).lower()}")
    return ("\n".join(lines) + "\n").encode()


# name: rows, target, entity where one must say it.
TABLES: dict[str, tuple[Callable[[], bytes], str, str | None]] = {
    "subscribers": (subscribers, "left", None),
    "flats": (flats, "Miete", None),
    "flowers": (flowers, "kind", None),
    "visits": (visits, "bought", "person_id"),
}


def bring(name: str, root: Path) -> list[str]:
    """Put a table into a project, and the words of the command that writes its pipeline."""
    make, target, entity = TABLES[name]
    table = root / "var/data" / f"{name}.{'tsv' if name == 'visits' else 'csv'}"
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_bytes(make())
    words = ["new", name, "--from", str(table), "--target", target, "--project", str(root)]
    return [*words, *(["--entity", entity] if entity else [])]
