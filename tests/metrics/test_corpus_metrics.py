"""`corpus_metrics` of any suite, and the figures scorers have of all answers: asked for once, stored, shown, never in a score's way."""

import json
from collections.abc import Sequence
from dataclasses import replace
from math import exp
from pathlib import Path
from typing import Any

import pytest

import harness.metrics
import harness.scorers
from harness.engines.base import EngineSettings
from harness.errors import UserError
from harness.evaluate import evaluate
from harness.formulas import figure_of
from harness.item import Item
from harness.metrics import check_metrics, metric_identities
from harness.metrics.base import Pair
from harness.model import parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites
from harness.prompts import Renderer
from harness.records import Answer, CorpusFigure, Response, Score
from harness.rescore import rescore
from harness.runner import Sample
from harness.scorers.exact import ExactScorer
from harness.scoring import corpus_figures, stored_sample
from harness.screen import Screen
from harness.store import JOURNAL, MANIFEST, RESPONSES, SCORES, SUMMARY, Journal, read_lines
from harness.suite import Suite, hash_items, load_suite
from harness.suite_check import check_targets
from reports.item import print_item
from reports.terminal import print_scored
from tests.conftest import item_line, write_suite

METRICS = ["bleu", "perplexity", "length_ratio"]


def referenced(**config: Any) -> dict[str, Any]:
    return {"items": [item_line("q0", references=["It is 4.", "4"]), item_line("q1")], "corpus_metrics": METRICS, **config}


def suite_of(folder: Path, **config: Any) -> Suite:
    return load_suite(write_suite(folder / "arith", **referenced(**config)))


class CountingScorer(ExactScorer):
    """Has figures of all answers; `broken` makes it fail at them."""

    name = "counting"
    broken = False
    asked: Sequence[Sequence[tuple[Item, Answer, Score]]] = ()

    def corpus_figures(self, judged: Sequence[tuple[Item, Answer, Score]]) -> dict[str, CorpusFigure]:
        type(self).asked = [*self.asked, judged]
        if self.broken:
            raise ZeroDivisionError("cannot count")
        return {
            "letters": CorpusFigure(
                float(sum(len(answer.text) for _, answer, _ in judged)), len(judged), "by hand", "says little", {"x": [1]}
            )
        }


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> type[CountingScorer]:
    class Fresh(CountingScorer):
        pass

    monkeypatch.setitem(globals(), "Fresh", Fresh)
    monkeypatch.setitem(harness.scorers._CLASSES, "counting", f"{__name__}:Fresh")
    monkeypatch.setattr(
        "harness.scorers.import_module",
        lambda name: type("M", (), {"Fresh": Fresh}) if name == __name__ else __import__(name, fromlist=["x"]),
    )
    harness.scorers.load_scorer.cache_clear()
    return Fresh


def judged_samples(suite: Suite, texts: Sequence[str | None]) -> list[Sample]:
    """A sample an item with this response, judged; None: one that ended in an error."""
    samples = []
    for item, text in zip(suite.items, texts, strict=True):
        sample = stored_sample(suite, item, 0, [Response(f"{item.id}/0", text or "")], None if text is not None else "engine failed")
        sample.score = None if text is None else Score({"correct": 1.0})
        samples.append(sample)
    return samples


def test_a_scorer_is_asked_once_with_all_its_answers_but_those_in_error(tmp_path: Path, counting: type[CountingScorer]) -> None:
    items = [item_line("q0"), item_line("q1", scorer="counting"), item_line("q2", scorer="counting"), item_line("q3", scorer="counting")]
    suite = load_suite(write_suite(tmp_path / "arith", items))
    figures = corpus_figures(suite, judged_samples(suite, ["ignored", "four", None, "4"]))
    assert [[item.id for item, _, _ in judged] for judged in counting.asked] == [["q1", "q3"]]
    assert figures == {"letters": CorpusFigure(5.0, 2, "by hand", "says little", {"x": [1]})}


def test_a_scorer_that_fails_at_its_figures_says_so_and_hinders_no_metric(tmp_path: Path, counting: type[CountingScorer]) -> None:
    counting.broken = True
    suite = suite_of(tmp_path, items=[item_line("q0", scorer="counting", references=["4"])], corpus_metrics=["length_ratio"])
    figures = corpus_figures(suite, judged_samples(suite, ["4"]))
    assert figures["counting"].value is None
    assert figures["counting"].note == "unavailable: scorer 'counting' failed: ZeroDivisionError: cannot count"
    assert figures["length_ratio_en"].value == 1.0


def test_only_items_with_references_are_measured(tmp_path: Path) -> None:
    suite = suite_of(tmp_path)
    figures = corpus_figures(suite, judged_samples(suite, ["It is 4.", "nonsense " * 9]))
    assert list(figures) == ["bleu_en", "perplexity_en", "length_ratio_en"]
    assert (figures["bleu_en"].value, figures["bleu_en"].n) == (100.0, 1)
    assert figures["perplexity_en"].value is None
    assert figures["perplexity_en"].note.startswith("unavailable")
    assert corpus_figures(suite, judged_samples(suite, [None, "4"])) == {}


def test_a_metric_that_fails_is_unavailable_and_hinders_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = suite_of(tmp_path)

    def broken(self: Any, pairs: Sequence[Pair]) -> dict[str, CorpusFigure]:
        raise RuntimeError("no\n luck")

    monkeypatch.setattr("harness.metrics.overlap.Bleu.figures", broken)
    figures = corpus_figures(suite, judged_samples(suite, ["It is 4.", "4"]))
    assert figures["bleu"].note == "unavailable: metric 'bleu' failed: RuntimeError: no luck"
    assert figures["length_ratio_en"].value == 1.0


@pytest.mark.parametrize(
    ("metrics", "complaint"),
    [
        (["bleurt"], r"suite\.yaml: Unknown metric 'bleurt' in corpus_metrics; there are bert_score, bleu,"),
        (["evaluate:./none"], r"suite\.yaml: 'evaluate:\./none': there is no"),
    ],
)
def test_a_metric_that_does_not_exist_is_an_error_before_anything_is_generated(tmp_path: Path, metrics: list[str], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        check_targets(suite_of(tmp_path, corpus_metrics=metrics))


def test_metrics_without_any_reference_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="corpus_metrics need references, and no item has any"):
        check_metrics(suite_of(tmp_path, items=[item_line("q0")]))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [({"references": [" "]}, "references: one is empty"),
     ({"references": ["a"], "choices": ["a", "b"], "pass": ["a"], "fail": ["b"]}, "references: an item with choices")],
)  # fmt: skip
def test_references_must_be_something_to_compare_with(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        suite_of(tmp_path, items=[item_line("q0", **changes)])


def test_what_is_only_shown_leaves_the_suite_the_same_but_is_in_the_manifest(tmp_path: Path) -> None:
    with_metrics, without = suite_of(tmp_path), suite_of(tmp_path / "other", corpus_metrics=[])
    assert with_metrics.content_hash == without.content_hash
    (facts,) = (part.facts() for part in plan_suites([with_metrics], Choice()))
    assert facts["corpus_metrics"] == METRICS == metric_identities(with_metrics)
    assert "corpus_metrics" not in plan_suites([without], Choice())[0].facts()


def test_items_without_references_keep_their_hash(tmp_path: Path) -> None:
    plain, good = suite_of(tmp_path).items[1], suite_of(tmp_path).items[0]
    absent = {"references", "turns", "ending", "parts"}
    assert hash_items([plain], None) == harness.suite.hash_json([plain.model_dump(mode="json", exclude=absent)])
    assert hash_items([good], None) != hash_items([good.model_copy(update={"references": ("5",)})], None)


@pytest.mark.slow
def test_the_reference_is_scored_after_the_chat_prompt_in_the_first_sample_only(tmp_path: Path, tiny_model: Path) -> None:
    suite, renderer = suite_of(tmp_path), Renderer(resolve_model(parse_model(str(tiny_model))))
    first, plain = suite.items
    generate, reference = renderer.requests(suite, first, sample=0, samples=2, draw=0, seed=0)
    assert (generate.id, reference.id) == ("arith/q0/0/0", "arith/q0/0/reference")
    assert generate.score_from is None
    assert reference.score_from == len(generate.prompt)
    assert reference.prompt == generate.prompt + renderer.encode("It is 4.")
    assert len(renderer.requests(suite, first, sample=1, samples=2, draw=0, seed=0)) == 1
    assert len(renderer.requests(suite, plain, sample=0, samples=1, draw=0, seed=0)) == 1
    silent = suite_of(tmp_path / "silent", corpus_metrics=["bleu"])
    assert len(renderer.requests(silent, silent.items[0], sample=0, samples=1, draw=0, seed=0)) == 1


@pytest.fixture
def run(tiny_model: Path, tmp_path: Path) -> Path:
    """A run over recorded responses, one with its reference's log-probabilities, and a text; returns its folder."""
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    journal = Journal(recorded / JOURNAL)
    journal.append(Response("arith/q0/0/0", "It is 4.", 3))
    journal.append(Response("arith/q0/0/reference", finish="scored", logprobs=(-1.0, -3.0)))
    journal.append(Response("arith/q1/0/0", "five", 1))
    journal.append(Response("arith/t0/0/text", finish="scored", logprobs=(-2.0,)))
    journal.close()
    text = {"id": "t0", "lang": "en", "stratum": "texts", "text": "ab", "scorer": "bits_per_byte", "target": {}}
    suite = suite_of(tmp_path, items=[item_line("q0", references=["It is 4."]), item_line("q1"), text], strata=["easy", "texts"])
    choice = Choice()
    plan = RunPlan(
        resolve_model(parse_model(str(tiny_model))), plan_suites([suite], choice), choice,
        EngineSettings("replay", replay=str(recorded)), None,
    )  # fmt: skip
    return evaluate(plan, tmp_path / "runs", "run", Screen()).folder


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_figures_are_stored_and_shown(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = read(run, SUMMARY)["arith"]["corpus"]
    assert corpus["bleu_en"]["value"] == 100.0
    assert corpus["perplexity_en"]["value"] == pytest.approx(exp(2))
    assert read(run, MANIFEST)["suites"]["arith"]["corpus_metrics"] == METRICS
    assert read(run, SUMMARY)["arith"]["n"] == 2
    by_item = {row["item"]: row for row in read_lines(run / RESPONSES)}
    assert (by_item["q0"]["response"], by_item["q0"]["choice_logprobs"]) == ("It is 4.", [[-1.0, -3.0]])
    print_item(run, "q0")
    out = capsys.readouterr().out
    assert "log-likelihood of the reference" in out
    assert "-4.00" in out


def test_a_number_and_its_weakness_stand_on_one_line_and_what_is_unavailable_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {
        "bleu_zh": CorpusFigure(12.5, 3, "sacrebleu x", "marks down paraphrases"),
        "bert_score_zh": CorpusFigure(None, 3, note="unavailable: why"),
    }
    part = {"primary_metric": "m", "n": 3, "score": 0.5, "low": 0.1, "high": 0.9, "truncated": None, "errors": 0, "metrics": {}}
    corpus = {name: {"value": figure.value, "signature": figure.signature, "note": figure.note} for name, figure in figures.items()}
    print_scored("arith", {**part, "corpus": corpus}, "all", to_stderr=False)
    out = capsys.readouterr().out
    assert "arith: bleu_zh 12.5000 (sacrebleu x) (marks down paraphrases)\n" in out
    assert "arith: bert_score_zh unavailable (why)\n" in out


def test_rescoring_finds_references_and_texts_in_the_journal(run: Path, tmp_path: Path) -> None:
    before = read(run, SUMMARY)
    rescore(run, [str(tmp_path / "arith")])
    assert read(run, SUMMARY) == before
    assert before["arith"]["errors"] == 0


def test_rows_hold_what_answers_add_to_figures_and_rescoring_adds_it_to_older_runs(run: Path, tmp_path: Path) -> None:
    rows, corpus = read_lines(run / SCORES), read(run, SUMMARY)["arith"]["corpus"]
    assert [row["item"] for row in rows if "corpus" in row] == ["q0"]
    for name, figure in corpus.items():
        terms = [row["corpus"][name] for row in rows if name in row.get("corpus", {})]
        assert figure_of(figure["formula"], terms) == pytest.approx(figure["value"])
    older = [{key: value for key, value in row.items() if key != "corpus"} for row in rows]
    (run / SCORES).write_text("".join(json.dumps(row) + "\n" for row in older), encoding="utf-8")
    rescore(run, [str(tmp_path / "arith")])
    assert read_lines(run / SCORES) == rows


def test_another_reference_is_another_question_where_its_likelihood_was_measured(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "arith"
    lines = [json.loads(line) for line in (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    lines[0]["references"] = ["Four."]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pytest.raises(UserError, match=r"what models are asked is different in: q0\."):
        rescore(run, [str(folder)])


def test_the_reference_beside_a_response_is_no_choice() -> None:
    response = Response("r", "text")
    assert Answer((response,), ((-1.0,),)).reference_logprobs == (-1.0,)
    assert Answer((response,)).reference_logprobs is None
    assert Answer((), ((-1.0,), (-2.0,))).reference_logprobs is None
    assert replace(response, text="x").answer == "x"
