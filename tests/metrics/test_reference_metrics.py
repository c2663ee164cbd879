"""BLEU, chrF, ROUGE, perplexity and length: by language, with signatures and known weaknesses, and never a number where there is none."""

from dataclasses import replace
from math import exp, log

import pytest

from harness.metrics.base import Pair
from harness.metrics.length import LengthRatio
from harness.metrics.likelihood import Perplexity
from harness.metrics.overlap import Bleu, ChrF, sentence_bleu, sentence_chrf
from harness.metrics.rouge import KINDS, CharacterTokenizer, Rouge, rouge

ZH = Pair("请系好安全带，前方拥堵。", ("请系好安全带，前方拥堵。",), "zh")
EN = Pair("Fasten your belt, traffic ahead.", ("Fasten your belt, traffic ahead.",), "en")


def test_identical_chinese_texts_score_full_marks_everywhere() -> None:
    assert rouge(ZH.response, ZH.references, "zh") == dict.fromkeys(KINDS, (1.0, 1.0, 1.0))
    assert sentence_bleu(ZH.response, ZH.references, "zh") == sentence_chrf(ZH.response, ZH.references) == 100.0
    assert {name: figure.value for name, figure in {**Bleu().figures([ZH]), **ChrF().figures([ZH]), **Rouge().figures([ZH])}.items()} == {
        "bleu_zh": 100.0, "chrf_zh": 100.0, **{f"{kind}_zh": 1.0 for kind in KINDS}
    }  # fmt: skip


def test_rouge_tells_chinese_texts_apart() -> None:
    assert rouge("打开车窗", ["关闭车窗"], "zh")["rouge1"] == (0.5, 0.5, 0.5)
    assert rouge("打开车窗", ["播放音乐"], "zh")["rouge1"] == (0.0, 0.0, 0.0)


def test_a_chinese_character_is_a_token_and_so_is_a_word_of_other_letters() -> None:
    assert CharacterTokenizer().tokenize("调到24°C，打开ＣarPlay_2！") == ["调", "到", "24", "c", "打", "开", "carplay", "2"]


def test_the_best_of_several_references_counts() -> None:
    assert rouge("a b c", ["x y z", "a b c"], "en")["rougeL"][2] == 1.0
    assert rouge("打开车窗", ["关闭车门吧", "打开车窗"], "zh")["rougeL"][2] == 1.0
    assert sentence_bleu("one two three four", ["nine", "one two three four"], "en") == 100.0
    few = [replace(EN, references=(*EN.references, "Nothing alike")), EN]
    assert Bleu().figures(few)["bleu_en"].value == 100.0


def test_languages_are_kept_apart_and_tokenized_by_their_own_tokenizer() -> None:
    wrong = replace(EN, response="Nothing of the kind here at all.")
    figures = Bleu().figures([ZH, wrong])
    assert list(figures) == ["bleu_zh", "bleu_en"]
    assert figures["bleu_zh"].value == 100.0
    assert (figures["bleu_en"].value or 0) < 10
    assert "|tok:zh|" in figures["bleu_zh"].signature
    assert "|tok:13a|" in figures["bleu_en"].signature
    assert [figure.n for figure in figures.values()] == [1, 1]


def test_corpus_bleu_is_of_summed_counts_and_no_mean() -> None:
    short, long = replace(EN, response="Fasten"), EN
    mean = (sentence_bleu(short.response, short.references, "en") + 100) / 2
    corpus = Bleu().figures([short, long])["bleu_en"]
    assert corpus.value == pytest.approx(exp(1 - 14 / 8) * 100, abs=1e-6)  # Every precision is 1; only brevity counts.
    assert abs((corpus.value or 0) - mean) > 1
    assert corpus.details["brevity_penalty"] == pytest.approx(exp(1 - 14 / 8))


@pytest.mark.parametrize("metric", [Bleu(), ChrF(), Rouge(), LengthRatio(), Perplexity()])
def test_every_figure_bears_a_signature_and_its_known_weakness(metric: Bleu) -> None:
    for figure in metric.figures([replace(EN, reference_logprobs=(-1.0,))]).values():
        assert figure.signature
        assert metric.weakness in figure.note


def test_rouge_shows_the_length_ratio_beside_it() -> None:
    padded = replace(EN, response=EN.response + " " + EN.response)
    figure = Rouge().figures([padded])["rouge1_en"]
    assert figure.details["length_ratio"] == 2.0
    assert figure.note.endswith("2.00 here")


def test_the_length_ratio_is_against_the_nearest_reference_and_leaves_white_space_out() -> None:
    pair = Pair("ab cd", ("a", "abc d\n", "abcdefgh"), "en")
    assert LengthRatio().figures([pair])["length_ratio_en"].value == 1.0
    assert LengthRatio().figures([pair, Pair("", ("abcd",), "en")])["length_ratio_en"].value == 0.5


def test_an_empty_response_is_scored_and_breaks_nothing() -> None:
    empty = [replace(EN, response=""), replace(ZH, response=" ")]
    for metric in (Bleu(), ChrF(), Rouge(), LengthRatio()):
        assert {figure.value for figure in metric.figures(empty).values()} == {0.0}, metric  # type: ignore[attr-defined]


def test_perplexity_is_over_all_tokens_and_bits_over_all_bytes() -> None:
    pairs = [Pair("x", ("空",), "zh", (-1.0, -2.0)), Pair("x", ("空空",), "zh", (-6.0,)), Pair("x", ("空",), "zh")]
    figure = Perplexity().figures(pairs)["perplexity_zh"]
    assert figure.value == pytest.approx(exp(9 / 3))
    assert figure.n == 2
    assert figure.details == {"tokens": 3, "bits_per_byte": pytest.approx(9 / log(2) / 9)}


def test_perplexity_without_log_probabilities_is_unavailable_and_infinite_is_no_number() -> None:
    figure = Perplexity().figures([EN])["perplexity_en"]
    assert (figure.value, figure.n) == (None, 0)
    assert figure.note.startswith("unavailable: there are no log-probabilities")
    for logprob in (float("-inf"), -1000.0):
        infinite = Perplexity().figures([replace(EN, reference_logprobs=(logprob,))])["perplexity_en"]
        assert infinite.value is None
        assert infinite.note.startswith("infinite")
