"""Hundreds of nights as `harness nightly` leaves them: their records, and the runs beside them."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.nightly.records import Against, Changed, Colour, Confirmation, Drift, Kind, Night, Repeat, Row, Side
from harness.nightly.state import write_night

SUITES = ("forgetting", "code_execution", "座舱对话与导航指令理解评测", "instruction_following")
KINDS: tuple[Kind, ...] = ("pinned", "previous")
_FIRST = datetime(2025, 10, 1, 1, 0, tzinfo=UTC)


def many_nights(out: Path, count: int, seed: int = 0) -> None:
    """`count` nights: every 80th is red, every 97th an error, a tenth flag something, libraries change now and then, and in the
    middle the pinned anchor becomes another."""
    draw, before = random.Random(seed), tuple[Changed, ...]()
    for number in range(1, count + 1):
        started = _FIRST + timedelta(days=number - 1)
        name = started.date().isoformat()
        red, broken = number % 80 == 0, number % 97 == 0
        colour: Colour = "red" if red else "error" if broken else "green"
        changed = (*before, *([_changed("library", f"vllm: 0.{number} → 0.{number + 1}")] if number % 60 == 0 else []))
        night = Night(
            night=name, number=number, colour=colour, started=started.isoformat(), finished=(started + timedelta(hours=1)).isoformat(),
            hardware={"cpu": "made"}, screen_level=0.05, confirm_level=0.0033, tests=8,
            sides=(Side(name="cockpit", given="/checkpoints/cockpit", identity=f"{number:064x}", run=f"cockpit-{number:04}"),),
            against=tuple(_against(kind, number, red and kind == "pinned", broken, draw, count) for kind in KINDS),
            changed=(_changed("weights", f"weights: {number - 1:08x} → {number:08x}"), *changed),
            drift=(Drift(model="cockpit", kind="pinned", suite=SUITES[0], nights=number, value=-0.01, limit=0.008, low=number == count),),
            repeats=(Repeat(model="anchor", runs=("a", "b"), suite=SUITES[0], n=400, flip_rate=0.021, difference=0.001, pvalue=0.8,
                            alarm=False),) if number == count else (),
        )  # fmt: skip
        write_night(out, night)
        _write_run(out / f"cockpit-{number:04}", number, started, draw)
        before = () if colour == "green" else tuple(change for change in changed if change.kind != "weights")


def _changed(kind: str, what: str) -> Changed:
    return Changed(model="cockpit", since="the night before", kind=kind, what=what)  # type: ignore[arg-type]


def _against(kind: Kind, number: int, red: bool, broken: bool, draw: random.Random, count: int) -> Against:
    anchor = "anchor-1" if number <= count // 2 else "anchor-2"
    rows = tuple(_row(suite, red and suite == SUITES[1], broken and suite == SUITES[3], draw) for suite in SUITES)
    return Against(model="cockpit", kind=kind, baseline=anchor, identity=anchor, blocks=kind == "pinned", rows=rows, gate="GO")


def _row(suite: str, red: bool, broken: bool, draw: random.Random) -> Row:
    if broken:
        reason = "the candidate has errors: 3 items: engine died"
        return Row(suite=suite, tier="critical", blocks=True, verdict="ERROR", reason=reason, margin=0.05)
    difference = -0.09 if red else draw.gauss(0.01, 0.012)
    flagged = red or draw.random() < 0.03
    look = Confirmation(
        how="fresh draws", reason="confirmed on 3 fresh responses" if red else "not confirmed", confirmed=red, n=400, draws=3,
        difference=difference, low=difference - 0.02, high=difference + 0.02, pvalue=0.0001 if red else 0.3,
    ) if flagged else None  # fmt: skip
    verdict = "REGRESSED" if red else "PASS"
    return Row(
        suite=suite, tier="critical", blocks=True, verdict=verdict, reason="", margin=0.05, n=400, baseline=0.7,
        candidate=0.7 + difference, difference=difference, low=difference - 0.025, high=difference + 0.025, variance=0.065,
        detectable=0.035, pvalue=0.001 if red else 0.4, gained=20, lost=18, flips=("q1", "q2"), flagged=flagged, confirmation=look,
    )  # fmt: skip


def _write_run(folder: Path, number: int, started: datetime, draw: random.Random) -> None:
    """What the history reads of a run: manifest and summary."""
    folder.mkdir()
    manifest = {
        "format_version": 1, "status": "complete", "run": f"{number:08x}", "label": "cockpit", "finished": started.isoformat(),
        "condition": None, "model": {"identity": f"{number:064x}"}, "engine": {"kind": "vllm", "conditions": {}},
        "suites": {}, "scorers": {}, "choice": {"size": "quick", "draw": 0},
    }  # fmt: skip
    summary = {}
    for suite in SUITES:
        score = draw.gauss(0.71, 0.012)
        summary[suite] = {"version": 1, "primary_metric": "correct", "n": 400, "score": score, "low": score - 0.04, "high": score + 0.04,
                          "errors": 0}  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(summary, ensure_ascii=False), encoding="utf-8")
