"""One engine for many runs, as long as it can become what the next one needs; which models can share one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.engines import Engines, EngineSettings
from harness.engines.alike import one_token_choices, same_base, same_frame, same_weights
from harness.engines.vllm import served_options
from harness.errors import RunError
from harness.model import Model, ModelOptions, ModelSpec
from harness.records import Request

HASHES = {"weights": "w", "config": "c", "tokenizer": "t", "chat_template": "x", "generation_config": "g"}
VLLM, PLAIN = EngineSettings("vllm"), ModelOptions()


class Pliant:
    """Becomes whatever it may."""

    def __init__(self, willing: bool | Exception = True) -> None:
        self.willing, self.became, self.closed = willing, list[Model](), 0

    def become(self, model: Model, requests: object) -> bool:
        if isinstance(self.willing, Exception):
            raise self.willing
        self.became.append(model)
        return self.willing

    def close(self) -> None:
        self.closed += 1


class Starter:
    def __init__(self, *engines: Pliant) -> None:
        self.engines, self.settings = list(engines), list[EngineSettings]()

    def __call__(self, model: Model, settings: EngineSettings, requests: object, probes: object) -> Any:
        self.settings.append(settings)
        return self.engines[len(self.settings) - 1]


def model(tmp_path: Path, adapter: str | None = None, options: ModelOptions = PLAIN, **hashes: str) -> Model:
    folder = tmp_path / "base"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text("{}")
    own = HASHES | hashes | ({} if adapter is None else {"adapter": adapter})
    return Model(ModelSpec("m", "m", None, options), "m", folder, None if adapter is None else tmp_path / adapter, own)


def test_an_engine_that_is_kept_serves_the_next_run(tmp_path: Path) -> None:
    starter, engines = Starter(Pliant()), Engines(keep=True)
    first = engines.take(starter, model(tmp_path), VLLM, [], [])
    engines.give_back()
    second = engines.take(starter, model(tmp_path, weights="v"), VLLM, [], [])
    assert second is first
    assert len(starter.settings) == 1
    engines.close()
    engines.close()
    assert starter.engines[0].closed == 1


@pytest.mark.parametrize("settings", [VLLM, EngineSettings("vllm", tensor_parallel=2)])
def test_an_engine_that_does_not_fit_is_closed_before_another_starts(tmp_path: Path, settings: EngineSettings) -> None:
    starter, engines = Starter(Pliant(settings != VLLM), Pliant()), Engines(keep=True)
    engines.take(starter, model(tmp_path), VLLM, [], [])
    engines.give_back()
    assert engines.take(starter, model(tmp_path), settings, [], []) is starter.engines[1]
    assert [engine.closed for engine in starter.engines] == [1, 0]


def test_an_engine_that_fails_to_become_is_closed_and_the_next_run_starts_anew(tmp_path: Path) -> None:
    starter, engines = Starter(Pliant(RunError("cannot be merged")), Pliant()), Engines(keep=True)
    engines.take(starter, model(tmp_path), VLLM, [], [])
    engines.give_back()
    with pytest.raises(RunError, match="cannot be merged"):
        engines.take(starter, model(tmp_path), VLLM, [], [])
    assert starter.engines[0].closed == 1
    assert engines.take(starter, model(tmp_path), VLLM, [], []) is starter.engines[1]


def test_an_engine_of_one_run_is_closed_with_it(tmp_path: Path) -> None:
    starter, engines = Starter(Pliant()), Engines()
    engines.take(starter, model(tmp_path), VLLM, [], [])
    engines.give_back()
    assert starter.engines[0].closed == 1


def test_an_engine_is_told_of_the_adapters_of_its_base_that_are_to_come(tmp_path: Path) -> None:
    coming = [model(tmp_path, "a"), model(tmp_path, "b"), model(tmp_path, "c", weights="other")]
    starter = Starter(Pliant())
    Engines(coming, keep=True).take(starter, model(tmp_path), VLLM, [], [])
    assert starter.settings[0].adapters == (str(tmp_path / "a"), str(tmp_path / "b"))


def test_only_weights_adapters_and_templates_may_differ(tmp_path: Path) -> None:
    running = model(tmp_path)
    assert same_frame(running, model(tmp_path, "a", weights="v", chat_template="y"))
    for part in ("config", "tokenizer", "generation_config"):
        assert not same_frame(running, model(tmp_path, **{part: "other"}))
    assert not same_frame(running, model(tmp_path, options=ModelOptions(dtype="float32")))
    assert same_frame(running, model(tmp_path, options=ModelOptions(thinking="off")))
    assert not same_weights(running, model(tmp_path, "a"))
    assert same_weights(running, model(tmp_path, chat_template="y"))
    assert same_base(running, model(tmp_path, "a"))
    assert not same_base(running, model(tmp_path, "a", weights="v"))


def test_choices_of_one_token_are_grouped_by_what_stands_before_them() -> None:
    def ask(name: str, prompt: tuple[int, ...], start: int) -> Request:
        return Request(name, prompt, score_from=start)

    asked = [
        ask("a0", (7, 8, 1), 2),
        ask("long", (7, 8, 1, 2), 2),
        ask("a1", (7, 8, 2), 2),
        ask("lone", (7, 9, 1), 2),
        ask("bare", (1,), 0),
    ]
    groups, rest = one_token_choices(asked)
    assert [[one.id for one in group] for group in groups] == [["a0", "a1"]]
    assert sorted(one.id for one in rest) == ["bare", "lone", "long"]


def test_an_engine_that_serves_adapters_has_room_for_the_largest_to_come(tmp_path: Path) -> None:
    for name, fields in {"small": '"r": 8', "large": '"r": 60', "dora": '"r": 8, "use_dora": true'}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "adapter_config.json").write_text(f"{{{fields}}}")
    coming = [tmp_path / name for name in ("small", "large", "dora")]
    assert served_options(None, coming)["max_lora_rank"] == 64
    assert served_options(tmp_path / "large", [tmp_path / "small"])["max_lora_rank"] == 64
    assert served_options(None, [tmp_path / "dora"]) == {}
    assert replace(VLLM, adapters=("a",)) != VLLM
