"""Patterns become models: in the order people count, each once, and what is none is said."""

from pathlib import Path

import pytest

from harness.asked import Asked, Found, asked_models, find_models
from harness.errors import UserError
from harness.model import Model, ModelOptions, ModelSpec, parse_model


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of a training: three checkpoints, one of them broken, an adapter, logs, a file."""
    for name in ("checkpoint-1000", "checkpoint-500", "broken"):
        (tmp_path / "run" / name).mkdir(parents=True)
        (tmp_path / "run" / name / "config.json").write_text(name)
    (tmp_path / "run" / "lora").mkdir()
    (tmp_path / "run" / "lora" / "adapter_config.json").write_text("lora")
    (tmp_path / "run" / "logs").mkdir()
    (tmp_path / "run" / "data.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def find(text: str) -> Model:
    """A model whose identity is what its config says."""
    spec = parse_model(text)
    folder = Path(spec.adapter or spec.source)
    if folder.name == "broken":
        raise UserError("broken: no weights")
    contents = [path.read_text() for path in sorted(folder.glob("*config.json"))]
    if not contents:
        raise UserError(f"{text}: no config.json")
    return Model(spec, folder.name, folder, None, {"weights": contents[0]})


def found(*texts: str, baseline: Model | None = None) -> tuple[Found, list[str]]:
    told: list[str] = []
    return find_models(asked_models(texts), find, told.append, baseline), told


def labels(result: Found) -> list[str]:
    return [model.label for model in result.models]


def test_names_and_options_stay_as_they_are() -> None:
    assert asked_models(["a,dtype=float32 'b c'", "org/name@v1"]) == [
        Asked(name, False) for name in ("a,dtype=float32", "b c", "org/name@v1")
    ]


def test_matches_come_in_the_order_in_which_people_count_with_the_options(checkpoints: Path) -> None:
    wanted = ["run/checkpoint-500,dtype=float32", "run/checkpoint-1000,dtype=float32"]
    assert asked_models(["run/checkpoint-*,dtype=float32"]) == [Asked(text, True) for text in wanted]


def test_a_pattern_may_be_absolute_and_may_stand_for_adapters_on_a_base(checkpoints: Path) -> None:
    assert [one.text for one in asked_models([f"{checkpoints}/run/lo?a", "base+run/lor*"])] == [f"{checkpoints}/run/lora", "base+run/lora"]


def test_a_folder_whose_name_looks_like_a_pattern_is_a_name(checkpoints: Path) -> None:
    (checkpoints / "run[1]").mkdir()
    assert asked_models(["run[1]"]) == [Asked("run[1]", False)]


@pytest.mark.parametrize("pattern", ["run/nothing-*", "base+run/nothing-*", "nowhere/*", "run/a**b"])
def test_a_pattern_that_matches_nothing_is_an_error(checkpoints: Path, pattern: str) -> None:
    with pytest.raises(UserError, match="matches nothing"):
        asked_models([pattern])


def test_what_a_pattern_matched_and_is_no_model_is_left_out_and_said(checkpoints: Path) -> None:
    result, told = found("run/*")
    assert labels(result) == ["checkpoint-500", "checkpoint-1000", "lora"]
    assert told == ["no models, left out: data.json, logs"]


def test_a_broken_checkpoint_that_a_pattern_matched_loses_no_other(checkpoints: Path) -> None:
    result, _ = found("run/*")
    assert [(text, str(error)) for text, error in result.broken] == [("run/broken", "broken: no weights")]


@pytest.mark.parametrize("name", ["run/broken", "run/logs"])
def test_what_is_named_must_be_a_model(checkpoints: Path, name: str) -> None:
    with pytest.raises(UserError):
        found("run/checkpoint-500", name)


def test_matches_without_any_model_are_an_error(checkpoints: Path) -> None:
    with pytest.raises(UserError, match="matches 2 files and folders, and none is a checkpoint"):
        found("run/[ld]?[gt]*")


def test_the_same_contents_are_scored_once_unless_loaded_otherwise(checkpoints: Path) -> None:
    (checkpoints / "run" / "checkpoint-1000" / "config.json").write_text("checkpoint-500")
    result, told = found("run/checkpoint-*", "run/checkpoint-500,dtype=float32")
    assert [model.spec.text for model in result.models] == ["run/checkpoint-500", "run/checkpoint-500,dtype=float32"]
    assert told == ["run/checkpoint-1000 has the same contents as run/checkpoint-500: scored once"]


def test_a_match_that_is_the_baseline_is_not_compared_with_itself_a_name_is(checkpoints: Path) -> None:
    baseline = Model(ModelSpec("b", "b", None, ModelOptions()), "b", checkpoints, None, {"weights": "checkpoint-500"})
    result, told = found("run/checkpoint-*", baseline=baseline)
    assert labels(result) == ["checkpoint-1000"]
    assert told == ["run/checkpoint-500 is the baseline: not compared with itself"]
    assert labels(found("run/checkpoint-500", baseline=baseline)[0]) == ["checkpoint-500"]
    with pytest.raises(UserError, match="nothing but the baseline"):
        found("run/checkpoint-5*", baseline=baseline)
