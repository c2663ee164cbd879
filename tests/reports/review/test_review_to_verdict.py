"""From workbooks to the verdict, through the same files and commands as people use; and what can be seen before unblinding."""

import json
import random
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from scipy.stats import kendalltau, spearmanr
from typer.testing import CliRunner

from harness.cli import app
from harness.command_report import run_report
from harness.errors import UserError
from harness.stats.result import Status
from reports.people import people_verdicts
from reports.review.adjudication import ask, settle
from reports.review.batch import Batch
from reports.review.blinding import blinding_index
from reports.review.collected import collected
from reports.review.conclusion import VERDICT, conclude
from reports.review.conflicts import adjudicated, conflicts, open_conflicts
from reports.review.dashboard import render
from reports.review.freezing import freeze, frozen_ratings, unblind
from reports.review.importing import import_files
from reports.review.metric_trust import metric_trust
from reports.review.preference_pairs import export_pairs, user_turns
from reports.review.rater_quality import catch_results
from reports.review.ratings import Rating
from reports.review.records import ShownAnswer
from reports.review.rubric import Text
from reports.review.strengths import strengths
from reports.review.unblinded import View, views_of
from reports.review.verdict import judge
from reports.review.verdict_screen import print_conclusion, remarks
from tests.reports.review.filled import Made, careful, columns, fill, fill_all, make_batch, resaved
from tests.reports.review.people import EXACT, PEOPLE, Person, swapped
from tests.screen_tables import Printed, printed

__all__ = ["printed"]

pytestmark = pytest.mark.slow  # Each test goes all the way through workbooks.

RUBRIC = """
version: 1
primary: follow
dimensions:
  - {key: follow, label: {en: F, zh: 指令}, question: {en: Q, zh: 问}, margin: 0.3, weight: 1, levels: [
      {code: 2, label: {en: fully, zh: 完全}}, {code: 1, label: {en: partly, zh: 部分}}, {code: 0, label: {en: not, zh: 没有}}]}
  - {key: safety, label: {en: S, zh: 安全}, question: {en: Q, zh: 问}, margin: 0.1, levels: [
      {code: 2, label: {en: safe, zh: 安全}}, {code: 1, label: {en: borderline, zh: 有风险}}, {code: 0, label: {en: unsafe, zh: 不安全}}]}
  - {key: preference, label: {en: P, zh: 偏好}, question: {en: Q, zh: 问}, per: row, compares: true, levels: [
      {code: -2, label: {en: a, zh: 甲}}, {code: -1, label: {en: b, zh: 乙}}, {code: 0, label: {en: c, zh: 丙}},
      {code: 1, label: {en: d, zh: 丁}}, {code: 2, label: {en: e, zh: 戊}}]}
"""


def small_batch(folder: Path, items: int = 40, **settings: object) -> Made:
    """A batch that asks for little, so that few items give a verdict."""
    rubric = folder / "rubric.yaml"
    rubric.write_text(RUBRIC, encoding="utf-8")
    return make_batch(folder, items, rubric=rubric, **settings)  # type: ignore[arg-type]


def to_verdict(made: Made, files: list[Path]) -> None:
    """Import, freeze, settle all conflicts in favour of the truth, unblind."""
    assert import_files(made.batch, files).errors == ()
    freeze(made.batch)
    if conflicts(frozen_ratings(made.batch), made.batch.plan(), made.batch.key()):
        path, _ = ask(made.batch)
        assert settle(made.batch, decided(path, made)) == []
    unblind(made.batch)


def decided(path: Path, made: Made, code: str | None = None) -> Path:
    """The adjudicator's workbook with every decision made: `code`, or how good the answer really is."""
    truth = {(answer.prompt, answer.answer): str(made.truth[answer.item, answer.run]) for answer in made.batch.answers()}
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = columns(sheet)
    for line in range(4, sheet.max_row + 1):
        if not sheet.cell(line, at["row_id"]).value:
            continue
        about = tuple(str(sheet.cell(line, at[name]).value) for name in ("prompt", "answer"))
        safety = "2 = safe" in str(sheet.cell(line, at["question"]).value)
        sheet.cell(line, at["decision"]).value = code or ("2" if safety else truth[about])  # type: ignore[index]
    target = path.with_name("decided.xlsx")
    book.save(target)
    return target


@pytest.mark.slow
@pytest.mark.usefixtures("libreoffice")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_planted_winner_is_found_through_libreoffice_and_not_with_a_permuted_key(tmp_path: Path, language: str) -> None:
    made = make_batch(tmp_path, 60, groups=8, gain=0.6, language=language)
    files = resaved(fill_all(made, PEOPLE, tmp_path / "returned"), tmp_path / "resaved")
    to_verdict(made, files)
    found = conclude(made.batch)
    (candidate,) = found.candidates
    assert candidate.judged.primary.outcome == "better"
    assert candidate.judged.primary.difference == pytest.approx(0.5, abs=0.2)
    assert candidate.judged.preference is not None
    assert candidate.judged.preference.outcome == "better"
    views = list(views_of(frozen_ratings(made.batch), made.batch.key(), made.batch.plan()))
    permuted = [judge(swapped(views, random.Random(seed)), {}, made.batch.plan()).primary.outcome for seed in range(9)]
    assert permuted.count("better") <= 3, "one in twenty is expected"
    assert found.metrics[0].spearman.estimate > 0.7, "the metric is the truth, which people see with errors"  # type: ignore[operator]


@pytest.mark.slow
def test_a_small_batch_gives_every_kind_of_verdict(tmp_path: Path) -> None:
    for gain, loser, word in ((0.7, False, "BETTER"), (0.7, True, "WORSE")):
        folder = tmp_path / word
        folder.mkdir()
        made = small_batch(folder, gain=gain)
        if loser:
            made = Made(made.batch, {(item, 1 - run): level for (item, run), level in made.truth.items()})
        to_verdict(made, fill_all(made, EXACT, folder / "returned"))
        found = conclude(made.batch)
        assert found.candidates[0].judged.verdict == word, found.candidates[0].judged
        record = json.loads((made.batch.folder / VERDICT).read_text(encoding="utf-8"))
        assert record["candidates"][0]["shown"]["en"] == word
        beside = json.loads((folder / "run-1" / f"review-{made.batch.id}.json").read_text(encoding="utf-8"))
        assert (beside["verdict"], beside["baseline"]) == (word, found.baseline.run)
        assert made.batch.state == "verdict"


@pytest.mark.slow
def test_three_runs_are_each_compared_with_the_baseline_and_ranked(tmp_path: Path) -> None:
    made = small_batch(tmp_path, 40, gain=0.5, runs=3)
    to_verdict(made, fill_all(made, EXACT, tmp_path / "returned"))
    found = conclude(made.batch)
    assert [candidate.run.label for candidate in found.candidates] == ["model-b7", "model-c7"]
    means = [candidate.judged.primary.difference for candidate in found.candidates]
    assert means == pytest.approx([0.5, 1.0], abs=0.25)
    assert found.strengths is not None
    assert found.strengths.sides == (0, 1, 2)
    print_conclusion(found, made.batch.plan())


@pytest.mark.slow
def test_single_answers_are_set_against_the_same_raters_row_with_the_baseline(tmp_path: Path) -> None:
    made = small_batch(tmp_path, 40, gain=0.7, layout="single")
    to_verdict(made, fill_all(made, EXACT, tmp_path / "returned"))
    found = conclude(made.batch)
    judged = found.candidates[0].judged
    assert (judged.verdict, judged.preference, judged.win_rate) == ("BETTER", None, None)
    truth = sum(made.truth[item, 1] - made.truth[item, 0] for item, run in made.truth if run) / 40
    assert judged.primary.difference == pytest.approx(truth)
    assert judged.primary.n == 40
    assert all(result.ok for result in found.catches.values())
    with pytest.raises(UserError, match="not asked which answer they prefer"):
        export_pairs(made.batch, tmp_path / "pairs.jsonl")
    assert 'class="pair"' not in render(made.batch), "exact raters disagree nowhere"


@pytest.mark.slow
def test_the_same_ratings_give_the_same_verdict_again(tmp_path: Path) -> None:
    made = small_batch(tmp_path, 20)
    to_verdict(made, fill_all(made, PEOPLE, tmp_path / "returned"))
    first, second = conclude(made.batch), conclude(made.batch)
    assert first.candidates == second.candidates
    assert first.agreements == second.agreements


def test_careful_raters_pass_the_checks_and_careless_ones_do_not(tmp_path: Path) -> None:
    made = small_batch(tmp_path, 30)
    people = [Person("R1"), Person("R2", 0.05, 0.05), Person("R3")]
    files = [fill(made, path, careful(made, person), tmp_path / path.name) for path, person in zip(made.books, people, strict=True)]
    blind = fill(made, made.books[2], lambda row, side, key: "-2" if key == "preference" else "2", tmp_path / "careless.xlsx")
    import_files(made.batch, [*files[:2], blind])
    freeze(made.batch)
    results = catch_results(frozen_ratings(made.batch), made.batch.plan(), made.batch.key())
    assert {rater: result.ok for rater, result in results.items()} == {"R1": True, "R2": True, "R3": False}
    assert results["R1"].passed == results["R1"].rows == sum(made.batch.plan().catch.kinds.values())
    unblind(made.batch, partial=True, reason="no adjudicator")
    found = conclude(made.batch)
    line = next(line for line in found.candidates[0].sensitivities if line.kind == "without failed raters")
    assert line.note == Text(en="R3", zh="R3")
    assert line.difference != found.candidates[0].judged.primary.difference
    assert any("no adjudicator" in remark and remark.startswith("PARTIAL") for remark in remarks(found, made.batch.plan()))


@pytest.mark.parametrize("kind", ["bad", "dup", "same"])
def test_a_row_that_checks_fails_whoever_judges_it_the_wrong_way(tmp_path: Path, kind: str) -> None:
    made = small_batch(tmp_path, 30)
    plan, key = made.batch.plan(), made.batch.key()
    rows = [row for row in key.rows if row.kind == kind and row.rater == "R1"]
    wrong = {row.row_id: ("-2" if row.degraded == "A1" else "2") for row in rows}
    partners = [Rating("R1", "rating", row.partner_row, "", "preference", "2") for row in rows if row.partner_row]
    turned = [Rating("R1", "rating", row_id, "", "preference", value) for row_id, value in wrong.items()]
    assert catch_results([*turned, *partners], plan, key)["R1"].by_kind == {kind: (0, len(rows))}
    right = {"bad": {row_id: value.removeprefix("-") if value[0] == "-" else f"-{value}" for row_id, value in wrong.items()},
             "dup": dict.fromkeys(wrong, "-2"), "same": dict.fromkeys(wrong, "0")}[kind]  # fmt: skip
    turned = [Rating("R1", "rating", row_id, "", "preference", value) for row_id, value in right.items()]
    assert catch_results([*turned, *partners], plan, key)["R1"].by_kind == {kind: (len(rows), len(rows))}


def unsafe_seen(made: Made, folder: Path) -> list[Path]:
    """R1 calls every answer of the candidate unsafe, the others none."""

    def value(row: object, side: str, key: str) -> str:
        run = row.left_run if side == "A1" else row.right_run  # type: ignore[attr-defined]
        return "0" if key == "safety" and run == 1 and row.kind == "real" else usual(row, side, key)  # type: ignore[attr-defined, arg-type]

    usual = careful(made, EXACT[0])
    values = [value, *(careful(made, person) for person in EXACT[1:])]
    return [fill(made, path, entered, folder / path.name) for path, entered in zip(made.books, values, strict=True)]


@pytest.mark.parametrize(("code", "word"), [("2", "BETTER"), ("0", "WORSE")])
def test_the_adjudicator_decides_about_safety_and_knows_neither_models_nor_raters(tmp_path: Path, code: str, word: str) -> None:
    made = small_batch(tmp_path, gain=0.7)
    import_files(made.batch, unsafe_seen(made, tmp_path / "returned"))
    with pytest.raises(UserError, match="not frozen"):
        ask(made.batch)
    freeze(made.batch)
    plan, key, ratings = made.batch.plan(), made.batch.key(), frozen_ratings(made.batch)
    found = conflicts(ratings, plan, key)
    assert {conflict.dimension for conflict in found} == {"safety"}
    assert {conflict.run for conflict in found} == {1}
    with pytest.raises(UserError, match="E16 40 conflicts"):
        unblind(made.batch)
    path, count = ask(made.batch)
    assert count == len(found) == 40
    text = "\n".join(str(cell.value) for row in openpyxl.load_workbook(path).worksheets[0].iter_rows() for cell in row)
    assert not any(secret in text for run in key.runs for secret in (run.label, run.run, run.identity))
    assert not any(rater in text.split() for rater in plan.raters)
    book = decided(path, made, code)
    assert settle(made.batch, book) == []
    assert open_conflicts(ratings, plan, key, adjudicated(made.batch)) == []
    unblind(made.batch)
    assert conclude(made.batch).candidates[0].judged.verdict == word
    with pytest.raises(UserError, match="must not know the models"):
        settle(made.batch, book)


def test_a_damaged_adjudication_settles_nothing(tmp_path: Path) -> None:
    made = small_batch(tmp_path, 12, gain=0.7)
    import_files(made.batch, unsafe_seen(made, tmp_path / "returned"))
    freeze(made.batch)
    with pytest.raises(UserError, match="no adjudicator was asked"):
        settle(made.batch, made.books[0])
    path, count = ask(made.batch)
    assert [complaint.code for complaint in settle(made.batch, path)] == ["E09"], "nothing was decided yet"
    book = decided(path, made, "2")
    opened = openpyxl.load_workbook(book)
    sheet = opened.worksheets[0]
    sheet.cell(4, columns(sheet)["answer"]).value = "another answer"
    sheet.cell(5, columns(sheet)["decision"]).value = "5"
    sheet.delete_rows(6)
    opened.save(book)
    assert sorted(complaint.code for complaint in settle(made.batch, book)) == ["E06", "E07", "E08"]
    assert len(open_conflicts(frozen_ratings(made.batch), made.batch.plan(), made.batch.key(), adjudicated(made.batch))) == count


def secrets_of(batch: Batch) -> list[str]:
    key = batch.key()
    return [key.salt, *(value for run in key.runs for value in (run.label, run.run, run.identity, run.folder))]


def test_the_dashboard_shows_nothing_that_unblinds_until_it_is_unblinded(tmp_path: Path) -> None:
    made = small_batch(tmp_path, 20)
    files = fill_all(made, PEOPLE, tmp_path / "returned")
    secrets = secrets_of(made.batch)
    pages = [render(made.batch)]
    import_files(made.batch, files[:2])
    pages.append(render(made.batch))
    freeze(made.batch, partial=True)
    pages.append(render(made.batch))
    for page in pages:
        assert not any(secret in page for secret in secrets)
        assert "Not unblinded yet" in page
        assert "<script" not in page
        assert "http" not in page.replace("http-equiv", "")
    assert "Krippendorff" in pages[1]
    assert 'class="pair"' in pages[2]
    hidden = made.batch.key_file.rename(tmp_path / "key.json")
    assert 'class="pair"' in render(made.batch), "the key is not read"
    hidden.rename(made.batch.key_file)
    unblind(made.batch, partial=True, reason="<b>nobody</b> had time")
    conclude(made.batch)
    page = render(made.batch)
    assert made.batch.key().runs[1].label in page
    assert "&lt;b&gt;nobody&lt;/b&gt;" in page
    assert "<b>nobody" not in page


def test_answers_on_the_dashboard_stand_in_an_order_that_says_nothing(tmp_path: Path) -> None:
    from reports.review.disagreement import disagreements
    from reports.review.records import text_hash

    made = small_batch(tmp_path, 40)
    import_files(made.batch, fill_all(made, PEOPLE, tmp_path / "returned"))
    texts = {text_hash(text): text for answer in made.batch.answers() for text in (answer.prompt, answer.answer)}
    ratings = [rating for part in collected(made.batch).values() for rating in part.ratings()]
    found = disagreements(ratings, made.batch.rows(), made.batch.plan(), texts)
    by_text = {answer.answer: answer.run for answer in made.batch.answers()}
    first = [by_text[pair.answers[0]] for pair in found if pair.answers[0] in by_text and pair.answers[1] in by_text]
    assert 0.2 < sum(first) / len(first) < 0.8
    assert [pair.spread for pair in found] == sorted((pair.spread for pair in found), reverse=True)
    views = {view.unit: view for view in views_of(ratings, made.batch.key(), made.batch.plan())}
    assert all(len(pair.said) == 3 for pair in found), "raters who saw the sides swapped stand together"
    assert all(len({said.preference > "0" for said in pair.said if said.preference != "0"}) <= 1 for pair in found), "all see who is better"
    assert views, "the ratings join with the key"


def test_preference_pairs_hold_what_people_preferred(tmp_path: Path) -> None:
    made = small_batch(tmp_path, 30, gain=0.7)
    with pytest.raises(UserError, match="no pairs now"):
        export_pairs(made.batch, tmp_path / "pairs.jsonl")
    to_verdict(made, fill_all(made, EXACT, tmp_path / "returned"))
    done = export_pairs(made.batch, tmp_path / "pairs.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text(encoding="utf-8").splitlines()]
    better = {item for item, run in made.truth if run and made.truth[item, 1] != made.truth[item, 0]}
    assert {row["item"] for row in rows} == better
    assert (done.pairs, done.undecided) == (len(better), 30 - len(better))
    texts = {(answer.item, answer.run): answer.raw[0] for answer in made.batch.answers()}
    for row in rows:
        assert row["prompt"] == [{"role": "user", "content": f"What is two plus two? ({row['item']})"}]
        assert row["chosen"] == [{"role": "assistant", "content": texts[row["item"], 1]}]
        assert row["rejected"] == [{"role": "assistant", "content": texts[row["item"], 0]}]


def test_a_dialogue_whose_turns_cannot_be_told_apart_is_left_out() -> None:
    assert user_turns("[1] a\n\n[2] b\n\n[2] c", 2) is None
    assert user_turns("[1] a\n\n[2] b", 2) == (None, ["a", "b"])
    assert user_turns("[SYSTEM] s\n\nhello", 1) == ("s", ["hello"])


def test_bangs_index_counts_right_less_wrong_guesses(tmp_path: Path) -> None:
    made = small_batch(tmp_path, 30)
    key = made.batch.key()
    rows = [row for row in key.rows if row.sheet == "exit" and row.left_run is not None and row.left_run != row.right_run]
    guesses = [Rating(row.rater, "exit", row.row_id, "", "newer", "1" if row.left_run == 1 else "2") for row in rows]
    assert guesses, "raters are asked about some rows"
    right = blinding_index(guesses, key)
    assert right is not None
    assert (right.index, right.doubtful) == (1.0, True)
    unknown = [guess._replace(value="?") for guess in guesses]
    assert blinding_index(unknown, key).index == 0  # type: ignore[union-attr]
    assert blinding_index([], key) is None


def test_strengths_of_several_candidates_are_against_the_baseline() -> None:
    dice = random.Random(3)
    views = [
        View("R1", f"{number}{candidate}", f"i{number}", f"i{number}", 1.0, candidate, {}, {}, 1.0 if dice.random() < chance else -1.0)
        for number in range(300) for candidate, chance in ((1, 0.5), (2, 0.8))
    ]  # fmt: skip
    found = strengths(views)
    assert found is not None
    assert found.status == Status.OK
    assert found.strengths == pytest.approx((0.0, 0.0, 1.386), abs=0.3)
    assert strengths([view for view in views if view.candidate == 1]) is None


def test_a_metric_is_trusted_by_the_answers_that_people_prefer() -> None:
    dice = random.Random(4)
    views, answers = [], []
    for number in range(80):
        levels = [dice.choice((0, 1, 2)) for _ in range(2)]
        views.append(View("R1", f"r{number}", f"s/i{number}", f"i{number}", 1.0, 1, {"follow": str(levels[0])}, {"follow": str(levels[1])},
                          float(levels[1] - levels[0])))  # fmt: skip
        for run, level in enumerate(levels):
            scores = {"good": level + dice.random() / 2, "noise": dice.random()}
            answers.append(ShownAnswer(suite="s", item=f"i{number}", run=run, cluster="", stratum="", lang="en", prompt="", answer="",
                                       raw=("",), truncated=False, scores=scores))  # fmt: skip
    good, noise = metric_trust(views, answers, "follow")
    assert (good.metric, noise.metric) == ("good", "noise")
    assert good.agreement == 1.0
    assert noise.low < 0.5 < noise.high  # type: ignore[operator]
    people = [float(level) for view in views for level in (view.before["follow"], view.after["follow"])]
    machine = [answer.scores["good"] for answer in answers]
    assert good.spearman.estimate == pytest.approx(spearmanr(machine, people).statistic)
    assert good.kendall.estimate == pytest.approx(kendalltau(machine, people).statistic)


def test_what_people_gave_reaches_the_report_and_programs(tmp_path: Path, printed: Printed) -> None:
    made = small_batch(tmp_path)
    batch = str(made.batch.folder)
    files = [str(path) for path in fill_all(made, EXACT, tmp_path / "returned")]
    assert say(["review", "status", batch])["state"] == "exported"
    imported = say(["review", "import", batch, *files])
    assert (len(imported["accepted"]), imported["missing"]) == (3, [])
    frozen = say(["review", "freeze", batch])
    assert frozen["missing"] == []
    if frozen["conflicts"]:
        assert say(["review", "adjudicate", batch])["conflicts"] == frozen["conflicts"]
        book = next(made.batch.folder.rglob("*adjudic*.xlsx"))
        assert say(["review", "adjudicate", batch, str(decided(book, made))]) == {"taken_over": True, "complaints": []}
    unblinded = say(["review", "unblind", batch])
    verdict = say(["review", "verdict", batch])
    base, tuned = (Path(run["folder"]) for run in unblinded["runs"])
    (people,) = people_verdicts(base, tuned)
    assert people.verdict == verdict["candidates"][0]["verdict"]
    # Careful people give what is true, whatever the sides were.
    truth = {(item, ("baseline", "candidate")[run]): level for (item, run), level in made.truth.items()}
    rated = {(row.item, row.side): row.rating for row in people.ratings}
    assert len(rated) > 40
    assert {place: truth[place] for place in rated} == rated
    out = tmp_path / "report"
    assert run_report([str(base), str(tuned)], str(out), "en", (), True) == 0
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "Metrics against people" in text
    assert f"n {people.metrics[0].answers}; prefers the same {people.metrics[0].agree} / {people.metrics[0].pairs}" in text
    assert say(["review", "pairs", batch])["pairs"] > 0
    assert Path(say(["review", "dashboard", batch])["dashboard"]).is_file()
    assert CliRunner().invoke(app, ["review", "verdict", batch]).exit_code == 0
    printed.check()


def say(arguments: list[str]) -> Any:
    """What a command writes with --json."""
    done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)
