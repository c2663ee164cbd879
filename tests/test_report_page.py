"""The report's files, without a browser: what stands in them, what cannot become markup, what fits."""

import json
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest
import yaml
from markupsafe import Markup

from harness.command_report import run_report
from harness.compare import SuiteComparison, compare_runs
from harness.compare.records import Verdict
from harness.errors import RunError, UserError
from harness.visible import plain
from reports.page import selection, write
from reports.page.calibration import calibration
from reports.page.cases import Answers, Sample, Side, cases_of
from reports.page.figures import trends
from reports.page.forest import Mark, scale_of
from reports.page.marking import marked
from reports.page.render import read_text, source_hash
from reports.page.scatter import scatters
from reports.page.selection import Card, chunks, fitting
from reports.page.subjects import read_subjects
from reports.page.training import trainings
from reports.page.visible import shown
from reports.page.words import reason
from reports.people import people_verdicts
from tests.report_origins import change_manifest, reviewed, trained
from tests.report_runs import HOSTILE, answered, hostile_pair, pair, response, with_responses
from tests.run_folders import row

OURS = {
    "base.html.j2", "card.html.j2", "cases.html.j2", "items.html.j2", "nights.html.j2", "origins.html.j2", "report.html.j2",
    "tables.html.j2",
}  # fmt: skip
ROOT = Path(__file__).parent.parent


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def report(paths: list[Path], out: Path, language: str = "en") -> str:
    assert run_report([str(path) for path in paths], str(out), language, (), False) == 0  # type: ignore[arg-type]
    return (out / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_first_screen_has_the_verdict_in_a_sentence_and_every_figure_of_the_comparison(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    page = Page(report([base, tuned], tmp_path / "out"))
    (suite,) = compare_runs(base, tuned).suites
    text = re.sub(r"\s+", " ", page.text)
    assert "No loss beyond the margin: arith." in text
    assert suite.verdict == "PASS"
    assert suite.difference is not None
    assert suite.low is not None
    assert suite.detectable is not None
    for figure in (
        f"{suite.difference:+.3f}",
        f"{suite.low:+.3f}…",
        f"{suite.detectable:.3f}",
        "not measured",
        suite.reason,
        "INCONCLUSIVE",
    ):
        assert figure in text
    assert "no programs were run" in text
    assert page.tags.count("details") > 73


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_flips_come_first_with_both_answers_reasons_and_marks(tmp_path: Path, language: str) -> None:
    text = report([*pair(tmp_path)], tmp_path / "out", language)
    order = re.findall(r'class="case" data-o="(\w+)"', text)
    assert order == ["lost"] * 5 + ["gained"] * 8 + ["wrong"] * 30 + ["right"] * 30
    first = text[text.index('class="case"') :].split("</details>")[0]
    for part in ("What is 68 plus zero? 第68题", "<del>68</del>", "<ins>69</ins>", "expected 68, found 69", "expected 68, found 68"):
        assert part in first


@pytest.mark.slow
def test_what_is_unchanged_is_said_once(tmp_path: Path) -> None:
    long = "An answer that is long enough to be worth saying only once, since both models gave it word for word."
    runs = [answered(tmp_path / name, {"q": 0.0, "r": float(name == "tuned")}, {"q": long, "r": name}) for name in ("base", "tuned")]
    assert report(runs, tmp_path / "out").count(long) == 1


def test_a_side_that_generated_nothing_has_no_outline_and_the_other_has(tmp_path: Path) -> None:
    base = answered(tmp_path / "base", {"q": 1.0}, {"q": "some words"})
    lines = [row("q", None)]
    tuned = with_responses(tmp_path / "tuned", lines, [response(lines[0], None, "?")])
    text = report([base, tuned], tmp_path / "out")
    assert "Length of responses" in text
    assert text.count('class="stroke-series0"') == 1


@pytest.mark.slow
def test_one_run_has_a_report_too(tmp_path: Path) -> None:
    text = report([pair(tmp_path)[0]], tmp_path / "out")
    assert "1 suite, 73 items, no errors." in text
    assert re.findall(r'data-o="(\w+)"', text) == ["wrong"] * 38 + ["right"] * 35
    assert "| arith | correct | 73 |" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


def test_errors_are_shown_as_errors(tmp_path: Path) -> None:
    runs = [
        answered(tmp_path / name, {"q": None if name == "tuned" else 1.0, "r": 1.0}, {"q": "a", "r": "b"}) for name in ("base", "tuned")
    ]
    text = report(runs, tmp_path / "out")
    assert re.findall(r'data-o="(\w+)"', text) == ["error", "right"]
    assert "error: engine died" in text
    assert "Error, no statement: arith." in text


@pytest.mark.slow
def test_incomparable_suites_say_what_differs_and_pair_nothing(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    manifest = json.loads((tuned / "manifest.json").read_text())
    manifest["engine"] = {**manifest["engine"], "kind": "server"}
    (tuned / "manifest.json").write_text(json.dumps(manifest))
    text = report([base, tuned], tmp_path / "out")
    assert "Not comparable: arith." in text
    assert "engine: vllm → server" in text
    assert "data-o=" not in text
    assert run_report([str(base), str(tuned)], str(tmp_path / "out"), "en", (), True) == 0
    forced = (tmp_path / "out" / "report.html").read_text()
    assert "Compared by force" in forced
    assert "data-o=" in forced


@pytest.mark.slow
def test_a_comparison_file_finds_its_runs_beside_it(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    file = tuned / "comparison-base.json"
    file.write_text(json.dumps(compare_runs(base, tuned, margins={"arith": 0.125}).as_json()))
    assert "−0.125" in report([file], tmp_path / "out")
    with pytest.raises(UserError, match="is no comparison"):
        report([base / "manifest.json"], tmp_path / "out")
    base.rename(tmp_path.parent / f"{tmp_path.name}-elsewhere")
    with pytest.raises(UserError, match=r"Run base of .* is not beside it"):
        report([file], tmp_path / "out")


@pytest.mark.slow
def test_several_candidates_share_one_page(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    other, _ = pair(tmp_path / "more")
    other = other.rename(tmp_path / "third")
    text = report([base, tuned, other], tmp_path / "out")
    assert text.count('class="sentence"') == 2
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_bad_folders_are_told_in_a_sentence(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    (tuned / "responses.jsonl").write_text("{")
    with pytest.raises(RunError, match=r"responses\.jsonl cannot be read"):
        report([base, tuned], tmp_path / "out")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be made"):
        report([base], tmp_path / "file" / "out")


@pytest.mark.parametrize(("language", "said"), [("en", "much worse"), ("zh", "差得多")])
def test_what_people_found_stands_above_the_metrics_and_where_both_disagree(tmp_path: Path, language: str, said: str) -> None:
    base = answered(tmp_path / "base", dict.fromkeys(map(str, range(40)), 0.0), dict.fromkeys(map(str, range(40)), "a"))
    tuned = answered(tmp_path / "tuned", dict.fromkeys(map(str, range(40)), 1.0), dict.fromkeys(map(str, range(40)), "b"))
    reason = {"en": "much worse", "zh": "差得多"}
    shown = {"en": "WORSE", "zh": "WORSE 更差"}
    verdict = {"baseline": "base", "batch": "b7", "created": "2026-01-03T00:00:00", "verdict": "WORSE", "shown": shown, "reason": reason}
    verdict |= {"format_version": 2, "dimension": "follow", "metrics": [], "ratings": []}
    (tuned / "review-b7.json").write_text(json.dumps(verdict))
    (tuned / "review-b8.json").write_text(json.dumps({**verdict, "baseline": "another", "batch": "b8"}))
    text = report([base, tuned], tmp_path / "out", language)
    assert f"{shown[language]} (b7, 2026-01-03): {said}" in text
    assert "(b8," not in text
    assert text.index("(b7,") < text.index('class="sentence"')
    assert "people and metrics disagree" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert re.search(r'class="people bad">[^<]* arith[。.]', text)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_in_answers_becomes_markup(tmp_path: Path, language: str) -> None:
    hostile = Page(report([*hostile_pair(tmp_path / "hostile")], tmp_path / "out", language))
    meek = Page(report([*pair(tmp_path / "meek")], tmp_path / "meek-out", language))
    assert set(hostile.tags) <= set(meek.tags) | {"del", "ins", "strong"}
    assert hostile.tags.count("script") == hostile.tags.count("style") == 1
    drawn = {"fill-opacity", "stroke-opacity"}
    assert {name for name, _ in hostile.attributes} <= {name for name, _ in meek.attributes} | drawn
    assert not [value for name, value in hostile.attributes if name == "href" and not value.startswith("#")]
    for kind in ("script", "handler", "link", "style", "template", "quotes"):
        assert HOSTILE[kind].replace("\n", "") in hostile.text


@pytest.mark.slow
def test_what_hides_is_shown(tmp_path: Path) -> None:
    text = report([*hostile_pair(tmp_path)], tmp_path / "out")
    for point in ("U+001B", "U+0007", "U+202E", "U+2066", "U+200B", "U+200D", "U+FEFF", "U+00AD", "U+E0041", "U+D83D"):
        assert f'<span class="hid">{point}</span>' in text
    assert not [char for char in set(text) - {"\n", "\t"} if unicodedata.category(char) in ("Cc", "Cf", "Cs")]


def test_every_character_that_unicode_calls_control_or_format_is_shown() -> None:
    hidden = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert [char for char in hidden if char not in "\t\n" and 'class="hid"' not in shown(char)] == []
    for harmless in ("plain\ttext\n", "中文，标点。", "naïve café", "☎\ufe0f 👍"):
        assert "hid" not in shown(harmless)
    assert plain("a\u202eb") == "a[U+202E]b"


@pytest.mark.slow
def test_long_texts_are_cut_and_say_so(tmp_path: Path) -> None:
    text = report([*hostile_pair(tmp_path)], tmp_path / "out")
    assert f"characters left out: {len(HOSTILE['long']) - 6000}" in text
    assert len(text.encode()) < 1_000_000


@pytest.mark.slow
def test_the_policy_names_exactly_what_the_page_holds(tmp_path: Path) -> None:
    text = report([*pair(tmp_path)], tmp_path / "out")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    (style,), (script,) = re.findall(r"<style>(.*?)</style>", text, re.S), re.findall(r"<script>(.*?)</script>", text, re.S)
    assert f"style-src '{source_hash(style)}'" in policy
    assert f"script-src '{source_hash(script)}'" in policy
    assert not re.search(r"<[^>]* (style|on\w+)=", text)
    assert not re.search(r"https?://(?!www\.w3\.org/)", text)


def test_templates_mark_as_safe_only_our_own_words() -> None:
    for name in OURS:
        assert re.findall(r"[^{}]*\|\s*safe", read_text(name)) in ([], [' "<br>" | safe']), name


def test_both_languages_say_everything() -> None:
    words = yaml.safe_load(read_text("words.yaml"))
    assert {name: set(said) for name, said in words.items() if set(said) != {"en", "zh"}} == {}
    used = {word for name in OURS for word in re.findall(r"\bt\.(\w+)", read_text(name))}
    assert used - words.keys() == set()


@pytest.mark.parametrize(("items", "times"), [(600, 150), pytest.param(5_000, 20, marks=pytest.mark.slow)])
def test_up_to_five_thousand_items_are_one_page_below_five_megabytes(tmp_path: Path, items: int, times: int) -> None:
    long, runs = "A rather long answer, 说了很多话。" * times, []
    for side, name in enumerate(("base", "tuned")):
        rows = [row(f"q{at}", float((at % 10 == 0) == bool(side))) for at in range(items)]
        lines = [response(line, f"{name} {long} {at}", long) for at, line in enumerate(rows)]
        runs.append(with_responses(tmp_path / name, rows, lines))
    text = report(runs, tmp_path / "out")
    assert 2_000_000 < len(text.encode()) < 5_000_000
    assert "Items that are not on this page" in text
    assert len(list((tmp_path / "out").glob("*.html"))) == 1


@pytest.mark.slow
def test_more_items_are_put_on_linked_pages_and_all_of_them_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "ONE_PAGE", 50)
    monkeypatch.setattr(write, "BUDGET", 40_000)
    out = tmp_path / "out"
    out.mkdir()
    (out / "report-items-s9-001.html").write_text("of an earlier report")
    text = report([*pair(tmp_path)], out)
    pages = sorted(out.glob("report-items-*.html"))
    assert len(pages) > 2
    assert re.findall(r'href="(report-items[^"]*)"', text) == [page.name for page in pages]
    found = [item for page in pages for item in re.findall(r'class="id">(q\d+)<', page.read_text(encoding="utf-8"))]
    assert sorted(found) == [f"q{at:03}" for at in range(73)]
    assert {*re.findall(r'class="case" data-o="(\w+)"', text)} == {"lost", "gained"}
    assert 'href="report.html"' in pages[0].read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_does_not_fit_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "BUDGET", 20_000)
    text = report([*pair(tmp_path)], tmp_path / "out")
    order = re.findall(r'class="case" data-o="(\w+)"', text)
    assert order[:5] == ["lost"] * 5
    assert f"Items that are not on this page: {73 - len(order)} (" in text


def test_suites_take_turns_for_the_room_there_is() -> None:
    groups = [[Card(order, Markup("x"), 10) for order in orders] for orders in ([0, 0, 0, 3], [0, 1, 3])]
    taken = fitting(groups, 50)
    assert [[card.order for card in group] for group in taken] == [[0, 0, 0], [0, 1]]
    assert [len(part) for part in chunks(groups[0], 25)] == [2, 2]
    assert [len(part) for part in chunks([Card(0, Markup("x"), 99)], 25)] == [1]
    assert selection.ONE_PAGE == 5_000


def test_marks_give_back_both_texts_and_give_up_where_they_would_say_nothing() -> None:
    before, after = "Turn left at <b>Main</b> Street, then stop.", "Turn right at <b>Main</b> Street, then wait."
    found = marked(before, after, 1000)
    assert found is not None
    for side, text in zip(found, (before, after), strict=True):
        assert re.sub(r"</?(del|ins)>", "", str(side)).replace("&lt;", "<").replace("&gt;", ">") == text
    assert "<del>left </del>" in found[0]
    assert "<ins>right </ins>" in found[1]
    assert marked("entirely other words here", "nothing of that kind stands there", 1000) is None
    assert marked("word " * 5000, "word " * 4999, 30_000) is None


def test_a_forest_keeps_everything_inside_and_zero_in_the_middle() -> None:
    marks = [Mark(-0.2, -0.43, 0.03, 0.05), Mark(None, None, None), Mark(1e-9, None, None)]
    scale = scale_of(marks)
    assert scale.x(0) == 95
    assert 0 < scale.x(-0.43) < scale.x(-0.2) < scale.x(0) < scale.x(0.43) < 190
    assert scale.x(5.0) == scale.x(scale.reach)
    assert scale_of([]).reach == 0.1
    for most in (0.0012, 0.05, 0.051, 0.3, 0.99, 1.0):
        assert most <= scale_of([Mark(most, None, None)]).reach <= 1.6 * most


def test_the_margin_is_drawn_on_the_side_of_losses() -> None:
    drawn = scale_of([Mark(0.02, -0.01, 0.05, 0.05)]).row(Mark(0.02, -0.01, 0.05, 0.05), "label")
    margin, zero, dot = (float(*re.findall(rf'class="{kind}" c?x1?="([\d.]+)"', drawn)) for kind in ("margin", "zero", "dot"))
    assert margin < zero < dot


@pytest.mark.parametrize(
    ("verdict", "figures", "said"),
    [
        ("IMPROVED", {"pvalue_improved": 0.0123}, "校正后在 5% 水平上更好（p = 0.0123）"),
        ("INCONCLUSIVE (floor)", {}, "基线不高于随机水平，谈不上损失"),
        ("PASS", {"upper": 0.1}, "没有超出界限 0.05 的损失"),
        ("PASS", {"upper": -0.001}, "没有超出界限 0.05 的损失；有小的真实损失"),
        ("REGRESSED", {}, "在 5% 水平上更差，且不能排除超出界限 0.05 的损失"),
        ("INCONCLUSIVE", {"variance": 0.2, "n": 73}, "约需 495 题才能排除 0.05 的损失"),
        ("ERROR", {}, "in English"),
    ],
)
def test_reasons_are_said_in_chinese_too(verdict: Verdict, figures: dict[str, float], said: str) -> None:
    suite = SuiteComparison(suite="s", verdict=verdict, reason="in English", margin=0.05, difference=0.0, **figures)  # type: ignore[arg-type]
    assert reason(suite, "zh") == said
    assert reason(suite, "en") == "in English"


def test_the_number_of_items_needed_is_the_one_that_comparisons_say(tmp_path: Path) -> None:
    runs = [answered(tmp_path / name, {str(at): float(at % 3 == side) for at in range(60)}, {str(at): "a" for at in range(60)})
            for side, name in enumerate(("base", "tuned"))]  # fmt: skip
    (suite,) = compare_runs(*runs).suites
    assert suite.verdict == "INCONCLUSIVE"
    assert re.findall(r"about (\d+) items", suite.reason) == re.findall(r"约需 (\d+) 题", reason(suite, "zh"))


@pytest.mark.slow
def test_tables_hold_every_item_and_part(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    report([base, tuned], tmp_path / "out")
    items = pd.read_csv(tmp_path / "out" / "items.csv")
    assert items.outcome.value_counts().to_dict() == {"wrong": 30, "right": 30, "gained": 8, "lost": 5}
    assert not [name for name in items.columns if "answer" in name or name == "prompt"]
    texts = pd.read_parquet(tmp_path / "out" / "items.parquet")
    assert texts.candidate_answer[0] == "The answer to question 68 is 69."
    suites = pd.read_csv(tmp_path / "out" / "suites.csv")
    (whole,) = compare_runs(base, tuned).suites
    assert suites.difference[0] == pytest.approx(whole.difference)
    assert len(suites) == 1 + len(whole.strata)


@pytest.mark.slow
def test_tables_hold_what_hostile_models_say(tmp_path: Path) -> None:
    report([*hostile_pair(tmp_path)], tmp_path / "out")
    texts = pd.read_parquet(tmp_path / "out" / "items.parquet").baseline_answer
    assert set(texts) == {text.encode("utf-8", "replace").decode() for text in HOSTILE.values()}


@pytest.mark.slow
def test_scores_over_time_are_drawn_and_lines_end_where_versions_change(tmp_path: Path) -> None:
    base, _ = pair(tmp_path)
    for night in range(1, 29):
        folder, other = pair(tmp_path / "made")
        for file in ("manifest.json", "summary.json"):
            text = (folder / file).read_text()
            part = json.loads(text)
            if file == "manifest.json":
                part |= {"label": "base", "finished": f"2026-02-{night:02}T00:00:00+00:00", "run": f"n{night}"}
            elif night > 15:
                part["arith"]["version"] = 2
            (folder / file).write_text(json.dumps(part))
        folder.rename(tmp_path / f"night{night}")
        other.rename(tmp_path / f"other{night}")
    (tmp_path / "night7" / "summary.json").write_text("{")
    text = report([base], tmp_path / "out")
    assert "28 runs; latest 2026-02-28" in text
    assert text.count('class="plot"') == 2
    assert text.count('fill-opacity="0.2"') == 2
    assert "left out: night7: " in text
    assert trends([], "") == []


@pytest.mark.slow
def test_training_curves_are_shown_if_the_checkpoint_has_them(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    manifest = json.loads((tuned / "manifest.json").read_text())
    manifest["model"] |= {"folder": str(checkpoint), "adapter": None}
    (tuned / "manifest.json").write_text(json.dumps(manifest))
    assert 'id="training"' not in report([base, tuned], tmp_path / "out")
    rows = [{"step": step, "loss": 2 / step, "epoch": step / 10} for step in range(1, 20)] + [{"step": 19, "eval_loss": 0.5}]
    rows += [{"step": 20, "grad_norm": float("inf")}, {"step": 21, "grad_norm": 1.0}]
    (checkpoint / "manifest.json").write_text(json.dumps({"curves": rows}))
    text = report([base, tuned], tmp_path / "out")
    assert re.findall(r"<strong>(\w+)</strong> <span[^>]*>tuned \(tuned-id\) · step", text) == ["loss"]
    (checkpoint / "manifest.json").write_text(json.dumps({"curves": [{"step": "x"}]}))
    with pytest.raises(UserError, match=r"curves\.0\.step"):
        report([base, tuned], tmp_path / "out")


@pytest.mark.slow
def test_calibration_of_choices_compares_confidence_with_being_right(tmp_path: Path) -> None:
    runs = []
    for name, right in (("base", 9), ("tuned", 3)):
        lines = [row(f"q{at}", float(at < right)) for at in range(12)]
        choices = [response(line, None, "?") | {"choice_logprobs": [[-0.5, -0.5], [-1.0 - 1.0986123]]} for line in lines]
        runs.append(with_responses(tmp_path / name, lines, choices))
    text = report(runs, tmp_path / "out")
    # Odds of three to one: the likelier choice has three quarters of the probability.
    assert "mean confidence 0.750, right 0.750, n 12" in text
    assert "mean confidence 0.750, right 0.250, n 12" in text
    assert "Calibration" not in report([*pair(tmp_path / "free")], tmp_path / "out")


def test_calibration_has_dots_where_there_are_enough_choices() -> None:
    def side(logprobs: tuple[float, ...], score: float | None, answer: str | None = None) -> Side:
        return Side(score, (Sample(answer, (), None, logprobs, False, 0, (), (), None),))

    sure, torn = (-1.0, -99.0), (-1.0, -1.0)
    found = calibration([*[side(sure, 1.0)] * 5, *[side(torn, 1.0)] * 2, *[side(torn, 0.0)] * 4])
    assert found is not None
    assert found.bins == ((0.5, pytest.approx(1 / 3)), (1.0, 1.0))
    few = calibration([side(sure, 1.0)] * 4)
    assert few is not None
    assert few.bins == ()
    assert calibration([side((-1.0,), 1.0), side(sure, None), side(sure, 0.5), side(sure, 1.0, "text")]) is None


@pytest.mark.slow
def test_contaminated_suites_are_marked_where_their_verdict_stands(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    manifest = json.loads((tuned / "manifest.json").read_text())
    (tuned / "manifest.json").write_text(
        json.dumps({**manifest, "contamination": {"suites": {"arith": ["q060", "q061"]}, "data_hash": "d"}})
    )
    text = report([base, tuned], tmp_path / "out")
    assert '<span class="bad">contaminated</span>' in text
    assert "the candidate was trained on 2 items: q060, q061" in text
    assert "without them (n 71)" in text


@pytest.mark.slow
def test_confusion_matrices_of_both_runs_are_tables(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    for folder in (base, tuned):
        summary = json.loads((folder / "summary.json").read_text())
        details = {"rows": ["on", "off"], "columns": ["on", "off", "none"], "confusion": [[7, 1, 0], [2, 5, 3]]}
        summary["arith"]["corpus"] = {"macro_f1": {"value": 0.7, "n": 18, "signature": "s", "note": "", "details": details}}
        (folder / "summary.json").write_text(json.dumps(summary))
    text = report([base, tuned], tmp_path / "out")
    assert text.count('class="matrix"') == 2
    assert '<td class="hit">7</td><td class="miss">1</td><td class=""></td>' in text


def test_the_page_and_its_words_are_shipped() -> None:
    assert '"templates/*"' in (ROOT / "pyproject.toml").read_text()
    assert {path.name for path in (ROOT / "reports" / "templates").glob("*.j2")} == OURS


def section(text: str, name: str) -> str:
    """Text of one section of a page, with single blanks also between cells."""
    whole = re.search(rf'<section aria-labelledby="{name}">.*?</section>', text, re.S)
    assert whole is not None
    return re.sub(r"\s+", " ", " ".join(Page(whole.group()).texts))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_training_section_says_what_the_checkpoint_says(tmp_path: Path, language: str) -> None:
    base, tuned = pair(tmp_path)
    checkpoint = trained(tuned, tmp_path / "checkpoint")
    text = report([base, tuned], tmp_path / "out", language)
    found = section(text, "training")
    said = {
        "en": ("The model learns its rows by heart.", "there are few rows → add varied rows, some hundreds", "validation loss by task"),
        "zh": ("模型过拟合：背下了训练数据。", "数据太少 → 补充多样的数据，至少数百行", "各任务的验证损失"),
    }[language]
    for words in (*said, "signs validation_rises, best 0.7535", "lora, rank 8", "0.7535 (40)", "60 / 60", "2 of 420 rows"):
        assert words in found
    # Loss and validation loss on one pair of axes, tasks on another; probes stand with what was forgotten.
    assert "probe" not in found
    assert re.findall(r"(bits per byte|每字节比特数) tuned", section(text, "forgetting")) != []
    (checkpoint / "training" / "diagnosis.json").write_text('{"findings": []}')
    assert {"en": "Nothing was found.", "zh": "未发现问题。"}[language] in section(
        report([base, tuned], tmp_path / "out", language), "training"
    )
    (checkpoint / "training" / "diagnosis.json").unlink()
    assert "sft-train diagnose" in section(report([base, tuned], tmp_path / "out", language), "training")
    (checkpoint / "training" / "diagnosis.json").write_text('{"findings": [{"kind": 3}]}')
    with pytest.raises(UserError, match=r"diagnosis\.json: findings\.0"):
        report([base, tuned], tmp_path / "out", language)


def test_curves_that_belong_together_share_a_plot(tmp_path: Path) -> None:
    _, tuned = pair(tmp_path)
    trained(tuned, tmp_path / "checkpoint")
    (found,) = trainings(json.loads((tuned / "manifest.json").read_text())["model"])
    assert {panel.name: [curve.figure for curve in panel.curves] for panel in found.panels} == {
        "loss": ["loss", "eval_loss"], "learning_rate": ["learning_rate"], "grad_norm": ["grad_norm"],
        "tokens_per_second": ["tokens_per_second"], "eval_end_loss": ["eval_end_loss"],
        "eval_loss": ["eval_loss_navigation", "eval_loss_code"],
        "probe_bits_per_byte": ["probe_bits_per_byte", "probe_bits_per_byte_zh", "probe_bits_per_byte_en"],
        "probe_choice": ["probe_choice", "probe_choice_zh", "probe_choice_en"],
    }  # fmt: skip


@pytest.mark.slow
def test_contamination_is_shown_with_the_rows_and_with_the_scores_without_them(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    trained(tuned, tmp_path / "checkpoint", ("q060", "q061"))
    (suite,) = compare_runs(base, tuned).suites
    assert suite.contaminated is not None
    without = suite.contaminated.without
    assert without is not None
    found = section(report([base, tuned], tmp_path / "out"), "contamination")
    assert "base (base-ide): nothing is recorded of its training data" in found
    assert "tuned (tuned-id): 2 items in training data looked for: arith, clean_suite" in found
    for part in (suite, without):
        assert f"{part.n} {part.baseline:.3f} " in found
        assert f"{part.difference:+.3f} {part.low:+.3f}…{part.high:+.3f}" in found
    assert "q060 arith · prompt · exact 1.00" in found
    assert "Training data: cockpit.jsonl, 12" in found
    assert "What is q061 plus zero? 第 q061 题" in found


@pytest.mark.slow
def test_contamination_of_one_run_and_what_is_not_known(tmp_path: Path) -> None:
    _, tuned = pair(tmp_path)
    assert 'id="contamination"' not in report([tuned], tmp_path / "out")
    change_manifest(tuned, contamination={"suites": {"arith": []}, "data_hash": "abc"})
    assert "no item in its training data looked for: arith; data abc" in section(report([tuned], tmp_path / "out"), "contamination")
    lost = [f"q{at:03}" for at in range(68, 73)]
    change_manifest(tuned, contamination={"suites": {"arith": lost}, "data_hash": None})
    found = section(report([tuned], tmp_path / "out"), "contamination")
    assert "all items 73 0.521" in found
    assert "without them 68 0.559" in found
    assert "Which rows hold them is not known" in found
    everything = [f"q{at:03}" for at in range(73)]
    change_manifest(tuned, contamination={"suites": {"arith": everything}, "data_hash": None})
    assert "without them 0 –" in section(report([tuned], tmp_path / "out"), "contamination")


@pytest.mark.slow
def test_metrics_stand_against_what_people_gave(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    assert "Metrics against people" not in report([base, tuned], tmp_path / "out")
    reviewed(base, tuned)
    found = section(report([base, tuned], tmp_path / "out"), "s1")
    assert "rank correlation +0.710 (+0.570…+0.810), n 74; prefers the same 6 / 7" in found
    (people,) = people_verdicts(base, tuned)
    cases = cases_of("arith", [Answers(run) for run in read_subjects([base, tuned])[0].runs])
    (drawn,) = scatters("arith", cases, people)
    for at, side in enumerate(("baseline", "candidate")):
        given = {row.item: row.rating for row in people.ratings if row.side == side}
        assert sorted(drawn.sides[at]) == sorted((given[case.item], case.sides[at].score) for case in cases if case.item in given)
    assert scatters("another", cases, people) == []


@pytest.mark.slow
def test_reviews_of_earlier_versions_have_no_ratings(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path)
    reviewed(base, tuned)
    record = json.loads((tuned / "review-b-1.json").read_text())
    for name in ("dimension", "metrics", "ratings"):
        del record[name]
    (tuned / "review-b-1.json").write_text(json.dumps(record))
    text = report([base, tuned], tmp_path / "out")
    assert "NOT WORSE" in text
    assert "Metrics against people" not in text


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("en", ("passed: engine parity", "WARNING: it runs on", "50% of 20 responses are empty, such as q1")),
        ("zh", ("通过: engine parity", "为空")),
    ],
)
def test_self_checks_and_odd_responses_are_shown(tmp_path: Path, language: Literal["zh", "en"], wanted: tuple[str, ...]) -> None:
    folder = answered(tmp_path / "run", {"q1": 1.0, "q2": 0.0}, {"q1": "4", "q2": "5"})
    checks = [("engine parity", "passed", "it is fine"), ("end of turn", "warned", "it runs on")]
    change_manifest(folder, self_checks=[{"name": name, "status": status, "said": said, "figures": {}} for name, status, said in checks])
    summary = json.loads((folder / "summary.json").read_text())
    summary["arith"]["odd"] = [{"kind": "empty", "share": 0.5, "n": 20, "examples": [{"item": "q1", "response": "<b>\u202e"}]}]
    (folder / "summary.json").write_text(json.dumps(summary))
    assert run_report([str(folder)], str(tmp_path / "out"), language, (), force=False) == 0
    page = (tmp_path / "out" / "report.html").read_text()
    assert all(text in page for text in wanted)
    assert "<b>\u202e" not in page
