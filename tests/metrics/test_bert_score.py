"""BERTScore: without a model, or without a Chinese one, it is unavailable and says how to get one; with one it is a single batched pass."""

from pathlib import Path
from typing import Any

import pytest

from harness.metrics.base import Pair
from harness.metrics.bert import VARIABLE, BertScore

ZH = Pair("打开车窗", ("打开车窗", "关闭车门"), "zh")
EN = Pair("open the window", ("close the door", "open the window"), "en")


def test_without_a_folder_it_is_unavailable_and_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    figures = BertScore().figures([ZH, EN])
    assert {name: figure.value for name, figure in figures.items()} == {"bert_score_zh": None, "bert_score_en": None}
    for figure in figures.values():
        assert figure.note.startswith("unavailable: no model folder")
        for word in ("hf download", f"{VARIABLE}=FOLDER", "harness rescore"):
            assert word in figure.note


def test_a_folder_without_a_model_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert f"names '{tmp_path}', which is no model folder" in BertScore().figures([EN])["bert_score_en"].note


def make_bert(folder: Path, hanzi: int, layers: int = 3) -> Path:
    """A tiny random BERT that knows Latin letters and the first so many Chinese characters; its tokenizer has no limit of its own."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    letters = "abcdefghijklmnopqrstuvwxyz"
    common = "打开车窗关闭门"
    others = [char for number in range(hanzi) if (char := chr(0x4E00 + number)) not in common] if hanzi else []
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *common, *others]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    tokenizer: Any = BertTokenizerFast(vocab=str(folder / "vocab.txt"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64,
    )  # fmt: skip
    model: Any = BertModel(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bert(tmp_path_factory.mktemp("bert") / "chinese", hanzi=3000)


@pytest.mark.slow
def test_both_languages_are_scored_in_one_pass(chinese: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import bert_score

    passes: list[int] = []
    whole = bert_score.BERTScorer.score

    def counted(self: Any, candidates: list[str], references: list[list[str]], **options: Any) -> Any:
        passes.append(len(candidates))
        return whole(self, candidates, references, **options)

    monkeypatch.setenv(VARIABLE, str(chinese))
    monkeypatch.setattr(bert_score.BERTScorer, "score", counted)
    empty, long = Pair(" ", ("开",), "zh"), Pair("abc " * 300, ("abd",), "en")
    figures = BertScore().figures([EN, ZH, empty, long])
    assert passes == [3]  # The empty one has 0 without a model's help.
    assert figures["bert_score_zh"].value == pytest.approx(0.5, abs=1e-5)
    assert 0.5 < (figures["bert_score_en"].value or 0) < 1
    assert [figure.n for figure in figures.values()] == [2, 2]
    assert "model:chinese@" in figures["bert_score_zh"].signature
    assert "|layer:2|" in figures["bert_score_zh"].signature
    assert BertScore.weakness in figures["bert_score_en"].note


@pytest.mark.slow
def test_chinese_with_an_english_model_is_unavailable_and_english_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(make_bert(tmp_path / "english", hanzi=0)))
    figures = BertScore().figures([ZH, EN])
    assert figures["bert_score_zh"].value is None
    assert figures["bert_score_zh"].note.startswith("unavailable: the model in 'english' has no Chinese vocabulary")
    assert figures["bert_score_en"].value == pytest.approx(1.0, abs=1e-5)
