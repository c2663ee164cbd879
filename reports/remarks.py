"""What is said of a suite below the table: why the verdict is what it is, and what to bear in mind."""

from collections.abc import Iterator

from harness.compare.records import Contaminated, CorpusChange, MeasuredDrift, NoiseFloor, SuiteComparison
from harness.compare.verdicts import ALPHA
from reports.numbers import interval, listed, number, probability, signed


def remarks(suite: SuiteComparison) -> Iterator[str]:
    """The verdict with its reason first, then indented whatever else is known."""
    yield f"{suite.suite}: {suite.verdict}: {suite.reason}{_detectable(suite)}"
    if suite.declared:
        yield f"  differs, as declared or forced: {'; '.join(suite.declared)}"
    for note in suite.notes:
        yield f"  {note}"
    if suite.seeds:
        yield f"  {suite.method}, on these {suite.n} items: {_scores(suite.baseline_seeds or (suite.baseline,))} → {_scores(suite.seeds)}"
    if floors := tuple(part.stratum for part in suite.strata if part.at_floor and part.lang == "all"):
        yield f"  not above chance in the baseline, so nothing can be said of a loss there: {listed(floors)}"
    flips = suite.method.startswith("McNemar")
    for title, items in (("wrong → right" if flips else "higher", suite.gained), ("right → wrong" if flips else "lower", suite.lost)):
        if items:
            yield f"  {title}: {listed(items)}"
    if suite.contaminated is not None:
        yield from _contaminated(suite.contaminated)
    for floor in suite.noise:
        yield f"  {_noise(floor)}"
    for drift in suite.measured:
        yield f"  {_measured(drift)}"
    for change in suite.corpus:
        yield f"  {_corpus(change)}"


def _detectable(suite: SuiteComparison) -> str:
    if suite.detectable is None or suite.pvalue_adjusted is None or suite.pvalue_adjusted <= ALPHA:
        return ""
    return f" (a true difference of {suite.detectable:.3f} would be found in 80 % of cases)"


def _scores(scores: tuple[float | None, ...]) -> str:
    return ", ".join(map(number, scores))


def _contaminated(found: Contaminated) -> Iterator[str]:
    sides = (("baseline", found.baseline), ("candidate", found.candidate))
    yield "  CONTAMINATED: " + "; ".join(f"the {side} was trained on {len(items)} items: {listed(items)}" for side, items in sides if items)
    if (rest := found.without) is None:
        yield "  without them no item is left"
    else:
        change = f"{signed(rest.difference)} ({interval(rest.low, rest.high, with_signs=True)}, p {probability(rest.pvalue)})"
        yield f"  without them (n {rest.n}): {number(rest.baseline)} → {number(rest.candidate)}, difference {change}"


def _noise(floor: NoiseFloor) -> str:
    kind = "greedy, so that only numerical noise shows" if floor.greedy else f"draws {floor.draws[0]} and {floor.draws[1]}"
    return (
        f"noise floor of {floor.model}: {floor.flip_rate:.1%} of {floor.n} items change from one run to the next, by"
        f" {floor.mean_absolute_difference:.3f} on average; the mean by {signed(floor.difference)} ({kind})"
    )


def _corpus(change: CorpusChange) -> str:
    values = f"{change.figure}: {number(change.baseline)} → {number(change.candidate)}"
    if change.pvalue is None:
        return f"{values} ({change.note})"
    limits = f"{interval(change.low, change.high, with_signs=True)}, " if change.low is not None else ""
    note = f"; {change.note}" if change.note else ""
    return f"{values}, change {signed(change.difference)} ({limits}p {probability(change.pvalue)}; n {change.n}{note})"


def _measured(drift: MeasuredDrift) -> str:
    values = f"{drift.stratum} {drift.lang}, {drift.metric} (measured): {number(drift.baseline)} → {number(drift.candidate)}"
    limits = f"{interval(drift.low, drift.high, with_signs=True)}, p {probability(drift.pvalue)}" if not drift.note else drift.note
    return f"{values}, change {signed(drift.difference)} ({limits}; n {drift.n})"
