"""The sign-flip test: Darwin's maize, McNemar's p-values, scipy's full permutation, symmetries, and calibration."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, permutation_test

from harness.stats.mcnemar import mcnemar_exact, mcnemar_midp
from harness.stats.result import Caution, Status
from harness.stats.signflip import sign_flip

# Differences in height of Darwin's maize, crossed minus self-fertilised (Fisher 1935).
DARWIN = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
steady = settings(derandomize=True, deadline=None)
few = settings(derandomize=True, deadline=None, max_examples=40)
whole = st.lists(st.integers(-6, 6), min_size=2, max_size=10)


def test_darwins_maize_has_fishers_p_value() -> None:
    result = sign_flip(DARWIN)
    assert result.pvalue == pytest.approx(1726 / 32768, rel=1e-12)
    assert result.pvalue_greater == pytest.approx(863 / 32768, rel=1e-12)
    assert result.midp == pytest.approx(0.0518188, abs=5e-8)
    assert (result.method, result.n, result.clusters) == ("sign flip, exact", 15, 15)


@pytest.mark.parametrize(("gained", "lost", "exact", "midp"), [(6, 16, 0.05247879, 0.03468966), (1, 7, 0.0703125, 0.0390625)])
def test_for_flips_it_is_mcnemars_test(gained: int, lost: int, exact: float, midp: float) -> None:
    # Cavo et al. 2012 and Bentur et al. 2009, as in the R package contingencytables.
    result = sign_flip([1] * gained + [-1] * lost + [0] * 13)
    assert (result.pvalue, result.midp) == pytest.approx((exact, midp), abs=5e-9)
    assert result.pvalue == pytest.approx(mcnemar_exact(gained, lost, 99).pvalue)
    assert result.midp_greater == pytest.approx(mcnemar_midp(gained, lost, 99).pvalue_greater)


@few
@given(whole)
def test_it_counts_what_a_full_permutation_counts(values: list[int]) -> None:
    if not any(values):
        return
    result = sign_flip(values)
    for alternative, found in (("two-sided", result.pvalue), ("greater", result.pvalue_greater)):
        expected = permutation_test(
            (np.array(values, dtype=float),), lambda x, axis: x.sum(axis=axis), permutation_type="samples", n_resamples=np.inf,
            alternative=alternative, vectorized=True,
        )  # fmt: skip
        assert found == pytest.approx(float(expected.pvalue))


@steady
@given(whole, st.randoms(use_true_random=False), st.booleans())
def test_swapping_and_shuffling_change_nothing_two_sided(values: list[int], chance: random.Random, drawn: bool) -> None:
    # Square roots are no whole steps, so that signs are drawn.
    numbers = [float(np.sign(v) * abs(v) ** 0.5) for v in values] if drawn else [float(v) for v in values]
    here = sign_flip(numbers, draws=200)
    there = sign_flip([-v for v in chance.sample(numbers, len(numbers))], draws=200)
    assert (here.pvalue, here.midp, here.status) == pytest.approx((there.pvalue, there.midp, there.status))
    assert here.difference == pytest.approx(-there.difference)


@steady
@given(st.lists(st.integers(-6, 6), min_size=6, max_size=12))
def test_one_item_clusters_are_items_and_doubled_items_add_nothing(values: list[int]) -> None:
    plain = sign_flip(values)
    assert sign_flip(values, list(range(len(values)))).pvalue == plain.pvalue
    twice = sign_flip(values * 2, list(range(len(values))) * 2)
    assert twice.pvalue == pytest.approx(plain.pvalue)
    assert twice.difference == pytest.approx(plain.difference)


def test_means_of_ratings_are_tested_exactly_in_their_own_steps() -> None:
    thirds = [v / 3 for v in DARWIN]
    assert sign_flip(thirds, step=1 / 3).pvalue == pytest.approx(1726 / 32768)
    assert sign_flip(thirds).method == "sign flip, 10000 draws"


def test_large_samples_stay_exact_and_agree_with_mcnemar() -> None:
    result = sign_flip([1] * 5200 + [-1] * 4900 + [0] * 90_000)
    assert result.method == "sign flip, exact"
    assert result.midp == pytest.approx(mcnemar_midp(5200, 4900, 100_100).pvalue, rel=1e-9)
    mixed = sign_flip([1] * 520 + [-1] * 480 + [2] * 150 + [-2] * 130)
    assert mixed.pvalue == pytest.approx(sign_flip([1.0] * 520 + [-1] * 480 + [2] * 150 + [-2] * 130, step=0.5).pvalue, rel=1e-9)


def test_drawn_signs_come_near_the_exact_p_and_never_give_zero() -> None:
    jittered = [v * (1 + 1e-6 * i) for i, v in enumerate(DARWIN)]
    drawn = sign_flip(jittered, draws=20_000)
    assert drawn.midp is None
    assert drawn.pvalue == pytest.approx(1726 / 32768, abs=3 * (0.0527 * 0.95 / 20_000) ** 0.5)
    assert sign_flip([1 + 0.1 * i**0.5 for i in range(60)], draws=99).pvalue == 1 / 100


def test_what_cannot_be_told_has_a_name() -> None:
    same = sign_flip([0, 0, 0])
    assert (same.status, same.pvalue, same.midp) == (Status.IDENTICAL, 1.0, 1.0)
    few_clusters = sign_flip([1] * 10, [i % 5 for i in range(10)])
    assert (few_clusters.status, few_clusters.pvalue, few_clusters.midp) == (Status.FEW_CLUSTERS, None, None)
    six = sign_flip([1] * 12, [i % 6 for i in range(12)])
    assert (six.status, six.warnings) == (Status.OK, (Caution.FEW_CLUSTERS,))
    assert six.pvalue == pytest.approx(1 / 32)
    assert sign_flip([1] * 20, list(range(20))).warnings == ()


@pytest.mark.parametrize(("arguments", "name"), [({"step": 0.0}, "step"), ({"draws": 0}, "draws"), ({"clusters": ["a"]}, "clusters")])
def test_arguments_that_make_no_sense_are_refused_by_name(arguments: dict[str, object], name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        sign_flip([1.0, 2.0], **arguments)  # type: ignore[arg-type]


def test_the_midp_of_one_model_against_itself_is_spread_evenly() -> None:
    chance = np.random.default_rng(3)
    scores = chance.integers(0, 3, size=(500, 2, 120))
    found = [sign_flip(new - old).midp for old, new in scores]
    assert kstest([p for p in found if p is not None], "uniform").pvalue > 0.01


@pytest.mark.slow
@pytest.mark.parametrize(("clusters", "size"), [(8, 10), (20, 5)])
def test_flipping_whole_clusters_raises_no_more_false_alarms_than_five_in_a_hundred(clusters: int, size: int) -> None:
    chance = np.random.default_rng(31)
    index = np.repeat(np.arange(clusters), size)
    alarms = {"clusters": 0, "items": 0}
    for _ in range(1500):
        latent = (chance.standard_normal(clusters)[index] + chance.standard_normal(len(index))) / np.sqrt(2)
        values = (latent > 1.04).astype(int) - (latent < -1.04)
        alarms["clusters"] += (sign_flip(values, index.tolist()).pvalue or 1.0) < 0.05
        alarms["items"] += (sign_flip(values).midp or 1.0) < 0.05
    assert alarms["clusters"] / 1500 <= 0.05 + 3 * (0.05 * 0.95 / 1500) ** 0.5
    assert alarms["items"] / 1500 > 0.15
