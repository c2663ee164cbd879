"""Our verdicts on real responses against those the IFEval reference checker published for them, instruction by instruction."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harness.item import Item
from harness.records import Answer, Response
from harness.scorers.ifeval import IfevalScorer
from tests.conftest import item_line

DATA = os.environ.get("HARNESS_DATA")
MODELS = ["Qwen__Qwen2.5-3B-Instruct-GPTQ-Int4", "gpt-4o-mini-2024-07-18", "mistralai__Mistral-7B-Instruct-v0.3"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA, reason="HARNESS_DATA is not set: no public IFEval responses and verdicts to compare with"),
]

RANDOM_LETTERS = {1122, 1129}
"""Ask for the letters # and !, which the reference replaces by a random letter."""
OTHER_DRAWS = {
    # (model, key, instruction, mode): the published verdict is the rarer of the draws that unseeded langdetect makes for this text.
    (MODELS[0], 3150, "change_case:english_lowercase", "strict"),  # one word; published: not English, 1 draw in 10
    (MODELS[0], 3424, "change_case:english_capital", "strict"),  # all capitals; published: English, 1 draw in 4
    (MODELS[1], 202, "change_case:english_lowercase", "loose"),  # the one word "inscriptions"; published: English, 1 draw in 60
    (MODELS[2], 3112, "language:response_language", "loose"),  # Gujarati and its transliteration; published: Gujarati, 1 draw in 4
}


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def prompts() -> list[dict[str, Any]]:
    rows = read(Path(str(DATA)) / "ifeval" / "input_data.jsonl")
    # The verdicts were made with an earlier wording of this prompt, which asks for one placeholder.
    (changed,) = [row for row in rows if row["key"] == 2785]
    changed["kwargs"][changed["instruction_id_list"].index("detectable_content:number_placeholders")] = {"num_placeholders": 1}
    return rows


@pytest.fixture(scope="module", params=MODELS)
def verdicts(request: pytest.FixtureRequest) -> tuple[str, list[tuple[int, str, str, bool, bool]]]:
    """Per instruction: key, id, strict or loose, the published verdict, ours."""
    folder = Path(str(DATA)) / "ifeval_results"
    published = {mode: read(folder / f"{request.param}.eval_results_{mode}.jsonl") for mode in ("strict", "loose")}
    scorer, rows = IfevalScorer(), []
    for prompt, strict, loose in zip(prompts(), published["strict"], published["loose"], strict=True):
        ids = prompt["instruction_id_list"]
        assert [name.removeprefix("en:") for name in strict["instruction_id_list"]] == ids
        assert strict["prompt"] == prompt["prompt"] or prompt["key"] == 2785
        assert strict["response"] == loose["response"]
        target = {
            "key": prompt["key"],
            "instructions": [{"id": name, "kwargs": kwargs} for name, kwargs in zip(ids, prompt["kwargs"], strict=True)],
        }
        item = Item.model_validate(item_line(str(prompt["key"]), target=target))
        scorer.check_target(item)
        checks = scorer.score(item, Answer((Response("a", strict["response"]),))).checks
        for name, check, one, other in zip(ids, checks, strict["follow_instruction_list"], loose["follow_instruction_list"], strict=True):
            rows += [(prompt["key"], name, "strict", one, check.passed), (prompt["key"], name, "loose", other, bool(check.loose))]
    return request.param, rows


def test_every_verdict_is_the_published_one(verdicts: tuple[str, list[tuple[int, str, str, bool, bool]]]) -> None:
    model, rows = verdicts
    assert len({key for key, *_ in rows}) == 541
    assert len(rows) == 2 * 834
    differences = {(model, key, name, mode) for key, name, mode, published, ours in rows if published != ours and key not in RANDOM_LETTERS}
    assert differences <= OTHER_DRAWS


def test_the_published_rates_come_out(verdicts: tuple[str, list[tuple[int, str, str, bool, bool]]]) -> None:
    model, rows = verdicts
    rates = json.loads((Path(str(DATA)) / "ifeval_results" / "expected.json").read_text(encoding="utf-8"))["rates"][model]
    for mode in ("strict", "loose"):
        ours = [met for _, _, kind, _, met in rows if kind == mode]
        # Three instructions of 834 may differ: two random letters, and one draw of langdetect.
        assert sum(ours) / len(ours) == pytest.approx(rates[mode]["instruction_level"], abs=3.01 / 834)


@pytest.mark.parametrize("model", ["qwen-plus", "qwen3-max"])
def test_the_metrics_are_those_of_another_harness(model: str) -> None:
    """Its rows name every argument of every kind, null where it is not meant."""
    reviews = read(Path(str(DATA)) / "evalscope_runs" / model / "reviews" / model / "ifeval_default.jsonl")
    assert len(reviews) == 10
    for review in reviews:
        row, score = review["sample_score"]["sample_metadata"], review["sample_score"]["score"]
        instructions = [{"id": name, "kwargs": kwargs} for name, kwargs in zip(row["instruction_id_list"], row["kwargs"], strict=True)]
        item = Item.model_validate(item_line(str(row["key"]), target={"instructions": instructions}))
        ours = IfevalScorer().score(item, Answer((Response("a", score["prediction"]),))).metrics
        assert list(ours.values()) == [
            pytest.approx(score["value"][name])
            for name in ("prompt_level_strict", "prompt_level_loose", "inst_level_strict", "inst_level_loose")
        ]
