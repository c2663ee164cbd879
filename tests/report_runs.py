"""Finished runs with answers, for tests of the report: what people would open, and what a hostile model would answer."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.run_folders import row, write_run

HOSTILE = {
    "script": "<script>document.title='owned'</script></pre></details></main><script>document.title='owned'</script>",
    "handler": "<img src=x onerror=\"document.title='owned'\"><svg onload=document.title='owned'>",
    "link": "<a href=\"javascript:document.title='owned'\">click</a> [x](javascript:alert(1)) <iframe src='https://example.com'></iframe>",
    "style": "</style><style>body{display:none}</style><link rel=stylesheet href=https://example.com/x.css><base href=https://example.com>",
    "template": "{{ 7*7 }} {% raw %} ${7*7} <!-- ]]> -->",
    "terminal": "\x1b[31mred\x1b]0;title\x07\x1b[2J",
    "bidi": "if access\u202e ⁦// admin⁩ \u2066",
    "zero": "pass\u200bword\u200d\ufeff\u00ad\U000e0041",
    "quotes": "\"' autofocus onfocus=\"document.title='owned'\" x='",
    "half": "half \ud83d of a pair",
    "long": "很长 long " * 125_000,
}
"""Answers by kind; the longest has over a million characters."""


def answered(
    folder: Path, scores: Mapping[str, float | None], answers: Mapping[str, str], prompts: Mapping[str, str] | None = None, **changes: Any
) -> Path:
    """A run of one suite whose items have these scores and answers; `changes` are fields of the rows of scores."""
    rows = [row(item, score, **changes) for item, score in scores.items()]
    return with_responses(folder, rows, [response(line, answers[line["item"]], (prompts or {}).get(line["item"], "?")) for line in rows])


def response(line: Mapping[str, Any], answer: str | None, prompt: str) -> dict[str, Any]:
    """One line of responses.jsonl to a line of scores.jsonl."""
    about = {name: line[name] for name in ("suite", "item", "sample", "draw", "lang", "stratum", "error")}
    tokens = 0 if answer is None else len(answer.split())
    given = {"asked": "a", "prompt": prompt, "response": answer, "tokens": tokens, "truncated": False, "turns": [], "follow_ups": []}
    return {**about, **given, "choice_logprobs": None if answer is not None else [[-1.0, -2.0], [-3.0]]}


def with_responses(folder: Path, rows: Sequence[dict[str, Any]], responses: Sequence[dict[str, Any]], **changes: Any) -> Path:
    """A run folder as a finished evaluation leaves it."""
    finished = {"finished": "2026-01-02T03:04:05+00:00", "choice": {"samples": 1, "seed": 0, "draw": 0, "size": "full"}, "condition": None}
    write_run(folder, rows, **{**finished, **changes})
    (folder / "responses.jsonl").write_text("".join(json.dumps(line) + "\n" for line in responses), encoding="utf-8")
    summary = {name: summary_of([line for line in rows if line["suite"] == name]) for name in dict.fromkeys(line["suite"] for line in rows)}
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return folder


def summary_of(rows: Sequence[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    scores = [line["score"] for line in rows if line["score"] is not None]
    mean = sum(scores) / len(scores) if scores else None
    figures = {
        "n": len(scores),
        "score": mean,
        "low": None if mean is None else max(0.0, mean - 0.1),
        "high": None if mean is None else mean + 0.1,
    }
    return {"version": 1, "primary_metric": "correct", "errors": 0, "truncated": 0.0, **figures, "metrics": {"correct": mean},
            "strata": {"easy": {"all": figures}}, "corpus": {}, "signature": "arith|v:1", **changes}  # fmt: skip


def pair(parent: Path) -> tuple[Path, Path]:
    """Two runs: 30 items that stay right, 30 that stay wrong, 8 gained, 5 lost, in two languages and strata."""
    scores = [(1.0, 1.0)] * 30 + [(0.0, 0.0)] * 30 + [(0.0, 1.0)] * 8 + [(1.0, 0.0)] * 5
    folders = []
    for side, name in enumerate(("base", "tuned")):
        rows = [
            row(f"q{at:03}", score[side], lang=("zh", "en")[at % 2], stratum=("easy", "hard")[at % 3 == 0],
                checks=[_check(f"expected {at}, found {at + 1 - score[side]:g}", bool(score[side]))])
            for at, score in enumerate(scores)
        ]  # fmt: skip
        answers = [f"The answer to question {at} is {at if score[side] else at + 1}." for at, score in enumerate(scores)]
        prompts = [f"What is {at} plus zero? 第{at}题" for at in range(len(scores))]
        folders.append(with_responses(parent / name, rows, [response(*parts) for parts in zip(rows, answers, prompts, strict=True)]))
    return folders[0], folders[1]


def _check(reason: str, passed: bool, name: str = "answer") -> dict[str, Any]:
    return {"name": name, "passed": passed, "loose": None, "reason": reason}


def hostile_pair(parent: Path) -> tuple[Path, Path]:
    """Two runs in which every text that a page shows tries to be more than text."""
    nasty = "\"><script>document.title='owned'</script>\u202e"
    folders = []
    for side, name in enumerate(("base", "tuned")):
        rows = [
            row(f"{kind}{nasty}", float(at % 2 == side), stratum=nasty, suite=nasty, lang=("en", nasty)[at % 5 == 0],
                checks=[_check(answer[:2000], False, nasty)], scores={nasty: 1.0})
            for at, (kind, answer) in enumerate(HOSTILE.items())
        ]  # fmt: skip
        texts = [answer + " tail" * side for answer in HOSTILE.values()]
        lines = [
            response(line, text, text) | {"turns": [text[:500]], "follow_ups": [text[:500]]} for line, text in zip(rows, texts, strict=True)
        ]
        folders.append(with_responses(parent / name, rows, lines, label=nasty, isolation={"level": "A", "summary": nasty}))
    return folders[0], folders[1]
