"""Agreement coefficients against published numbers, each other, and simulated raters; undefined cases by name."""

import random
from collections.abc import Callable

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.agreement import krippendorff_alpha, positive_agreement, raw_agreement
from harness.stats.gwet import agreement_weights, gwet_ac
from harness.stats.kappa import cohen_kappa, fleiss_kappa
from harness.stats.ratings import Ratings, count_ratings
from harness.stats.result import Caution, Estimate, Status

few = settings(derandomize=True, deadline=None, max_examples=40)
FOUR = [1, 2, 3, 4, 5]


def read(text: str) -> list[list[int | None]]:
    return [[None if mark == "*" else int(mark) for mark in row.split()] for row in text.strip().splitlines()]


# Four coders and twelve units, and three coders and fifteen units, as the docstring of the package `krippendorff` has them (the second
# also stands in Wikipedia).
CODERS = read("1 2 3 3 2 1 4 1 2 * * *\n1 2 3 3 2 2 4 1 2 5 * 3\n* 3 3 3 2 3 4 2 2 5 1 *\n1 2 3 3 2 4 4 1 2 5 1 *")
THREE = read("* * * * * 3 4 1 2 1 1 3 3 * 3\n1 * 2 1 3 3 4 3 * * * * * * *\n* * 2 1 3 4 4 * 2 1 1 3 3 * 4")
# Ten subjects and fourteen raters, counted by level (Wikipedia, Fleiss' kappa; also in statsmodels' tests).
FLEISS = read(
    "0 0 0 0 14\n0 2 6 4 2\n0 0 3 5 6\n0 3 9 2 0\n2 2 8 1 1\n7 7 0 0 0\n3 2 6 3 0\n2 5 3 2 2\n6 5 2 1 0\n0 2 2 3 7"
)  # fmt: skip


def from_counts(counts: list[list[int | None]]) -> list[list[int]]:
    """Ratings, shape (raters, units), with these counts."""
    units = [[level for level, count in enumerate(row) for _ in range(count or 0)] for row in counts]
    return [list(row) for row in zip(*units, strict=True)]


def from_table(table: list[list[int]]) -> list[list[int]]:
    cells = [(a, b) for a, row in enumerate(table) for b, count in enumerate(row) for _ in range(count)]
    return [[a for a, _ in cells], [b for _, b in cells]]


@pytest.mark.parametrize(("scale", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)])
def test_alpha_of_four_coders(scale: str, alpha: float) -> None:
    result = krippendorff_alpha(CODERS, FOUR, scale)  # type: ignore[arg-type]
    assert result.estimate == pytest.approx(alpha, abs=5e-4)
    assert result.n == 11  # The last unit has one rating.


@pytest.mark.parametrize(("scale", "alpha"), [("nominal", 0.691358), ("interval", 0.810845), ("ordinal", 0.8067)])
def test_alpha_of_three_coders(scale: str, alpha: float) -> None:
    result = krippendorff_alpha(THREE, [1, 2, 3, 4], scale)  # type: ignore[arg-type]
    assert result.estimate == pytest.approx(alpha, abs=5e-5)


@pytest.mark.parametrize(("weights", "value"), [("identity", 0.775), ("linear", 0.859), ("quadratic", 0.914), ("ordinal", 0.899)])
def test_gwets_coefficients_of_four_coders(weights: str, value: float) -> None:
    # irrCAC's tests.
    assert gwet_ac(CODERS, FOUR, weights).estimate == pytest.approx(value, abs=6e-4)  # type: ignore[arg-type]


def test_gwets_standard_error_and_raw_agreement_of_four_coders() -> None:
    result = gwet_ac(CODERS, FOUR)
    assert result.standard_error == pytest.approx(0.143, abs=5e-4)
    assert raw_agreement(CODERS, FOUR).estimate == pytest.approx(0.818, abs=5e-4)
    assert result.interval is not None
    assert (result.interval.high - result.interval.low) / 3.92 == pytest.approx(0.143, rel=0.25)


def test_cohens_kappa_of_a_published_table() -> None:
    # statsmodels' tests, from a SAS printout.
    ratings = from_table([[0, 4, 1], [0, 8, 0], [0, 1, 5]])
    plain, weighted = cohen_kappa(ratings, [0, 1, 2]), cohen_kappa(ratings, [0, 1, 2], "linear")
    assert (plain.estimate, plain.standard_error) == pytest.approx((0.4842, 0.1380), abs=5e-5)
    assert (weighted.estimate, weighted.standard_error) == pytest.approx((0.4701, 0.1457), abs=5e-5)
    assert plain.estimate is not None
    assert plain.standard_error is not None
    assert plain.estimate - 1.959964 * plain.standard_error == pytest.approx(0.2137, abs=5e-5)
    assert plain.estimate + 1.959964 * plain.standard_error == pytest.approx(0.7547, abs=5e-5)


def test_fleiss_kappa_of_a_published_table() -> None:
    result = fleiss_kappa(from_counts(FLEISS), [0, 1, 2, 3, 4])
    assert result.estimate == pytest.approx(0.20993, abs=5e-6)
    assert result.n == 10


def test_positive_agreement_is_the_share_of_two_raters_table() -> None:
    ratings = from_table([[90, 3], [5, 2]])
    assert positive_agreement(ratings, [0, 1], 1).estimate == pytest.approx(2 * 2 / (2 * 2 + 5 + 3))
    assert positive_agreement(ratings, [0, 1], 0).estimate == pytest.approx(2 * 90 / (2 * 90 + 5 + 3))


def test_where_one_level_prevails_the_coefficients_disagree() -> None:
    ratings = from_table([[46, 2], [2, 0]])
    kappa, ac1 = cohen_kappa(ratings, [0, 1]).estimate, gwet_ac(ratings, [0, 1]).estimate
    assert raw_agreement(ratings, [0, 1]).estimate == pytest.approx(0.92)
    assert kappa == pytest.approx(-0.04, abs=5e-3)
    assert ac1 == pytest.approx(0.91, abs=5e-3)


# The sums over units that are resampled give the same coefficient as the libraries do on whole data.

two = st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from([0, 1, 2])), min_size=3, max_size=12)
Coefficient = Callable[..., Estimate]
COEFFICIENTS: dict[str, Coefficient] = {
    "raw": lambda r, **k: raw_agreement(r, [0, 1, 2], **k),
    "positive": lambda r, **k: positive_agreement(r, [0, 1, 2], 1, **k),
    "nominal": lambda r, **k: krippendorff_alpha(r, [0, 1, 2], "nominal", **k),
    "ordinal": lambda r, **k: krippendorff_alpha(r, [0, 1, 2], "ordinal", **k),
    "interval": lambda r, **k: krippendorff_alpha(r, [0, 1, 2], "interval", **k),
    "ratio": lambda r, **k: krippendorff_alpha(r, [0, 1, 2], "ratio", **k),
    "ac1": lambda r, **k: gwet_ac(r, [0, 1, 2], **k),
    "ac2": lambda r, **k: gwet_ac(r, [0, 1, 2], "ordinal", **k),
    "cohen": lambda r, **k: cohen_kappa(r, [0, 1, 2], "quadratic", **k),
    "fleiss": lambda r, **k: fleiss_kappa(r, [0, 1, 2], **k),
}  # fmt: skip


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_the_median_resample_of_many_units_is_the_estimate(name: str) -> None:
    chance = np.random.default_rng(1)
    truth = chance.choice(3, 3000, p=[0.2, 0.5, 0.3])
    ratings = np.where(chance.random((2, 3000)) < 0.75, truth, chance.integers(0, 3, (2, 3000))).tolist()
    result = COEFFICIENTS[name](ratings, confidence=0.02, draws=4000)
    assert result.interval is not None
    assert result.interval == pytest.approx((result.estimate, result.estimate), abs=2e-3)


@few
@given(two, st.sampled_from(sorted(COEFFICIENTS)), st.randoms(use_true_random=False))
def test_neither_the_order_of_units_nor_that_of_raters_counts(pairs: list[tuple[int, int]], name: str, chance: random.Random) -> None:
    shuffled = chance.sample(pairs, len(pairs))
    here = COEFFICIENTS[name]([[a for a, _ in pairs], [b for _, b in pairs]], draws=200)
    there = COEFFICIENTS[name]([[b for _, b in shuffled], [a for a, _ in shuffled]], draws=200)
    assert (here.status, here.estimate) == pytest.approx((there.status, there.estimate))
    if name != "cohen":  # Its table of cells is turned over when the raters are, and so are the draws.
        assert here.interval == pytest.approx(there.interval)


@few
@given(two, st.sampled_from(sorted(COEFFICIENTS)))
def test_a_rater_who_repeats_another_agrees_wholly_or_there_is_nothing_to_agree_on(pairs: list[tuple[int, int]], name: str) -> None:
    first = [a for a, _ in pairs]
    result = COEFFICIENTS[name]([first, first], draws=100)
    if result.status == Status.OK:
        assert result.estimate == pytest.approx(1)
        assert Caution.ZERO_WIDTH in result.warnings
    else:
        assert (result.status, result.estimate, result.interval) == (Status.NO_VARIATION, None, None)


@pytest.mark.parametrize("name", [name for name in COEFFICIENTS if name not in ("raw", "positive")])
def test_raters_without_a_common_idea_agree_by_chance_only(name: str) -> None:
    chance = np.random.default_rng(6)
    ratings = chance.integers(0, 3, (2, 4000)).tolist()
    assert COEFFICIENTS[name](ratings, draws=10).estimate == pytest.approx(0, abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nominal", "ac1", "fleiss", "raw"])
def test_limits_cover_the_truth_of_two_simulated_raters(name: str) -> None:
    chance = np.random.default_rng(12)

    def draw(units: int) -> list[list[int]]:
        truth = chance.choice(3, units, p=[0.2, 0.5, 0.3])
        rows = np.where(chance.random((2, units)) < 0.8, truth, chance.integers(0, 3, (2, units)))
        return [[int(v) for v in row] for row in rows]

    truth = COEFFICIENTS[name](draw(200_000), draws=2).estimate
    assert truth is not None
    hits = 0
    for seed in range(300):
        found = COEFFICIENTS[name](draw(120), draws=400, seed=seed).interval
        assert found is not None
        hits += found.low <= truth <= found.high
    assert hits / 300 == pytest.approx(0.95, abs=3 * (0.05 * 0.95 / 300) ** 0.5 + 0.01)


# What is undefined


@pytest.mark.parametrize("name", ["nominal", "ordinal", "interval", "ratio", "cohen", "fleiss", "positive"])
def test_one_level_only_is_no_variation(name: str) -> None:
    result = COEFFICIENTS[name]([[2, 2, 2], [2, 2, 2]])
    assert (result.estimate, result.interval, result.status) == (None, None, Status.NO_VARIATION)


def test_one_level_only_is_agreement_all_the_same_for_those_that_are_defined() -> None:
    for name in ("raw", "ac1", "ac2"):
        result = COEFFICIENTS[name]([[2, 2, 2], [2, 2, 2]])
        assert (result.estimate, result.status, result.warnings) == (1.0, Status.OK, (Caution.ZERO_WIDTH,))


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_no_unit_with_two_ratings_is_no_overlap(name: str) -> None:
    result = COEFFICIENTS[name]([[1, None, 2], [None, 1, float("nan")]])
    assert (result.estimate, result.status, result.n) == (None, Status.NO_OVERLAP, 0)


def test_units_with_different_numbers_of_raters_have_no_fleiss_kappa() -> None:
    assert fleiss_kappa([[1, 2, 1], [1, 2, None]], [1, 2]).status == Status.UNEQUAL_RATERS


def test_a_level_that_nobody_used_changes_the_ordinal_distance_only_if_it_is_a_level() -> None:
    ratings = [[1, 1, 5, 5, 1, 5], [1, 5, 5, 5, 1, 1]]
    # Between two used levels an unused one adds no ratings, so the ordinal distance stays; Gwet's, by places, does not.
    assert gwet_ac(ratings, [1, 5], "linear").estimate != gwet_ac(ratings, [1, 3, 5], "linear").estimate
    assert krippendorff_alpha(ratings, [1, 5], "ordinal").estimate == krippendorff_alpha(ratings, [1, 3, 5], "ordinal").estimate
    with pytest.raises(ValueError, match=r"^ratings\[0\]\[2\]=5 is not among levels"):
        krippendorff_alpha(ratings, [1, 2], "ordinal")


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: raw_agreement([[1, 2], [1]], [1, 2]), "ratings"),
        (lambda: raw_agreement([], [1, 2]), "ratings"),
        (lambda: raw_agreement([[1, 1]], [1]), "levels"),
        (lambda: raw_agreement([[1, 1]], [1, 2, 1]), "levels"),
        (lambda: positive_agreement([[1, 2], [1, 2]], [1, 2], 3), "positive"),
        (lambda: krippendorff_alpha([["a", "b"], ["a", "b"]], ["a", "b"], "interval"), "levels"),
        (lambda: krippendorff_alpha([[1, 2], [1, 2]], [1, 2], "vague"), "scale"),  # type: ignore[arg-type]
        (lambda: gwet_ac([[1, 2], [1, 2]], [1, 2], "cubic"), "weights"),  # type: ignore[arg-type]
        (lambda: cohen_kappa([[1, 2]], [1, 2]), "ratings"),
        (lambda: raw_agreement([[1, 2], [1, 2]], [1, 2], draws=0), "draws"),
        (lambda: raw_agreement([[1, 2], [1, 2]], [1, 2], confidence=1.0), "confidence"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(call: Callable[[], Estimate], name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        call()


def test_counts_and_weights() -> None:
    assert count_ratings([["no", None], ["yes", "yes"]], ["no", "yes"]).tolist() == [[1, 1], [0, 1]]
    assert agreement_weights(3, "ordinal") == pytest.approx(np.array([[1, 2 / 3, 0], [2 / 3, 1, 2 / 3], [0, 2 / 3, 1]]))
    assert agreement_weights(3, "linear")[0].tolist() == [1, 0.5, 0]
    assert agreement_weights(2, "identity").tolist() == [[1, 0], [0, 1]]
    ratings: Ratings = [["low", "high"], ["low", "mid"]]
    assert krippendorff_alpha(ratings, ["low", "mid", "high"], "ordinal").estimate == pytest.approx(
        krippendorff.alpha([["low", "high"], ["low", "mid"]], value_domain=["low", "mid", "high"], level_of_measurement="ordinal")
    )
