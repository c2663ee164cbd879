"""Items of a suite that a checkpoint was trained on: the comparison with and without them."""

from harness.compare.paired import difference_of
from harness.compare.records import Contaminated
from harness.compare.runs import Run
from harness.contamination import Contamination


def contaminated(suite: str, baseline: Run, candidate: Run) -> Contaminated | None:
    """What was found of the suite's items in either checkpoint's training data; None if none of them was.

    A run says what was found if its checkpoint's manifest did, see `harness.contamination`.
    """
    asked = {row["item"] for row in candidate.rows[suite]}
    found = [tuple(item for item in _items(run, suite) if item in asked) for run in (baseline, candidate)]
    if not any(found):
        return None
    without = difference_of(baseline.rows[suite], candidate.rows[suite], {*found[0], *found[1]})
    return Contaminated(baseline=found[0], candidate=found[1], without=without)


def _items(run: Run, suite: str) -> tuple[str, ...]:
    stored = run.manifest.get("contamination")
    return () if stored is None else Contamination.model_validate(stored).suites.get(suite, ())
