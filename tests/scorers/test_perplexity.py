"""Bits per byte of running text: the figure, its place outside the score, and what an item with text may be."""

from math import log
from typing import Any

import pytest

from harness.item import Item
from harness.records import Answer
from harness.scorers.perplexity import BitsPerByteScorer
from harness.suite_check import primary_score
from harness.summary import _measured


def text_item(**changes: Any) -> Item:
    line = {"id": "t", "lang": "en", "stratum": "s", "text": "空 a", "scorer": "bits_per_byte", "target": {}} | changes
    return Item.model_validate(line)


def test_bits_are_counted_per_byte_of_utf8() -> None:
    score = BitsPerByteScorer().score(text_item(), Answer((), ((-2 * log(2), -8 * log(2)),)))
    assert score.metrics == {"bits_per_byte": pytest.approx(10 / 5)}
    assert score.checks[0].reason == "2.000 bits a byte over 5 bytes, 2 tokens"


def test_a_text_without_log_probabilities_is_an_error_and_not_a_figure() -> None:
    for answer in (Answer(()), Answer((), ())):
        with pytest.raises(ValueError, match="no log-probabilities"):
            BitsPerByteScorer().score(text_item(), answer)


def test_the_scorer_needs_a_text_and_takes_no_target() -> None:
    plain = Item.model_validate({"id": "t", "lang": "en", "stratum": "s", "prompt": "p", "target": {}, "pass": ["a"], "fail": ["b"]})
    with pytest.raises(ValueError, match="text"):
        BitsPerByteScorer().check_target(plain)
    with pytest.raises(ValueError, match="answers"):
        BitsPerByteScorer().check_target(text_item(target={"answers": []}))


@pytest.mark.parametrize(
    "change",
    [{"text": " "}, {"prompt": "p"}, {"choices": ["a", "b"]}, {"pass": ["a"]}, {"fail": ["a"]}, {"text": None, "prompt": "p"}],
)
def test_a_text_stands_alone_and_any_other_item_has_examples(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"text: must|at least one example"):
        text_item(**change)


class _AnySuite:
    """`primary_score` does not look at the suite of an item that is only measured."""


def test_a_measurement_is_no_score() -> None:
    score = BitsPerByteScorer().score(text_item(), Answer((), ((-1.0,),)))
    assert primary_score(_AnySuite(), text_item(), score) is None  # type: ignore[arg-type]


def test_measurements_are_summed_up_by_stratum_metric_and_language() -> None:
    rows = [
        {"stratum": "s", "lang": lang, "cluster": str(number), "error": None, "score": None, "scores": {"bits_per_byte": value}}
        for number, (lang, value) in enumerate([("zh", 1.0), ("zh", 2.0), ("en", 3.0)])
    ]
    rows.append({"stratum": "s", "lang": "en", "cluster": "9", "error": "broken", "score": None, "scores": None})
    rows.append({"stratum": "other", "lang": "en", "cluster": "10", "error": None, "score": 1.0, "scores": {"correct": 1.0}})
    found = _measured(rows)
    assert list(found) == ["s"]
    by_lang = found["s"]["bits_per_byte"]
    assert {lang: (row["n"], row["mean"]) for lang, row in by_lang.items()} == {"all": (3, 2.0), "zh": (2, 1.5), "en": (1, 3.0)}
    assert by_lang["all"]["low"] == pytest.approx(2.0 - 4.302653 / 3**0.5, abs=1e-5)
    assert (by_lang["en"]["low"], by_lang["en"]["high"]) == (None, None)
