"""`harness judge` on finished runs: what is asked, what is written, what is refused. The judge answers from a recorded journal."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import harness.runner
from harness.cli import app
from harness.command_judge import JUDGEMENT, JUDGEMENTS, JudgeArguments, run_judge
from harness.compare import compare_runs
from harness.condition import load_conditions
from harness.engines.base import EngineSettings
from harness.engines.replay import ReplayEngine
from harness.errors import RunError, UserError
from harness.evaluate import evaluate
from harness.model import Model, parse_model, resolve_model
from harness.plan import Choice, RunPlan, plan_suites, suites_under
from harness.prompts import Renderer
from harness.records import Request, Response
from harness.screen import Screen
from harness.store import JOURNAL, MANIFEST, SUMMARY, Journal, read_lines
from harness.suite import load_suite
from tests.conftest import item_line, make_tiny_model, write_suite

A = {"q0": ["It is 4."], "q1": ["Four."], "q2": ["<think>2+2</think>4"], "d0": ["Yes.", "Done.", "26"]}
B = {"q0": ["It is 5."], "q1": ["Four."], "q2": ["Twenty-two."], "d0": ["No.", "Done.", "26"]}
LINES = [
    item_line("q0", references=["4"]), item_line("q1"), item_line("q2", system="Be brief."),
    item_line("d0", prompt="Set 24 degrees.", turns=["Two more.", "What is it?"], scorer="dialogue",
              target={"turns": [{}, {}, {"slots": [{"kind": "value", "is": "26"}]}]},
              **{"pass": [["a", "b", "26"]], "fail": [["a", "b", "24"]]}),
    item_line("c0", choices=["4", "5"], scorer="choice", target={"answer": 0}, **{"pass": ["4"], "fail": ["5"]}),
]  # fmt: skip


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("judges") / "judge", seed=1)


def record(folder: Path, answers: Mapping[str, Sequence[str]]) -> Path:
    """A journal with these responses by the front of their requests' names; likelihoods of choices beside them."""
    folder.mkdir(parents=True)
    journal = Journal(folder / JOURNAL)
    for name, texts in answers.items():
        for step, text in enumerate(texts):
            journal.append(Response(f"{name}/0/{step}", text, 1))
    for choice in range(2):
        journal.append(Response(f"arith/c0/0/choice{choice}", finish="scored", logprobs=(-1.0 - choice,)))
    journal.close()
    return folder


def run_of(model: Model, suite: Path, folder: Path, label: str, answers: dict[str, list[str]]) -> Path:
    recorded = record(folder / f"recorded-{label}", {f"arith/{item}": texts for item, texts in answers.items()})
    plan = RunPlan(model, plan_suites([load_suite(suite)], Choice()), Choice(), EngineSettings("replay", replay=str(recorded)), None)
    return evaluate(plan, folder / "runs", label, Screen()).folder


@pytest.fixture
def runs(tiny_model: Path, tmp_path: Path) -> tuple[str, str]:
    """Two finished runs over four items that were answered, one of them a dialogue, and one of choices."""
    suite, model = write_suite(tmp_path / "arith", LINES), resolve_model(parse_model(str(tiny_model)))
    return str(run_of(model, suite, tmp_path, "one", A)), str(run_of(model, suite, tmp_path, "two", B))


Judge = Callable[..., tuple[int, Path]]
VERDICTS = {
    "preference/arith/q0/0": ["Good.\nVerdict: A", "Verdict: B"], "preference/arith/q2/0": ["Verdict: A", "Verdict: A"],
    "preference/arith/d0/0": ["Verdict: tie", "结论：平局"],
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, judge: Path) -> list[str]:
    """The judge's prompts, in the order in which they are submitted."""
    seen: list[str] = []
    renderer = Renderer(resolve_model(parse_model(str(judge))))

    class Watching(ReplayEngine):
        def submit(self, request: Request) -> None:
            seen.append(renderer.decode(request.prompt))
            super().submit(request)

    monkeypatch.setattr(harness.runner, "start_engine", lambda model, settings, requests, probes: Watching(Path(settings.replay)))
    return seen


@pytest.fixture
def ask(judge: Path, tmp_path: Path) -> Judge:
    def ask(runs: Sequence[str], verdicts: dict[str, list[str]], **changes: Any) -> tuple[int, Path]:
        suite = str(tmp_path / "arith")
        recorded = tmp_path / f"verdicts-{len(list(tmp_path.iterdir()))}"
        record(recorded, verdicts)
        settings: dict[str, Any] = {
            "runs": tuple(runs), "judge": str(judge), "rubric": None, "gold": None, "suites": (suite,), "limit": None, "lang": None,
            "out": str(tmp_path / "judged"), "template": None, "engine": "replay", "device": "auto", "tensor_parallel": 1,
            "replay": str(recorded),
        }  # fmt: skip
        code = run_judge(JudgeArguments(**{**settings, **changes}))
        return code, max((tmp_path / "judged").iterdir(), key=lambda path: (path / MANIFEST).stat().st_mtime_ns)

    return ask


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def rows_of(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["item"]: row for row in read_lines(folder / JUDGEMENTS)}


def test_each_pair_is_asked_in_both_orders_and_what_was_said_is_written_down(
    runs: tuple[str, str], ask: Judge, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, folder = ask(runs, VERDICTS)
    assert code == 0
    rows = rows_of(folder)
    assert [(name, row["as_given"], row["swapped"], row["pair"]) for name, row in rows.items()] == [
        ("q0", "a", "a", "a"), ("q2", "a", "b", "inconsistent"), ("d0", "tie", "tie", "tie"),
    ]  # fmt: skip
    of_q0 = sorted((prompt for prompt in asked if "It is 5." in prompt), key=lambda prompt: prompt.index("It is 5."))
    assert [prompt.index("It is 4.") < prompt.index("It is 5.") for prompt in of_q0] == [False, True]
    assert all("What is two plus two? (q0)" in prompt and "You are strict" in prompt for prompt in of_q0)
    assert of_q0[0].replace("It is 4.", "#").replace("It is 5.", "It is 4.").replace("#", "It is 5.") == of_q0[1]
    judgement, shown = read(folder, JUDGEMENT), capsys.readouterr().out
    figures = judgement["statistics"]
    assert (figures["n"], figures["a"], figures["b"], figures["tie"], figures["first"]) == (3, 1, 0, 1, 1)
    assert judgement["left_out"] == {"the two answers are the same": 1, "nothing was generated": 2}
    assert judgement["judged"] == 3
    assert [(run["side"], run["label"]) for run in judgement["runs"]] == [("a", "one"), ("b", "two")]
    assert "position consistency" in shown
    assert "66.7%" in shown
    assert "known weakness: a judge may prefer a place" in shown


def test_a_judge_sees_references_system_messages_and_all_turns_but_no_thoughts(runs: tuple[str, str], ask: Judge, asked: list[str]) -> None:
    ask(runs, VERDICTS)
    (reference, system, dialogue) = (
        next(prompt for prompt in asked if text in prompt) for text in ("What is two plus two? (q0)", "Twenty-two.", "Set 24 degrees.")
    )
    assert "A good answer, for orientation; other good ones may differ:\n4\n" in reference
    assert "A good answer, for orientation" not in system
    assert "[System message]\nBe brief.\n\n[User]\nWhat is two plus two? (q2)" in system
    assert "2+2" not in system
    assert "[Turn 1]\nSet 24 degrees.\n\n[Turn 2]\nTwo more.\n\n[Turn 3]\nWhat is it?" in dialogue
    assert "[Turn 1]\nYes.\n\n[Turn 2]\nDone.\n\n[Turn 3]\n26" in dialogue


def test_what_a_condition_cuts_is_not_shown_and_its_words_are_no_part_of_the_question(
    runs: tuple[str, str], ask: Judge, asked: list[str], tiny_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "short.yaml").write_text(
        json.dumps({"name": "short", "system": {"en": "Hurry up."}, "post": [{"max_sentences": 1}], "suites": ["arith"]}), encoding="utf-8"
    )
    (condition,) = load_conditions([str(tmp_path / "short.yaml")])
    model = resolve_model(parse_model(str(tiny_model)))
    recorded = record(tmp_path / "under", {"arith/q0": ["It is 3. Or is it?"], "arith/q1": ["x"], "arith/q2": ["y"], "arith/d0": B["d0"]})
    parts = suites_under(plan_suites([load_suite(tmp_path / "arith")], Choice()), condition)
    plan = RunPlan(model, parts, Choice(), EngineSettings("replay", replay=str(recorded)), None)
    under = evaluate(plan, tmp_path / "runs", "under", Screen()).folder
    asked.clear()
    ask((str(under), runs[0]), {**VERDICTS, "preference/arith/q1/0": ["tie", "tie"]})
    shown = [prompt for prompt in asked if "It is 3." in prompt]
    assert len(shown) == 2
    assert not any("Or is it?" in prompt or "Hurry up." in prompt for prompt in asked)


def test_a_response_without_a_verdict_is_an_error_and_no_tie(runs: tuple[str, str], ask: Judge) -> None:
    code, folder = ask(runs, {**VERDICTS, "preference/arith/q2/0": ["Verdict: A", "Both are nice."]})
    assert code == 3
    row = rows_of(folder)["q2"]
    assert "swapped: no verdict" in row["error"]
    assert "pair" not in row
    judgement = read(folder, JUDGEMENT)
    assert (judgement["errors"], judgement["statistics"]["n"], judgement["statistics"]["tie"]) == (1, 2, 1)
    assert read(folder, MANIFEST)["status"] == "errors"


def test_a_judge_without_any_verdict_leaves_no_figures(runs: tuple[str, str], ask: Judge, capsys: pytest.CaptureFixture[str]) -> None:
    code, folder = ask(runs, {name: ["Hm.", "Hm."] for name in VERDICTS})
    assert (code, read(folder, JUDGEMENT)["statistics"]) == (3, None)
    assert "no verdict: an error, never a tie" in capsys.readouterr().out


def test_an_interrupted_judgement_is_continued_and_a_finished_one_is_not_asked_again(
    runs: tuple[str, str], ask: Judge, asked: list[str], tmp_path: Path
) -> None:
    recorded = record(tmp_path / "shared", VERDICTS)
    _, folder = ask(runs, {}, replay=str(recorded))
    assert len(asked) == 6
    before = [(folder / name).read_bytes() for name in (JUDGEMENTS, JUDGEMENT, SUMMARY)]
    ask(runs, {}, replay=str(recorded))
    assert len(asked) == 6
    (folder / MANIFEST).unlink()
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    (folder / JOURNAL).write_bytes(b"".join(lines[:4]) + lines[4][:10])
    ask(runs, {}, replay=str(recorded))
    assert len(asked) == 8
    assert [(folder / name).read_bytes() for name in (JUDGEMENTS, JUDGEMENT, SUMMARY)] == before


def test_gold_is_held_against_both_orders_and_needs_no_new_answers(
    runs: tuple[str, str], ask: Judge, asked: list[str], tmp_path: Path
) -> None:
    recorded = record(tmp_path / "shared", VERDICTS)
    ask(runs, {}, replay=str(recorded))
    gold = tmp_path / "gold.jsonl"
    lines = [{"id": "q0", "preferred": "a"}, {"id": "q2", "preferred": "b", "suite": "arith"}, {"id": "unjudged", "preferred": "a"}]
    gold.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    _, folder = ask(runs, {}, replay=str(recorded), gold=str(gold))
    assert len(asked) == 6
    found = read(folder, JUDGEMENT)["statistics"]["gold"]
    assert (found["n"], found["as_given"], found["swapped"], found["both"], found["average"]) == (2, 0.5, 1.0, 0.5, 0.75)
    assert [rows_of(folder)[name]["gold"] for name in ("q0", "q2", "d0")] == ["a", "b", None]


def test_one_run_is_rated(runs: tuple[str, str], ask: Judge, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"id": "q0", "rating": 9}\n{"id": "q1", "rating": 3}\n{"id": "q2", "rating": 8.5}\n', encoding="utf-8")
    texts = {f"quality/arith/{name}/0": [f"Rating: {rating}"] for name, rating in (("q0", 8), ("q1", 2), ("q2", 7), ("d0", 2))}
    code, folder = ask(runs[:1], texts, gold=str(gold))
    figures = read(folder, JUDGEMENT)["statistics"]
    assert (code, figures["n"], figures["mean"], figures["counts"]) == (0, 4, 4.75, {"2": 2, "7": 1, "8": 1})
    assert (figures["gold"]["n"], figures["gold"]["spearman"]["estimate"]) == (3, pytest.approx(1.0))
    assert "4.75" in capsys.readouterr().out


def test_a_judges_opinion_decides_no_verdict(runs: tuple[str, str], ask: Judge) -> None:
    _, first = ask(runs, VERDICTS)
    _, second = ask(runs, {name: ["Verdict: B", "Verdict: A"] for name in VERDICTS})
    assert first != second
    assert read(first, SUMMARY)["preference"]["score"] is None
    assert read(first, SUMMARY)["preference"]["measured"]["arith"]["preference"]["all"]["mean"] == pytest.approx(2 / 3)
    (compared,) = compare_runs(first, second, force=True).suites
    assert (compared.verdict, "only measured" in compared.reason) == ("INCONCLUSIVE", True)


def test_a_judge_of_its_own_answers_is_told_of(
    runs: tuple[str, str], ask: Judge, tiny_model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ask(runs, VERDICTS, judge=str(tiny_model))
    out, err = capfd.readouterr()
    assert "the judge is the model whose answers are in" in err
    assert "the judge is one of the models that it judges" in out


def test_limit_and_language_choose_among_the_pairs(runs: tuple[str, str], ask: Judge) -> None:
    _, folder = ask(runs, VERDICTS, limit=1)
    assert len(rows_of(folder)) == 1
    with pytest.raises(UserError, match="has no items in language 'zh'"):
        ask(runs, VERDICTS, lang="zh")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"id": "q0", "preferred": "A"}', "line 1: preferred"),
        ('\n{"preferred": "a"}', "line 2: id"),
        ('{"id": "q0", "preferred": "a", "id": "q1"}', "line 1: key 'id' stands twice"),
        ('{"id": "q0", "preferred": "a"}\n{"id": "q0", "preferred": "b"}', "line 2: item 'q0' already stands in line 1"),
        ("nonsense", "line 1: not a JSON object"),
        ('{"id": "other", "preferred": "a"}', "names no item that is judged"),
        ("", "names no item that is judged"),
    ],
)
def test_gold_that_cannot_be_used_is_refused_before_the_judge_is_asked(
    runs: tuple[str, str], ask: Judge, asked: list[str], tmp_path: Path, content: str, complaint: str
) -> None:
    (tmp_path / "gold.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=rf"gold\.jsonl.*{complaint}"):
        ask(runs, VERDICTS, gold=str(tmp_path / "gold.jsonl"))
    assert asked == []


def test_runs_that_cannot_be_judged_are_refused(runs: tuple[str, str], ask: Judge, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Rubric 'preference' is pairwise: it takes two runs, not 1"):
        ask(runs[:1], {}, rubric="preference")
    with pytest.raises(UserError, match="Rubric 'quality' is pointwise: it takes one run, not 2"):
        ask(runs, {}, rubric="quality")
    with pytest.raises(UserError, match=r"have no two different answers to one item .*the two answers are the same: 4"):
        ask((runs[0], runs[0]), {})
    with pytest.raises(UserError, match="is not a run folder"):
        ask((str(tmp_path),), {})
    (Path(runs[1]) / MANIFEST).unlink()
    with pytest.raises(RunError, match="is incomplete"):
        ask(runs, {})


def test_a_suite_that_asks_otherwise_by_now_is_refused(runs: tuple[str, str], ask: Judge, tmp_path: Path) -> None:
    write_suite(tmp_path / "arith", [item_line("q0", prompt="And three?"), *LINES[1:]])
    with pytest.raises(UserError, match="what models are asked is different in: q0"):
        ask(runs, VERDICTS)


def test_the_command_takes_runs_judge_and_rubric(runs: tuple[str, str], judge: Path, tmp_path: Path) -> None:
    recorded = record(tmp_path / "said", VERDICTS)
    command = ["judge", *runs, "--judge", str(judge), "--rubric", "preference", "--suite", str(tmp_path / "arith"), "--engine", "replay",
               "--replay", str(recorded), "--out", str(tmp_path / "judged")]  # fmt: skip
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "a is better, in both orders" in result.output
    said = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    folder = Path(said.pop("folder"))
    assert said == json.loads((folder / JUDGEMENT).read_text(encoding="utf-8"))


@pytest.mark.engine
def test_a_real_engine_judges_and_a_random_model_gives_no_verdict(runs: tuple[str, str], judge: Path, tmp_path: Path) -> None:
    rubric = tmp_path / "short.yaml"
    prompt = {"en": "{question} A: {answer_a} B: {answer_b} Verdict:"}
    settings = {"name": "short", "version": 1, "kind": "pairwise", "prompt": prompt, "max_tokens": 4}
    rubric.write_text(json.dumps(settings), encoding="utf-8")
    arguments = JudgeArguments(
        runs, f"{judge},dtype=float32", str(rubric), None, (str(tmp_path / "arith"),), None, None, str(tmp_path / "judged"), None,
        "transformers", "cpu", 1, None,
    )  # fmt: skip
    assert run_judge(arguments) == 3
    (folder,) = (tmp_path / "judged").iterdir()
    assert read(folder, MANIFEST)["engine"]["kind"] == "transformers"
    assert {row["error"].partition(": the judge")[0] for row in rows_of(folder).values()} == {
        "scorer 'judge_pair' failed: NoVerdictError: as given: no verdict"
    }
