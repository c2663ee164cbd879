"""Items that stood in training data: which, in which rows, and the scores with and without them."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

from harness.compare.records import Difference
from harness.compare.runs import Run
from harness.contamination import Contamination
from harness.scores import item_means
from reports.page.subjects import Subject
from reports.page.training import Pair, pairs

MOST_PAIRS = 200
"""Rows that stand on the page; the data's own report has all of them."""


@dataclass(frozen=True)
class Searched:
    """What a run's checkpoint says of its training data."""

    run: str
    found: Contamination | None
    """None if nothing is recorded: nobody looked, or nobody kept it."""

    @property
    def items(self) -> int:
        """How many items of all suites were found in the training data; 0 if nothing was searched."""
        return 0 if self.found is None else sum(map(len, self.found.suites.values()))


@dataclass(frozen=True)
class Effect:
    """A suite of which items were trained on: its figures with all items and without those."""

    suite: str
    items: tuple[tuple[str, tuple[str, ...]], ...]
    """Item, and the runs in whose training data it was."""
    differences: tuple[tuple[str, Difference], ...]
    """A word of the page, "all_items" or "without_them", and the comparison; of one run none."""
    scores: tuple[tuple[str, int, float | None], ...]
    """Of one run: the same words, number of items, mean score."""


@dataclass(frozen=True)
class ContaminationView:
    """What the page says of items that stood in training data."""

    searched: tuple[Searched, ...]
    effects: tuple[Effect, ...]
    pairs: tuple[tuple[str, Pair], ...]
    """Label of the run, and a row of its training data, the closest first."""


def contamination_of(subject: Subject) -> ContaminationView | None:
    """What is known of these runs' training data; None if nothing is recorded of any. Raises UserError if a record is damaged."""
    searched = tuple(Searched(run.name, _stored(run)) for run in subject.runs)
    if all(each.found is None for each in searched):
        return None
    rows = tuple(
        (run.name, pair)
        for run, each in zip(subject.runs, searched, strict=True)
        if each.items
        for pair in pairs(run.manifest["model"])
        if each.found is not None and pair.item in each.found.suites.get(pair.suite, ())
    )
    return ContaminationView(searched, tuple(_effects(subject, searched)), rows)


def _stored(run: Run) -> Contamination | None:
    stored = run.manifest.get("contamination")
    return None if stored is None else Contamination.model_validate(stored)


def _effects(subject: Subject, searched: tuple[Searched, ...]) -> Iterator[Effect]:
    compared = {} if subject.comparison is None else {suite.suite: suite for suite in subject.comparison.suites}
    for suite in subject.candidate.suites:
        asked = {row["item"] for row in subject.candidate.rows.get(suite, ())}
        by_item: dict[str, list[str]] = {}
        for each in searched:
            for item in () if each.found is None else each.found.suites.get(suite, ()):
                if item in asked:
                    by_item.setdefault(item, []).append(each.run)
        if not by_item:
            continue
        items = tuple((item, tuple(runs)) for item, runs in by_item.items())
        found = compared.get(suite)
        if found is None:
            yield Effect(suite, items, (), tuple(_scores(subject.candidate, suite, set(by_item))))
        else:
            without = found.contaminated.without if found.contaminated is not None else None
            differences = (("all_items", found), *((("without_them", without),) if without is not None else ()))
            yield Effect(suite, items, differences, ())


def _scores(run: Run, suite: str, trained: set[str]) -> Iterator[tuple[str, int, float | None]]:
    means = {item: score for item, score in item_means(run.rows[suite]).items() if score is not None}
    for word, left_out in (("all_items", set[str]()), ("without_them", trained)):
        kept = [score for item, score in means.items() if item not in left_out]
        yield word, len(kept), fmean(kept) if kept else None
