"""From run folders to GO, NO-GO, INCONCLUSIVE, ERROR: what each tier may do, and the exit codes of the command."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from harness.cli import app
from harness.compare import compare_runs
from harness.gate import GateResult, decide_gate
from harness.gate_config import GateConfig, read_gate
from tests.hand_runs import ENGINE, write_pair, write_run

GOOD, BAD, UNCLEAR = (400, 10, 8), (400, 6, 60), (40, 2, 4)
"""Items, gained, lost: no loss beyond .05, a clear loss, too few items to tell."""


def gate_of(**suites: Any) -> GateConfig:
    rest = {name: suites.pop(name) for name in ("composite", "vault", "preset", "declare", "max_critical") if name in suites}
    return GateConfig.model_validate(
        {"suites": {name: {"tier": tier} if isinstance(tier, str) else tier for name, tier in suites.items()}, **rest}
    )


def judged(folder: Path, gate: GateConfig, suites: dict[str, tuple[int, int, int]], release: bool = False, **changes: Any) -> GateResult:
    base, cand = write_pair(folder, suites, **changes)
    return decide_gate(gate, compare_runs(base, cand, declared=gate.declared), release=release)


@pytest.mark.parametrize(
    ("counts", "tier", "verdict"),
    [
        (GOOD, "critical", "GO"),
        ((400, 60, 6), "critical", "GO"),
        (BAD, "critical", "NO-GO"),
        (UNCLEAR, "critical", "INCONCLUSIVE"),
        (BAD, "supporting", "NO-GO"),
        (UNCLEAR, "supporting", "GO"),
        (BAD, "report-only", "GO"),
    ],
)
def test_what_a_tier_may_decide(tmp_path: Path, counts: tuple[int, int, int], tier: str, verdict: str) -> None:
    result = judged(tmp_path, gate_of(a="critical", b=tier), {"a": GOOD, "b": counts})
    assert result.verdict == verdict
    if verdict != "GO":
        assert len(result.reasons) == 1
        assert result.reasons[0].startswith(f"b ({tier}): ")


def test_a_suite_that_the_gate_does_not_name_is_shown_and_decides_nothing(tmp_path: Path) -> None:
    result = judged(tmp_path, gate_of(a="critical"), {"a": GOOD, "other": BAD})
    assert result.verdict == "GO"
    assert {part.suite: (part.tier, part.verdict) for part in result.suites}["other"] == ("report-only", "REGRESSED")


@pytest.mark.parametrize(("tier", "verdict"), [("critical", "ERROR"), ("supporting", "ERROR"), ("report-only", "GO")])
def test_an_error_is_never_a_pass(tmp_path: Path, tier: str, verdict: str) -> None:
    base = write_run(tmp_path / "base", {"a": [1.0] * 400, "b": [1.0] * 400})
    cand = write_run(tmp_path / "cand", {"a": [1.0] * 400, "b": [1.0] * 399 + [None]})
    gate = gate_of(a="critical", b=tier)
    assert decide_gate(gate, compare_runs(base, cand)).verdict == verdict


def test_an_error_comes_before_a_loss_and_a_loss_before_a_doubt(tmp_path: Path) -> None:
    gate = gate_of(a="critical", b="critical", c="critical")
    assert judged(tmp_path / "1", gate, {"a": UNCLEAR, "b": BAD, "c": GOOD}).verdict == "NO-GO"
    base = write_run(tmp_path / "base", {"a": [1.0] * 400, "b": [1.0] * 400, "c": [1.0] * 400})
    cand = write_run(tmp_path / "cand", {"a": [0.0] * 400, "b": [None] * 400, "c": [1.0] * 400})
    assert decide_gate(gate, compare_runs(base, cand)).verdict == "ERROR"


def test_a_suite_that_the_candidate_did_not_run_is_an_error(tmp_path: Path) -> None:
    base = write_run(tmp_path / "base", {"a": [1.0] * 400, "b": [1.0] * 400})
    cand = write_run(tmp_path / "cand", {"a": [1.0] * 400})
    result = decide_gate(gate_of(a="critical", b="critical"), compare_runs(base, cand))
    assert (result.verdict, result.reasons) == ("ERROR", ("The candidate did not run suite 'b'.",))


def test_conditions_that_differ_are_an_error_unless_declared(tmp_path: Path) -> None:
    engine = ENGINE | {"conditions": ENGINE["conditions"] | {"quantization": "compressed-tensors"}}  # type: ignore[operator]
    undeclared = judged(tmp_path / "1", gate_of(a="critical"), {"a": GOOD}, engine=engine)
    assert undeclared.verdict == "ERROR"
    assert "engine.quantization: None → compressed-tensors" in undeclared.reasons[0]
    composite = {"margin": 0.04, "weights": {"a": 1.0}}
    deployment = judged(tmp_path / "2", gate_of(a="critical", preset="deployment", composite=composite), {"a": GOOD}, engine=engine)
    assert deployment.verdict == "GO"
    assert deployment.suites[0].declared == ("engine.quantization: None → compressed-tensors",)


def test_deployment_asks_only_critical_suites_and_the_composite(tmp_path: Path) -> None:
    suites = {"a": GOOD, "b": BAD}
    composite = {"margin": 0.04, "weights": {"a": 1.0}}
    assert judged(tmp_path / "1", gate_of(a="critical", b="supporting", composite=composite), suites).verdict == "NO-GO"
    assert judged(tmp_path / "2", gate_of(a="critical", b="supporting", composite=composite, preset="deployment"), suites).verdict == "GO"


def test_the_gates_margin_takes_the_place_of_the_suites(tmp_path: Path) -> None:
    suites = {"a": (400, 30, 44)}
    assert judged(tmp_path / "1", gate_of(a="critical"), suites, margin=0.2).verdict == "GO"
    strict = judged(tmp_path / "2", gate_of(a={"tier": "critical", "margin": 0.01}), suites, margin=0.2)
    assert strict.verdict in ("INCONCLUSIVE", "NO-GO")
    assert strict.suites[0].margin == 0.01


def test_where_lower_is_better_a_rise_is_the_loss(tmp_path: Path) -> None:
    lower = gate_of(a={"tier": "critical", "direction": "lower"})
    assert judged(tmp_path / "1", lower, {"a": (400, 6, 60)}).verdict == "GO"
    risen = judged(tmp_path / "2", lower, {"a": (400, 60, 6)})
    assert risen.verdict == "NO-GO"
    plain = judged(tmp_path / "3", gate_of(a="critical"), {"a": (400, 6, 60)}).suites[0].found
    found = risen.suites[0].found
    assert (found.difference, found.lower, found.upper) == pytest.approx((plain.difference, plain.lower, plain.upper))
    assert (found.gained, found.lost) == (tuple(f"q{i:04}" for i in range(60, 66)), tuple(f"q{i:04}" for i in range(60)))


def test_a_floor_is_one_of_scores_that_are_better_when_higher(tmp_path: Path) -> None:
    """A count of what is bad that is near to nothing has much to lose."""
    base, cand = (write_run(tmp_path / name, {"a": [0.0] * 100}) for name in ("base", "cand"))
    for run_folder in (base, cand):
        path = run_folder / "scores.jsonl"
        path.write_text(path.read_text().replace('"chance": null', '"chance": 0.5'))
    verdicts = [
        decide_gate(gate_of(a={"tier": "critical", "direction": direction}), compare_runs(base, cand)).suites[0].verdict
        for direction in ("higher", "lower")
    ]
    assert verdicts == ["INCONCLUSIVE (floor)", "PASS"]


@pytest.mark.parametrize("scores", [[1.0], [1.0, 1.0], [0.5, 0.5, 0.5]], ids=["one item", "two", "three alike"])
def test_next_to_nothing_decides_nothing_and_gives_no_nan(tmp_path: Path, scores: list[float]) -> None:
    base, cand = (write_run(tmp_path / name, {"a": scores}) for name in ("base", "cand"))
    gate = gate_of(a="critical", composite={"margin": 0.05, "weights": {"a": 1.0}})
    result = decide_gate(gate, compare_runs(base, cand))
    assert result.verdict == "INCONCLUSIVE"
    json.dumps(result.as_json(), allow_nan=False)


def test_scores_that_are_no_numbers_are_an_error(tmp_path: Path) -> None:
    base, cand = (write_run(tmp_path / name, {"a": [1.0, float("nan")]}) for name in ("base", "cand"))
    assert decide_gate(gate_of(a="critical"), compare_runs(base, cand)).verdict == "ERROR"


def test_supporting_suites_are_corrected_among_each_other(tmp_path: Path) -> None:
    """One of eight that is worse at 3 % is what chance gives."""
    slight = (60, 4, 13)
    alone = judged(tmp_path / "1", gate_of(a="critical", s0="supporting"), {"a": GOOD, "s0": slight})
    assert alone.verdict == "NO-GO"
    suites = {"a": GOOD, "s0": slight} | {f"s{number}": (60, 5, 5) for number in range(1, 8)}
    tiers = {name: "supporting" for name in suites if name != "a"}
    many = judged(tmp_path / "2", gate_of(a="critical", **tiers), suites)
    assert many.verdict == "GO"
    assert {part.suite: part.verdict for part in many.suites}["s0"] == "REGRESSED"


def test_the_composite_can_pass_where_no_suite_could_alone(tmp_path: Path) -> None:
    suites = {f"s{number}": (150, 7, 7) for number in range(8)}
    tiers = dict.fromkeys(suites, "supporting")
    weights = dict.fromkeys(suites, 0.125)
    result = judged(tmp_path, gate_of(**tiers, composite={"margin": 0.03, "weights": weights}), suites, margin=0.03)
    assert {part.verdict for part in result.suites} == {"INCONCLUSIVE"}
    assert result.verdict == "GO"
    assert result.composite is not None
    assert result.composite.difference == pytest.approx(0.0)


@pytest.mark.slow
def test_the_composite_weighs_its_suites(tmp_path: Path) -> None:
    suites = {"a": GOOD, "b": BAD}
    heavy = {"margin": 0.05, "weights": {"a": 0.05, "b": 0.95}}
    light = {"margin": 0.05, "weights": {"a": 0.95, "b": 0.05}}
    gates = [gate_of(a="critical", b={"tier": "supporting", "margin": 0.3}, composite=composite) for composite in (heavy, light)]
    results = [judged(tmp_path / str(number), gate, suites) for number, gate in enumerate(gates)]
    assert [result.verdict for result in results] == ["NO-GO", "GO"]
    assert results[0].composite is not None
    assert results[0].composite.difference == pytest.approx(0.05 * 2 / 400 - 0.95 * 54 / 400)


def test_the_vault_suite_counts_in_a_release_only(tmp_path: Path) -> None:
    gate, suites = gate_of(a="critical", vault="hidden"), {"a": GOOD, "hidden": BAD}
    nightly = judged(tmp_path / "1", gate, suites)
    assert nightly.verdict == "GO"
    assert [part.suite for part in nightly.suites] == ["a"]
    assert judged(tmp_path / "2", gate, suites, release=True).verdict == "NO-GO"
    assert judged(tmp_path / "3", gate, {"a": GOOD}, release=True).verdict == "ERROR"


def test_a_margin_out_of_reach_is_told_with_the_items_that_are_needed(tmp_path: Path) -> None:
    far = judged(tmp_path / "1", gate_of(a={"tier": "critical", "margin": 0.01}), {"a": (400, 10, 10)})
    assert len(far.notes) == 1
    # 6.18 * .05 / .01²; one imagined gain and loss more make the variance a little larger.
    assert "a cannot reach its margin of 0.01 with 400 items" in far.notes[0]
    needed = int(far.notes[0].split("about ")[1].split(" ")[0].replace(",", ""))
    assert needed == pytest.approx(3090, rel=0.12)
    assert judged(tmp_path / "2", gate_of(a={"tier": "critical", "margin": 0.1}), {"a": (400, 10, 10)}).notes == ()


# The command.


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def write_gate(folder: Path, **gate: Any) -> Path:
    path = folder / "gate.yaml"
    path.write_text(yaml.safe_dump({"suites": {"a": {"tier": "critical"}}, **gate}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("counts", "verdict", "code"), [(GOOD, "GO", 0), (BAD, "NO-GO", 1), (UNCLEAR, "INCONCLUSIVE", 4), ((400, 10, 10), "GO", 0)]
)
def test_exit_codes(tmp_path: Path, counts: tuple[int, int, int], verdict: str, code: int) -> None:
    result = run("gate", write_gate(tmp_path), *write_pair(tmp_path, {"a": counts}), "--json", tmp_path / "gate.json")
    assert result.exit_code == code, result.output
    assert result.stdout.splitlines()[-1] == verdict
    told = json.loads((tmp_path / "gate.json").read_text())
    assert (told["verdict"], told["exit_code"]) == (verdict, code)


def test_what_people_found_stands_above_the_gates_table(tmp_path: Path) -> None:
    base, cand = write_pair(tmp_path, {"a": GOOD})
    record = {
        "format_version": 2,
        "baseline": base.name,
        "batch": "B1",
        "created": "2026-01-02T03:04:05",
        "verdict": "WORSE",
        "shown": {"en": "WORSE", "zh": "WORSE 更差"},
        "reason": {"en": "r", "zh": "因"},
        "dimension": "follow",
        "metrics": [],
        "ratings": [],
    }
    (cand / "review-B1.json").write_text(json.dumps(record), encoding="utf-8")
    shown = run("gate", write_gate(tmp_path), base, cand).stdout
    assert "people: WORSE (review B1, 2026-01-02): r" in shown
    assert shown.index("people:") < shown.index("critical")


def test_an_error_ends_with_3_and_says_which(tmp_path: Path) -> None:
    base = write_run(tmp_path / "base", {"a": [1.0] * 9})
    cand = write_run(tmp_path / "cand", {"a": [1.0] * 8 + [None]})
    result = run("gate", write_gate(tmp_path), base, cand)
    assert result.exit_code == 3
    assert "q0008: engine died" in result.stdout


def test_the_word_judge_may_be_there_and_options_first(tmp_path: Path) -> None:
    gate, runs = write_gate(tmp_path, vault="v"), write_pair(tmp_path, {"a": GOOD, "v": GOOD})
    assert run("gate", "judge", gate, *runs, "--release").exit_code == 0
    assert run("gate", "--release", gate, *runs).exit_code == 0


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda folder: (write_gate(folder, suites={"b": {"tier": "critical"}}), *write_pair(folder, {"bb": GOOD})), "did you mean 'bb'?"),
        (lambda folder: (write_gate(folder), *write_pair(folder, {"a": GOOD}), "--release"), "names none"),
        (lambda folder: (write_gate(folder), write_pair(folder, {"a": GOOD})[0], folder), "is not a run folder"),
    ],
)
def test_what_is_wrong_ends_with_2(tmp_path: Path, make: Any, complaint: str) -> None:
    result = run("gate", *make(tmp_path))
    assert result.exception is not None
    assert getattr(result.exception, "exit_code", None) == 2
    assert complaint in str(result.exception)


def test_a_crashed_run_ends_with_3(tmp_path: Path) -> None:
    base, cand = write_pair(tmp_path, {"a": GOOD})
    (cand / "manifest.json").unlink()
    (cand / "plan.json").write_text("{}")
    result = run("gate", write_gate(tmp_path), base, cand)
    assert getattr(result.exception, "exit_code", None) == 3
    assert "is incomplete" in str(result.exception)


# The plan.


def test_a_planned_gate_can_be_read_and_its_margins_reached(tmp_path: Path) -> None:
    suites = {"big": (2000, 40, 40), "middle": (400, 20, 20), "small": (60, 5, 5), "tiny": (10, 2, 2)}
    base, cand = write_pair(tmp_path, suites)
    result = run("gate", "plan", base, cand, "--out", tmp_path / "gate.yaml")
    assert result.exit_code == 0, result.output
    gate = read_gate(tmp_path / "gate.yaml")
    assert [gate.suite(name).tier for name in ("big", "middle", "tiny")] == ["critical", "critical", "report-only"]
    # 2.486 * sqrt(.04 / 2000), to the next half point.
    assert gate.suite("big").margin == 0.015
    decided = decide_gate(gate, compare_runs(base, cand))
    assert decided.verdict == "GO"
    assert decided.notes == ()
    assert gate.composite is not None
    assert sum(gate.composite.weights.values()) == pytest.approx(1.0)


def test_a_plan_in_which_nothing_decides_says_so(tmp_path: Path) -> None:
    base, cand = write_pair(tmp_path, {"tiny": (10, 2, 2)})
    assert "Nothing decides here" in run("gate", "plan", base, cand).stdout
    assert "Nothing decides here" not in run("gate", "plan", *write_pair(tmp_path / "more", {"a": GOOD})).stdout


def test_a_plan_goes_to_stdout_and_overwrites_nothing(tmp_path: Path) -> None:
    base, cand = write_pair(tmp_path, {"a": GOOD})
    assert "critical" in run("gate", "plan", base, cand).stdout
    (tmp_path / "gate.yaml").write_text("mine")
    result = run("gate", "plan", base, cand, "--out", tmp_path / "gate.yaml")
    assert "exists; margins that were set are not overwritten" in str(result.exception)
    assert (tmp_path / "gate.yaml").read_text() == "mine"


def test_one_run_alone_plans_nothing(tmp_path: Path) -> None:
    base, _ = write_pair(tmp_path, {"a": GOOD})
    assert "at least two finished runs" in str(run("gate", "plan", base).exception)
