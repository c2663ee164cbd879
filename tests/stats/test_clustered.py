"""The clustered mean against published numbers, the ordinary t-test, its invariances and simulated clusters."""

import random
from math import inf, isclose

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, ttest_1samp

from harness.stats.clustered import clustered_mean

# Differences in height of Darwin's maize, crossed minus self-fertilised (Fisher 1935).
DARWIN = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]


steady = settings(derandomize=True, deadline=None)
rows = st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 5)), min_size=2, max_size=40)


def test_the_standard_error_is_the_published_one_with_its_factor_for_few_clusters() -> None:
    # Values 0..19 in clusters i % 4, from the tests of inspect_ai; without the factor it would be .559017.
    result = clustered_mean(range(20), [i % 4 for i in range(20)])
    assert result.standard_error == pytest.approx(0.645497, abs=5e-7)
    assert result.limits() == pytest.approx((7.4457, 11.5543), abs=5e-5)
    assert (result.mean, result.clusters, result.n) == (9.5, 4, 20)


def test_one_item_a_cluster_gives_darwins_t_test() -> None:
    result = clustered_mean(DARWIN, range(15))
    assert result.mean / result.standard_error == pytest.approx(2.14799, abs=5e-6)
    assert result.pvalue == pytest.approx(0.0497029, abs=5e-8)
    assert result.pvalue_greater == pytest.approx(0.0497029 / 2, abs=5e-8)


@steady
@given(st.lists(st.integers(-20, 20), min_size=2, max_size=40).filter(lambda values: len(set(values)) > 1))
def test_one_item_a_cluster_is_the_ordinary_t_test(values: list[int]) -> None:
    result, expected = clustered_mean(values, [f"item{n}" for n in range(len(values))]), ttest_1samp(values, 0)
    assert result.pvalue == pytest.approx(float(expected.pvalue))
    assert result.limits(0.9) == pytest.approx(tuple(expected.confidence_interval(0.9)))


@steady
@given(rows, st.sampled_from([0.8, 0.95, 0.99]))
def test_swapping_the_models_mirrors_the_limits_and_keeps_the_two_sided_p(pairs: list[tuple[int, int]], confidence: float) -> None:
    values, clusters = zip(*pairs, strict=True)
    here, there = clustered_mean(values, clusters), clustered_mean([-value for value in values], clusters)
    low, high = here.limits(confidence)
    assert there.limits(confidence) == pytest.approx((-high, -low))
    assert here.pvalue == pytest.approx(there.pvalue)
    assert here.pvalue_greater + there.pvalue_greater == pytest.approx(1)


@steady
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_items_and_the_names_of_clusters_do_not_count(pairs: list[tuple[int, int]], chance: random.Random) -> None:
    values, clusters = zip(*pairs, strict=True)
    shuffled = chance.sample(pairs, len(pairs))
    here = clustered_mean(values, clusters)
    there = clustered_mean([value for value, _ in shuffled], [("passage", "zyxwvu"[cluster]) for _, cluster in shuffled])
    assert there.clusters == here.clusters
    assert there.mean == pytest.approx(here.mean)
    assert there.standard_error == pytest.approx(here.standard_error, abs=1e-9)


@steady
@given(rows)
def test_counting_every_item_twice_in_its_cluster_gains_nothing(pairs: list[tuple[int, int]]) -> None:
    values, clusters = zip(*pairs, strict=True)
    once, twice = clustered_mean(values, clusters), clustered_mean(values * 2, clusters * 2)
    assert twice.standard_error == pytest.approx(once.standard_error, abs=1e-9)
    assert twice.limits() == pytest.approx(once.limits())


def test_dependence_within_clusters_widens_the_limits() -> None:
    values = [1, 1, 1, 0, 0, 0, 1, 1, 1, -1, -1, -1]
    assert clustered_mean(values, [n // 3 for n in range(12)]).standard_error > clustered_mean(values, range(12)).standard_error


def test_one_cluster_shows_nothing() -> None:
    result = clustered_mean([1, 1, 0, 1], ["a"] * 4)
    assert (result.mean, result.clusters) == (0.75, 1)
    assert result.limits() == (-inf, inf)
    assert (result.pvalue, result.pvalue_greater) == (1.0, 0.5)


def test_no_difference_anywhere_shows_nothing() -> None:
    result = clustered_mean([0, 0, 0], ["a", "b", "c"])
    assert (result.mean, result.standard_error, result.pvalue, result.pvalue_greater) == (0, 0, 1, 0.5)


@pytest.mark.parametrize(("value", "greater"), [(1, 0.0), (-1, 1.0)])
def test_the_same_difference_everywhere_shows_its_direction(value: int, greater: float) -> None:
    assert clustered_mean([value] * 3, ["a", "b", "c"]).pvalue_greater == greater


@pytest.mark.parametrize(
    "clusters",
    [
        ["a", "b", "a", "b"],
        [0, 1, 0, 1],
        [("x", 1), ("x", 2), ("x", 1), ("x", 2)],
        [None, "None", None, "None"],
        [-1, -2, -1, -2],
        [1, "1", 1, "1"],
    ],
)  # fmt: skip
def test_clusters_are_the_same_only_if_they_are_equal(clusters: list[object]) -> None:
    assert clustered_mean([1, 0, 1, 0], clusters).clusters == 2


@pytest.mark.parametrize(("values", "clusters"), [([], []), ([1, 2], ["a"]), ([1], ["a", "b"]), ([[1, 2]], ["a"])])
def test_values_and_clusters_of_different_length_are_refused(values: list[float], clusters: list[str]) -> None:
    with pytest.raises(ValueError, match=r"^(values|clusters) .*must (have 1 dimension and not be empty|be as many as values)"):
        clustered_mean(values, clusters)


def false_alarms(clusters: int, size: int, respect_clusters: bool, repeats: int = 4000) -> float:
    """Share of p < .05 among differences of -1, 0 and 1 without a mean, correlated by .5 (latent) within clusters."""
    chance = np.random.default_rng(20240711)
    index = np.repeat(np.arange(clusters), size)
    names = [f"c{n}" for n in index] if respect_clusters else [f"i{n}" for n in range(len(index))]
    edge = norm.ppf(0.85)
    alarms = 0
    for _ in range(repeats):
        latent = (chance.standard_normal(clusters)[index] + chance.standard_normal(len(index))) / np.sqrt(2)
        alarms += clustered_mean((latent > edge).astype(int) - (latent < -edge), names).pvalue < 0.05
    return alarms / repeats


@pytest.mark.slow
@pytest.mark.parametrize(("clusters", "size"), [(8, 10), (12, 8), (20, 5), (40, 5)])
def test_clustered_items_raise_no_more_false_alarms_than_five_in_a_hundred(clusters: int, size: int) -> None:
    assert 0.03 <= false_alarms(clusters, size, respect_clusters=True) <= 0.065


def test_the_simulated_clusters_are_dependent_enough_to_mislead_the_ordinary_t_test() -> None:
    assert false_alarms(20, 5, respect_clusters=False, repeats=1000) > 0.15


def test_more_confidence_needs_wider_limits() -> None:
    result = clustered_mean(DARWIN, [n // 3 for n in range(15)])
    lows, highs = zip(*(result.limits(confidence) for confidence in (0.5, 0.9, 0.95, 0.99)), strict=True)
    assert list(lows) == sorted(lows, reverse=True)
    assert list(highs) == sorted(highs)
    assert isclose(lows[0] + highs[0], 2 * result.mean)
