"""A training ends in a folder that the harness takes; killed and continued it ends in the same; what cannot be trained is refused."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.engines.base import EngineSettings
from harness.engines.transformers import TransformersEngine
from harness.errors import RunError, UserError
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer
from harness.records import Request
from harness.selfchecks.probes import adapter_probes
from sft_train.training.config import TrainConfig
from sft_train.training.run import train
from tests.adapters import make_adapter
from tests.sft_train.rows import messages, write_lines
from tests.sft_train.training import built, config, equal, metrics, records, weights

pytestmark = pytest.mark.slow

TALK = messages("2+2=?", "four 空调")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    rows = records(24)
    return built(tmp_path_factory.mktemp("data") / "built", rows[:18], rows[18:])


@pytest.fixture(scope="module")
def trained(tiny_model: Path, data: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(config(tiny_model, data, tmp_path_factory.mktemp("out") / "tuned", steps=8, validate_every=2))


def resolve(folder: Path) -> Model:
    return resolve_model(parse_model(str(folder)))


def likelihood(model: Model, record: dict[str, Any] = TALK) -> float:
    """Log-likelihood of the answer."""
    renderer, engine = Renderer(model), TransformersEngine(model, EngineSettings("transformers", "cpu"))
    question, answer = record["messages"]
    prompt = renderer.encode(renderer.chat_text((question,)))
    engine.submit(Request("answer", prompt + renderer.encode(answer["content"] + "<|im_end|>"), score_from=len(prompt)))
    (response,) = engine.step()
    return sum(response.logprobs or ())


def test_the_folder_is_an_adapter_that_changes_its_base(trained: Path, tiny_model: Path) -> None:
    model, base = resolve(trained), resolve(tiny_model)
    assert (model.label, model.folder) == ("tuned", tiny_model)
    assert model.hashes["weights"] == base.hashes["weights"]
    assert TransformersEngine(model, EngineSettings("transformers", "cpu")).adapter_change(adapter_probes(Renderer(model))) > 1e-4


def test_the_manifest_says_what_was_trained_on_what_and_how(trained: Path, tiny_model: Path, data: str) -> None:
    manifest = json.loads((trained / "manifest.json").read_text())
    assert manifest["base"]["identity"] == resolve(tiny_model).identity
    assert manifest["contamination"]["suites"] == {"forgetting": ["fg-zh-001"]}
    assert manifest["contamination"]["data_hash"] == json.loads((Path(data) / "data.json").read_text())["data_hash"]
    assert manifest["config"]["lora"] == {
        "rank": 8, "alpha": 8, "dropout": 0.05, "targets": "all-linear", "last_layers": None, "dora": False,
    }  # fmt: skip
    assert manifest["serving"] == {"kind": "adapter", "vllm": "ok", "max_lora_rank": 8}
    assert manifest["curves"] == metrics(trained)
    assert manifest["encoding"]["examples"] == 18
    assert manifest["steps"] == 8
    assert manifest["lineage"] == [
        {"base": manifest["base"]["identity"], "data_hash": manifest["contamination"]["data_hash"], "method": "lora"}
    ]


def test_nothing_but_safetensors_and_text_is_handed_over(trained: Path) -> None:
    files = [path for path in trained.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".safetensors", ".json", ".jsonl", ".jinja", ".log"}
    assert not (trained / "training" / "checkpoints").exists()


def test_prompts_are_the_tokens_that_the_harness_renders(trained: Path) -> None:
    parity = json.loads((trained / "manifest.json").read_text())["parity"]
    renderer = Renderer(resolve(trained))
    assert len(parity) == 5
    for each in parity:
        assert list(renderer.encode(renderer.chat_text(tuple(each["messages"])))) == each["ids"]


def test_the_tokenizers_end_token_ends_answers_whatever_the_base_says(tiny_model: Path, data: str, tmp_path: Path) -> None:
    other = shutil.copytree(tiny_model, tmp_path / "other")
    place = other / "generation_config.json"
    place.write_text(json.dumps(json.loads(place.read_text()) | {"eos_token_id": 0}))
    out = train(config(other, data, tmp_path / "out", steps=2))
    assert json.loads((out / "generation_config.json").read_text())["eos_token_id"] == [2, 0]


def test_a_template_that_rewrites_history_trains_each_answer_and_prompts_agree(tiny_model: Path, tmp_path: Path) -> None:
    """As those of models that think do."""
    from tests.sft_train.test_masking import FORGETS_THOUGHTS

    other = shutil.copytree(tiny_model, tmp_path / "other")
    (other / "chat_template.jinja").write_text(FORGETS_THOUGHTS)
    rows = [messages("one", "hm</think>first", "two", "hm</think>second"), *records(5)]
    out = train(config(other, built(tmp_path / "data", rows), tmp_path / "out", steps=2))
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["encoding"]["one_example_a_turn"] == 1
    assert manifest["encoding"]["examples"] == 7
    assert len(manifest["parity"]) == 5


def test_metrics_have_a_line_a_step_and_validation_by_task(trained: Path) -> None:
    lines = metrics(trained)
    steps = [line for line in lines if "loss" in line]
    assert [line["step"] for line in steps] == list(range(1, 9))
    assert all({"grad_norm", "learning_rate", "tokens_per_second"} <= line.keys() for line in steps)
    validations = [line for line in lines if "eval_loss" in line]
    assert [line["step"] for line in validations] == [0, 2, 4, 6, 8]
    assert all({"eval_loss_a", "eval_loss_b"} <= line.keys() for line in validations)
    assert validations[-1]["eval_loss"] < validations[0]["eval_loss"]


def test_the_hardest_rows_are_listed_with_their_places(trained: Path, data: str) -> None:
    hardest = json.loads((trained / "training" / "hardest.json").read_text())
    losses = [each["loss"] for each in hardest]
    assert len(hardest) == 18
    assert losses == sorted(losses, reverse=True)
    lines = [json.loads(line)["messages"] for line in (Path(data) / "train.jsonl").read_text().splitlines()]
    assert all(each["row"]["messages"] == lines[int(each["place"].rpartition(" ")[2]) - 1] for each in hardest)


def test_the_validation_loss_is_one_mean_over_all_trained_tokens(tiny_model: Path, data: str, tmp_path: Path) -> None:
    """However many rows are looked at at once."""
    found = [
        metrics(train(config(tiny_model, data, tmp_path / str(batch), steps=2, batch=batch)))[0]["eval_loss"] for batch in (1, 4)
    ]  # fmt: skip
    assert found[0] == pytest.approx(found[1], abs=1e-5)


def test_the_base_stays_as_it_is_bit_by_bit(tiny_model: Path, data: str, tmp_path: Path) -> None:
    """Two adapters for two domains; neither touches the base, on disk or in memory."""
    before = resolve(tiny_model).identity
    for name in ("cabin", "workshop"):
        train(config(tiny_model, data, tmp_path / name, steps=2))
    assert resolve(tiny_model).identity == before
    assert all("lora_" in key for key in weights(tmp_path / "cabin"))


def test_training_makes_the_answer_more_likely(tiny_model: Path, tmp_path: Path) -> None:
    data = built(tmp_path / "data", [TALK])
    model = resolve(train(config(tiny_model, data, tmp_path / "tuned", steps=8)))
    assert likelihood(model) > likelihood(resolve(tiny_model)) + 1


@pytest.mark.parametrize("changes", [{}, {"method": "full"}, {"group_by_length": True, "neftune": 5.0}], ids=["lora", "full", "grouped"])
def test_a_run_that_is_killed_and_continued_ends_in_the_same_weights(
    tiny_model: Path, data: str, tmp_path: Path, changes: dict[str, Any]
) -> None:
    settings = {"steps": 7, "validate_every": 2, "batch": 2, "accumulation": 2} | changes
    whole = train(config(tiny_model, data, tmp_path / "whole", **settings))
    cut = config(tiny_model, data, tmp_path / "cut", **settings)
    said: list[str] = []

    class Killed(Exception):
        pass

    def kill(text: str) -> None:
        said.append(text)
        if text.startswith("step 4/7  validation"):  # After the step, before its checkpoint is written.
            raise Killed

    with pytest.raises(Killed):
        train(cut, kill)
    train(cut, said.append)
    assert "continuing from step 2" in said
    assert equal(weights(whole), weights(tmp_path / "cut"))
    curves = [
        [{key: value for key, value in line.items() if key != "tokens_per_second"} for line in metrics(tmp_path / name)]
        for name in ("whole", "cut")
    ]
    assert curves[0] == curves[1]


KILLS = {
    "before_a_checkpoint": "step 1/8  loss",
    "while_one_is_written": "step 4/8  validation",
    "at_the_hand_over": "handing over",
}


@pytest.mark.parametrize("moment", list(KILLS))
def test_kill_9_is_survived(trained: Path, tiny_model: Path, data: str, tmp_path: Path, moment: str) -> None:
    """Killed at once; a checkpoint that was cut off is not continued from, and a model without a manifest is no finished one."""
    given = config(tiny_model, data, tmp_path / "cut", steps=8, validate_every=2).model_dump_json()
    code = (
        "import os, signal, sys\nimport sft_train.training.export as export\nfrom sft_train.training.config import TrainConfig\n"
        "from sft_train.training.run import train\n"
        "def say(text):\n    if text.startswith(sys.argv[2]): os.kill(os.getpid(), signal.SIGKILL)\n"
        "export.write_manifest = lambda *_: say('handing over')\n"
        "train(TrainConfig.model_validate_json(sys.argv[1]), say)"
    )
    command = [sys.executable, "-c", code, given, KILLS[moment]]
    killed = subprocess.run(command, check=False, env=os.environ | {"PYTHONPATH": str(Path.cwd())})
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "cut" / "manifest.json").exists()
    if moment == "while_one_is_written":
        torn = tmp_path / "cut" / "training" / "checkpoints" / "checkpoint-4"
        shutil.copytree(torn.with_name("checkpoint-2"), torn)
        for name in ("whole.json", "trainer_state.json", "optimizer.pt"):
            (torn / name).unlink()
    train(TrainConfig.model_validate_json(given))
    assert equal(weights(trained), weights(tmp_path / "cut"))


def test_a_folder_with_another_training_is_not_continued(trained: Path, tiny_model: Path, data: str) -> None:
    with pytest.raises(UserError, match=r"other settings \(config.learning_rate 0.01 -> 0.02\)"):
        train(config(tiny_model, data, trained, steps=8, validate_every=2, learning_rate=0.02))


def test_a_finished_training_is_not_done_again(trained: Path, tiny_model: Path, data: str) -> None:
    before = (trained / "adapter_model.safetensors").stat().st_mtime_ns
    said: list[str] = []
    train(config(tiny_model, data, trained, steps=8, validate_every=2), said.append)
    assert said[-1].endswith("holds this training already, finished")
    assert (trained / "adapter_model.safetensors").stat().st_mtime_ns == before


def test_the_same_seed_gives_the_same_weights_and_another_others(tiny_model: Path, data: str, tmp_path: Path) -> None:
    first, second, other = (
        weights(train(config(tiny_model, data, tmp_path / name, seed=seed))) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert equal(first, second)
    assert not equal(first, other)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_accumulation_and_packing_change_how_a_step_is_computed_not_what_it_learns(
    tiny_model: Path, data: str, tmp_path: Path, method: str
) -> None:
    """Rows have very uneven numbers of trained tokens: a mean of means would differ at once."""
    ways = {
        "whole": {"batch": 8, "accumulation": 1},
        "single": {"batch": 1, "accumulation": 8},
        "packed": {"batch": 4, "accumulation": 2, "packing": True},
    }
    curves = {}
    for name, way in ways.items():
        out = train(config(tiny_model, data, tmp_path / name, method=method, lora={"dropout": 0.0}, learning_rate=1e-3, **way))
        curves[name] = [(line["loss"], line["grad_norm"]) for line in metrics(out) if "loss" in line]
    for name in ("single", "packed"):
        for got, wanted in zip(curves[name], curves["whole"], strict=True):
            assert got == pytest.approx(wanted, rel=1e-4)


def test_training_stops_when_validation_gets_worse_and_the_best_state_is_kept(tiny_model: Path, tmp_path: Path) -> None:
    rows = records(24)
    other = [messages(row["messages"][0]["content"], "空调 导航 brown " * 3) for row in records(40)[30:]]
    data = built(tmp_path / "data", rows, other)
    out = train(config(tiny_model, data, tmp_path / "out", steps=60, validate_every=2, learning_rate=0.03, patience=2, method="full"))
    manifest = json.loads((out / "manifest.json").read_text())
    losses = {line["step"]: line["eval_loss"] for line in metrics(out) if "eval_loss" in line and line["step"] > 0}
    assert manifest["steps"] < 60
    assert losses[manifest["best_step"]] == min(losses.values()) == manifest["best_validation_loss"]
    assert manifest["best_step"] < manifest["steps"]
    again = train(config(out, data, tmp_path / "again", steps=2, method="full", learning_rate=1e-6))
    assert metrics(again)[0]["eval_loss"] == pytest.approx(manifest["best_validation_loss"], abs=1e-4)


def test_a_loss_that_is_no_number_ends_the_training_and_nothing_is_saved(tiny_model: Path, data: str, tmp_path: Path) -> None:
    broken = shutil.copytree(tiny_model, tmp_path / "broken")
    from safetensors.torch import load_file, save_file

    tensors = load_file(broken / "model.safetensors")
    tensors["model.norm.weight"][:] = float("inf")
    save_file(tensors, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(RunError, match="is not a number any more"):
        train(config(broken, data, tmp_path / "out"))
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert not list((tmp_path / "out").glob("*.safetensors"))


def test_a_disk_that_is_full_leaves_the_last_checkpoint(
    tiny_model: Path, data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    settings = config(tiny_model, data, tmp_path / "out", steps=6, validate_every=2)
    save = torch.save

    def full(value: Any, path: Any, *rest: Any, **more: Any) -> None:
        if "checkpoint-4" in str(path):
            raise OSError(28, "No space left on device")
        save(value, path, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full)
        with pytest.raises(RunError, match=r"could not be written .*No space left on device"):
            train(settings)
    said: list[str] = []
    train(settings, said.append)
    assert "continuing from step 2" in said


def test_a_file_that_cannot_be_written_to_its_end_is_one_sentence(tiny_model: Path, data: str, tmp_path: Path) -> None:
    """The system's own refusal, for which safetensors has an error of its own."""
    code = (
        "import resource, sys\nfrom sft_train.training.config import TrainConfig\nfrom sft_train.training.run import train\n"
        "from harness.errors import RunError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))\n"
        "try:\n    train(TrainConfig.model_validate_json(sys.argv[1]))\nexcept RunError as error:\n    print(error)"
    )
    given = config(tiny_model, data, tmp_path / "out", steps=2, validate_every=1, lora={"rank": 32}).model_dump_json()
    command = [sys.executable, "-c", code, given]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": str(Path.cwd())})
    assert "A checkpoint could not be written to" in ended.stdout
    assert "make room" in ended.stdout
    train(TrainConfig.model_validate_json(given))


def test_tensorboard_that_is_not_there_is_named_before_anything_is_done(
    tiny_model: Path, data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sft_train.training.run.find_spec", lambda name: None)
    with pytest.raises(UserError, match="needs the package tensorboard"):
        train(config(tiny_model, data, tmp_path / "out", tensorboard=True))
    assert not (tmp_path / "out").exists()


def test_too_little_memory_is_answered_with_what_to_lower(
    tiny_model: Path, data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: Any, **__: Any) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr("sft_train.training.trainer.SftTrainer.compute_loss", no_memory)
    with pytest.raises(RunError, match=r"Memory ran out. Halve batch \(4\) and double accumulation \(2\)"):
        train(config(tiny_model, data, tmp_path / "out"))


def test_a_built_folder_that_was_edited_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    folder = built(tmp_path / "data", records(4))
    write_lines(Path(folder) / "train.jsonl", records(5))
    with pytest.raises(UserError, match="was changed after it was built"):
        train(config(tiny_model, folder, tmp_path / "out"))


def test_validation_that_overlaps_training_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    folder = built(tmp_path / "data", records(6), records(2))
    with pytest.raises(UserError, match="validation part overlaps the training part"):
        train(config(tiny_model, folder, tmp_path / "out"))


def test_data_files_are_built_first_and_their_errors_stop_the_training(tiny_model: Path, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data.jsonl", [*records(8), {"messages": [{"role": "bot", "content": "x"}]}])
    with pytest.raises(UserError, match=r"1 errors, nothing was trained: 11.1% of the rows cannot be used"):
        train(config(tiny_model, path, tmp_path / "out"))
    good = write_lines(tmp_path / "good.jsonl", records(8))
    out = train(config(tiny_model, good, tmp_path / "good", steps=2))
    assert (out / "training" / "data" / "data_report.json").is_file()


def test_a_tokenizer_of_another_model_is_refused(tiny_model: Path, data: str, tmp_path: Path) -> None:
    other = shutil.copytree(tiny_model, tmp_path / "other")
    tokenizer = json.loads((other / "tokenizer.json").read_text())
    count = len(tokenizer["model"]["vocab"])
    tokenizer["model"]["vocab"] |= {f"extra{at}": count + at for at in range(9)}
    (other / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(UserError, match=r"The tokenizer has \d+ tokens, the model embeddings for \d+"):
        train(config(other, data, tmp_path / "out"))


def test_a_base_without_a_chat_template_needs_one_by_hand(tiny_model: Path, data: str, tmp_path: Path) -> None:
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(UserError, match="has no chat template; name a file with `template`"):
        train(config(bare, data, tmp_path / "out"))
    out = train(config(bare, data, tmp_path / "given", steps=2, template=str(tiny_model / "chat_template.jinja")))
    assert (out / "chat_template.jinja").read_text() == (tiny_model / "chat_template.jinja").read_text()


def test_a_template_without_a_generation_prompt_is_refused(tiny_model: Path, data: str, tmp_path: Path) -> None:
    other = shutil.copytree(tiny_model, tmp_path / "other")
    place = other / "chat_template.jinja"
    place.write_text(place.read_text().partition("{% if add_generation_prompt")[0])
    out = tmp_path / "out"
    with pytest.raises(UserError, match="generation prompt"):
        train(config(other, data, out))


@pytest.mark.parametrize(
    ("card", "licence", "warned"),
    [
        ("---\nlicense: mit\n---\n# A model\n", "mit", None),
        ("---\nlicense: other\nlicense_name: lab-research\n---\n", "lab-research", "licence 'lab-research' may limit"),
        ("# A model\nlicense: mit\n", None, "states no licence"),
    ],
)
def test_the_licence_of_the_base_and_the_device_are_told_before_training(
    tiny_model: Path, data: str, tmp_path: Path, card: str, licence: str | None, warned: str | None
) -> None:
    base = shutil.copytree(tiny_model, tmp_path / "base")
    (base / "README.md").write_text(card)
    said: list[str] = []
    out = train(config(base, data, tmp_path / "out", steps=1), said.append)
    assert said[0] == f"base base, licence {licence or 'unknown'}; device cpu, computing in float32"
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["base"]["license"] == licence
    told = [text for text in manifest["warnings"] if "licence" in text]
    assert len(told) == (warned is not None)
    assert all(str(warned) in text and f"warning: {text}" in said for text in told)


def test_an_adapter_as_base_is_refused_with_the_two_ways_out(tiny_model: Path, data: str, tmp_path: Path) -> None:
    adapter = make_adapter(tiny_model, tmp_path / "first")
    with pytest.raises(UserError, match=r"continue_from.*merge it first"):
        train(config(adapter, data, tmp_path / "second"))


def test_an_adapter_goes_on_in_a_second_stage(trained: Path, tiny_model: Path, data: str, tmp_path: Path) -> None:
    out = train(config(tiny_model, data, tmp_path / "second", steps=2, continue_from=str(trained)))
    lineage = json.loads((out / "manifest.json").read_text())["lineage"]
    assert len(lineage) == 2
    assert metrics(out)[0]["eval_loss"] == pytest.approx(
        json.loads((trained / "manifest.json").read_text())["best_validation_loss"], abs=1e-4
    )


def test_targets_that_are_not_there_are_refused_with_those_that_are(tiny_model: Path, data: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no linear module c_attn; there are down_proj, gate_proj, k_proj"):
        train(config(tiny_model, data, tmp_path / "out", lora={"targets": ["c_attn"]}))


@pytest.mark.parametrize(
    ("preset", "modules", "layers"),
    [
        ("dialogue", {"q_proj", "k_proj"}, {0, 1}),
        ("code", {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}, {0, 1}),
    ],
)
def test_presets_adapt_what_they_say(tiny_model: Path, data: str, tmp_path: Path, preset: str, modules: set[str], layers: set[int]) -> None:
    keys = weights(train(config(tiny_model, data, tmp_path / "out", steps=2, preset=preset))).keys()
    assert {key.split(".")[-3] for key in keys} == modules
    assert {int(key.split(".layers.")[1].partition(".")[0]) for key in keys} == layers


def test_a_classification_head_learns_beside_the_answers(tiny_model: Path, tmp_path: Path) -> None:
    rows = [row | {"state": {"label": row["task"]}} for row in records(16)]
    data = built(tmp_path / "data", rows)
    settings = {"preset": "classification", "lora": {"last_layers": 1, "dropout": 0.0}}
    out = train(config(tiny_model, data, tmp_path / "out", steps=6, batch=8, accumulation=1, **settings))
    other = train(config(tiny_model, data, tmp_path / "other", steps=6, batch=2, accumulation=4, **settings))
    from safetensors.torch import load_file

    head = load_file(out / "class_head.safetensors")
    assert head["weight"].shape == (2, 128)
    assert json.loads((out / "manifest.json").read_text())["classes"] == ["a", "b"]
    assert {key.split(".layers.")[1].partition(".")[0] for key in weights(out)} == {"1"}
    losses = [[line["loss"] for line in metrics(each) if "loss" in line] for each in (out, other)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_general_rows_are_mixed_in_by_share_and_their_items_recorded(tiny_model: Path, data: str, tmp_path: Path) -> None:
    general = built(tmp_path / "general", [messages(f"general question {at}", f"general answer {at}") for at in range(12)])
    out = train(config(tiny_model, data, tmp_path / "out", steps=2, general=general, general_share=0.25))
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["encoding"]["examples"] == 18 + 6
    assert manifest["contamination"]["data_hash"] != json.loads((Path(data) / "data.json").read_text())["data_hash"]


def test_a_teacher_with_another_tokenizer_is_refused(tiny_model: Path, data: str, tmp_path: Path) -> None:
    other = shutil.copytree(tiny_model, tmp_path / "other")
    settings = json.loads((other / "tokenizer_config.json").read_text())
    (other / "tokenizer_config.json").write_text(json.dumps(settings | {"pad_token": "<|im_start|>"}))
    with pytest.raises(UserError, match="has another tokenizer"):
        train(config(tiny_model, data, tmp_path / "out", losses={"distill": {"teacher": str(other)}}))
    assert train(config(tiny_model, data, tmp_path / "same", steps=2, losses={"distill": {"teacher": str(tiny_model)}}))


def test_the_general_probe_is_measured_with_the_validation(tiny_model: Path, data: str, tmp_path: Path) -> None:
    out = train(config(tiny_model, data, tmp_path / "out", steps=2, probes={"items": 4}))
    first = metrics(out)[0]
    assert {"probe_bits_per_byte_zh", "probe_bits_per_byte_en", "probe_choice"} <= first.keys()
    assert 0 < first["probe_bits_per_byte"] < 20


def test_a_prefix_is_trained_and_cannot_be_merged(tiny_model: Path, data: str, tmp_path: Path) -> None:
    from sft_train.training.variants import export_variant

    out = train(config(tiny_model, data, tmp_path / "out", steps=6, method="prefix", learning_rate=0.05))
    losses = [line["eval_loss"] for line in metrics(out) if "eval_loss" in line]
    assert losses[-1] < losses[0]
    assert "cannot be served by vLLM" in json.loads((out / "manifest.json").read_text())["serving"]["vllm"]
    with pytest.raises(UserError, match="cannot be merged"):
        export_variant(str(out), tmp_path / "merged", "merged")
