"""From what was typed to a model on disk: what is understood, what is refused and how, and what makes two models the same."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import UserError
from harness.model import Model, ModelOptions, ModelSpec, parse_model, resolve_model, split_models
from tests.adapters import make_adapter
from tests.conftest import make_tiny_model


@pytest.fixture(scope="module")
def adapter(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_adapter(tiny_model, tmp_path_factory.mktemp("adapters") / "tuned")


@pytest.fixture
def copied(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may spoil."""
    return Path(shutil.copytree(tiny_model, tmp_path / "copied"))


def resolve(text: str | Path) -> Model:
    return resolve_model(parse_model(str(text)))


def edit_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


# What was typed.


def test_words_are_split_as_a_shell_splits_them() -> None:
    text = """one 'two words/model',dtype=float32  "three words" four\\ words"""
    assert split_models(text) == ["one", "two words/model,dtype=float32", "three words", "four words"]


def test_a_path_with_spaces_that_exists_is_one_model(tmp_path: Path) -> None:
    (tmp_path / "my model").mkdir()
    assert split_models(f" {tmp_path}/my model ") == [f"{tmp_path}/my model"]
    assert split_models(f"{tmp_path}/my model,dtype=float32") == [f"{tmp_path}/my model,dtype=float32"]
    assert split_models(f"{tmp_path}/my other") == [f"{tmp_path}/my", "other"]


def test_an_open_quote_is_a_user_error_that_says_how_to_quote() -> None:
    with pytest.raises(UserError, match=r"No closing quotation; quote paths with spaces as a shell does"):
        split_models("'one two")


def test_options_follow_commas() -> None:
    spec = parse_model("org/name@v1 , dtype=float32,max_model_len=4096, thinking=off")
    assert spec.source == "org/name@v1"
    assert spec.adapter is None
    assert spec.options == ModelOptions(dtype="float32", max_model_len=4096, thinking="off")


@pytest.mark.parametrize("option", ["dtyp=float32", "dtype", "float32", "=1"])
def test_an_unknown_option_is_named_beside_those_there_are(option: str) -> None:
    with pytest.raises(UserError, match=rf"unknown option '{option}'; there are dtype=, quantization=, max_model_len=, thinking="):
        parse_model(f"model,{option}")


@pytest.mark.parametrize(("option", "name"), [("dtype=int3", "dtype"), ("max_model_len=long", "max_model_len"), ("max_model_len=0", "max")])
def test_an_option_with_a_wrong_value_is_named(option: str, name: str) -> None:
    with pytest.raises(UserError, match=rf"Model 'model,{option}': option {name}"):
        parse_model(f"model,{option}")


@pytest.mark.parametrize("text", ["", "  ", ",dtype=float32"])
def test_an_empty_name_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is empty"):
        parse_model(text)


def test_a_plus_parts_base_and_adapter() -> None:
    assert parse_model("org/base@v1+out/adapter,dtype=float32") == ModelSpec(
        "org/base@v1+out/adapter,dtype=float32", "org/base@v1", "out/adapter", ModelOptions(dtype="float32")
    )


def test_a_folder_with_a_plus_in_its_name_is_one_folder(tmp_path: Path) -> None:
    (tmp_path / "a+b").mkdir()
    assert parse_model(f"{tmp_path}/a+b").adapter is None


def test_an_adapter_with_a_plus_in_its_name_is_found(tiny_model: Path, adapter: Path, tmp_path: Path) -> None:
    named = Path(shutil.copytree(adapter, tmp_path / "lora+more"))
    assert resolve(f"{tiny_model}+{named}").adapter == named


def test_a_path_that_exists_beats_a_hub_id(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copied.parent / "org").mkdir()
    copied.rename(copied.parent / "org" / "name")
    monkeypatch.chdir(copied.parent)
    assert resolve("org/name").folder == copied.parent / "org" / "name"


# What makes two models the same.


def test_identity_depends_on_neither_path_nor_name_nor_how_often_it_was_copied(tiny_model: Path, copied: Path) -> None:
    first, second = resolve(tiny_model), resolve(copied)
    renamed = copied.rename(copied.parent / "another name")
    assert first.identity == second.identity == resolve(renamed).identity
    assert (first.label, resolve(renamed).label) == ("tiny", "another-name")


def test_what_the_files_of_weights_are_called_does_not_matter(tiny_model: Path, copied: Path) -> None:
    (copied / "model.safetensors").rename(copied / "model-00001-of-00001.safetensors")
    assert resolve(copied).identity == resolve(tiny_model).identity


def test_where_a_file_came_from_is_not_part_of_the_identity(tiny_model: Path, copied: Path) -> None:
    edit_json(copied / "config.json", _name_or_path="/elsewhere", transformers_version="0.0.0")
    edit_json(copied / "generation_config.json", transformers_version="0.0.0")
    edit_json(copied / "tokenizer_config.json", name_or_path="/elsewhere")
    assert resolve(copied).identity == resolve(tiny_model).identity


def test_a_model_loaded_through_a_link_is_the_same_model(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tiny_model)
    assert resolve(tmp_path / "link").identity == resolve(tiny_model).identity


def flip_last_weight(folder: Path) -> None:
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def change_template(folder: Path) -> None:
    with (folder / "chat_template.jinja").open("a") as file:
        file.write(" ")


CHANGES: dict[str, Callable[[Path], None]] = {
    "weights": flip_last_weight,
    "chat_template": change_template,
    "generation_config": lambda folder: edit_json(folder / "generation_config.json", eos_token_id=0),
    "config": lambda folder: edit_json(folder / "config.json", rope_theta=1.0),
    "tokenizer": lambda folder: edit_json(folder / "tokenizer_config.json", bos_token="<|im_start|>"),
}


@pytest.mark.parametrize("part", CHANGES)
def test_identity_changes_with_each_part_and_says_which(tiny_model: Path, copied: Path, part: str) -> None:
    before = resolve(tiny_model)
    CHANGES[part](copied)
    after = resolve(copied)
    assert after.identity != before.identity
    assert {name for name in before.hashes if before.hashes[name] != after.hashes.get(name)} == {part}


@pytest.mark.parametrize("file", ["chat_template.jinja", "generation_config.json", "tokenizer.json"])
def test_identity_changes_when_a_file_goes(tiny_model: Path, copied: Path, file: str) -> None:
    (copied / file).unlink()
    assert resolve(copied).identity != resolve(tiny_model).identity


def test_retraining_in_place_changes_the_identity(copied: Path) -> None:
    before = resolve(copied).identity
    make_tiny_model(copied, seed=1)
    assert resolve(copied).identity != before


def test_two_shards_that_change_places_are_another_model(tiny_model: Path, copied: Path) -> None:
    shutil.copy(copied / "model.safetensors", copied / "a.safetensors")
    flip_last_weight(copied)
    (copied / "model.safetensors").rename(copied / "b.safetensors")
    before = resolve(copied).identity
    (copied / "a.safetensors").rename(copied / "c.safetensors")
    assert resolve(copied).identity != before


# What is refused, and how.


def test_a_missing_folder_is_named_with_its_whole_path_and_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=rf"'runs/no/where': no such folder \({tmp_path}/runs/no/where\), and it is not a hub id"):
        resolve("runs/no/where")


def test_a_name_that_could_be_a_hub_id_is_looked_for_in_both_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=rf"'nobody/nothing': no such folder \({tmp_path}/nobody/nothing\), and the hub did not give it"):
        resolve("nobody/nothing")


def test_a_file_is_not_a_model(tiny_model: Path) -> None:
    with pytest.raises(UserError, match=r"model\.safetensors' is a file; give the checkpoint folder"):
        resolve(tiny_model / "model.safetensors")


def test_a_folder_without_a_config_is_named(copied: Path) -> None:
    (copied / "config.json").unlink()
    with pytest.raises(UserError, match=rf"'{copied}' has no config\.json"):
        resolve(copied)


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_broken_config_is_named(copied: Path, text: str) -> None:
    (copied / "config.json").write_text(text)
    with pytest.raises(UserError, match=rf"{copied}/config\.json"):
        resolve(copied)


def test_a_folder_without_weights_is_named(copied: Path) -> None:
    (copied / "model.safetensors").unlink()
    with pytest.raises(UserError, match=rf"'{copied}' has no weights: no \*\.safetensors file\."):
        resolve(copied)


def test_a_folder_with_only_a_bin_file_is_told_to_save_as_safetensors(copied: Path) -> None:
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    with pytest.raises(UserError, match=r"pytorch_model\.bin cannot be used; save the model as safetensors"):
        resolve(copied)


@pytest.mark.parametrize("kept", [0, 7, 8, 100, -1])
def test_a_truncated_safetensors_file_is_refused_by_name(copied: Path, kept: int) -> None:
    path = copied / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UserError, match=rf"{path} is truncated or damaged"):
        resolve(copied)


def test_a_safetensors_file_with_bytes_past_its_end_is_refused_by_name(copied: Path) -> None:
    with (copied / "model.safetensors").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(UserError, match=r"model\.safetensors is truncated or damaged: [\d,]+ bytes, its header says [\d,]+"):
        resolve(copied)


@pytest.mark.parametrize("header", [b"[1]", b'{"w": 3}', b'{"w": {"dtype": "F32"}}', b'{"w": {"data_offsets": 4}}', b"\xff\xff"])
def test_a_safetensors_file_whose_header_is_none_is_refused_by_name(copied: Path, header: bytes) -> None:
    (copied / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(UserError, match=r"model\.safetensors is truncated or damaged: its safetensors header cannot be read"):
        resolve(copied)


def test_a_shard_that_the_index_names_but_is_absent_is_named(copied: Path) -> None:
    (copied / "model.safetensors").rename(copied / "model-00001-of-00002.safetensors")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (copied / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    with pytest.raises(UserError, match=r"is incomplete: model-00002-of-00002\.safetensors is named by .* but absent"):
        resolve(copied)


# Adapters.


def test_an_adapter_made_with_peft_finds_its_base(tiny_model: Path, adapter: Path) -> None:
    model = resolve(adapter)
    assert (model.folder, model.adapter, model.label) == (tiny_model, adapter, "tuned")


def test_base_plus_adapter_is_the_same_model_as_the_adapter_with_the_base_it_names(tiny_model: Path, adapter: Path) -> None:
    assert resolve(f"{tiny_model}+{adapter}").identity == resolve(adapter).identity


def test_an_adapter_is_another_model_than_its_base_though_base_parts_are_the_same(tiny_model: Path, adapter: Path) -> None:
    base, tuned = resolve(tiny_model), resolve(adapter)
    assert tuned.identity != base.identity
    assert {name: value for name, value in tuned.hashes.items() if name != "adapter"} == base.hashes


@pytest.mark.slow
def test_an_adapters_identity_changes_with_its_weights_its_scale_and_its_base(tiny_model: Path, adapter: Path, tmp_path: Path) -> None:
    retrained = make_adapter(tiny_model, tmp_path / "retrained", seed=1)
    rescaled = Path(shutil.copytree(adapter, tmp_path / "rescaled"))
    edit_json(rescaled / "adapter_config.json", lora_alpha=16)
    other_base = make_tiny_model(tmp_path / "other", seed=1)
    texts = [adapter, retrained, rescaled, f"{other_base}+{adapter}"]
    assert len({resolve(text).identity for text in texts}) == len(texts)


def test_an_adapters_identity_depends_on_neither_its_path_nor_its_bases(
    tiny_model: Path, adapter: Path, copied: Path, tmp_path: Path
) -> None:
    moved = Path(shutil.copytree(adapter, tmp_path / "moved"))
    edit_json(moved / "adapter_config.json", base_model_name_or_path=str(copied), peft_version="0")
    assert resolve(moved).identity == resolve(adapter).identity


def test_an_adapters_own_tokenizer_and_template_count(tiny_model: Path, adapter: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(adapter, tmp_path / "own"))
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(tiny_model / name, own / name)
    assert resolve(own).tokenizer_folder == own
    assert resolve(own).identity == resolve(adapter).identity
    change_template(own)
    assert resolve(own).identity != resolve(adapter).identity


def test_an_adapter_whose_base_is_absent_names_the_base_and_how_to_give_it(adapter: Path, tmp_path: Path) -> None:
    orphan = Path(shutil.copytree(adapter, tmp_path / "orphan"))
    edit_json(orphan / "adapter_config.json", base_model_name_or_path="/no/such/base")
    with pytest.raises(UserError, match=rf"Adapter '{orphan}': its base '/no/such/base' is absent; give it as base\+{orphan}"):
        resolve(orphan)


def test_an_adapter_that_names_no_base_says_how_to_give_it(adapter: Path, tmp_path: Path) -> None:
    orphan = Path(shutil.copytree(adapter, tmp_path / "orphan"))
    edit_json(orphan / "adapter_config.json", base_model_name_or_path=None)
    with pytest.raises(UserError, match=rf"does not name its base .*base\+{orphan}"):
        resolve(orphan)


def test_a_full_checkpoint_given_as_adapter_is_refused(tiny_model: Path, copied: Path) -> None:
    with pytest.raises(UserError, match=r"is not a LoRA adapter folder: it has no adapter_config\.json"):
        resolve(f"{tiny_model}+{copied}")


def test_an_adapter_without_weights_or_with_truncated_ones_is_refused_by_name(adapter: Path, tmp_path: Path) -> None:
    spoilt = Path(shutil.copytree(adapter, tmp_path / "spoilt"))
    weights = spoilt / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    with pytest.raises(UserError, match=rf"{weights} is truncated or damaged"):
        resolve(spoilt)
    weights.unlink()
    with pytest.raises(UserError, match=rf"'{spoilt}' has no weights: adapter_model\.safetensors is absent"):
        resolve(spoilt)


def test_a_context_longer_than_the_model_was_made_for_is_refused(tiny_model: Path) -> None:
    assert resolve(tiny_model).context_length == 1024
    assert resolve(f"{tiny_model},max_model_len=100").context_length == 100
    with pytest.raises(UserError, match=r"max_model_len=1025 is above the 1024 tokens"):
        _ = resolve(f"{tiny_model},max_model_len=1025").context_length


def test_a_label_can_be_part_of_a_file_name(copied: Path) -> None:
    folder = copied.rename(copied.parent / ".模型 v1: (new)?")
    assert resolve(folder).label == "模型-v1-new"
