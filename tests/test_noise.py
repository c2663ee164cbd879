"""The noise floor: measured by running a checkpoint twice, kept by what it holds for, found by comparisons of the same."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import harness.runner
from harness.cli import main
from harness.compare import compare_runs
from harness.compare.noise import NOISE, noise_between, store_noise
from harness.compare.runs import read_run
from harness.engines.replay import ReplayEngine
from harness.errors import RunError
from harness.records import Request, Response
from harness.store import JOURNAL, read_manifest
from tests.conftest import item_line, write_suite
from tests.run_folders import ENGINE, OPTIONS, measured, only, row, rows_of, write_run

MODEL = {"identity": "one-and-the-same-model", "options": OPTIONS}


def draws(parent: Path, *scores: list[float], **changes: Any) -> list[Path]:
    return [
        write_run(parent / f"draw{draw}", rows_of(found), **{"model": MODEL, "choice": {"samples": 1, "seed": 0, "draw": draw}, **changes})
        for draw, found in enumerate(scores, start=1)
    ]


def test_flips_and_changes_are_those_of_the_items(tmp_path: Path) -> None:
    (floor,) = noise_between(*map(read_run, draws(tmp_path, [1.0, 0.0, 0.5, 1.0], [0.0, 1.0, 0.25, 1.0])))
    assert (floor.n, floor.flip_rate, floor.mean_absolute_difference, floor.difference) == (4, 0.75, 0.5625, -0.0625)
    assert (floor.identity, floor.suite, floor.draws) == (MODEL["identity"], "arith", (1, 2))


@pytest.mark.parametrize(("temperature", "samples", "greedy"), [(0.0, 1, True), (0.7, 1, False), (0.0, 4, False)])
def test_a_greedy_rerun_is_said_to_be_one(tmp_path: Path, temperature: float, samples: int, greedy: bool) -> None:
    part = {"arith": {"generation": {"temperature": temperature}}}
    runs = [
        write_run(tmp_path / str(draw), rows_of([1.0]), part, model=MODEL, choice={"samples": samples, "seed": 0, "draw": draw})
        for draw in (1, 2)
    ]
    assert noise_between(*map(read_run, runs))[0].greedy is greedy


def test_errors_are_no_noise(tmp_path: Path) -> None:
    first, second = draws(tmp_path, [1.0, 0.0], [1.0, 0.0])
    (second / "scores.jsonl").write_text("".join(json.dumps(line) + "\n" for line in (row("q0000", 1.0), row("q0001", None))))
    with pytest.raises(RunError, match="second run have errors"):
        noise_between(read_run(first), read_run(second))


def test_what_is_only_measured_has_no_noise_floor(tmp_path: Path) -> None:
    assert noise_between(*(read_run(write_run(tmp_path / name, measured([1.0]))) for name in ("a", "b"))) == ()


def test_it_is_found_for_the_same_checkpoint_suite_and_conditions_only(tmp_path: Path) -> None:
    store_noise(tmp_path, noise_between(*map(read_run, draws(tmp_path, [1.0, 0.0], [1.0, 1.0]))))
    base = write_run(tmp_path / "base", rows_of([1.0, 0.0]), model=MODEL)
    same = write_run(tmp_path / "same", rows_of([1.0, 1.0]))
    assert [floor.flip_rate for floor in only(compare_runs(base, same)).noise] == [0.5]
    assert [floor.flip_rate for floor in only(compare_runs(same, base)).noise] == [0.5]
    others: dict[str, dict[str, Any]] = {
        "checkpoint": {"model": {"identity": "another-model", "options": OPTIONS}}, "engine": {"engine": ENGINE | {"kind": "transformers"}},
        "samples": {"choice": {"samples": 3, "seed": 0, "draw": 0}}, "scorers": {"scorers": {"arith": {"exact": 2}}},
    }  # fmt: skip
    for name, changes in others.items():
        runs = [write_run(tmp_path / f"{name}{side}", rows_of([1.0, 0.0]), **{"model": MODEL, **changes}) for side in "ab"]
        assert only(compare_runs(*runs)).noise == ()
    part = {"arith": {"items_hash": "j"}}
    assert only(compare_runs(*(write_run(tmp_path / f"items{side}", rows_of([1.0]), part, model=MODEL) for side in "ab"))).noise == ()


def test_a_new_measurement_takes_the_place_of_the_old_and_leaves_other_suites(tmp_path: Path) -> None:
    store_noise(tmp_path, noise_between(*map(read_run, draws(tmp_path / "old", [1.0, 0.0], [1.0, 1.0]))))
    store_noise(tmp_path, noise_between(*map(read_run, draws(tmp_path / "new", [1.0, 0.0], [1.0, 0.0]))))
    rows, choice = rows_of([1.0], suite="more"), {"samples": 1, "seed": 0, "draw": 1}
    runs = [read_run(write_run(tmp_path / "more" / str(at), rows, model=MODEL, choice=choice)) for at in (1, 2)]
    path = store_noise(tmp_path, noise_between(*runs))
    assert [(floor["suite"], floor["flip_rate"]) for floor in json.loads(path.read_text())] == [("arith", 0.0), ("more", 0.0)]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    store_noise(tmp_path, noise_between(*map(read_run, draws(tmp_path, [1.0], [1.0])))).write_text("{")
    base = write_run(tmp_path / "base", rows_of([1.0]), model=MODEL)
    with pytest.raises(RunError, match="damaged; delete it"):
        compare_runs(base, base)


# The command.


class Drawing(ReplayEngine):
    """Answers by the request's seed, and remembers what it was asked."""

    asked: list[Request]

    def submit(self, request: Request) -> None:
        Drawing.asked.append(request)
        self._queue.append(request)

    def step(self) -> list[Response]:
        request = self._queue.popleft()
        return [Response(request.id, "4" if request.seed % 2 else "5", 1)]


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / JOURNAL).write_text("")
    Drawing.asked = []
    monkeypatch.setattr(harness.runner, "start_engine", lambda *_: Drawing(tmp_path / "empty"))


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["harness", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.slow
def test_noise_is_measured_with_fresh_draws_and_shown_by_compare(
    drawing: None, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    suite = write_suite(
        tmp_path / "arith", [item_line(f"q{n}") for n in range(20)], generation={"max_tokens": 8, "temperature": 0.8}
    )  # fmt: skip
    out, chosen = tmp_path / "runs", ["--suites", suite, "--out", tmp_path / "runs", "--engine", "transformers"]
    assert call(monkeypatch, "eval", "--model", tiny_model, *chosen) == 0
    assert len(Drawing.asked) == 20
    capfd.readouterr()
    assert call(monkeypatch, "noise", tiny_model, *chosen) == 0
    assert len(Drawing.asked) == 60  # Nothing of draw 0 is used again.
    assert len({(request.id, request.seed) for request in Drawing.asked}) == 60
    shown = capfd.readouterr().out
    assert "draws 1 and 2" in shown
    assert "numerical noise only" not in shown
    (path,) = (out / NOISE).iterdir()
    (floor,) = json.loads(path.read_text())
    assert 0 < floor["flip_rate"] < 1
    folders = {manifest["choice"]["draw"]: path for path in out.iterdir() if (manifest := read_manifest(path)) is not None}
    assert {*folders} == {0, 1, 2}
    assert call(monkeypatch, "compare", folders[0], folders[1]) == 0
    assert f"{floor['flip_rate']:.1%} of 20 items change" in capfd.readouterr().out


@pytest.mark.slow
def test_a_greedy_suite_is_said_to_show_numerical_noise_only(
    drawing: None, tiny_model: Path, suite_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    chosen = ["--suites", suite_folder, "--out", tmp_path / "runs", "--engine", "transformers"]
    assert call(monkeypatch, "noise", tiny_model, *chosen) == 0
    assert "numerical noise only" in capfd.readouterr().out


def test_recorded_responses_have_no_noise(
    tiny_model: Path, suite_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "noise", tiny_model, "--suites", suite_folder, "--engine", "replay", "--out", tmp_path / "runs") == 2
    assert "engine that generates" in capfd.readouterr().err
