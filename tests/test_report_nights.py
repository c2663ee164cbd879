"""The report of nights: several hundred of them through the real readers, and what stays readable."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from harness.command_report import run_report
from harness.errors import RunError, UserError
from harness.history import read_history
from harness.nightly.records import Night
from harness.nightly.state import read_nights, write_night
from reports.page.nights import nights_view, screening_points, streaks
from tests.many_nights import KINDS, SUITES, many_nights
from tests.test_report_page import Page

NASTY = "\"><script>document.title='owned'</script>\u202e"


def page_of(nightly: Path, out: Path, language: str = "en") -> str:
    assert run_report([str(nightly)], str(out), language, (), False) == 0  # type: ignore[arg-type]
    return (out / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_series_have_marks_and_end_where_the_baseline_changes(tmp_path: Path) -> None:
    many_nights(tmp_path, 100)
    nights = read_nights(tmp_path)
    view = nights_view(nights)
    assert view.counts == {"green": 98, "red": 1, "error": 1}
    assert [len(series.steps) for series in view.series] == [100] * len(KINDS) * len(SUITES)
    code = next(series for series in view.series if (series.kind, series.suite) == ("pinned", "code_execution"))
    assert [step.time.date().isoformat() for step in code.steps if step.mark == "red"] == [nights[79].started[:10]]
    assert [len(segment) for segment in code.segments()] == [50, 50]
    follow = next(series for series in view.series if (series.kind, series.suite) == ("pinned", "instruction_following"))
    assert follow.steps[96].mark == "error"
    assert sum(map(len, follow.segments())) == 99, "a night without a difference is no point of the line"
    assert [change for _, change in view.changes] == ["vllm: 0.60 → 0.61"]
    assert streaks(view.lines) == 3


def test_a_change_is_new_once_however_long_no_night_is_green(tmp_path: Path) -> None:
    many_nights(tmp_path, 60)
    last = read_nights(tmp_path)[-1]
    for number in (61, 62):
        write_night(tmp_path, last.model_copy(update={"night": f"night-{number}", "number": number}))
    lines = nights_view(read_nights(tmp_path)).lines
    assert [len(line.new) for line in lines[:3]] == [0, 0, 1]
    assert all(line.weights == 1 for line in lines[:3])


def test_scores_are_those_of_screening_runs_once_each(tmp_path: Path) -> None:
    many_nights(tmp_path, 5)
    nights = read_nights(tmp_path)
    again = nights[-1].model_copy(update={"night": "again", "number": 6})
    points = screening_points([*nights, again], read_history(tmp_path).points)
    assert {place: len(found) for place, found in points.items()} == {("cockpit", suite): 5 for suite in SUITES}
    other = tmp_path / "second-look"
    (tmp_path / "cockpit-0001").rename(other)
    assert len(screening_points(nights, read_history(tmp_path).points)["cockpit", SUITES[0]]) == 4


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_four_hundred_nights_stay_readable(tmp_path: Path, language: str) -> None:
    many_nights(tmp_path / "nightly", 400)
    text = page_of(tmp_path / "nightly", tmp_path / "out", language)
    page = Page(text)
    assert len(text.encode()) < 1_500_000
    found = re.sub(r"\s+", " ", page.text)
    said = {"en": "400 nights in all: RED 5, GREEN 391, ERROR 4.", "zh": "共 400 夜：红 RED 5, 绿 GREEN 391, 错误 ERROR 4。"}[language]
    assert said in found
    # A plot each for scores, and for differences from each baseline; a table a month, of which only the newest is open.
    assert text.count('class="plot"') == len(SUITES) * (1 + len(KINDS))
    assert len(re.findall(r"<details( open)?><summary><strong>\d{4}-\d\d</strong>", text)) == 14
    assert len(re.findall(r"<details open><summary><strong>2026-11</strong>", text)) == 1
    assert re.findall(r"(?:flagged, not confirmed|标记但未确认): \d+; (?:confirmed regressions|确认的退步): 5", found) != []
    # Marks: five crosses in one plot, and nothing drawn for each of 400 nights but its dot.
    table = pd.read_csv(tmp_path / "out" / "nights.csv")
    assert len(table) == 400 * len(KINDS) * len(SUITES)
    assert table.red.sum() == 5
    assert "vllm: 0.60 → 0.61" in found


@pytest.mark.slow
def test_the_page_of_few_nights_says_all_of_the_latest(tmp_path: Path) -> None:
    many_nights(tmp_path / "nightly", 80)
    text = page_of(tmp_path / "nightly", tmp_path / "out")
    found = re.sub(r"\s+", " ", Page(text).text)
    last = read_nights(tmp_path / "nightly")[-1]
    ((against, row),) = last.red
    for words in (
        "RED (1 night in a row).", f"cockpit → pinned ({against.baseline})", f"{row.difference:+.3f}", "confirmed on 3 fresh responses",
        "What changed since the last green night", "below the limit", "A/A: anchor", "2.1 % / 400", "reported only",
    ):  # fmt: skip
        assert words in found
    assert (tmp_path / "out" / "report.md").read_text(encoding="utf-8").startswith(f"# Night {last.night}: RED")


@pytest.mark.slow
def test_nights_are_untrusted_text_too(tmp_path: Path) -> None:
    many_nights(tmp_path / "nightly", 2)
    path = next((tmp_path / "nightly" / "nights").glob("*-02/night.json"))
    whole = json.loads(path.read_text(encoding="utf-8"))
    whole["notes"], whole["changed"][0]["what"], whole["against"][0]["rows"][0]["suite"] = [NASTY], NASTY, NASTY
    whole["against"][0]["baseline"] = whole["sides"][0]["name"] = whole["against"][0]["model"] = NASTY
    whole["against"][1]["error"], whole["colour"] = NASTY, "error"
    path.write_text(json.dumps(whole), encoding="utf-8")
    page = Page(page_of(tmp_path / "nightly", tmp_path / "out"))
    assert page.tags.count("script") == 1
    assert "\u202e" not in page.text
    assert not [value for name, value in page.attributes if name != "aria-label" and "owned" in value]


def test_folders_without_nights_and_nights_beside_runs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "nights").mkdir()
    with pytest.raises(UserError, match="holds no night yet"):
        run_report([str(tmp_path)], str(tmp_path / "out"), "en", (), False)
    many_nights(tmp_path, 1)
    with pytest.raises(UserError, match="give it alone"):
        run_report([str(tmp_path), str(tmp_path / "cockpit-0001")], str(tmp_path / "out"), "en", (), False)
    next((tmp_path / "nights").glob("*/night.json")).write_text("{", encoding="utf-8")
    with pytest.raises(RunError, match="is damaged or of a later version"):
        run_report([str(tmp_path)], str(tmp_path / "out"), "en", (), False)


def test_a_night_that_compared_nothing_has_a_page(tmp_path: Path) -> None:
    write_night(tmp_path / "nightly", Night(night="first", number=1, started="2026-01-01T00:00:00+00:00", hardware={}, screen_level=0.05,
                                            confirm_level=0.01, tests=1))  # fmt: skip
    found = re.sub(r"\s+", " ", Page(page_of(tmp_path / "nightly", tmp_path / "out")).text)
    assert "NOT FINISHED (1 night in a row). 1 night in all" in found
    assert pd.read_csv(tmp_path / "out" / "nights.csv").night.tolist() == ["first"]
