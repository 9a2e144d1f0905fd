"""airlock expectations draft: to standard output or into a new file, and never over another."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock.cli import main as cli
from airlock.config.settings import Settings
from airlock.stages.validate.spec import Expectations


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sample, on a machine without any settings."""

    def refused() -> Settings:
        raise AssertionError("drafting needs no settings")

    monkeypatch.setattr(Settings, "read", refused)
    path = tmp_path / "rows.csv"
    path.write_text("id;fee\n" + "".join(f"{n};{n % 7}\n" for n in range(50)))
    return path


def test_a_draft_goes_to_standard_output(rows: Path, capsys: pytest.CaptureFixture[str]):
    status = cli.main(["expectations", "draft", str(rows)])

    said = capsys.readouterr()
    assert status == 0
    assert "key: [id]" in said.out
    assert said.err == ""


def test_a_draft_goes_into_a_new_file(rows: Path, capsys: pytest.CaptureFixture[str]):
    out = rows.parent / "new.yaml"

    status = cli.main(["expectations", "draft", str(rows), "--key", "id, fee", "--out", str(out)])

    assert (status, capsys.readouterr().out) == (0, "")
    assert Expectations.load(out).contract.key == ("id", "fee")


def test_no_file_is_overwritten(rows: Path, capsys: pytest.CaptureFixture[str]):
    out = rows.parent / "mine.yaml"
    out.write_text("mine")

    status = cli.main(["expectations", "draft", str(rows), "--out", str(out)])

    assert status == 2
    assert out.read_text() == "mine"
    assert "is there already. Name a new file." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        pytest.param(["gone.csv"], 2, "There is nothing at gone.csv", id="no source"),
        pytest.param(["{rows}", "--delimiter", "ab"], 2, "exactly one", id="two characters"),
        pytest.param(["{rows}", "--encoding", "latin-99"], 2, "encoding", id="no encoding"),
        pytest.param(["{rows}", "--key", "fee"], 1, "fee names some rows twice", id="no key"),
        pytest.param(["{rows}", "--delimiter", "7"], 1, "one table", id="no delimiter"),
        pytest.param(["{rows}", "--out", "/proc/no/file"], 2, "cannot be written", id="no folder"),
    ],
)
def test_a_problem_is_one_clear_line(
    rows: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, said: str
):
    given = [one.format(rows=rows) for one in arguments]

    assert cli.main(["expectations", "draft", *given]) == status

    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.startswith("airlock: ")
    assert complaint.count("\n") == 1


def test_a_sample_without_a_header_is_given_its_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "rows.tsv"
    path.write_text('ham\tgo on, say "hi\nspam\tfree\n')

    cli.main(["expectations", "draft", str(path), "--names", "label,text", "--no-quotes"])

    said = capsys.readouterr().out
    assert "label: {type: string}" in said
    assert 'delimiter: "\\t"' in said
