"""Settings of a training: what presets fill in, what is unusual, what is misspelt."""

from pathlib import Path

import pytest

from harness.errors import UserError
from sft_train.settings import read_settings
from sft_train.training.config import TrainConfig, advice, locate_training, refuse_contradictions, settle
from sft_train.training.run import step_count


def write(folder: Path, text: str) -> Path:
    (folder / "train.yaml").write_text(text, encoding="utf-8")
    return folder / "train.yaml"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("learning_rat: 1e-4", "learning_rate"),
        ("lora: {rnak: 8}", "rank"),
        ("losses: {contrast: {bata: 1}}", "beta"),
        ("epoch: 3", "epochs"),
    ],
)
def test_a_misspelt_key_is_answered_with_the_one_that_was_meant(tmp_path: Path, line: str, meant: str) -> None:
    with pytest.raises(UserError, match=f"did you mean '{meant}'"):
        read_settings(write(tmp_path, f"data: d.jsonl\nout: o\n{line}\n"), TrainConfig)


@pytest.mark.parametrize(
    "line", ["method: lorra", "warmup: 1.5", "lora: {rank: 0}", "steps: 0", "method: prefix\npacking: true", "overlap: 900"]
)
def test_a_wrong_value_is_named_with_its_file(tmp_path: Path, line: str) -> None:
    with pytest.raises(UserError, match=r"train\.yaml: "):
        read_settings(write(tmp_path, f"data: d.jsonl\nout: o\n{line}\n"), TrainConfig)


@pytest.mark.parametrize(
    ("preset", "method", "rank", "targets", "rate"),
    [
        ("general", "lora", 8, "all-linear", 1e-4), ("dialogue", "lora", 8, ("q_proj", "k_proj"), 1e-4),
        ("code", "lora", 32, "all-linear", 1e-4), ("classification", "lora", 8, "all-linear", 1e-4),
        ("general", "full", 8, "all-linear", 2e-5),
        ("dialogue", "full", 8, ("q_proj", "k_proj"), 1e-5),
    ],
)  # fmt: skip
def test_presets_fill_in_what_is_not_said(preset: str, method: str, rank: int, targets: object, rate: float) -> None:
    settled = settle(TrainConfig.model_validate({"data": "d", "out": "o", "preset": preset, "method": method}))
    assert (settled.lora.rank, settled.lora.alpha, settled.lora.targets, settled.learning_rate) == (rank, rank, targets, rate)


def test_what_is_said_wins_over_the_preset() -> None:
    settled = settle(
        TrainConfig.model_validate({"data": "d", "out": "o", "preset": "code", "lora": {"rank": 4, "alpha": 9}, "learning_rate": 3e-4})
    )
    assert (settled.lora.rank, settled.lora.alpha, settled.learning_rate) == (4, 9, 3e-4)
    assert settle(settled) == settled


def test_defaults_are_nothing_to_advise_on_and_odd_values_are() -> None:
    assert advice(settle(TrainConfig(data="d", out="o"))) == []
    odd = TrainConfig(data="d", out="o", learning_rate=1e-2, weight_decay=0.5, warmup=0.0, batch=2, accumulation=1)
    assert [text.split()[0] for text in advice(settle(odd))] == ["learning_rate", "weight_decay", "warmup", "a"]


def test_paths_are_relative_to_the_file_but_for_names(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text("")
    found = locate_training(TrainConfig(data="d.jsonl", out="o", base="smollm2-135m-instruct"), tmp_path)
    assert (found.data, found.out, found.base) == (str(tmp_path / "d.jsonl"), "o", "smollm2-135m-instruct")


def test_a_head_and_packing_are_refused_together() -> None:
    with pytest.raises(UserError, match=r"losses\.head cannot go with packing"):
        refuse_contradictions(settle(TrainConfig(data="d", out="o", preset="classification", packing=True)))


@pytest.mark.parametrize(("processes", "steps"), [(1, 9), (2, 6)])
def test_steps_are_counted_as_the_loop_takes_them(processes: int, steps: int) -> None:
    assert step_count(TrainConfig(data="d", out="o", epochs=3, batch=4, accumulation=2), 21, processes) == steps
