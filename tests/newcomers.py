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


def rents(count: int = 1_500) -> bytes:
    """No number for a row at all; decimal comma, cp1252, dd.mm.yyyy, semicolons."""
    _, *lines = flats(count).decode("cp1252").splitlines()
    head = "Fläche;Zimmer;Bezugsfertig;Lage;Miete"
    # Without the number and the street; some rows twice.
    kept = [line.split(";", 2)[2] for line in lines]
    return ("\n".join([head, *kept, *kept[:20]]) + "\n").encode("cp1252")


def campaigns(count: int = 1_500) -> bytes:
    """As bank marketing has it: semicolons, all texts in quotes, no number for a row."""
    chance = random.Random(5)
    lines = ['"age";"job";"balance";"contact";"duration";"y"']
    for _ in range(count):
        duration = chance.randint(0, 1_500)
        said = "yes" if chance.random() < 1 / (1 + 2.7 ** (4 - duration / 200)) else "no"
        job, contact = chance.choice(["admin.", "services"]), chance.choice(["cellular", "unknown"])
        balance = chance.randint(-500, 9_000)
        lines.append(f'{chance.randint(18, 90)};"{job}";{balance};"{contact}";{duration};"{said}"')
    return ("\n".join(lines) + "\n").encode()


def incomes(count: int = 1_500) -> bytes:
    """As Adult has it: a question mark for what nobody knows, two classes with marks in them."""
    chance = random.Random(6)
    lines = ["age,workclass,education_num,capital_gain,hours,income"]
    for _ in range(count):
        school = chance.randint(1, 16)
        much = ">50K" if chance.random() < 1 / (1 + 2.7 ** (10 - school)) else "<=50K"
        work = chance.choice(["Private", "State-gov", "?"])
        gain = chance.choice([0, 0, 0, chance.randint(1, 9_999)])
        figures = f"{chance.randint(17, 90)},{work},{school},{gain},{chance.randint(1, 99)}"
        lines.append(f"{figures},{much}")
    return ("\n".join(lines) + "\n").encode()


def charges(count: int = 1_338) -> bytes:
    """As insurance has it: few rows, a number is predicted, no number for a row."""
    chance = random.Random(7)
    lines = ["age,sex,bmi,children,smoker,region,charges"]
    for _ in range(count):
        age, bmi, smoker = chance.randint(18, 64), chance.gauss(30, 6), chance.random() < 0.2
        cost = 250 * age + 24_000 * smoker + 300 * (bmi - 30) * smoker + chance.gauss(0, 2_500)
        where = chance.choice(["northwest", "southeast"])
        lines.append(
            f"{age},{chance.choice(['female', 'male'])},{bmi:.2f},{chance.randint(0, 5)},"
            f"{'yes' if smoker else 'no'},{where},{max(cost, 1_000):.4f}"
        )
    return ("\n".join(lines) + "\n").encode()


def bikes(count: int = 1_500) -> bytes:
    """As bike sharing has it: a number for each row, a day, hours, a count is predicted."""
    chance = random.Random(8)
    lines = ["instant,dteday,hr,workingday,temp,cnt"]
    for at in range(count):
        hour, temp = at % 24, chance.random()
        day = f"2011-{at // 24 % 12 + 1:02d}-{at // 288 % 28 + 1:02d}"
        count_of = int(max(1, 200 * temp + 150 * (7 < hour < 20) + chance.gauss(0, 30)))
        lines.append(f"{at + 1},{day},{hour},{int(at % 7 < 5)},{temp:.2f},{count_of}")
    return ("\n".join(lines) + "\n").encode()


def clicks(hour: int, count: int = 90) -> bytes:
    """One hour of a table that comes by the hour."""
    chance = random.Random(hour)
    lines = ["click_id,seconds,device,bought"]
    for at in range(count):
        seconds = chance.expovariate(1 / 30)
        bought = int(chance.random() < 1 / (1 + 2.7 ** (2 - seconds / 20)))
        device = chance.choice(["phone", "desk"])
        lines.append(f"K{hour:03d}{at:04d},{seconds:.1f},{device},{bought}")
    return ("\n".join(lines) + "\n").encode()


# name: rows, target, entity where one must say it.
TABLES: dict[str, tuple[Callable[[], bytes], str, str | None]] = {
    "subscribers": (subscribers, "left", None),
    "flats": (flats, "Miete", None),
    "flowers": (flowers, "kind", None),
    "visits": (visits, "bought", "person_id"),
    "rents": (rents, "Miete", None),
    "campaigns": (campaigns, "y", None),
    "incomes": (incomes, "income", None),
    "charges": (charges, "charges", None),
    "bikes": (bikes, "cnt", None),
}


def bring(name: str, root: Path) -> list[str]:
    """Put a table into a project, and the words of the command that writes its pipeline."""
    make, target, entity = TABLES[name]
    table = root / "var/data" / f"{name}.{'tsv' if name == 'visits' else 'csv'}"
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_bytes(make())
    words = ["new", name, "--from", str(table), "--target", target, "--project", str(root)]
    return [*words, *(["--entity", entity] if entity else [])]
