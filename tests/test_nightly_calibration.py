"""The nightly rule over many simulated months: as few false alarms as it is designed for, and a drop of 8 points found."""

import numpy as np
import pytest

from bench.nightly_calibration import DROP_NIGHT, MARGIN, confirmed, confirmed_aside, lowered, simulate, worse
from harness.compare.paired import difference_of

pytestmark = pytest.mark.slow


def rows(scores: list[float]) -> list[dict[str, object]]:
    return [{"item": f"q{n}", "cluster": f"q{n}", "score": score, "error": None, "chance": None} for n, score in enumerate(scores)]


@pytest.mark.parametrize("seed", range(20))
def test_the_simulation_judges_as_a_night_does(seed: int) -> None:
    random = np.random.default_rng(seed)
    before, after = random.random(200) < 0.7, random.random(200) < 0.6
    found = difference_of(rows([*before.astype(float)]), rows([*after.astype(float)]))
    assert found is not None
    counts = np.array([(after & ~before).sum()]), np.array([(~after & before).sum()])
    assert worse(*counts, 200)[0] == pytest.approx(found.pvalue_worse)
    drawn = [random.binomial(3, chance, 200) / 3 for chance in (0.7, 0.6)]
    looked = difference_of(rows([*drawn[0]]), rows([*drawn[1]]))
    assert looked is not None
    assert looked.pvalue_worse is not None
    assert looked.lower is not None
    for level in (0.0001, 0.0033, 0.05, 0.3):
        assert confirmed(drawn[1] - drawn[0], level) == (looked.pvalue_worse <= level and looked.lower <= -MARGIN)
        assert found.pvalue_worse is not None
        assert found.lower is not None
        assert confirmed_aside(before, after, level) == (found.pvalue_worse <= level and found.lower <= -MARGIN)


def test_a_month_without_a_change_raises_a_false_alarm_in_about_one_of_twenty() -> None:
    result = simulate(1500, seed=7)
    assert 0.03 <= result.rate <= 0.08
    assert 0.04 <= result.flags <= 0.06


def test_a_second_look_that_reuses_the_baselines_responses_is_no_second_look() -> None:
    assert simulate(300, seed=8, look="baseline reused").rate > 0.12


def test_a_drop_of_8_points_is_found() -> None:
    result = simulate(400, seed=9, drop=0.08)
    delays = result.delays(0, DROP_NIGHT)
    assert np.isfinite(delays).mean() >= 0.95
    assert np.median(delays) <= 2
    assert np.quantile(delays, 0.9) <= 10
    chance = np.random.default_rng(1).beta(1.2, 0.8, 200)
    assert chance.mean() - lowered(chance, 0.08).mean() == pytest.approx(0.08)


@pytest.mark.parametrize("unsettled", [1.0, 0.35])
def test_greedy_suites_confirmed_on_reserve_items_raise_as_few_false_alarms(unsettled: float) -> None:
    result = simulate(1500, seed=10, look="reserve items", reserve=400, unsettled=unsettled)
    assert 0.03 <= result.rate <= 0.08
    assert 0.04 <= result.flags <= 0.06


@pytest.mark.parametrize(("unsettled", "reserve"), [(1.0, 800), (0.35, 400)])
def test_a_drop_of_8_points_is_found_on_reserve_items_if_there_are_enough(unsettled: float, reserve: int) -> None:
    delays = simulate(300, seed=11, drop=0.08, look="reserve items", reserve=reserve, unsettled=unsettled).delays(0, DROP_NIGHT)
    assert np.isfinite(delays).mean() >= 0.95


def test_two_hundred_reserve_items_are_too_few_where_a_third_of_the_answers_differ() -> None:
    delays = simulate(300, seed=12, drop=0.08, look="reserve items", reserve=200).delays(0, DROP_NIGHT)
    assert np.isfinite(delays).mean() < 0.85
