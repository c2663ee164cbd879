"""Items and runs made on the spot: in memory, and as folders with given answers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.suite import load_suite
from reports.review.reviewable import Answered, Reviewable, Run


def item_of(
    name: str, *, texts: Sequence[str] = ("one answer", "another answer"), scores: Sequence[dict[str, float]] | None = None,
    suite: str = "s", stratum: str = "a", cluster: str = "", lang: str = "en", core: bool = False, grouped: bool = False, prompt: str = "",
) -> Reviewable:  # fmt: skip
    answers = tuple(Answered(text, (text,), False, part) for text, part in zip(texts, scores or [{}] * len(texts), strict=True))
    return Reviewable(suite, name, lang, stratum, cluster or f"{suite}/{name}", core, grouped, prompt or f"Prompt of {name}?", "", answers)


def run_of(label: str = "run", scores: dict[tuple[str, str], dict[str, float]] | None = None) -> Run:
    manifest = {"label": label, "run": f"hash of {label}", "model": {"identity": f"identity of {label}", "given": label}}
    return Run(Path(label), manifest, {}, scores or {}, {})


def write_runs(parent: Path, suite: Path, answers: Sequence[Mapping[str, str | Sequence[str]]], names: Sequence[str] = ()) -> list[Path]:
    """Finished runs of one suite, written by hand: an answer to each item, or all answers of a dialogue."""
    loaded = load_suite(suite)
    folders = []
    for number, given in enumerate(answers):
        name = names[number] if names else f"zq-run-{number}"
        folder = parent / f"{name}-{number:04x}abcdef"
        folder.mkdir(parents=True)
        rows = []
        for item in loaded.items:
            tags = {"suite": loaded.name, "item": item.id, "sample": 0, "draw": 0, "lang": item.lang, "stratum": item.stratum}
            text = given.get(item.id)
            turns = [text] if isinstance(text, str) else list(text or [])
            rows.append((tags, item, turns))
        responses = [
            {**tags, "asked": loaded.asked(item), "prompt": "…", "response": turns[0] if turns else None, "tokens": 9, "truncated": False,
             "turns": list(item.turns), "follow_ups": turns[1:], "choice_logprobs": None, "error": None if turns else "engine died"}
            for tags, item, turns in rows
        ]  # fmt: skip
        scores = [
            {**tags, "cluster": item.cluster, "scorer": item.scorer, "score": float(len(turns[0]) % 2) if turns else None,
             "scores": {"correct": float(len(turns[0]) % 2)} if turns else None, "checks": [], "tags": {}, "chance": None,
             "error": None if turns else "engine died"}
            for tags, item, turns in rows
        ]  # fmt: skip
        part = {"version": 1, "hash": loaded.content_hash, "items_hash": "i", "items": len(rows), "prompts_hash": "p", "generation": {},
                "margin": 0.05, "max_errors": 0, "primary_metric": "correct"}  # fmt: skip
        manifest = {
            "format_version": 1, "status": "complete", "run": f"{number:04x}abcdef", "label": name,
            "model": {"identity": f"{number + 7:064x}", "given": f"vendor/{name}-7b", "folder": f"/models/{name}-final", "adapter": None,
                      "options": {}},
            "suites": {loaded.name: part}, "scorers": {loaded.name: {"exact": 1}}, "choice": {"samples": 1},
            "engine": {"kind": "vllm", "conditions": {}, "settings": {}}, "versions": {},
        }  # fmt: skip
        for file, lines in (("responses.jsonl", responses), ("scores.jsonl", scores)):
            (folder / file).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        folders.append(folder)
    return folders
