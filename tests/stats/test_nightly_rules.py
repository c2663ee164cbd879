"""Rules for many nights: the chart's limits against simulation, and false alarms of screening with confirmation."""

import numpy as np
import pytest

from harness.stats.clustered import clustered_mean
from harness.stats.ewma import ewma
from harness.stats.mcnemar import mcnemar_midp
from harness.stats.two_stage import confirmation_level


def test_the_chart_is_the_recursion_and_its_limits_the_closed_form() -> None:
    differences, weight = [0.01, -0.02, 0.03, 0.0, -0.05], 0.3
    chart = ewma(differences, [0.02] * 5, 0.01, weight=weight, width=2.0)
    value = 0.0
    for night, difference in enumerate(differences):
        value = weight * difference + (1 - weight) * value
        left = (1 - weight) ** (night + 1)
        variance = 0.02**2 * weight / (2 - weight) * (1 - left**2) + 0.01**2 * (1 - left) ** 2
        assert chart.values[night] == pytest.approx(value)
        assert chart.upper[night] == pytest.approx(2 * variance**0.5)
        assert chart.lower[night] == -chart.upper[night]


def test_the_limits_hold_the_spread_that_nights_with_one_baseline_have() -> None:
    chance = np.random.default_rng(2)
    nights = chance.normal(0, 0.02, (4000, 12)) - chance.normal(0, 0.015, (4000, 1))
    last = np.array([ewma(row, [0.02] * 12, 0.015).values[-1] for row in nights])
    assert ewma(nights[0], [0.02] * 12, 0.015, width=1.0).upper[-1] == pytest.approx(last.std(), rel=0.04)
    # Without the baseline's own error the limits would be too narrow.
    assert ewma(nights[0], [0.02] * 12, 0.0, width=1.0).upper[-1] < 0.6 * last.std()


def test_a_slow_drift_leaves_the_limits_and_steady_nights_do_not() -> None:
    assert ewma([-0.01 * night for night in range(10)], [0.02] * 10, 0.01).outside == (6, 7, 8, 9)
    assert ewma([0.01, -0.01] * 5, [0.02] * 10, 0.01).outside == ()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ewma([0.1], [0.1, 0.1], 0.1), "standard_errors"),
        (lambda: ewma([0.1], [-0.1], 0.1), "standard_errors"),
        (lambda: ewma([float("nan")], [0.1], 0.1), "differences"),
        (lambda: ewma([0.1], [0.1], float("nan")), "baseline_error"),
        (lambda: ewma([0.1], [0.1], 0.1, weight=1.5), "weight"),
        (lambda: ewma([0.1], [0.1], 0.1, width=0), "width"),
        (lambda: confirmation_level(1.5, 10, 30, 0.05), "target"),
        (lambda: confirmation_level(0.05, 0, 30, 0.05), "suites"),
        (lambda: confirmation_level(0.05, 10, 0, 0.05), "nights"),
        (lambda: confirmation_level(0.05, 10, 30, 0.0), "screen"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(call: object, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        call()  # type: ignore[operator]


def test_the_level_is_the_target_spread_over_all_looks() -> None:
    assert confirmation_level(0.05, 10, 30, 0.05) == pytest.approx(1 / 300)
    assert confirmation_level(0.5, 1, 1, 0.05) == 1.0


@pytest.mark.slow
def test_screening_with_confirmation_alarms_in_five_of_a_hundred_months() -> None:
    """Ten suites of 200 items, sampled responses, 30 nights: one-sided mid-p, then t on means of three fresh samples a side."""
    months, suites, nights, items, screen = 700, 10, 30, 200, 0.05
    confirm = confirmation_level(0.05, suites, nights, screen)
    chance = np.random.default_rng(77)
    right = chance.beta(2, 1, (suites, items))
    worse = np.array([[mcnemar_midp(lost, gained, items).pvalue_greater if gained + lost <= items else 1.0 for lost in range(items + 1)]
                      for gained in range(items + 1)])  # fmt: skip
    alarmed = 0
    for _ in range(months):
        sides = chance.random((2, nights, suites, items)) < right
        gained, lost = (sides[1] & ~sides[0]).sum(axis=-1), (sides[0] & ~sides[1]).sum(axis=-1)
        flagged = np.argwhere(worse[gained, lost] < screen)[:, 1]
        means = (chance.random((2, len(flagged), 3, items)) < right[flagged][:, None, :]).mean(axis=2)
        alarmed += any(clustered_mean(row).pvalue_greater < confirm for row in means[0] - means[1])
    assert 0.03 <= alarmed / months <= 0.08
