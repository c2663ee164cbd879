"""Power: published sample sizes, that effect and items answer each other, and that tests find what they are said to find."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.clustered import clustered_mean
from harness.stats.mcnemar import mcnemar_midp
from harness.stats.power import discordance_variance, minimum_detectable, needed_items, resampled_variance
from harness.stats.result import Caution


@pytest.mark.parametrize(
    ("n", "percent"),
    [(50, (8.9, 12.5, 17.7)), (100, (6.3, 8.9, 12.5)), (200, (4.4, 6.3, 8.9)), (500, (2.8, 4.0, 5.6)), (1000, (2.0, 2.8, 4.0)),
     (2000, (1.4, 2.0, 2.8))],
)  # fmt: skip
def test_detectable_differences_of_paired_right_and_wrong(n: int, percent: tuple[float, ...]) -> None:
    for discordance, expected in zip((0.05, 0.10, 0.20), percent, strict=True):
        assert 100 * minimum_detectable(discordance, n).effect == pytest.approx(expected, abs=0.051)


def test_millers_sample_sizes() -> None:
    # Miller (2024), arXiv:2411.00640: about 1,000 questions; the exact figure is 968.998.
    assert needed_items(1 / 9, 0.03).n == 969
    assert needed_items(resampled_variance(1 / 9, (1 / 6, 1 / 6), (1, 1)), 0.03).n == 3876
    assert resampled_variance(1 / 9, (1 / 6, 1 / 6), (10, 5)) == pytest.approx(1 / 9 + 1 / 60 + 1 / 30)


@pytest.mark.parametrize(("margin", "n"), [(0.01, (3092, 6183)), (0.02, (773, 1546)), (0.03, (344, 687)), (0.05, (124, 248))])
def test_items_that_rule_out_a_loss_of_the_margin(margin: float, n: tuple[int, int]) -> None:
    assert tuple(needed_items(discordance, margin, sides=1).n for discordance in (0.05, 0.10)) == n


@pytest.mark.slow
@settings(derandomize=True, deadline=None)
@given(st.floats(0.01, 4), st.floats(0.01, 2), st.sampled_from([1, 2]), st.floats(1, 5))
def test_the_items_needed_for_an_effect_detect_it(variance: float, effect: float, sides: int, design: float) -> None:
    n = needed_items(variance, effect, sides=sides, design_effect=design).n  # type: ignore[arg-type]
    assert minimum_detectable(variance, n, sides=sides, design_effect=design).effect <= effect * (1 + 1e-9)  # type: ignore[arg-type]
    if n > 1:
        assert minimum_detectable(variance, n - 1, sides=sides, design_effect=design).effect >= effect * (1 - 1e-9)  # type: ignore[arg-type]


def test_clusters_cost_their_design_effect_and_few_of_them_more() -> None:
    plain = minimum_detectable(0.1, 500)
    assert minimum_detectable(0.1, 500, design_effect=4).effect == pytest.approx(2 * plain.effect)
    assert minimum_detectable(0.1, 500, clusters=8).effect > minimum_detectable(0.1, 500, clusters=80).effect > plain.effect


def test_an_effect_beyond_the_scale_is_told() -> None:
    assert minimum_detectable(0.5, 2, reach=1.0).warnings == (Caution.BEYOND_SCALE,)
    assert minimum_detectable(0.5, 200, reach=1.0).warnings == ()


def test_a_sample_without_a_flip_does_not_promise_everything() -> None:
    assert discordance_variance(0, 0, 98) == pytest.approx(0.02)
    assert discordance_variance(10, 8, 98) == pytest.approx(0.20)


def rate(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "discordance"), [(200, 0.2), (500, 0.1)])
def test_the_midp_test_finds_the_detectable_difference_in_eighty_of_a_hundred_cases(n: int, discordance: float) -> None:
    effect = minimum_detectable(discordance, n).effect
    shares = [(discordance + effect) / 2, (discordance - effect) / 2, 1 - discordance]
    drawn = np.random.default_rng(2).multinomial(n, shares, size=4000).tolist()
    assert rate([mcnemar_midp(gained, lost, n).pvalue < 0.05 for gained, lost, _ in drawn]) == pytest.approx(0.8, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("groups", [10, 60])
def test_the_clustered_t_test_finds_the_detectable_difference_in_eighty_of_a_hundred_cases(groups: int) -> None:
    size, between, within = 5, 0.5, 1.0
    variance, design = between**2 + within**2, (size * between**2 + within**2) / (between**2 + within**2)
    effect = minimum_detectable(variance, groups * size, design_effect=design, clusters=groups).effect
    chance, index = np.random.default_rng(4), np.repeat(np.arange(groups), size).tolist()
    found = []
    for _ in range(3000):
        values = effect + between * chance.standard_normal(groups).repeat(size) + within * chance.standard_normal(groups * size)
        found.append(clustered_mean(values, index).pvalue < 0.05)
    assert rate(found) == pytest.approx(0.8, abs=0.03)


def test_ten_percent_of_five_hundred_items_find_little() -> None:
    assert minimum_detectable(0.2, 50).effect == pytest.approx(0.177, abs=5e-4)
    assert minimum_detectable(0.2, 50).effect * sqrt(1 - 50 / 500) == pytest.approx(0.168, abs=5e-4)
    assert needed_items(0.2, 0.1).n == 157


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: minimum_detectable(-1, 5), "variance"),
        (lambda: minimum_detectable(float("nan"), 5), "variance"),
        (lambda: minimum_detectable(1, 0), "n"),
        (lambda: minimum_detectable(1, 5, power=1.0), "power"),
        (lambda: minimum_detectable(1, 5, alpha=0.0), "alpha"),
        (lambda: minimum_detectable(1, 5, sides=3), "sides"),  # type: ignore[arg-type]
        (lambda: minimum_detectable(1, 5, clusters=1), "clusters"),
        (lambda: minimum_detectable(1, 5, design_effect=0), "design_effect"),
        (lambda: needed_items(1, 0), "effect"),
        (lambda: resampled_variance(0.1, (0.1, 0.1), (0, 1)), "samples"),
        (lambda: discordance_variance(3, 3, 5), "gained"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(call: object, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        call()  # type: ignore[operator]
