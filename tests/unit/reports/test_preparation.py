"""The page of prepare says what came in, what went out, and where each column comes from."""

from __future__ import annotations

from pathlib import Path

from airlock.reports import describe, write_report
from tests.joined import joined, shop


def test_the_page_names_sources_nights_lineage_and_sql(tmp_path: Path):
    record, _ = joined(tmp_path, shop(tmp_path), nights=("2026-02-14", "2026-02-28"))

    page = describe(record)
    sources, matches, lineage, nights, sql = page.tables

    assert page.headline == "3 rows joined of 2 sources"
    assert [row[3] for row in sources.rows] == ["2", "4"]
    assert [row[2:] for row in matches.rows] == [("3", "3", "3")]
    assert [(row[0].text, row[2]) for row in lineage.rows] == [
        ("customer_id", "customers.customer_id"),
        ("night", "no source: the SQL, or the night"),
        ("plan", "customers.plan"),
        ("orders", "orders.buyer"),
        ("spent", "orders.amount"),
    ]
    assert nights.rows == (
        ("2026-02-14", "1", "1", "1", "0"),
        ("2026-02-28", "2", "3", "2", "0"),
    )
    assert sql.rows[1][1] == "SELECT"
    write_report(record, tmp_path)
    assert "coalesce(sum(o.amount), 0) AS spent" in (tmp_path / "index.html").read_text()
