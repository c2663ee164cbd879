"""What a report is about: one run, or a baseline against candidates; from folders or from the file of a comparison."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.compare import Comparison, compare_family
from harness.compare.runs import Run, read_run
from harness.errors import RunError, UserError
from harness.store import MANIFEST, read_manifest

_COMPARISON = TypeAdapter(Comparison)


@dataclass(frozen=True)
class Subject:
    """What a report is about."""

    runs: tuple[Run, ...]
    """One run, or baseline and candidate."""
    comparison: Comparison | None

    @property
    def candidate(self) -> Run:
        """The run that is judged: the last one, or the only one."""
        return self.runs[-1]


def read_subjects(paths: Sequence[Path], declared: Collection[str] = (), force: bool = False) -> list[Subject]:
    """One run's folder; the baseline's and one or more candidates'; or the file of a comparison.

    Raises UserError if a path is none of these or the runs of a comparison are not beside it, RunError if a run is incomplete or damaged.
    """
    if len(paths) == 1 and paths[0].is_file():
        return [_from_file(paths[0])]
    runs = [read_run(path) for path in paths]
    if len(runs) == 1:
        return [Subject((runs[0],), None)]
    found = compare_family(paths[0], paths[1:], declared=declared, force=force)
    return [Subject((runs[0], run), comparison) for run, comparison in zip(runs[1:], found, strict=True)]


def _from_file(path: Path) -> Subject:
    try:
        comparison = _COMPARISON.validate_json(path.read_bytes())
    except ValidationError as error:
        raise UserError(f"'{path}' is no comparison; give a run folder, several, or a comparison-<hash>.json of `harness eval`.") from error
    if len(comparison.baseline_runs) != 1 or len(comparison.candidate_runs) != 1:
        raise UserError(f"'{path}' compares groups of runs, whose items are not shown side by side; give the folders of two runs.")
    wanted = (comparison.baseline_runs[0], comparison.candidate_runs[0])
    return Subject(tuple(_find(run, path) for run in wanted), comparison)


def _find(run: str, comparison: Path) -> Run:
    """The run of that hash in the folder of the comparison, or beside it."""
    home = comparison.resolve().parent
    for folder in dict.fromkeys(
        (home, *(path.parent for path in (*sorted(home.glob(f"*/{MANIFEST}")), *sorted(home.parent.glob(f"*/{MANIFEST}")))))
    ):
        try:
            manifest = read_manifest(folder)
        except RunError:
            continue  # Another run's, which this report does not need.
        if manifest is not None and manifest.get("run") == run:
            return read_run(folder)
    raise UserError(f"Run {run} of '{comparison}' is not beside it; give the folders of the two runs instead.")
