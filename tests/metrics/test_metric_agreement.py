"""ROUGE, BLEU and chrF through our own functions, against values that the reference packages gave for the same texts.

Reads `metric_golden` below HARNESS_DATA; without it each test is skipped by name.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harness.item import Lang
from harness.metrics.base import Pair
from harness.metrics.overlap import Bleu, ChrF, _bleu, _chrf, sentence_chrf
from harness.metrics.rouge import Rouge, rouge

pytestmark = pytest.mark.skipif("HARNESS_DATA" not in os.environ, reason="HARNESS_DATA is not set: no golden values to agree with")
LANGS: list[Lang] = ["en", "zh"]
CLOSE = 1e-6


def golden(lang: Lang) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    folder = Path(os.environ["HARNESS_DATA"]) / "metric_golden"
    lines = (folder / f"{lang}_answers.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines], json.loads((folder / f"{lang}_answers.corpus.json").read_text(encoding="utf-8"))


def pairs(lang: Lang) -> list[Pair]:
    return [Pair(row["hypothesis"], (row["reference"],), lang) for row in golden(lang)[0]]


@pytest.mark.slow
def test_rouge_of_each_text_agrees() -> None:
    rows, corpus = golden("en")
    assert len(rows) == 100
    for row in rows:
        ours = rouge(row["hypothesis"], [row["reference"]], "en")
        for kind, expected in row["rouge"].items():
            assert ours[kind] == pytest.approx((expected["p"], expected["r"], expected["f"]), abs=CLOSE), (row["id"], kind)
    assert Rouge().figures(pairs("en"))["rougeL_en"].value == pytest.approx(corpus["mean_rougeL_f"], abs=CLOSE)


@pytest.mark.parametrize("lang", LANGS)
def test_sentence_chrf_of_each_text_agrees(lang: Lang) -> None:
    rows, _ = golden(lang)
    assert [sentence_chrf(row["hypothesis"], [row["reference"]]) for row in rows] == pytest.approx(
        [row["chrf2"] for row in rows], abs=CLOSE
    )


@pytest.mark.parametrize(("lang", "key"), [("en", "bleu_13a"), ("zh", "bleu_zh")])
def test_sentence_bleu_of_each_text_agrees(lang: Lang, key: str) -> None:
    rows, _ = golden(lang)
    ours = [_bleu(lang, True).sentence_score(row["hypothesis"], [row["reference"]]).score for row in rows]
    assert ours == pytest.approx([row[key] for row in rows], abs=CLOSE)


@pytest.mark.parametrize(("lang", "key"), [("en", "bleu_13a"), ("zh", "bleu_zh")])
def test_corpus_bleu_and_chrf_agree_and_so_do_their_signatures(lang: Lang, key: str) -> None:
    corpus = golden(lang)[1]
    bleu, chrf = Bleu().figures(pairs(lang))[f"bleu_{lang}"], ChrF().figures(pairs(lang))[f"chrf_{lang}"]
    assert bleu.value == pytest.approx(corpus[key]["score"], abs=CLOSE)
    assert bleu.details["precisions"] == pytest.approx(corpus[key]["precisions"], abs=CLOSE)
    assert bleu.details["brevity_penalty"] == pytest.approx(corpus[key]["bp"], abs=CLOSE)
    assert (bleu.details["response_length"], bleu.details["reference_length"]) == (corpus[key]["sys_len"], corpus[key]["ref_len"])
    assert chrf.value == pytest.approx(corpus["chrf2"]["score"], abs=CLOSE)
    assert bleu.n == chrf.n == 100
    assert str(_bleu(lang, False).get_signature()) == corpus[key]["signature"] == bleu.signature.removeprefix("sacrebleu ")
    assert str(_chrf().get_signature()) == corpus["chrf2"]["signature"]


def test_identical_chinese_texts_have_a_rouge_of_one() -> None:
    for row in golden("zh")[0]:
        assert rouge(row["reference"], [row["reference"]], "zh")["rougeL"] == (1.0, 1.0, 1.0)
