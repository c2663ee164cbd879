"""`harness score`: responses from a file. Bad files are refused by line; odd responses are judged or recorded, never fatal."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from harness.command_score import run_score
from harness.errors import UserError
from harness.given import read_given
from harness.plan import IsolationChoice
from harness.suite import load_suite
from tests.conftest import item_line, write_suite


def write(path: Path, rows: list[Any]) -> Path:
    path.write_bytes(b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows))
    return path


def answers(*texts: Any) -> list[dict[str, Any]]:
    return [{"id": f"q{n}", "response": text} for n, text in enumerate(texts)]


def score(folder: Path, suite: Path, rows: list[Any], *, partial: bool = False, code: int = 0) -> list[dict[str, Any]]:
    out = folder / "scores.jsonl"
    assert run_score(str(suite), str(write(folder / "responses.jsonl", rows)), str(out), partial, IsolationChoice()) == code
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


# What is written.


def test_a_line_has_exactly_the_promised_keys_and_whole_numbers_are_ints(tmp_path: Path) -> None:
    target = {"constraints": [{"kind": "words", "max": 3}, {"kind": "include", "all": ["zebra"]}]}
    suite = write_suite(tmp_path / "s", [item_line("q0", target=target)], scorer="constraints", primary_metric="prompt_strict")
    (line,) = score(tmp_path, suite, answers("one two"))
    assert list(line) == ["id", "sample", "scores", "checks", "error"]
    assert (line["id"], line["sample"], line["error"]) == ("q0", 0, None)
    names = ("prompt_strict", "prompt_loose", "constraint_strict", "constraint_loose")
    assert [line["scores"][name] for name in names] == [0, 0, 0.5, 0.5]
    assert [type(line["scores"][name]) for name in names] == [int, int, float, float]
    assert [list(check) for check in line["checks"]] == [["name", "strict", "loose", "reason"]] * 2
    assert [(check["name"], check["strict"], check["loose"]) for check in line["checks"]] == [
        ("words", True, True), ("include", False, False),
    ]  # fmt: skip


def test_several_samples_give_a_line_each_and_pass_at_k(tmp_path: Path, suite_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = score(tmp_path, suite_folder, answers(["4", "5", "4"], ["5", "5", "4"], ["5", "5", "5"]))
    assert [(line["id"], line["sample"], line["scores"]["correct"]) for line in lines] == [
        ("q0", 0, 1), ("q0", 1, 0), ("q0", 2, 1), ("q1", 0, 0), ("q1", 1, 0), ("q1", 2, 1), ("q2", 0, 0), ("q2", 1, 0), ("q2", 2, 0),
    ]  # fmt: skip
    shown = capsys.readouterr().out
    assert "pass@1 0.3333, pass@2 0.5556, pass@3 0.6667" in shown
    assert "3 of 3 items" in shown


def test_a_single_sample_has_no_pass_at_k(tmp_path: Path, suite_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    score(tmp_path, suite_folder, answers("4", "4", "4"))
    assert "pass@" not in capsys.readouterr().out


def test_without_out_the_lines_go_to_stdout_alone(tmp_path: Path, suite_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    responses = write(tmp_path / "r.jsonl", answers("4", "4", "5"))
    assert run_score(str(suite_folder), str(responses), None, False, IsolationChoice()) == 0
    shown = capsys.readouterr()
    assert [json.loads(line)["scores"]["correct"] for line in shown.out.splitlines()] == [1, 1, 0]
    assert "correct" in shown.err
    assert "0.667" in shown.err


def test_items_are_found_by_their_exact_prompt_too(tmp_path: Path, suite_folder: Path) -> None:
    rows = [{"prompt": item_line(f"q{n}")["prompt"], "response": "4", "model": "mine"} for n in (2, 0, 1)]
    assert [line["id"] for line in score(tmp_path, suite_folder, rows)] == ["q2", "q0", "q1"]


def test_ids_that_are_whole_numbers_stay_so(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "s", [item_line("1000"), item_line("1001")])
    lines = score(tmp_path, suite, [{"id": 1000, "response": "4"}, {"id": "1001", "response": "4"}])
    assert [line["id"] for line in lines] == [1000, "1001"]


def test_a_byte_order_mark_empty_lines_and_windows_line_ends_are_read(tmp_path: Path, suite_folder: Path) -> None:
    lines = [json.dumps(row).encode() + b"\r" for row in answers("4", "4", "4")]
    assert len(score(tmp_path, suite_folder, [b"\xef\xbb\xbf" + lines[0], b"", b"  ", *lines[1:]])) == 3


def test_partial_allows_missing_items(tmp_path: Path, suite_folder: Path) -> None:
    assert len(score(tmp_path, suite_folder, answers("4"), partial=True)) == 1


# Bad input: one sentence with file and line.

GOOD = answers("4", "4")
BAD = {
    "an unknown id": ({"id": "ghost", "response": "4"}, "suite 'arith' has no item 'ghost'"),
    "an unknown prompt": ({"prompt": "ghost", "response": "4"}, "prompt 'ghost' is that of none; it must be exact"),
    "neither id nor prompt": ({"response": "4"}, "has neither an 'id' nor a 'prompt'"),
    "an id that is a fraction": ({"id": 2.5, "response": "4"}, "'id' is a number, but must be a string"),
    "an id that is true": ({"id": True, "response": "4"}, "'id' is true or false, but must be a string"),
    "an unknown id that is a whole number": ({"id": 2, "response": "4"}, "suite 'arith' has no item '2'"),
    "an id that is null": ({"id": None, "response": "4"}, "'id' is null, but must be a string"),
    "a prompt that is a list": ({"prompt": ["x"], "response": "4"}, "'prompt' is a list, but must be a string"),
    "the same id twice": ({"id": "q1", "response": "4"}, "item 'q1' was already answered in line 2"),
    "no response": ({"id": "q2"}, "has no 'response'"),
    "a response that is null": ({"id": "q2", "response": None}, "'response' is null, but must be a string or a list of strings"),
    "a response that is a number": ({"id": "q2", "response": 4}, "'response' is a number"),
    "a response that is true": ({"id": "q2", "response": True}, "'response' is true or false"),
    "a response that is an object": ({"id": "q2", "response": {"text": "4"}}, "'response' is an object"),
    "a list with a number": ({"id": "q2", "response": ["4", 4]}, "'response' holds a number"),
    "a list with null": ({"id": "q2", "response": ["4", None]}, "'response' holds null"),
    "an empty list": ({"id": "q2", "response": []}, "'response' is an empty list"),
    "a list instead of an object": ([1], "is a list, not a JSON object"),
    "a bare string": ("4", "is a string, not a JSON object"),
    "no JSON": (b"{'id': 'q2'}", "not JSON: .* column 2"),
    "half an object": (b'{"id": "q2", "resp', "not JSON"),
    "not UTF-8": (b'{"id": "q2", "response": "\xff"}', "not UTF-8"),
    "a NUL byte": (b'{"id": "q2", "response": "\x00"}', "holds a NUL byte"),
    "a bottomless list": (b"[" * 100_000, "not JSON"),
    "a bottomless number": (b'{"id": ' + b"9" * 5000 + b"}", "not JSON"),
    "an id of half a pair": (b'{"id": "\\ud800", "response": "4"}', "has no item"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_lines_are_refused_with_file_and_line(tmp_path: Path, suite_folder: Path, name: str) -> None:
    line, reason = BAD[name]
    path = write(tmp_path / "r.jsonl", [*GOOD, line])
    with pytest.raises(UserError, match=rf"r\.jsonl, line 3: .*{reason}") as caught:
        run_score(str(suite_folder), str(path), None, False, IsolationChoice())
    assert "\n" not in str(caught.value)
    str(caught.value).encode()  # Can be printed.


def test_missing_items_are_named(tmp_path: Path, suite_folder: Path) -> None:
    with pytest.raises(UserError, match=r"r\.jsonl: no response to 2 items: q0, q2 of suite 'arith'; .*--partial"):
        read_given(write(tmp_path / "r.jsonl", [{"id": "q1", "response": "4"}]), load_suite(suite_folder))


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_refused_even_if_partial(tmp_path: Path, suite_folder: Path, content: bytes) -> None:
    (tmp_path / "r.jsonl").write_bytes(content)
    with pytest.raises(UserError, match="holds no responses"):
        read_given(tmp_path / "r.jsonl", load_suite(suite_folder), partial=True)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, suite_folder: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(UserError, match="cannot be read"):
            read_given(path, load_suite(suite_folder))


def test_a_prompt_that_two_items_share_needs_the_id(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "s", [item_line("q0", prompt="Same?"), item_line("q1", prompt="Same?")])
    with pytest.raises(UserError, match=r"line 1: .*'Same\?' is that of 2 items, 2 items: q0, q1; give the id"):
        read_given(write(tmp_path / "r.jsonl", [{"prompt": "Same?", "response": "4"}]), load_suite(suite))


def test_a_response_to_an_item_with_choices_is_refused(tmp_path: Path) -> None:
    examples = {"pass": ["a"], "fail": ["b"]}
    suite = write_suite(tmp_path / "s", [item_line("q0", scorer="choice", choices=["a", "b"], target={"answer": 0}, **examples)])
    with pytest.raises(UserError, match=r"line 1: item 'q0' is judged by log-probabilities"):
        read_given(write(tmp_path / "r.jsonl", answers("a")), load_suite(suite))


def test_an_out_that_cannot_be_written_is_told_before_anything_else(tmp_path: Path, suite_folder: Path) -> None:
    for out in (tmp_path, tmp_path / "none" / "out.jsonl"):
        with pytest.raises(UserError, match="--out"):
            run_score(str(suite_folder), "no such file", str(out), False, IsolationChoice())


def test_the_command_ends_with_2_and_one_sentence(
    tmp_path: Path, suite_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["harness", "score", str(suite_folder), str(write(tmp_path / "r.jsonl", [b"nonsense"]))])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("harness: ")
    assert "line 1" in line


# Odd responses.

ODD = {
    "empty": "", "spaces": " \n\t\u3000", "a megabyte": "word " * 200_000, "one long word": "a" * 1_000_000, "NUL": "\0the answer is 4\0",
    "half a pair": "\ud800 4", "right-to-left marks": "\u202e4\u200f\u061c", "line separators": "4\u2028\x85\x0b", "a BOM": "\ufeff4",
    "fences": "```python\n" * 3000, "unended thoughts": "<think>4",
}  # fmt: skip
TARGETS: dict[str, tuple[dict[str, Any], str]] = {
    "exact": ({"answers": ["4"], "match": "number"}, "correct"),
    "gsm8k": ({"answer": "4"}, "exact_match"),
    "constraints": ({"constraints": [{"kind": "words", "min": 1}, {"kind": "sentences", "max": 3}]}, "prompt_strict"),
    "abstention": ({"answers": ["4"], "abstain": False}, "truthful"),
    "code": ({"entry_points": ["f"], "tests": "assert f() == 4", "stub": "def f():\n"}, "pass"),
    "ifeval": ({"instructions": [{"id": "punctuation:no_comma"}, {"id": "change_case:english_lowercase"}]}, "prompt_strict"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("scorer", TARGETS)
def test_odd_responses_are_judged(tmp_path: Path, scorer: str) -> None:
    target, metric = TARGETS[scorer]
    suite = write_suite(tmp_path / "s", [item_line(f"q{n}", target=target) for n in range(len(ODD))], scorer=scorer, primary_metric=metric)
    lines = score(tmp_path, suite, answers(*ODD.values()))
    scores = dict(zip(ODD, (line["scores"] and line["scores"][metric] for line in lines), strict=True))
    assert {line["error"] for line in lines} == {None}
    assert [scores[name] for name in ("empty", "spaces", "unended thoughts")] == [0, 0, 0]


def test_half_a_surrogate_pair_is_replaced_and_the_rest_judged(tmp_path: Path, suite_folder: Path) -> None:
    given = read_given(write(tmp_path / "r.jsonl", answers("\ud83d 4", "\U0001f600 4", "4 \udc00")), load_suite(suite_folder))
    assert [one.samples[0][0] for one in given] == ["\ufffd 4", "\U0001f600 4", "4 \ufffd"]
    assert [line["scores"]["correct"] for line in score(tmp_path, suite_folder, answers("\ud83d 4", "4", "5 \udc00"))] == [1, 1, 0]


def test_thoughts_are_taken_out_and_unended_ones_count_as_truncated(
    tmp_path: Path, suite_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = score(tmp_path, suite_folder, answers("<think>5</think>4", "<think>4 it is", "4"))
    assert [line["scores"]["correct"] for line in lines] == [1, 0, 1]
    assert "33%" in capsys.readouterr().out


def test_a_scorer_that_fails_is_an_error_of_its_item_and_ends_with_3(
    tmp_path: Path, suite_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.scorers.exact import ExactScorer

    whole = ExactScorer.score

    def fail(self: ExactScorer, item: Any, answer: Any) -> Any:
        if item.id == "q1":
            raise ZeroDivisionError("too hard")
        return whole(self, item, answer)

    monkeypatch.setattr(ExactScorer, "score", fail)
    lines = score(tmp_path, suite_folder, answers("4", "4", "4"), code=3)
    assert lines[1] == {"id": "q1", "sample": 0, "scores": None, "checks": [],
                        "error": "scorer 'exact' failed: ZeroDivisionError: too hard"}  # fmt: skip
    assert [line["error"] is None for line in lines] == [True, False, True]
