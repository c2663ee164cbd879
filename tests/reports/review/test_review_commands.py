"""The commands after the workbooks have come back: exit codes, sentences, the order of steps, and where people's verdict is shown."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.errors import RunError, UserError
from reports.people import people_lines, people_verdicts
from tests.reports.review.filled import Made, fill_all
from tests.reports.review.people import EXACT
from tests.reports.review.test_review_to_verdict import decided, small_batch


def run(*arguments: object, code: int = 0) -> str:
    """What a command printed; fails if it ends otherwise than with `code`."""
    result = CliRunner().invoke(app, [*map(str, arguments)])
    if isinstance(result.exception, UserError | RunError):
        assert result.exception.exit_code == code, result.exception
        return str(result.exception)
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return small_batch(tmp_path, 40, gain=0.7)


@pytest.mark.slow
def test_the_way_to_the_verdict_and_no_step_out_of_order(made: Made, tmp_path: Path) -> None:
    batch, files = made.batch.folder, fill_all(made, EXACT, tmp_path / "returned")
    for step in ("freeze", "adjudicate", "unblind", "verdict", "pairs"):
        assert run("review", step, batch, code=2)
        assert made.batch.state == "exported", step
    assert "2 of 3 raters are there; missing: R3" in run("review", "import", batch, *files[:2])
    assert "R3" in run("review", "freeze", batch, code=2)
    assert "3 of 3 raters are there" in run("review", "import", batch, files[2])
    assert "frozen" in run("review", "freeze", batch)
    assert "frozen" in run("review", "import", batch, files[0], code=2)
    assert "nothing to settle" in run("review", "adjudicate", batch, code=2)
    assert "harness review verdict" in run("review", "unblind", batch)
    text = run("review", "verdict", batch)
    assert text.splitlines()[0].startswith("BETTER")
    assert "Krippendorff" in text
    better = sum(made.truth[item, 1] > made.truth[item, 0] for item, run_ in made.truth if run_)
    assert run("review", "pairs", batch).startswith(f"{better} pairs: ")
    assert "dashboard.html" in run("review", "dashboard", batch)
    assert run("review", "verdict", batch), "the report can be written anew"
    states = [line["state"] for line in made.batch.audit() if line["state"]]
    assert list(dict.fromkeys(states)) == ["exported", "collecting", "frozen", "unblinded", "verdict"]


def test_a_file_that_is_not_there_and_a_folder_that_is_no_batch_get_a_sentence(made: Made, tmp_path: Path) -> None:
    assert "nowhere.xlsx" in run("review", "import", made.batch.folder, tmp_path / "nowhere.xlsx", code=2)
    assert "no review batch" in run("review", "verdict", tmp_path, code=2)
    assert "no folder" in run("review", "pairs", made.batch.folder, "--out", tmp_path / "a" / "b.jsonl", code=2)


@pytest.mark.slow
def test_adjudication_by_command(made: Made, tmp_path: Path) -> None:
    from tests.reports.review.test_review_to_verdict import unsafe_seen

    batch = made.batch.folder
    run("review", "import", batch, *unsafe_seen(made, tmp_path / "returned"))
    assert "40 places" in run("review", "freeze", batch)
    assert "40 conflicts" in run("review", "adjudicate", batch)
    book = made.batch.out / f"{made.batch.id}_adjudicator.xlsx"
    assert "nothing was taken over" in run("review", "adjudicate", batch, book, code=2)
    assert "decisions taken over" in run("review", "adjudicate", batch, decided(book, made, "0"))
    run("review", "unblind", batch)
    assert run("review", "verdict", batch).startswith("WORSE")


@pytest.mark.slow
def test_people_stand_above_the_metrics_and_beside_those_that_disagree(made: Made, tmp_path: Path) -> None:
    batch = made.batch.folder
    run("review", "import", batch, *fill_all(made, EXACT, tmp_path / "returned"))
    run("review", "freeze", batch)
    run("review", "unblind", batch)
    run("review", "verdict", batch)
    first, second = tmp_path / "run-0", tmp_path / "run-1"
    (found,) = people_verdicts(first, second)
    assert (found.batch, found.verdict) == (made.batch.id, "BETTER")
    assert people_verdicts(second, first) == people_verdicts(second, second) == []
    agree = people_lines(first, second, {"arith": "IMPROVED"})
    assert len(agree) == 1
    assert agree[0].startswith("people: BETTER")
    disagree = people_lines(first, second, {"arith": "REGRESSED", "other": "PASS"})
    assert disagree[1].startswith("people and metrics disagree")
    assert "arith REGRESSED" in disagree[1]
    assert "other" not in disagree[1]
    output = run("compare", first, second)
    assert output.startswith("people: BETTER")
    (second / f"review-{made.batch.id}.json").write_text(json.dumps({"baseline": "x"})[:-1], encoding="utf-8")
    assert "damaged" in run("compare", first, second, code=3)
