"""pass@k against its definition: the share of all sets of k responses that hold a right one."""

from itertools import combinations
from math import comb, prod

import numpy as np
import pytest
from scipy.stats import binom, ttest_1samp

from harness.stats.pass_at_k import mean_pass_at_k, pass_at_k, pass_at_k_interval
from harness.stats.result import Caution, Status


@pytest.mark.parametrize("n", range(1, 8))
def test_it_is_the_share_of_sets_of_k_that_hold_a_right_one(n: int) -> None:
    for c in range(n + 1):
        for k in range(1, n + 1):
            sets = list(combinations(range(n), k))
            assert pass_at_k(n, c, k) == pytest.approx(sum(any(i < c for i in chosen) for chosen in sets) / len(sets))


def test_it_equals_the_product_form_of_the_authors_code_for_many_samples() -> None:
    for n, c, k in ((200, 13, 100), (200, 1, 100), (1000, 7, 200), (100, 99, 1)):
        product = 1.0 if n - c < k else 1.0 - prod(1.0 - k / i for i in range(n - c + 1, n + 1))
        assert pass_at_k(n, c, k) == pytest.approx(product, rel=1e-9)


def test_the_ends_are_exact() -> None:
    assert [pass_at_k(10, 10, k) for k in range(1, 11)] == [1.0] * 10
    assert [pass_at_k(10, 0, k) for k in range(1, 11)] == [0.0] * 10
    assert pass_at_k(10, 1, 10) == 1.0
    assert pass_at_k(2000, 1, 1) == 1 / 2000
    assert comb(2000, 1000) > 1e300  # Would not fit into a float.
    assert pass_at_k(2000, 1, 1000) == 0.5


@pytest.mark.parametrize(
    ("arguments", "name"), [((0, 0, 1), "n=0"), ((3, 4, 1), "c=4"), ((3, -1, 1), "c=-1"), ((3, 1, 4), "k=4"), ((3, 1, 0), "k=0")]
)
def test_what_makes_no_sense_is_refused_by_name(arguments: tuple[int, int, int], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        pass_at_k(*arguments)


def test_the_mean_has_the_usual_k_and_the_largest_that_every_item_allows() -> None:
    assert list(mean_pass_at_k([(7, 1), (12, 0)])) == [1, 2, 5, 7]
    assert mean_pass_at_k([(7, 1), (12, 0)])[5] == pytest.approx(5 / 14)
    assert mean_pass_at_k([]) == {}


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"),
    [(10, 3, 1, 0.3), (10, 3, 5, 0.916667), (20, 1, 10, 0.5), (100, 5, 10, 0.416248), (200, 20, 10, 0.660226), (7, 0, 3, 0), (7, 5, 3, 1)],
)
def test_known_values(n: int, c: int, k: int, expected: float) -> None:
    assert pass_at_k(n, c, k) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(("n", "k", "p"), [(10, 5, 0.3), (6, 1, 0.5), (8, 8, 0.1)])
def test_it_is_unbiased_where_the_plug_in_is_too_low(n: int, k: int, p: float) -> None:
    chances = [float(binom.pmf(c, n, p)) for c in range(n + 1)]
    assert sum(w * pass_at_k(n, c, k) for c, w in enumerate(chances)) == pytest.approx(1 - (1 - p) ** k)
    plug_in = sum(w * (1 - (1 - c / n) ** k) for c, w in enumerate(chances))
    assert plug_in <= 1 - (1 - p) ** k + 1e-12
    if (n, k) == (10, 5):
        assert plug_in == pytest.approx(0.7597, abs=5e-5)


def test_the_interval_takes_the_item_as_the_unit() -> None:
    counts = [(10, 3), (10, 10), (10, 0), (10, 5)] * 10
    result = pass_at_k_interval(counts, 5)
    estimates = [pass_at_k(n, c, 5) for n, c in counts]
    assert result.estimate == pytest.approx(sum(estimates) / 40)
    assert result.interval == pytest.approx(tuple(ttest_1samp(estimates, 0).confidence_interval(0.95)))
    assert (result.n, result.warnings) == (40, ())
    clustered = pass_at_k_interval(counts, 5, [i % 4 for i in range(40)])
    assert clustered.standard_error > 2 * result.standard_error


def test_few_samples_and_items_that_agree_are_told() -> None:
    assert pass_at_k_interval([(9, 3), (10, 2)], 5).warnings == (Caution.FEW_SAMPLES,)
    assert Caution.IMAGINED_CLUSTERS in pass_at_k_interval([(10, 10)] * 30, 5).warnings
    assert pass_at_k_interval([(10, 1)], 5).status == Status.FEW_VALUES
    with pytest.raises(ValueError, match="k=5"):
        pass_at_k_interval([(4, 1)], 5)


def test_the_interval_covers_the_truth_for_items_of_different_difficulty() -> None:
    chance = np.random.default_rng(21)
    truth = np.mean([1 - (1 - p) ** 5 for p in chance.beta(0.6, 1.0, 400_000)])
    hits = 0
    for _ in range(800):
        right = chance.binomial(20, chance.beta(0.6, 1.0, 80))
        low, high = pass_at_k_interval([(20, int(c)) for c in right], 5).interval
        hits += low <= truth <= high
    assert hits / 800 == pytest.approx(0.95, abs=3 * (0.05 * 0.95 / 800) ** 0.5)
