"""Each finding is made on curves that show it, and none on healthy ones, however noisy."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from harness.errors import UserError
from sft_train.cli import app
from sft_train.diagnose.answers import Answered, answer_findings
from sft_train.diagnose.command import diagnose
from sft_train.diagnose.curves import curve_findings
from sft_train.diagnose.record import Finding, Training
from sft_train.diagnose.sentences import _CAUSES, _KINDS, as_json, sentence
from sft_train.training.run import train
from tests.sft_train.rows import messages, write_lines
from tests.sft_train.training import built, config, records

STEPS = 100


def fall(start: float, end: float, count: int, speed: float = 4.0) -> list[float]:
    """A curve that falls exponentially."""
    return [end + (start - end) * math.exp(-speed * at / count) for at in range(count)]


def curves(
    losses: list[float], validation: list[float] | None = None, *, noise: float = 0.05, seed: int = 0, **more: list[float]
) -> list[dict[str, float]]:
    """Lines of a metrics file: losses every step, the others evenly spaced, as many as there are."""
    rng = np.random.default_rng(seed)
    lines = [
        {"step": step, "loss": loss + float(rng.normal(0, noise)), "grad_norm": 1.0 + float(rng.uniform(0, 0.5)), "learning_rate": 1e-4}
        for step, loss in enumerate(losses, start=1)
    ]
    series = ({"eval_loss": validation} if validation else {}) | more
    count = max((len(values) for values in series.values()), default=0)
    for at in range(count):
        step = at * len(losses) // max(1, count - 1)
        lines.append({"step": step} | {name: values[at] for name, values in series.items() if at < len(values)})
    return sorted(lines, key=lambda line: line["step"])


def kinds(metrics: list[dict[str, float]], **settings: Any) -> list[str]:
    return [finding.kind for finding in curve_findings(Training(metrics, **settings))]


FEW_ROWS = [
    3.52,
    4.09,
    3.42,
    2.96,
    2.54,
    3.93,
    3.7,
    4.34,
    3.91,
    3.69,
    2.24,
    1.72,
    3.05,
    4.02,
    2.46,
    6.93,
    4.02,
    2.74,
    3.73,
    2.19,
    3.12,
    2.55,
    1.74,
    4.23,
    2.79,
    2.74,
    4.12,
    1.7,
    2.36,
    2.6,
    2.93,
    2.73,
    2.39,
    2.48,
    3.31,
    2.3,
    2.12,
    1.91,
    2.86,
    1.28,
    3.55,
    2.52,
    2.2,
    1.99,
    2.44,
    2.04,
    3.62,
    1.7,
    1.96,
    2.86,
    2.59,
    3.2,
    1.54,
    2.84,
    2.1,
    1.67,
    1.15,
    3.1,
    1.91,
    3.4,
    3.03,
    1.58,
    2.19,
    2.45,
    2.56,
    2.85,
    1.67,
    2.13,
    2.51,
    2.38,
    2.16,
    1.58,
    1.62,
    2.04,
    1.46,
    2.5,
    1.84,
    2.4,
    2.21,
    2.33,
    2.22,
    2.53,
    1.94,
    3.36,
    2.32,
    1.84,
    1.88,
    2.06,
    1.71,
    1.41,
    2.38,
    1.25,
    1.06,
    2.08,
    2.63,
    2.93,
    1.96,
    2.63,
    2.58,
    2.19,
    1.62,
    2.07,
    2.88,
    2.08,
    1.83,
    2.37,
    1.86,
    2.15,
    2.31,
    2.33,
    2.68,
    1.95,
    2.07,
    1.79,
    2.44,
    1.93,
    2.11,
    2.43,
    1.57,
    1.74,
    2.22,
    2.64,
    2.56,
    2.55,
    1.44,
    1.54,
    2.13,
    2.75,
    1.48,
    2.09,
    2.3,
    1.92,
    2.43,
    1.51,
    1.83,
    1.78,
    1.26,
    1.24,
    1.43,
    1.52,
    2.6,
    2.48,
]
"""A sound training of the bundled model: four rows of nine tasks a step, one epoch of the cockpit data."""
HEALTHY: dict[str, list[dict[str, float]]] = {
    "usual": curves(fall(2.5, 1.2, STEPS), fall(2.5, 1.4, 11)),
    "noisy": curves(fall(2.5, 1.2, STEPS), fall(2.5, 1.4, 11), noise=0.15),
    "short": curves(fall(2.0, 1.5, 12), fall(2.0, 1.6, 4)),
    "few rows of many tasks a step": curves(FEW_ROWS, [2.75, 2.03, 1.98, 1.97], noise=0.0),
    "no validation": curves(fall(2.0, 1.0, STEPS)),
    "one jump at first, as is usual": curves(fall(4.0, 1.0, STEPS, 20), fall(4.0, 1.1, 11, 20)),
    "levels off, a little above its best": curves(fall(2.5, 1.2, STEPS), [2.5, 1.8, 1.5, 1.42, 1.4, 1.39, 1.4, 1.4, 1.41, 1.4, 1.41]),
    "probe wavers": curves(fall(2.5, 1.2, STEPS), fall(2.5, 1.4, 8), probe_bits_per_byte=[1.0, 1.01, 1.0, 1.02, 1.01, 1.02, 1.0, 1.01]),
    "probe rises a little": curves(fall(2.5, 1.2, STEPS), fall(2.5, 1.4, 6), probe_bits_per_byte=[1.0, 1.001, 1.004, 1.008, 1.01, 1.012]),
    "ends are learnt": curves(fall(2.5, 1.2, STEPS), fall(2.5, 1.4, 6), eval_end_loss=[3.0, 1.0, 0.3, 0.1, 0.05, 0.05]),
    "a lone spike": curves([*fall(2.5, 1.2, 50), 3.5, *fall(1.25, 1.1, 49)], fall(2.5, 1.3, 6)),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_curves_have_no_finding(name: str) -> None:
    assert kinds(HEALTHY[name]) == []


@pytest.mark.parametrize("seed", range(30))
def test_no_noise_makes_a_healthy_curve_ill(seed: int) -> None:
    assert kinds(curves(fall(2.2, 1.1, STEPS), fall(2.2, 1.3, 11), noise=0.12, seed=seed)) == []


SPIKY = [loss + (2.5 if at % 13 == 7 else 0) for at, loss in enumerate(fall(2.5, 1.8, STEPS))]
ILL: dict[str, tuple[str, list[dict[str, float]]]] = {
    "flat": ("not_falling", curves([2.5] * STEPS, [2.5, 2.5, 2.49, 2.5, 2.51])),
    "spikes": ("unstable", curves(SPIKY, fall(2.5, 1.9, 6))),
    "diverges": ("unstable", curves([*fall(2.5, 2.0, 20), *np.linspace(2.0, 7.0, 80).tolist()], [2.5, 2.2, 4.0, 6.0])),
    "validation rises": ("overfitting", curves(fall(2.5, 0.4, STEPS), [2.5, 1.8, 1.5, 1.45, 1.5, 1.58, 1.7, 1.8])),
    "training is perfect": ("overfitting", curves(fall(2.5, 0.02, STEPS), [2.5, 1.8, 1.5, 1.45, 1.45, 1.46])),
    "forgets": ("forgetting", curves(fall(2.5, 1.2, STEPS), fall(2.5, 1.4, 6), probe_bits_per_byte=[1.0, 1.01, 1.03, 1.06, 1.1, 1.15])),
    "leap": ("contamination_jump", curves(fall(2.5, 1.2, STEPS), [2.5, 2.0, 1.8, 1.75, 1.72, 1.7, 1.69, 0.6, 0.59, 0.58])),
    "weak": ("lora_weak", curves(fall(2.5, 2.35, STEPS), fall(2.5, 2.42, 6), noise=0.01)),
    "no end": ("end_not_learned", curves(fall(2.5, 1.2, STEPS), fall(2.5, 1.4, 4), eval_end_loss=[6.0, 5.5, 5.0, 4.8])),
}  # fmt: skip


@pytest.mark.parametrize("name", ILL)
def test_ill_curves_have_just_their_finding(name: str) -> None:
    kind, metrics = ILL[name]
    assert kinds(metrics) == [kind]


def causes(name: str, **settings: Any) -> tuple[str, ...]:
    (finding,) = curve_findings(Training(ILL[name][1], **settings))
    return finding.causes


def test_the_settings_say_which_cause_is_likely() -> None:
    assert causes("flat", learning_rate=1e-2)[0] == "rate_high"
    assert causes("flat", learning_rate=1e-6)[0] == "rate_low"
    assert "small_batch" in causes("flat", rows_a_step=4)
    assert "small_batch" not in causes("flat", rows_a_step=8)
    assert causes("spikes", learning_rate=1e-2)[0] == "rate_high"
    assert causes("spikes", warmup=0.0)[0] == "no_warmup"
    assert causes("validation rises", rows=20, epochs=30)[:2] == ("few_rows", "many_epochs")
    assert causes("forgets")[0] == "no_general"
    assert "no_general" not in causes("forgets", general_rows=True)
    assert causes("weak", rank=8, targets="q_proj k_proj", learning_rate=1e-5)[:3] == ("rate_low", "rank", "targets")


def test_a_gradient_of_nothing_points_at_what_is_frozen() -> None:
    metrics = [line | ({"grad_norm": 0.0} if "loss" in line else {}) for line in ILL["flat"][1]]
    (finding,) = curve_findings(Training(metrics))
    assert finding.causes[0] == "frozen"


def test_only_an_adapter_can_be_too_weak() -> None:
    assert kinds(ILL["weak"][1], method="full") == []


def test_an_end_token_that_is_masked_is_named() -> None:
    (finding,) = curve_findings(Training(HEALTHY["usual"], ends_trained=False))
    assert (finding.kind, finding.causes) == ("end_not_learned", ("masked_end",))


def test_every_finding_and_cause_has_a_sentence_in_both_languages() -> None:
    for kind in _KINDS:
        finding = Finding(kind, {"start": 1.5}, tuple(_CAUSES))
        english, chinese = sentence(finding, "en"), sentence(finding, "zh")
        assert "start 1.5" in english
        assert english.isascii()
        assert sum("\u4e00" <= char <= "\u9fff" for char in chinese) > 20
        assert json.loads(json.dumps(as_json(finding), ensure_ascii=False))["causes"][0]["zh"]["fix"]


TRAINED = ["".join(chr(0x4E00 + (at * 997 + n * 89) % 3000) for n in range(50)) + "。" for at in range(20)]
"""Answers that have nothing in common."""


def answered(texts: list[str], ended: bool = True) -> list[Answered]:
    return [Answered(f"这是第{at}个很具体的问题吗", text, ended) for at, text in enumerate(texts)]


def answer_kinds(answers: list[Answered], trained: list[str], *known: str) -> list[str]:
    return [finding.kind for finding in answer_findings(answers, trained, known)]


def test_answers_of_their_own_have_no_finding() -> None:
    own = [f"问题{at}的回答是{at * 7}度，{'前排后排左侧右侧主驾副驾'[at : at + 4]}的空调已经打开。" for at in range(12)]
    assert answer_kinds(answered(own), TRAINED) == []


def test_answers_that_copy_training_answers_are_memorised() -> None:
    assert answer_kinds(answered([TRAINED[at][3:] for at in range(6)]), TRAINED) == ["memorised"]
    asked = answered([TRAINED[at] for at in range(6)])
    assert answer_kinds(asked, TRAINED, *(each.prompt for each in asked)) == []


def test_answers_that_go_on_and_on_are_verbose() -> None:
    long = ["".join(chr(0x4E00 + (at * 131 + n * 37) % 5000) for n in range(300)) for at in range(8)]
    assert answer_kinds(answered(long), TRAINED) == ["verbose"]
    assert answer_kinds(answered([text[:30] for text in long], ended=False), TRAINED) == ["verbose"]


def test_one_answer_to_everything_is_off_topic() -> None:
    assert answer_kinds(answered(["我是一个语音助手，很高兴为您服务"] * 8), TRAINED) == ["off_topic"]


@pytest.mark.slow
def test_the_command_reads_a_training_and_a_run(tiny_model: Path, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data.jsonl", [messages(f"{text[20:30]}是什么", text) for at, text in enumerate(TRAINED)])
    settings = config(tiny_model, path, tmp_path / "out", steps=12, validation=0.0, learning_rate=1e-7)
    out = train(settings)
    run = tmp_path / "run"
    run.mkdir()
    asked = [*(f"新的问题{at}" for at in range(4)), *(f"{text[20:30]}是什么" for text in TRAINED[4:8])]
    rows = [
        {"suite": "s", "item": f"q{at}", "sample": 0, "asked": f"{at:016x}", "prompt": f"<|im_start|>user\n{question}<|im_end|>",
         "response": TRAINED[at], "tokens": 9, "truncated": False, "follow_ups": [], "error": None}
        for at, question in enumerate(asked)
    ]  # fmt: skip
    write_lines(run / "responses.jsonl", rows)
    result = CliRunner().invoke(app, ["diagnose", str(out), "--run", str(run), "--json", str(tmp_path / "found.json")])
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "found.json").read_text())["findings"]
    assert [each["kind"] for each in found] == ["not_falling", "memorised"]
    assert found[1]["evidence"]["answers"] == 4  # The others are asked what was trained.
    assert "raise learning_rate" in result.output
    assert "提高 learning_rate" in result.output


def test_a_folder_without_a_training_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no training that took a step"):
        diagnose(tmp_path)


@pytest.mark.heavy
def test_a_real_training_at_too_high_a_rate_is_told(tmp_path: Path) -> None:
    data = built(tmp_path / "data", records(60), records(80)[68:])
    settings = config(Path("smollm2-135m-instruct"), data, tmp_path / "out", steps=20, learning_rate=0.05, batch=4, accumulation=2)
    found = diagnose(train(settings))
    assert "unstable" in [each.kind for each in found]
    assert found[0].causes[0] == "rate_high"


def numbered(names: list[str]) -> list[dict[str, Any]]:
    """Rows of a few tokens whose answers can only be learnt by heart; the system message keeps the template from adding a longer one."""
    rng = np.random.default_rng(0)
    return [
        {"messages": [{"role": "system", "content": "-"}, {"role": "user", "content": name}, {"role": "assistant", "content": code}]}
        for name, code in zip(names, map(str, rng.integers(1000, 9999, len(names))), strict=True)
    ]


@pytest.mark.heavy
def test_a_real_training_of_thirty_epochs_on_twenty_rows_is_told(tmp_path: Path) -> None:
    rows = numbered(
        [f"{first} {second}" for first in ("red", "blue", "old", "new", "big", "wet") for second in ("cat", "hat", "map", "key")]
    )
    data = built(tmp_path / "data", rows[:20], rows[20:])
    settings = config(
        Path("smollm2-135m-instruct"), data, tmp_path / "out", steps=None, epochs=30, learning_rate=5e-3, batch=20, accumulation=1,
        max_length=64, overlap=0, validate_every=6, patience=9, lora={"dropout": 0.0},
    )  # fmt: skip
    out = train(settings)
    (overfitting,) = [finding for finding in diagnose(out) if finding.kind == "overfitting"]
    assert overfitting.causes[:2] == ("few_rows", "many_epochs")
    assert "gap" in overfitting.evidence["signs"]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["steps"] == 30
    assert manifest["best_step"] < 30  # What is handed over is the best state, not the overfitted one.
