"""Proves a suite: every target has its scorer's form, every passing example passes, every failing one fails."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.errors import RunError, UserError
from harness.item import Item
from harness.metrics import check_metrics
from harness.records import Answer, FollowUp, Response, Score
from harness.sandbox import SandboxRefused
from harness.scorers import is_measurement, load_scorer, open_sandbox, takes_turns
from harness.suite import Suite


@dataclass(frozen=True)
class SuiteReport:
    """What the example responses of a suite showed."""

    items: int
    examples: int
    by_group: dict[tuple[str, str], int]
    """Number of items by stratum and language."""
    problems: tuple[str, ...]
    """One sentence each; empty if the suite is sound."""


def check_targets(suite: Suite) -> None:
    """Check that the suite's scorers exist and can judge its items, before anything is generated.

    Raises UserError naming the first item that cannot be judged.
    """
    for item in suite.items:
        try:
            scorer = load_scorer(item.scorer)
            if item.turns and not takes_turns(item.scorer):
                raise UserError(f"scorer '{item.scorer}' judges one response, but the item has later turns; use one that takes dialogues.")
            scorer.check_target(item)
        except UserError as error:
            raise UserError(f"{suite.items_file}, item '{item.id}': {error}") from error
        except ValueError as error:
            detail = " ".join(str(error).split())
            raise UserError(f"{suite.items_file}, item '{item.id}': target does not fit scorer '{item.scorer}': {detail}") from error
    check_metrics(suite)
    metrics = {metric for name in suite.scorer_names() for metric in load_scorer(name).metrics}
    if suite.config.primary_metric not in metrics:
        raise UserError(
            f"{suite.config_file}: primary_metric '{suite.config.primary_metric}' is given by none of its scorers "
            f"({', '.join(sorted(metrics))})."
        )


def check_suite(suite: Suite, isolation: str = "auto", accept_weak: bool = False) -> SuiteReport:
    """Run every example of every item through its scorer.

    Raises UserError for an item that cannot be judged, RunError if programs cannot be run for want of `isolation`.
    """
    check_targets(suite)
    with open_sandbox(suite.scorer_names(), isolation, accept_weak) as surrounding:
        if isinstance(surrounding, SandboxRefused):
            raise RunError(str(surrounding))
        return _check_examples(suite)


def _check_examples(suite: Suite) -> SuiteReport:
    problems: list[str] = []
    by_group: dict[tuple[str, str], int] = {}
    for item in suite.items:
        by_group[item.stratum, item.lang] = by_group.get((item.stratum, item.lang), 0) + 1
    examples = [
        (item, expected, number, example)
        for item in suite.items
        for expected, given in ((True, item.passing), (False, item.failing))
        for number, example in enumerate(given, start=1)
    ]
    with ThreadPoolExecutor() as pool:  # Programs run in processes of their own, as many as there are cores.
        found = list(pool.map(lambda example: _check_example(suite, example[0], example[3], example[1]), examples))
    for (item, expected, number, _), problem in zip(examples, found, strict=True):
        if problem:
            problems.append(f"{item.id}: {'pass' if expected else 'fail'} example {number} {problem}")
    empty = [stratum for stratum in suite.config.strata if not any(group[0] == stratum for group in by_group)]
    problems += [f"stratum '{stratum}' has no items" for stratum in empty]
    prompts: dict[tuple[object, ...], str] = {}
    for item in suite.items:
        first = prompts.setdefault((item.user_turns, item.parts, item.system, item.choices, item.text), item.id)
        if first != item.id:
            problems.append(f"{item.id}: has the same prompt as {first}")
    return SuiteReport(len(suite.items), len(examples), by_group, tuple(problems))


def _check_example(suite: Suite, item: Item, example: str | tuple[str, ...], expected: bool) -> str | None:
    if item.choices is not None and example not in item.choices:
        return f"is not one of the choices: '{example[:60]}'"
    scorer = load_scorer(item.scorer)
    result = scorer.score(item, example_answer(item, example))
    if isinstance(result, FollowUp):
        return None  # Needs a model to be judged.
    if (primary_score(suite, item, result) == 1.0) == expected:
        return None
    reasons = "; ".join(check.reason for check in result.checks if check.passed != expected)
    return f"was judged {'wrong' if expected else 'right'}: {reasons}"


def primary_score(suite: Suite, item: Item, score: Score) -> float | None:
    """The suite's primary metric; items of a scorer that lacks it count by that scorer's own first metric, and items that are
    only measured do not count."""
    if is_measurement(item.scorer):
        return None
    return score.metrics.get(suite.config.primary_metric, next(iter(score.metrics.values())))


def example_answer(item: Item, example: str | tuple[str, ...]) -> Answer:
    """An answer as a model would have given it: `example`, turn by turn, or a clear preference for the choice that reads so."""
    if item.choices is None:
        return Answer(tuple(Response("example", text) for text in ((example,) if isinstance(example, str) else example)))
    return Answer((), tuple((-1.0 if choice == example else -100.0,) for choice in item.choices))
