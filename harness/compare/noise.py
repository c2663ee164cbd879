"""The noise floor: one checkpoint evaluated twice with fresh draws, and how much its scores differ from themselves.

What was measured is kept beside the runs, in `noise/<identity>.json`, and holds for the same checkpoint, suite and conditions only.
"""

import datetime
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from pydantic import TypeAdapter, ValidationError

from harness.compare.records import NoiseFloor
from harness.compare.runs import Run, defect
from harness.eligibility import conditions_hash
from harness.errors import RunError
from harness.scores import item_means
from harness.store import write_atomic

NOISE = "noise"
_FLOORS = TypeAdapter(tuple[NoiseFloor, ...])


def noise_between(first: Run, second: Run) -> tuple[NoiseFloor, ...]:
    """The noise of each suite that is scored, from two runs of one checkpoint that differ in their draw.

    Raises RunError if a suite has errors: what is missing is no noise.
    """
    floors = []
    for name, part in first.suites.items():
        for run, side in ((first, "first run"), (second, "second run")):
            if (reason := defect(run, name, side)) is not None:
                raise RunError(f"The noise of suite '{name}' cannot be told: {reason}.")
        before, after = (item_means(run.rows[name]) for run in (first, second))
        changes = [after[item] - before[item] for item in before if item in after]
        if changes:
            floors.append(NoiseFloor(
                model=first.manifest["label"], identity=first.manifest["model"]["identity"], suite=name,
                conditions=conditions_hash(first.manifest, name), n=len(changes), flip_rate=fmean(change != 0 for change in changes),
                mean_absolute_difference=fmean(map(abs, changes)), difference=fmean(changes),
                greedy=first.manifest["choice"]["samples"] == 1 and part["generation"]["temperature"] == 0,
                measured=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                draws=(first.manifest["choice"]["draw"], second.manifest["choice"]["draw"]),
            ))  # fmt: skip
    return tuple(floors)


def store_noise(parent: Path, floors: Sequence[NoiseFloor]) -> Path:
    """Keep what was measured of one checkpoint under `parent`, in place of what was known for the same conditions."""
    path = _file(parent, floors[0].identity)
    known = {(floor.suite, floor.conditions): floor for floor in (*_read(path), *floors)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, [_FLOORS.dump_json(tuple(known.values()), indent=1).decode()], "make room and start again")
    return path


def noise_floors(suite: str, baseline: Run, candidate: Run) -> tuple[NoiseFloor, ...]:
    """What is known of the noise of the two checkpoints in this suite, under the conditions of their runs."""
    wanted = dict.fromkeys(
        (_file(run.folder.parent, run.manifest["model"]["identity"]), conditions_hash(run.manifest, suite)) for run in (baseline, candidate)
    )
    return tuple(floor for path, conditions in wanted for floor in _read(path) if (floor.suite, floor.conditions) == (suite, conditions))


def _file(parent: Path, identity: str) -> Path:
    return parent / NOISE / f"{identity[:16]}.json"


def _read(path: Path) -> tuple[NoiseFloor, ...]:
    if not path.is_file():
        return ()
    try:
        return _FLOORS.validate_json(path.read_bytes())
    except ValidationError as error:
        raise RunError(f"{path} is damaged; delete it and measure again with `harness noise`.") from error
