"""Figures made of sums are the figures that libraries and scorers give for the same answers."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sklearn.metrics import precision_recall_fscore_support

from harness.formulas import BLEU_TERMS, CHRF_TERMS, class_terms, figure_of, mean_terms, score_of, tables
from harness.metrics import load_metric
from harness.metrics.base import Pair
from harness.records import Response
from harness.scorers import CorpusScorer, load_scorer
from harness.scoring import corpus_figures, judge, stored_sample
from harness.suite import bundled_folder, load_suite

steady = settings(derandomize=True, deadline=None, max_examples=60)
ZH = ["今天上海有小雨。", "明天上海转晴，气温二十度。", "会议改到周三下午三点。", "好", "", "会议取消了"]
EN = ["It rains in Shanghai today.", "The meeting moved to Wednesday.", "yes", "", "It will be sunny, about 20 degrees.", "The cat sat."]


def pairs_of(texts: Sequence[str], lang: str, seed: int) -> list[Pair]:
    chance = random.Random(seed)
    return [Pair(text, tuple(chance.sample(texts[:3], chance.randint(1, 2))), lang, (-1.0, -chance.random())) for text in texts]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["bleu", "chrf", "rouge", "length_ratio", "perplexity"])
@pytest.mark.parametrize("seed", range(3))
def test_a_metric_is_the_formula_of_its_own_terms(name: str, seed: int) -> None:
    pairs = [pair for both in zip(pairs_of(ZH, "zh", seed), pairs_of(EN, "en", seed), strict=True) for pair in both]
    figures = load_metric(name, load_suite(bundled_folder() / "generation")).figures(pairs)
    assert figures
    for key, figure in figures.items():
        assert figure.formula is not None
        assert {pairs[place].lang for place in figure.terms} == {key[-2:]}, "each answer's terms stand at its own place"
        assert len(figure.terms) == figure.n
        assert figure_of(figure.formula, [*figure.terms.values()]) == pytest.approx(figure.value, rel=1e-9)


counts = st.integers(0, 6)


@steady
@given(st.lists(st.tuples(counts, counts, counts, counts), min_size=1, max_size=4), st.integers(0, 30), st.integers(1, 30))
def test_bleu_is_sacrebleus_with_its_smoothing_and_its_zeros(rows: list[tuple[int, int, int, int]], length: int, reference: int) -> None:
    matches = np.array(rows)
    ngrams = matches + np.array([2, 1, 1, 0])
    table = np.column_stack([np.full(len(rows), length), np.full(len(rows), reference), matches, ngrams])
    expected = BLEU()._compute_score_from_stats(table.sum(axis=0).tolist()).score
    assert figure_of("bleu", [dict(zip(BLEU_TERMS, row, strict=True)) for row in table.tolist()]) == pytest.approx(expected, abs=1e-9)


@steady
@given(st.lists(st.lists(counts, min_size=18, max_size=18), min_size=1, max_size=3))
def test_chrf_is_sacrebleus_over_the_orders_that_are_there(rows: list[list[int]]) -> None:
    table = np.array(rows).reshape(len(rows), 6, 3)
    table[:, :, 2] = np.minimum(table[:, :, 2], table[:, :, :2].min(axis=2))
    flat = table.reshape(len(rows), 18)
    expected = CHRF()._compute_score_from_stats(flat.sum(axis=0).tolist()).score
    assert figure_of("chrf", [dict(zip(CHRF_TERMS, row, strict=True)) for row in flat.tolist()]) == pytest.approx(expected, abs=1e-9)


@steady
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcx-")), min_size=1, max_size=12))
def test_macro_averages_are_those_of_scikit_learn(rows: list[tuple[str, str]]) -> None:
    true, named = zip(*rows, strict=True)
    averages = precision_recall_fscore_support(true, named, labels=sorted(set(true)), average="macro", zero_division=0)
    terms = [class_terms(*row) for row in rows]
    found = [figure_of(kind, terms) for kind in ("macro_precision", "macro_recall", "macro_f1")]  # type: ignore[arg-type]
    assert found == pytest.approx([float(value) for value in averages[:3]])


def test_many_sums_are_scored_at_once_and_what_a_side_never_names_counts_as_nothing() -> None:
    names, (one, other) = tables([[mean_terms(1), mean_terms(3)], [{}, {"of": 4.0}]])
    figures = score_of("ratio", names)(np.stack([one.sum(axis=0), other.sum(axis=0)]))
    assert figures.tolist() == [2.0, 0.0]


@pytest.mark.parametrize("name", ["generation", "classification", "dialogue", "diversity", "safety"])
def test_every_figure_of_a_bundled_suite_is_the_formula_of_its_answers(name: str) -> None:
    suite = load_suite(bundled_folder() / name)
    chance, samples = random.Random(3), []
    for item in (*suite.items[:30], *suite.items[-30:]):
        example = chance.choice([*item.passing] if chance.random() < 0.8 else [*item.failing])
        turns = (example,) if isinstance(example, str) else example
        samples.append(stored_sample(suite, item, 0, [Response(f"{name}/{item.id}/0/{turn}", text) for turn, text in enumerate(turns)]))
    judge(samples, {})
    assert any(isinstance(load_scorer(scorer), CorpusScorer) for scorer in suite.scorer_names())
    bare = replace(suite, config=suite.config.model_copy(update={"corpus_metrics": ()}))
    figures = corpus_figures(bare, [replace(sample, suite=bare) for sample in samples])
    assert figures
    for key, figure in figures.items():
        assert figure.formula is not None, key
        assert figure_of(figure.formula, [*figure.terms.values()]) == pytest.approx(figure.value, rel=1e-9), key
