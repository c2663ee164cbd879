"""Whatever scores come: no NaN leaves, what is undefined has a status, and numbers that are none are refused by name."""

import math
import warnings
from collections.abc import Callable
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats import (
    agreement,
    bootstrap_t,
    bradley_terry,
    clustered,
    composite,
    corpus,
    correlation,
    ewma,
    gwet,
    kappa,
    mean_at_n,
    noninferiority,
    paired_binary,
    paired_graded,
    raters,
    signflip,
)  # fmt: skip
from harness.stats.result import Status

Scores = list[float]


def numbers(result: object) -> list[float]:
    if is_dataclass(result):
        return [number for field in fields(result) for number in numbers(getattr(result, field.name))]
    if isinstance(result, tuple | list):
        return [number for part in result for number in numbers(part)]
    return [result] if isinstance(result, float) else []


def table(values: Scores) -> list[list[float]]:
    return [[value, 1.0] for value in values]


def ratio(sums: object) -> object:
    return sums[:, 0] / sums[:, 1]  # type: ignore[index]


def codes(values: Scores) -> list[int]:
    return [i % 3 for i in range(len(values))]


FUNCTIONS: dict[str, Callable[[Scores, Scores], object]] = {
    "clustered_mean": lambda a, b: clustered.clustered_mean(a, codes(a)),
    "mean_interval": lambda a, b: clustered.mean_interval(a),
    "mean_interval of a scale": lambda a, b: clustered.mean_interval(a, codes(a), scale=(-100, 100)),
    "paired_binary": lambda a, b: paired_binary.paired_binary([float(v > 0) for v in a], [float(v > 0) for v in b]),
    "paired_t": lambda a, b: paired_graded.paired_t(a),
    "paired_t of a scale": lambda a, b: paired_graded.paired_t(a, codes(a), reach=100),
    "margin_graded": lambda a, b: noninferiority.margin_graded(a, 0.1),
    "margin_graded of a scale": lambda a, b: noninferiority.margin_graded(a, 0.1, codes(a), reach=100),
    "sign_flip": lambda a, b: signflip.sign_flip(a, draws=50),
    "sign_flip of clusters": lambda a, b: signflip.sign_flip(a, codes(a), draws=50),
    "randomisation_test": lambda a, b: corpus.randomisation_test(table(a), table(b), ratio, draws=50),  # type: ignore[arg-type]
    "paired_bootstrap": lambda a, b: corpus.paired_bootstrap(table(a), table(b), ratio, draws=50),  # type: ignore[arg-type]
    "bootstrap_t": lambda a, b: bootstrap_t.bootstrap_t(a, draws=50),
    "mean_at_n": lambda a, b: mean_at_n.mean_at_n([[x, y] for x, y in zip(a, b, strict=True)]),
    "item_mean_t": lambda a, b: raters.item_mean_t(a, codes(a)),
    "two_way_t": lambda a, b: raters.two_way_t(a, codes(a), [i // 3 for i in range(len(a))]),
    "spearman": lambda a, b: correlation.spearman(a, b),
    "kendall": lambda a, b: correlation.kendall(a, b),
    "pairwise_agreement": lambda a, b: correlation.pairwise_agreement(a, b),
    "composite": lambda a, b: composite.composite(a, [abs(v) for v in b], [1 / len(a)] * len(a)),
    "ewma": lambda a, b: ewma.ewma(a, [abs(v) for v in b], 0.1),
}
RATINGS: dict[str, Callable[[list[list[int | None]]], object]] = {
    "raw": lambda r: agreement.raw_agreement(r, [0, 1, 2], draws=30),
    "positive": lambda r: agreement.positive_agreement(r, [0, 1, 2], 1, draws=30),
    "alpha": lambda r: agreement.krippendorff_alpha(r, [0, 1, 2], "ordinal", draws=30),
    "gwet": lambda r: gwet.gwet_ac(r, [0, 1, 2], "linear", draws=30),
    "cohen": lambda r: kappa.cohen_kappa(r[:2], [0, 1, 2], draws=30),
    "weighted": lambda r: kappa.cohen_kappa(r[:2], [0, 1, 2], "quadratic", draws=30),
    "fleiss": lambda r: kappa.fleiss_kappa(r, [0, 1, 2], draws=30),
}
marks = st.sampled_from([0, 1, 2, None])
values = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 0.1]), st.integers(-9, 9).map(float), st.floats(-50, 50))
pairs = st.lists(st.tuples(values, values), min_size=1, max_size=8)


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
@settings(derandomize=True, deadline=None, max_examples=60)
@given(pairs)
def test_no_nan_leaves_and_no_library_complains(name: str, rows: list[tuple[float, float]]) -> None:
    first, second = [a for a, _ in rows], [b for _, b in rows]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = FUNCTIONS[name](first, second)
    assert not any(math.isnan(number) for number in numbers(result))
    status, interval = getattr(result, "status", None), getattr(result, "interval", None)
    if status is not None and status not in (Status.OK, Status.IDENTICAL):
        assert interval is None


@pytest.mark.slow
@pytest.mark.parametrize("name", RATINGS)
@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.tuples(marks, marks, marks), min_size=1, max_size=6))
def test_no_nan_leaves_for_any_ratings(name: str, units: list[tuple[int | None, int | None, int | None]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = RATINGS[name]([[unit[rater] for unit in units] for rater in range(3)])
    assert not any(math.isnan(number) for number in numbers(result))
    assert (result.status == Status.OK) == (result.estimate is not None)  # type: ignore[attr-defined]


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("ABC"), st.sampled_from([0, 0.5, 1])), min_size=1, max_size=12))
def test_no_nan_leaves_for_any_comparisons(rows: list[tuple[str, str, float]]) -> None:
    rows = [row for row in rows if row[0] != row[1]] or [("A", "B", 1)]
    first, second, outcomes = (list(column) for column in zip(*rows, strict=True))
    for items in (None, codes(outcomes)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = bradley_terry.bradley_terry(first, second, outcomes, items)
        assert not any(math.isnan(number) for number in numbers(result))
        assert (result.status == Status.OK) == (result.strengths is not None)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "paired_binary"])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_scores_that_are_no_numbers_are_refused_by_name(name: str, bad: float) -> None:
    with pytest.raises(ValueError, match=r"^(\w+ must be finite; position \[1(, 0)?\]|scores\[1\] must be finite; position \[0\]) is not"):
        FUNCTIONS[name]([0.5, bad, 0.25], [1.0] * 3)
