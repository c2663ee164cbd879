"""`harness judge`: a model's opinion of the answers in finished runs, in a judgement folder that is a run folder with two files more."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from harness.engines import EngineKind, EngineSettings, find_model
from harness.engines.base import Device
from harness.errors import UserError
from harness.evaluate import evaluate
from harness.gold import read_gold
from harness.item import Lang
from harness.judging import JudgedRun, Judging, Key, answers_of, pairs_of, read_judged_run
from harness.machine import print_json
from harness.plan import Choice, RunPlan, plan_suites
from harness.prompts import read_template
from harness.rubric import Rubric, load_rubric
from harness.screen import Screen
from harness.served import AnyModel
from harness.stats.correlation import spearman
from harness.stats.swaps import Verdict, gold_agreement, swap_statistics
from harness.store import read_scores, write_atomic

JUDGEMENT, JUDGEMENTS = "judgement.json", "judgements.jsonl"
WEAKNESS = (
    "a judge may prefer a place, length, or answers of its own kin, and can be talked round by an answer: its opinion decides no verdict; "
    "read it beside rules and people's reviews"
)


@dataclass(frozen=True)
class JudgeArguments:
    """What was typed behind `harness judge`."""

    runs: tuple[str, ...]
    """One run, or two: a, then b."""
    judge: str
    rubric: str | None
    gold: str | None
    suites: tuple[str, ...]
    limit: int | None
    lang: Lang | None
    out: str
    template: str | None
    engine: EngineKind
    device: Device
    tensor_parallel: int
    replay: str | None
    urls: tuple[str, ...] = ()
    as_json: bool = False


def run_judge(arguments: JudgeArguments) -> int:
    """Have the judge give its opinions, write them down and print a table; returns the exit code: 0, or 3 if some hold no verdict.

    Raises UserError before the judge is started for whatever is wrong with arguments, runs, rubric or gold.
    """
    from reports.judgement import print_judgement

    screen = Screen()
    settings = EngineSettings.chosen(arguments.engine, arguments.device, arguments.tensor_parallel, arguments.replay, arguments.urls)
    rubric = load_rubric(arguments.rubric or ("preference" if len(arguments.runs) == 2 else "quality"))
    runs = [read_judged_run(Path(run).expanduser(), arguments.suites) for run in arguments.runs]
    judging = _judging(rubric, runs)
    gold = {} if arguments.gold is None else read_gold(Path(arguments.gold).expanduser(), rubric.kind, judging.keys.values())
    parts = plan_suites([judging.suite], Choice("full", arguments.limit, arguments.lang))
    judge = find_model(arguments.judge, settings, screen.say)
    for run in runs:
        if run.manifest["model"]["identity"] == judge.identity:
            screen.say(f"the judge is the model whose answers are in {run.folder}: it may prefer them for being its own")
    plan = RunPlan(judge, parts, Choice("full", arguments.limit, arguments.lang), settings, read_template(arguments.template))
    label = f"judge-{judge.label}-" + "-vs-".join(run.manifest["label"] for run in runs)
    result = evaluate(plan, Path(arguments.out).expanduser(), label[:150], screen)
    rows = [_row(row, judging.keys[row["item"]], gold) for row in read_scores(result.folder)]
    judgement = {
        "format_version": 1,
        "kind": rubric.kind,
        "rubric": {"name": rubric.name, "version": rubric.version, "hash": rubric.hash},
        "judge": _model(judge),
        "runs": [_run(side, run) for side, run in zip("ab", runs, strict=False)],
        "judged": sum(1 for row in rows if row["error"] is None),
        "errors": sum(1 for row in rows if row["error"] is not None),
        "left_out": judging.left_out,
        "statistics": pair_figures(rows) if rubric.kind == "pairwise" else rating_figures(rows),
        "weakness": WEAKNESS,
    }
    write_atomic(result.folder / JUDGEMENTS, (json.dumps(row, ensure_ascii=False) for row in rows))
    write_atomic(result.folder / JUDGEMENT, [json.dumps(judgement, ensure_ascii=False, indent=1)])
    if arguments.as_json:
        print_json({"folder": str(result.folder), **judgement})
    else:
        print_judgement(result.folder, judgement)
    return 3 if judgement["errors"] else 0


def _judging(rubric: Rubric, runs: Sequence[JudgedRun]) -> Judging:
    wanted = 2 if rubric.kind == "pairwise" else 1
    if len(runs) != wanted:
        raise UserError(
            f"Rubric '{rubric.name}' is {rubric.kind}: it takes {'two runs' if wanted == 2 else 'one run'}, not {len(runs)}; "
            "choose another with --rubric."
        )
    return pairs_of(rubric, runs[0], runs[1]) if wanted == 2 else answers_of(rubric, runs[0])


def _row(score: dict[str, Any], key: Key, gold: dict[Key, Verdict | float]) -> dict[str, Any]:
    suite, item, sample = key
    said = {"rating": score["scores"]["rating"]} if score["scores"] and "rating" in score["scores"] else dict(score["tags"])
    return {
        "suite": suite, "item": item, "sample": sample, "lang": score["lang"], **said, "gold": gold.get(key), "error": score["error"],
    }  # fmt: skip


def pair_figures(rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Figures of rows of judgements.jsonl on pairs, those with an error left out; None if no verdict is there.

    `gold` is None where no row has any.
    """
    judged = [row for row in rows if row["error"] is None]
    if not judged:
        return None
    swaps = swap_statistics([row["as_given"] for row in judged], [row["swapped"] for row in judged])
    known = [row for row in judged if row["gold"] is not None]
    found = known and gold_agreement(*([row[name] for row in known] for name in ("as_given", "swapped", "gold")))
    derived = {"consistency": swaps.consistency, "position_pvalue": swaps.position_pvalue}
    return {**asdict(swaps), **derived, "gold": {**asdict(found), "average": found.average} if found else None}


def rating_figures(rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Likewise of ratings; `spearman` is the rank correlation with gold."""
    ratings = [row["rating"] for row in rows if row["error"] is None]
    if not ratings:
        return None
    known = [(row["rating"], row["gold"]) for row in rows if row["error"] is None and row["gold"] is not None]
    counts = {str(int(rating)): ratings.count(rating) for rating in sorted(set(ratings))}
    gold = {"n": len(known), "spearman": asdict(spearman(*zip(*known, strict=True)))} if known else None
    return {"n": len(ratings), "mean": fmean(ratings), "counts": counts, "gold": gold}


def _model(judge: AnyModel) -> dict[str, Any]:
    return {"given": judge.spec.text, "label": judge.label, "identity": judge.identity}


def _run(side: str, run: JudgedRun) -> dict[str, Any]:
    manifest = run.manifest
    return {
        "side": side,
        "label": manifest["label"],
        "run": manifest["run"],
        "folder": str(run.folder),
        "model": manifest["model"]["identity"],
    }
