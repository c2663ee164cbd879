"""Several raters: ratings of one item are no items, and raters who differ in taste are a sample too."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from harness.stats.paired_graded import paired_t
from harness.stats.raters import item_mean_t, two_way_t
from harness.stats.result import Status


def long(table: np.ndarray) -> tuple[list[float], list[int], list[int]]:
    """Ratings of shape (items, raters) one by one."""
    items, raters = table.shape
    return table.ravel().tolist(), np.arange(items).repeat(raters).tolist(), list(range(raters)) * items


def false_alarms(raters: int, taste: float, repeats: int = 1200) -> dict[str, float]:
    """Share of p < .05 without a difference; `taste` is how far raters differ in which model they like."""
    chance = np.random.default_rng(33)
    alarms = {"rows": 0, "item": 0, "two-way": 0}
    for _ in range(repeats):
        table = chance.normal(0, 0.6, (40, 1)) + chance.normal(0, taste, (1, raters)) + chance.normal(0, 1, (40, raters))
        differences, items, people = long(table)
        results = {"rows": paired_t(differences), "item": item_mean_t(differences, items), "two-way": two_way_t(differences, items, people)}
        for name, result in results.items():
            alarms[name] += result.pvalue is not None and result.pvalue < 0.05
    return {name: count / repeats for name, count in alarms.items()}


@pytest.mark.slow
def test_ratings_are_no_items_and_item_means_are() -> None:
    found = false_alarms(raters=3, taste=0.0)
    assert found["rows"] > 0.09
    assert found["item"] == pytest.approx(0.05, abs=3 * (0.05 * 0.95 / 1200) ** 0.5)
    assert found["two-way"] < 0.03


@pytest.mark.slow
def test_raters_of_different_taste_mislead_item_means_but_not_the_two_way_variance() -> None:
    found = false_alarms(raters=5, taste=0.4)
    assert found["item"] > 0.2
    assert found["two-way"] <= 0.05 + 3 * (0.05 * 0.95 / 1200) ** 0.5


def test_item_means_are_the_t_test_of_means() -> None:
    table = np.random.default_rng(1).integers(-2, 3, (12, 3)).astype(float)
    differences, items, _ = long(table)
    result, expected = item_mean_t(differences, items), ttest_1samp(table.mean(axis=1), 0)
    assert (result.pvalue, result.n) == (pytest.approx(float(expected.pvalue)), 12)
    clusters = [item // 2 for item in items]
    clustered = item_mean_t(differences, items, clusters)
    assert clustered.pvalue == pytest.approx(paired_t(table.mean(axis=1), [i // 2 for i in range(12)]).pvalue)


def test_the_two_way_variance_is_items_plus_raters_less_cells() -> None:
    table = np.random.default_rng(2).integers(-2, 3, (10, 4)).astype(float) + np.array([0.0, 1.0, 0.0, 2.0])
    result = two_way_t(*long(table))
    rest = table - table.mean()
    by_item = (rest.sum(axis=1) ** 2).sum() * 10 / 9
    by_rater = (rest.sum(axis=0) ** 2).sum() * 4 / 3
    by_cell = (rest**2).sum() * 40 / 39
    assert result.standard_error == pytest.approx(((by_item + by_rater - by_cell) / 1600) ** 0.5)
    assert (result.clusters, result.n) == (4, 10)
    mirrored = two_way_t(*long(-table))
    assert result.interval is not None
    assert mirrored.pvalue == pytest.approx(result.pvalue)
    assert mirrored.interval == pytest.approx((-result.interval.high, -result.interval.low))


def test_what_cannot_be_told_has_a_name() -> None:
    assert two_way_t([1.0, 0.0], ["a", "b"], ["ann", "ann"]).status == Status.ONE_CLUSTER
    # Items and raters agree with the mean exactly, single ratings do not: the difference of variances is negative.
    assert two_way_t([1.0, -1.0, -1.0, 1.0], ["a", "a", "b", "b"], ["ann", "bo"] * 2).status == Status.NO_VARIANCE
    assert two_way_t([0.5] * 4, ["a", "a", "b", "b"], ["ann", "bo"] * 2).status == Status.NO_VARIANCE
    same = two_way_t([0.0] * 4, ["a", "a", "b", "b"], ["ann", "bo"] * 2)
    assert (same.status, same.pvalue) == (Status.IDENTICAL, 1.0)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: two_way_t([1.0], ["a", "b"], ["ann"]), "items"),
        (lambda: two_way_t([1.0], ["a"], []), "raters"),
        (lambda: two_way_t([float("inf")], ["a"], ["ann"]), "differences"),
        (lambda: item_mean_t([1.0, 2.0], ["a", "a"], ["x", "y"]), "clusters"),
        (lambda: item_mean_t([1.0, 2.0], ["a", "a"], ["x"]), "clusters"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(call: object, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        call()  # type: ignore[operator]
