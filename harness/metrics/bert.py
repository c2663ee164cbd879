"""BERTScore by bert-score: one batched pass over a run, with a model from a local folder. Nothing is ever downloaded.

The folder is named by the environment variable HARNESS_BERTSCORE_MODEL. Chinese is scored only by a model whose vocabulary has Chinese
characters; any other gives numbers that mean nothing.
"""

import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any

from harness.cache import hash_file
from harness.formulas import mean_terms
from harness.item import Lang
from harness.metrics.base import Pair, by_lang
from harness.records import CorpusFigure
from harness.scorers.text import count_hanzi

VARIABLE = "HARNESS_BERTSCORE_MODEL"
_HOW = (
    "fetch one where there is a network (`hf download google-bert/bert-base-multilingual-cased --local-dir FOLDER`; bert-base-chinese is "
    f"for Chinese alone), set {VARIABLE}=FOLDER, then `harness rescore RUN`"
)
_CHINESE_VOCABULARY = 2000
"""Different Chinese characters that a vocabulary must hold: Chinese models have some 7,000, English ones that know a few have 300."""


class BertScore:
    """BERTScore F1 (−1 to 1) by the library bert-score, with the model in the folder that an environment variable names."""

    weakness = "BERTScore takes a model of its own, which is slow, and is as good as that model; contradictions in like words score high"

    def figures(self, pairs: Sequence[Pair]) -> dict[str, CorpusFigure]:
        groups = by_lang(pairs)
        folder = os.environ.get(VARIABLE, "").strip()
        if not folder:
            return _unavailable(groups, f"no model folder is given; {_HOW}")
        path = Path(folder).expanduser()
        if not (path / "config.json").is_file():
            return _unavailable(groups, f"{VARIABLE} names '{folder}', which is no model folder (it has no config.json); {_HOW}")
        scorer, layer = _load(path)
        figures: dict[str, CorpusFigure] = {}
        if "zh" in groups and not _knows_chinese(scorer._tokenizer):
            figures = _unavailable({"zh": groups.pop("zh")}, f"the model in '{path.name}' has no Chinese vocabulary; {_HOW}")
        values = _score(scorer, [pair for members in groups.values() for pair in members.values()])
        weights = next(iter(sorted([*path.glob("*.safetensors"), *path.glob("*.bin")])), path / "config.json")
        signature = (
            f"bert-score mean-f|model:{path.name}@{hash_file(weights)[:8]}|layer:{layer}|idf:no|rescaled:no|version:{version('bert-score')}"
        )
        for lang, members in groups.items():
            own, values = values[: len(members)], values[len(members) :]
            precision, recall, f = (fmean(value[part] for value in own) for part in range(3))
            details = {"precision": precision, "recall": recall}
            terms = {place: mean_terms(value[2]) for place, value in zip(members, own, strict=True)}
            figures[f"bert_score_{lang}"] = CorpusFigure(f, len(members), signature, self.weakness, details, "ratio", terms)
        return figures


def _unavailable(groups: dict[Lang, dict[int, Pair]], reason: str) -> dict[str, CorpusFigure]:
    return {f"bert_score_{lang}": CorpusFigure(None, len(members), note=f"unavailable: {reason}") for lang, members in groups.items()}


def _load(path: Path) -> tuple[Any, int]:
    """bert-score's scorer for the model in `path`, and the layer it reads: the one its authors chose for models of that name, otherwise the
    one at seven tenths of the depth, about where they found the best."""
    from bert_score import BERTScorer  # type: ignore[import-untyped]
    from bert_score.utils import model2layers  # type: ignore[import-untyped]
    from transformers import AutoConfig
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    layer = int(model2layers.get(path.name) or max(1, round(0.7 * config.num_hidden_layers)))
    scorer = BERTScorer(model_type=str(path), num_layers=layer, use_fast_tokenizer=True)
    # Folders without the tokenizer's limit have one of 10^30, which cannot be cut to.
    limit = int(getattr(config, "max_position_embeddings", 512))
    scorer._tokenizer.model_max_length = min(scorer._tokenizer.model_max_length, limit)
    return scorer, layer


def _knows_chinese(tokenizer: Any) -> bool:
    tokens = tokenizer.batch_decode([[number] for number in range(len(tokenizer))])
    return len({char for token in tokens for char in token if count_hanzi(char)}) >= _CHINESE_VOCABULARY


def _score(scorer: Any, pairs: Sequence[Pair]) -> list[tuple[float, float, float]]:
    """Precision, recall and F of each pair, against the reference that is best; an empty response has 0."""
    filled = [index for index, pair in enumerate(pairs) if pair.response.strip()]
    found = [(0.0, 0.0, 0.0)] * len(pairs)
    if filled:
        columns = scorer.score([pairs[index].response for index in filled], [list(pairs[index].references) for index in filled])
        for index, *values in zip(filled, *(column.tolist() for column in columns), strict=True):
            precision, recall, f = values
            found[index] = (precision, recall, f)
    return found
