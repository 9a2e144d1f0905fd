"""A SQL file is one query, and what servers would understand differently is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from airlock.core.errors import SpecError
from airlock.core.statements import SourceQuery, nights_bound, read_statement, statement

NIGHTS = nights_bound("2026-01-03", "2026-01-05")


def taken(text: str) -> SourceQuery:
    return statement(text, sha256="0", shown="leads.sql")


@pytest.mark.parametrize(
    ("style", "text", "values"),
    [
        ("pyformat", "SELECT '50%%' FROM a WHERE d = %(night)s", {"night": date(2026, 1, 5)}),
        ("named", "SELECT '50%' FROM a WHERE d = :night", {"night": date(2026, 1, 5)}),
        ("qmark", "SELECT '50%' FROM a WHERE d = ?", (date(2026, 1, 5),)),
        ("format", "SELECT '50%%' FROM a WHERE d = %s", (date(2026, 1, 5),)),
        ("numeric", "SELECT '50%' FROM a WHERE d = :1", (date(2026, 1, 5),)),
    ],
)
def test_the_night_is_bound_and_never_part_of_the_text(style: str, text: str, values: object):
    query = taken("SELECT '50%' FROM a WHERE d = :night;")

    assert query.written(style, NIGHTS) == (text, values)


def test_without_a_night_a_percent_sign_stays_as_it_is():
    assert taken("SELECT 5 % 2").written("pyformat", {}) == ("SELECT 5 % 2", {})


def test_a_window_is_asked_for_once_by_its_first_night():
    query = taken("WITH a AS (SELECT 1) SELECT * FROM a WHERE d BETWEEN :first_night AND :night")

    assert query.by_window
    assert query.written("qmark", NIGHTS)[1] == (date(2026, 1, 3), date(2026, 1, 5))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("SELECT :night AS day, id FROM leads", id="a column alone"),
        pytest.param("SELECT id FROM leads ORDER BY (day = :night)", id="an order"),
        pytest.param(
            "SELECT id, (SELECT max(:night) FROM b WHERE b.x = 1) FROM a WHERE x = 1", id="within"
        ),
    ],
)
def test_a_query_that_chooses_no_rows_by_its_night_is_refused(text: str):
    with pytest.raises(SpecError, match="chooses no rows by it: every night would have all"):
        taken(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT :night AS day, id FROM leads WHERE (day) = date(:night)",
        "SELECT id FROM leads_of(:night)",
        "SELECT id FROM a JOIN b ON a.id = b.id AND b.day = :night",
        "SELECT id, (SELECT count(*) FROM b WHERE b.id = a.id AND b.day <= :night) FROM a",
        "SELECT day, count(*) FROM a GROUP BY day HAVING day = :night",
    ],
)
def test_a_night_may_choose_rows_anywhere(text: str):
    assert taken(text).by_night


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("SELECT a::text, b[1:2], 'x :night y', \":night\", `:night`", id="no names"),
        pytest.param("-- :night; DELETE\nSELECT 1 /* ; :nigth */", id="comments"),
        pytest.param("SELECT src:customer.name FROM t", id="a path of Snowflake"),
        pytest.param("SELECT \"update\", 'delete' FROM t", id="words in quotes"),
        pytest.param("(SELECT 1) UNION (SELECT 2)", id="parentheses"),
        pytest.param("SELECT 'it''s'", id="a doubled quote"),
    ],
)
def test_what_only_looks_like_something_else_is_a_query_without_nights(text: str):
    assert not taken(text).by_night


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("", "is no query", id="empty"),
        pytest.param("-- only a comment\n", "is no query", id="a comment"),
        pytest.param("DELETE FROM a RETURNING *", "line 1: DELETE changes", id="delete"),
        pytest.param(
            "WITH gone AS (\n delete FROM a RETURNING *)\nSELECT * FROM gone",
            "line 2: DELETE changes",
            id="delete in WITH",
        ),
        pytest.param("SELECT * INTO b FROM a", "INTO changes", id="into"),
        pytest.param("SELECT 1 INTO OUTFILE '/tmp/x'", "INTO changes", id="into a file"),
        pytest.param("SELECT * FROM a FOR UPDATE", "UPDATE changes", id="a lock"),
        pytest.param("COPY a TO '/tmp/x'", "is no query", id="copy"),
        pytest.param("ATTACH 'x'", "is no query", id="attach"),
        pytest.param("SELECT 1;\nSELECT 2", "line 2: something stands behind", id="two"),
        pytest.param("SELECT 1;;", "something stands behind", id="two ends"),
        pytest.param("SELECT 1--1", "servers differ", id="two signs, or a comment"),
        pytest.param("SELECT /*!50000 SLEEP(9) */ 1", "servers differ", id="run by MySQL alone"),
        pytest.param("SELECT /*M! SLEEP(9) */ 1", "servers differ", id="run by MariaDB alone"),
        pytest.param("SELECT /* a /* b */ */ 1", "servers differ", id="a comment in a comment"),
        pytest.param(r"SELECT 'a\'; DELETE FROM b --'", "servers differ", id="a backslash"),
        pytest.param("SELECT $$a$$", "servers differ", id="dollar quotes"),
        pytest.param("SELECT $a$;$a$", "servers differ", id="tagged dollar quotes"),
        pytest.param("SELECT 'a", "a quote never closes", id="an open quote"),
        pytest.param("SELECT 1 /* a", "servers differ", id="an open comment"),
        pytest.param("SELECT \0 1", "never closes", id="NUL"),
        pytest.param("SELECT :nigth", "line 1: :nigth stands for nothing", id="a typo"),
        pytest.param("SELECT\n:first_night", "asks for :first_night and not", id="no last night"),
    ],
)
def test_everything_else_is_refused_with_its_line(text: str, what: str):
    with pytest.raises(SpecError, match=what):
        taken(text)


def test_a_typo_is_told():
    with pytest.raises(SpecError, match="Did you mean :first_night"):
        taken("SELECT :firts_night")


def test_a_file_is_read_with_its_digest(tmp_path: Path):
    path = tmp_path / "leads.sql"
    path.write_bytes("\ufeffSELECT 'ü'".encode())

    assert len(read_statement(path, shown="leads.sql").sha256) == 64

    path.write_bytes("SELECT 'ü'".encode("cp1252"))
    with pytest.raises(SpecError, match="is not UTF-8"):
        read_statement(path, shown="leads.sql")
    with pytest.raises(SpecError, match=r"nowhere.sql cannot be read \(No such file"):
        read_statement(tmp_path / "nowhere.sql", shown="nowhere.sql")
