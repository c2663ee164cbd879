"""Corpus metrics: sacrebleu's README, equal outputs, exactness against full enumeration, symmetries, and false alarms."""

import random
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF
from scipy.stats import norm

from harness.stats.arguments import Floats
from harness.stats.corpus import paired_bootstrap, randomisation_test
from harness.stats.result import Caution, Status

few = settings(derandomize=True, deadline=None, max_examples=40)
rows = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6), st.integers(0, 5), st.integers(1, 6)), min_size=6, max_size=12)


def ratio(sums: Floats) -> Floats:
    return np.asarray(sums[:, 0] / sums[:, 1])


def split(figures: list[tuple[int, int, int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(figures, dtype=float)
    return table[:, :2], table[:, 2:]


def bleu(sums: Floats) -> Floats:
    """BLEU from summed lengths (system, reference), matches of 1 to 4 words, and how many there were."""
    shares = np.log(np.maximum(sums[:, 2:6], 1e-300) / sums[:, 6:10])
    return np.asarray(100 * np.exp(shares.mean(axis=1) + np.minimum(0.0, 1 - sums[:, 1] / sums[:, 0])))


# The three sentences of sacrebleu's README, with two references.
SYSTEM = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]
REFERENCES = [
    ["The dog bit the man.", "It was not unexpected.", "The man bit him first."],
    ["The dog had bit the man.", "No one was surprised.", "The man had bitten the dog."],
]


def test_a_score_of_sums_is_the_published_one_and_equal_outputs_have_p_one() -> None:
    figures = np.array(BLEU(references=REFERENCES)._extract_corpus_statistics(SYSTEM, None), dtype=float)
    assert bleu(figures.sum(axis=0)[None, :])[0] == pytest.approx(48.53, abs=0.005)
    assert CHRF(references=REFERENCES).corpus_score(SYSTEM, None).score == pytest.approx(59.73, abs=0.005)
    # sacrebleu gives 1 / 1001 here.
    for test in (randomisation_test, paired_bootstrap):
        result = test(figures, figures, bleu, draws=1000)
        assert (result.pvalue, result.difference, result.status, result.interval) == (1.0, 0.0, Status.IDENTICAL, None)


def test_different_outputs_with_the_same_score_are_not_identical_but_have_p_one() -> None:
    old, new = [[1, 1], [0, 1]] * 10, [[0, 1], [1, 1]] * 10
    result = randomisation_test(old, new, ratio, draws=500)
    assert (result.pvalue, result.difference, result.status) == (1.0, 0.0, Status.OK)


@pytest.mark.parametrize("seed", range(4))
def test_randomisation_comes_near_the_share_of_all_swaps(seed: int) -> None:
    chance = np.random.default_rng(seed)
    old, new = chance.integers(1, 6, (9, 2)), chance.integers(2, 7, (9, 2))
    seen = abs(float((ratio(new.sum(axis=0)[None]) - ratio(old.sum(axis=0)[None]))[0]))
    hits = 0
    for swaps in product((False, True), repeat=9):
        mask = np.array(swaps)[:, None]
        left, right = np.where(mask, new, old).sum(axis=0), np.where(mask, old, new).sum(axis=0)
        hits += abs(float((ratio(right[None]) - ratio(left[None]))[0])) >= seen - 1e-12
    exact = hits / 2**9
    found = randomisation_test(old, new, ratio, draws=20_000).pvalue
    assert found == pytest.approx(exact, abs=3.5 * (exact * (1 - exact) / 20_000) ** 0.5 + 1e-4)


@few
@given(rows, st.randoms(use_true_random=False))
def test_swapping_and_shuffling_change_nothing(figures: list[tuple[int, int, int, int]], chance: random.Random) -> None:
    old, new = split(figures)
    here = randomisation_test(old, new, ratio, draws=300)
    swapped = randomisation_test(*split(chance.sample(figures, len(figures)))[::-1], ratio, draws=300)
    assert (here.pvalue, here.difference) == pytest.approx((swapped.pvalue, -swapped.difference))
    drawn = paired_bootstrap(old, new, ratio, draws=300)
    shuffled = paired_bootstrap(*split(chance.sample(figures, len(figures))), ratio, draws=300)
    assert drawn.pvalue == pytest.approx(shuffled.pvalue)
    assert drawn.interval == pytest.approx(shuffled.interval)


@few
@given(rows)
def test_whole_clusters_go_together(figures: list[tuple[int, int, int, int]]) -> None:
    old, new = split(figures)
    names = list(range(len(old)))
    plain = randomisation_test(old, new, ratio, draws=300)
    assert randomisation_test(old, new, ratio, names, draws=300).pvalue == plain.pvalue
    halves = randomisation_test(np.vstack([old, old]) / 2, np.vstack([new, new]) / 2, ratio, names * 2, draws=300)
    assert halves.pvalue == pytest.approx(plain.pvalue)
    assert (halves.n, halves.clusters) == (2 * len(old), len(old))
    drawn = paired_bootstrap(old, new, ratio, draws=300)
    doubled = paired_bootstrap(np.vstack([old, old]), np.vstack([new, new]), ratio, names * 2, draws=300)
    assert doubled.interval == pytest.approx(drawn.interval)


def test_the_outcome_seen_is_one_of_the_draws() -> None:
    old, new = [[0, 1]] * 60, [[1, 1]] * 60
    result = randomisation_test(old, new, ratio, draws=200)
    assert (result.pvalue, result.pvalue_greater) == (1 / 201, 1 / 201)
    assert randomisation_test(new, old, ratio, draws=200).pvalue_greater == 1.0


def test_dependent_segments_swapped_apart_would_raise_false_alarms() -> None:
    # Ten documents of ten segments; within a document every segment moves alike.
    shift = np.repeat([1, -1, 1, 1, -1, 1, 1, 1, -1, 1], 10)
    old, new = np.column_stack([np.full(100, 5), np.full(100, 10)]), np.column_stack([5 + shift, np.full(100, 10)])
    apart = randomisation_test(old, new, ratio, draws=2000).pvalue
    together = randomisation_test(old, new, ratio, np.repeat(np.arange(10), 10).tolist(), draws=2000).pvalue
    assert apart is not None
    assert together is not None
    assert apart < 0.01 < 0.2 < together


def test_bootstrap_limits_are_those_of_the_normal_distribution_for_a_mean() -> None:
    chance = np.random.default_rng(5)
    gaps = chance.normal(0.1, 1, 400)
    old, new = np.column_stack([np.zeros(400), np.ones(400)]), np.column_stack([gaps, np.ones(400)])
    result = paired_bootstrap(old, new, ratio, confidence=0.95)
    reach = norm.ppf(0.975) * gaps.std() / 20
    assert result.interval == pytest.approx((gaps.mean() - reach, gaps.mean() + reach), abs=0.05 * 2 * reach)
    assert result.bounds is not None
    assert result.interval is not None
    assert result.interval.low < result.bounds.low < result.bounds.high < result.interval.high
    assert result.standard_error == pytest.approx(gaps.std() / 20, rel=0.03)
    assert result.pvalue == pytest.approx(2 * norm.sf(abs(gaps.mean()) / (gaps.std() / 20)), abs=0.015)


@pytest.mark.slow
@pytest.mark.parametrize("test", [randomisation_test, paired_bootstrap])
def test_without_a_difference_five_in_a_hundred_are_significant(test: object) -> None:
    chance = np.random.default_rng(11)
    alarms = 0
    for seed in range(600):
        right = chance.random((2, 120)) < chance.beta(2, 2, 120)
        sides = [np.column_stack([side, np.ones(120)]) for side in right.astype(float)]
        alarms += test(*sides, ratio, draws=400, seed=seed).pvalue <= 0.05  # type: ignore[operator]
    # Taking the size before centring, as sacrebleu's bootstrap does, gives .11 to .15 here.
    assert 0.05 - 3 * (0.05 * 0.95 / 600) ** 0.5 <= alarms / 600 <= 0.05 + 3 * (0.05 * 0.95 / 600) ** 0.5


def test_resamples_without_a_score_are_left_out_and_told() -> None:
    old, new = [[1.0, 1.0]] * 2 + [[0.0, 0.0]] * 6, [[0.0, 1.0]] * 2 + [[0.0, 0.0]] * 6
    result = paired_bootstrap(old, new, ratio, draws=500)
    assert Caution.UNDEFINED_RESAMPLES in result.warnings
    assert Caution.FEW_SEGMENTS in result.warnings
    assert result.interval == (-1.0, -1.0)


@pytest.mark.parametrize(
    ("old", "new", "score", "name"),
    [
        ([[1, 2]], [[1, 2, 3]], ratio, "candidate"),
        ([1, 2], [[1, 2]], ratio, "baseline"),
        ([[1, float("nan")]], [[1, 2]], ratio, "baseline"),
        ([[1, 0]], [[1, 2]], ratio, "score"),
        ([[1, 1]], [[1, 2]], lambda sums: sums, "score"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(old: object, new: object, score: object, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        randomisation_test(old, new, score)  # type: ignore[arg-type]
