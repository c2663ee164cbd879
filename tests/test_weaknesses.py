"""Each figure of all answers says beside the number what it is known not to see, and docs/suites.md says it, too."""

import re
from pathlib import Path

import pytest

from harness.metrics import _CLASSES as METRICS
from harness.metrics import load_metric
from harness.records import Response
from harness.scorers import CorpusScorer, classification, dialogue, generation, load_scorer, paraphrase, refusal
from harness.scoring import corpus_figures, judge, stored_sample
from harness.suite import bundled_folder, load_suite

PAGE = (Path(__file__).parent.parent / "docs" / "suites.md").read_text(encoding="utf-8")
KNOWN = {
    "classification": (classification.ACCURACY_WEAKNESS, classification.MACRO_WEAKNESS),
    "dialogue": (dialogue.WEAKNESS,),
    "diversity": (paraphrase.AGREEMENT_WEAKNESS, paraphrase.POINTS_WEAKNESS, paraphrase.VARIETY_WEAKNESS),
    "generation": (*(weakness for _, weakness in generation._RATES.values()), "short is not yet good"),
    "safety": (refusal.WEAKNESS,),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOWN)
def test_every_figure_of_a_scorer_bears_a_weakness(name: str) -> None:
    suite = load_suite(bundled_folder() / name)
    assert any(isinstance(load_scorer(scorer), CorpusScorer) for scorer in suite.scorer_names())
    samples = []
    for item in suite.items:
        example = item.passing[0]
        turns = (example,) if isinstance(example, str) else example
        samples.append(stored_sample(suite, item, 0, [Response(f"{name}/{item.id}/0/{turn}", text) for turn, text in enumerate(turns)]))
    judge(samples, {})
    bare = suite.config.model_copy(update={"corpus_metrics": ()})
    figures = corpus_figures(type(suite)(**{**vars(suite), "config": bare}), samples)
    assert figures
    for figure, row in figures.items():
        assert any(weakness in row.note for weakness in KNOWN[name]), figure


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_reference_metric_has_a_weakness_and_a_line_on_the_page(name: str) -> None:
    metric = load_metric(name, load_suite(bundled_folder() / "generation"))
    assert len(metric.weakness) > 30  # type: ignore[attr-defined]
    (row,) = re.findall(rf"^\| `{name}` \|.*\|(.*)\|$", PAGE, re.MULTILINE)
    assert re.search("[一-鿿]", row)
    assert re.search("[a-z]{4}", row)


def test_every_scorer_with_figures_has_its_weakness_on_the_page() -> None:
    for name in ("classification", "paraphrase", "refusal", "dialogue", "generation"):
        section = PAGE[PAGE.index(f"### {name}") :].partition("\n### ")[0]
        assert "弱点" in section, name
