"""The dossier of a version of high risk: one order, the same bytes, in two forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock.reports.dossier import DOCX, HTML, dossier_page, write_dossier
from tests.unit.reports.examples import PROBED
from tests.unit.reports.test_card import described


def test_it_reads_from_purpose_to_approvals():
    titles = [table.title for table in dossier_page(described(evaluation=PROBED)).tables]

    sections = list(dict.fromkeys(title.partition(":")[0] for title in titles))
    assert sections == [
        "1. Purpose",
        "2. Data",
        "3. Development",
        "4. Validation",
        "5. Limits",
        "6. Monitoring",
        "7. Approvals",
        "8. Which content",
    ]
    # What costs nothing stands before the candidate's own figures.
    validation = [title for title in titles if title.startswith("4.")]
    assert "costs nothing" in validation[0]
    assert validation[-1] == "4. Validation: What it goes by"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("Choose whom to call before they leave.", id="purpose"),
        pytest.param("30; 1 could not be trained", id="search"),
        pytest.param("Loss of AUROC without tenure", id="lost column"),
        pytest.param("Along tenure", id="effect"),
        pytest.param("Who must say yes", id="approvals"),
    ],
)
def test_it_says_what_the_records_hold(said: str, tmp_path: Path):
    write_dossier(described(evaluation=PROBED), tmp_path)

    assert said in (tmp_path / HTML).read_text()


def test_equal_records_give_equal_bytes_in_both_forms(tmp_path: Path):
    docx = pytest.importorskip("docx")
    (tmp_path / "again").mkdir()

    for folder in (tmp_path, tmp_path / "again"):
        write_dossier(described(evaluation=PROBED), folder)

    for name in (HTML, DOCX):
        assert (tmp_path / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    document = docx.Document(tmp_path / DOCX)
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    assert headings == [table.title for table in dossier_page(described(evaluation=PROBED)).tables]
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert "Retention team" in cells
