"""Figures of one side: bootstrap-t, mean@n, composites."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t

from harness.stats.bootstrap_t import bootstrap_t
from harness.stats.clustered import mean_interval
from harness.stats.composite import composite
from harness.stats.mean_at_n import mean_at_n
from harness.stats.result import Caution, Status

steady = settings(derandomize=True, deadline=None)


def skewed(chance: np.random.Generator, n: int) -> np.ndarray:
    """Mostly 0, else exponential: its mean is 0.3."""
    return np.where(chance.random(n) < 0.7, 0.0, chance.exponential(1.0, n))


def test_bootstrap_t_covers_skewed_scores_where_students_t_does_not() -> None:
    chance = np.random.default_rng(8)
    hits = {"bootstrap-t": 0, "t": 0}
    for seed in range(600):
        values = skewed(chance, 25)
        for name, result in (("bootstrap-t", bootstrap_t(values, draws=600, seed=seed)), ("t", mean_interval(values))):
            # Without limits nothing is claimed.
            hits[name] += result.interval is None or result.interval.low <= 0.3 <= result.interval.high
    assert hits["bootstrap-t"] / 600 >= 0.95 - 3 * (0.05 * 0.95 / 600) ** 0.5
    assert hits["t"] / 600 < 0.92


def test_bootstrap_t_is_students_t_for_normal_scores_and_mirrors() -> None:
    values = np.random.default_rng(3).standard_normal(200)
    result, plain, mirrored = bootstrap_t(values), mean_interval(values), bootstrap_t(-values)
    assert result.interval is not None
    assert plain.interval is not None
    assert result.interval == pytest.approx(plain.interval, abs=0.012)
    assert result.standard_error == pytest.approx(plain.standard_error)
    assert mirrored.interval == pytest.approx((-result.interval.high, -result.interval.low), abs=0.012)
    assert bootstrap_t(np.random.default_rng(0).permutation(values)).interval == pytest.approx(result.interval)


def test_bootstrap_t_names_what_is_undefined() -> None:
    assert bootstrap_t([1.0]).status == Status.FEW_VALUES
    assert bootstrap_t([0.1] * 5).status == Status.NO_VARIATION
    # Half of all resamples of two values do not vary.
    assert (bootstrap_t([0.0, 1.0]).status, bootstrap_t([0.0, 1.0]).interval) == (Status.BEYOND_DATA, None)
    with pytest.raises(ValueError, match=r"^values must be finite"):
        bootstrap_t([0.0, float("nan")])


def test_samples_do_not_count_as_items_and_the_two_parts_add_up() -> None:
    chance = np.random.default_rng(4)
    truth = chance.normal(0.5, 0.2, 400)
    scores = truth[:, None] + chance.normal(0, 0.4, (400, 8))
    result = mean_at_n(list(scores))
    assert result.items_part is not None
    assert result.samples_part is not None
    assert result.mean.standard_error is not None
    assert result.items_part + result.samples_part == pytest.approx(result.mean.standard_error**2)
    assert result.items_part == pytest.approx(0.2**2 / 400, rel=0.2)
    assert result.samples_part == pytest.approx(0.4**2 / (400 * 8), rel=0.1)
    assert (result.samples, result.mean.n, result.warnings) == (3200, 400, ())
    more = mean_at_n([np.tile(row, 4) for row in scores])
    assert more.mean.interval == pytest.approx(result.mean.interval)


@pytest.mark.slow
def test_the_interval_of_a_mean_of_samples_covers_the_truth() -> None:
    chance = np.random.default_rng(14)
    hits = 0
    for _ in range(400):
        right = chance.random((60, 5)) < chance.beta(2, 3, 60)[:, None]
        interval = mean_at_n(list(right.astype(float))).mean.interval
        assert interval is not None
        hits += interval.low <= 0.4 <= interval.high
    assert hits / 400 == pytest.approx(0.95, abs=3 * (0.05 * 0.95 / 400) ** 0.5)


def test_single_samples_leave_the_noise_unknown() -> None:
    alone = mean_at_n([[1.0], [0.0], [1.0]])
    assert (alone.items_part, alone.samples_part, alone.warnings) == (None, None, (Caution.ONE_SAMPLE,))
    mixed = mean_at_n([[1.0, 0.0], [0.0], [1.0, 1.0]])
    assert mixed.samples_part == pytest.approx((0.5 / 2 + 0.25 / 1 + 0) / 3 / 3)
    assert mixed.warnings == (Caution.ONE_SAMPLE,)
    with pytest.raises(ValueError, match=r"^scores\[1\]"):
        mean_at_n([[1.0], []])
    with pytest.raises(ValueError, match=r"^scores must hold"):
        mean_at_n([])


@steady
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0.01, 0.5), st.integers(1, 9)), min_size=1, max_size=6))
def test_a_composite_is_the_weighted_sum_with_the_same_weights(suites: list[tuple[float, float, int]]) -> None:
    means, errors, parts = (np.array(column, dtype=float) for column in zip(*suites, strict=True))
    weights = parts / parts.sum()
    result = composite(means, errors, weights)
    assert result.interval is not None
    assert result.estimate == pytest.approx(float(weights @ means))
    assert result.standard_error == pytest.approx(float(np.linalg.norm(weights * errors)))
    assert (result.interval.high - result.interval.low) / 2 == pytest.approx(norm.ppf(0.975) * result.standard_error)


def test_degrees_of_freedom_are_welchs() -> None:
    # Two equal parts with 10 degrees each have 20 together; one alone keeps its own.
    result = composite([0.1, 0.1], [0.05, 0.05], [0.5, 0.5], degrees=[10, 10])
    assert result.interval is not None
    assert result.standard_error is not None
    assert (result.interval.high - 0.1) / result.standard_error == pytest.approx(t.ppf(0.975, 20))
    alone = composite([0.1], [0.05], [1.0], degrees=[7])
    assert alone.interval is not None
    assert (alone.interval.high - 0.1) / 0.05 == pytest.approx(t.ppf(0.975, 7))
    assert composite([0.1, 0.2], [0.0, 0.0], [0.5, 0.5]).status == Status.NO_VARIATION


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (([0.1, 0.2], [0.1, 0.1], [0.5, 0.6]), r"weights add up to 1\.1"),
        (([0.1, 0.2], [0.1, 0.1], [1.5, -0.5]), "weights"),
        (([0.1, 0.2], [0.1], [0.5, 0.5]), "standard_errors"),
        (([0.1, 0.2], [0.1, -0.1], [0.5, 0.5]), "standard_errors"),
        (([0.1, float("nan")], [0.1, 0.1], [0.5, 0.5]), "estimates"),
    ],
)
def test_composites_that_make_no_sense_are_refused_by_name(arguments: tuple[list[float], ...], name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        composite(*arguments)  # type: ignore[arg-type]
