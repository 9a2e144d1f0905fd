"""The catalog is whole, and docs/reliability.md says all of it."""

from __future__ import annotations

from tests.faults import report
from tests.faults.catalog import every_fault
from tests.faults.report import Row


def test_there_are_sixty_faults_at_least_of_every_level():
    faults = every_fault()

    assert len(faults) >= 60
    assert {one.level for one in faults} == {"stage", "process", "airflow"}
    assert any(one.sample for one in faults)


def test_the_docs_list_every_fault_with_what_is_promised():
    listed = [
        line.strip("|").split("|")[:4]
        for line in report.DOCS.read_text().splitlines()
        if line.startswith("| ")
    ]
    cells = {tuple(cell.strip() for cell in row) for row in listed}

    for one in every_fault():
        assert (one.name, one.level, one.broken, one.promised) in cells, (
            f"{one.name} is not in docs/reliability.md as the catalog has it: "
            "PYTHONPATH=.:plugins python -m tests.faults.report writes the table"
        )


def test_a_fault_that_is_known_to_break_something_is_no_part_of_the_sample():
    assert [one.name for one in every_fault() if one.sample and not one.kept] == []


def test_a_run_of_one_fault_leaves_the_rows_of_the_others_as_they_were(tmp_path):
    first, second = every_fault()[:2]
    docs = tmp_path / "reliability.md"
    docs.write_text(f"Before\n{report.BEGIN}\n{report.END}\nAfter\n")
    rows = [
        Row(name=one.name, seen="a | b\nc", seconds=3.2, ran="2026-01-05", ok=True)
        for one in (first, second)
    ]

    report.write(every_fault(), rows, docs=docs)
    report.write(
        every_fault(),
        [Row(name=first.name, seen="broken", seconds=1.0, ran="2026-01-06", ok=False)],
        docs=docs,
    )

    said = report.known(docs.read_text())
    assert said[second.name] == ("a / b c", "3", "2026-01-05", "yes")
    assert said[first.name][:3] == ("broken", "1", "2026-01-06")
    assert said[first.name][3].startswith("**no**")
    assert docs.read_text().startswith("Before\n")
    assert docs.read_text().endswith("After\n")
