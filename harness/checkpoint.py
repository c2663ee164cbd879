"""Checkpoint folders on disk: are they whole, and what is in them, as content hashes."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.cache import hash_file
from harness.errors import UserError
from harness.hashing import hash_json
from harness.strict import NotJsonError, parse_object, read_object

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
                    "vocab.txt", "merges.txt", "tokenizer.model", "spiece.model")  # fmt: skip
# Where a file came from is not part of what it says.
_PROVENANCE_KEYS = {
    "_name_or_path",
    "_model_name_or_path",
    "name_or_path",
    "base_model_name_or_path",
    "transformers_version",
    "peft_version",
}


def check_checkpoint(folder: Path) -> None:
    """Raise UserError if `folder` is not a whole checkpoint: config.json and every shard of *.safetensors."""
    if not (folder / "config.json").is_file():
        raise UserError(f"Model folder '{folder}' has no config.json; give a checkpoint folder as save_pretrained writes it.")
    _refuse_code(folder)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        others = ", ".join(path.name for pattern in ("*.bin", "*.pt", "*.gguf") for path in folder.glob(pattern))
        hint = f" ({others} cannot be used; save the model as safetensors)" if others else ""
        raise UserError(f"Model folder '{folder}' has no weights: no *.safetensors file{hint}.")
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        named = read_json(index).get("weight_map", {})
        if not isinstance(named, dict):
            raise UserError(f"{index}: weight_map is no object of tensors and files; save the model again.")
        if missing := sorted({str(name) for name in named.values()} - {path.name for path in weights}):
            raise UserError(f"Model folder '{folder}' is incomplete: {missing[0]} is named by model.safetensors.index.json but absent.")
    for path in weights:
        check_safetensors(path)


def _refuse_code(folder: Path) -> None:
    """Raise UserError for a model that only runs with Python code of its own; where the libraries know it, their code is used."""
    config = read_json(folder / "config.json")
    if "auto_map" not in config:
        return
    from transformers import CONFIG_MAPPING

    if (kind := config.get("model_type")) not in CONFIG_MAPPING:
        raise UserError(
            f"Model folder '{folder}' needs code that lies in it (auto_map in config.json, model_type {kind!r}), and such code is never "
            "run here; give a model that transformers and vLLM know by themselves."
        )


def check_adapter(adapter: Path) -> None:
    """Raise UserError if the adapter has no weights or they are damaged."""
    weights = adapter / "adapter_model.safetensors"
    if not weights.is_file():
        raise UserError(f"Adapter '{adapter}' has no weights: adapter_model.safetensors is absent.")
    check_safetensors(weights)


def check_safetensors(path: Path) -> None:
    """Raise UserError if the file is shorter or longer than its own header says, or has no header."""
    tensors, size = safetensors_header(path), path.stat().st_size
    with path.open("rb") as file:
        start = 8 + int.from_bytes(file.read(8), "little")
    expected = start + max((int(entry["data_offsets"][1]) for entry in tensors.values()), default=0)
    if expected != size:
        raise UserError(f"{path} is truncated or damaged: {size:,} bytes, its header says {expected:,}; copy or save it again.")


def safetensors_header(path: Path) -> dict[str, dict[str, Any]]:
    """Names of the tensors in the file, each with dtype, shape and data_offsets; raises UserError if it cannot be read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length) if 8 + length <= size else b""
    try:
        tensors = {name: dict(entry) for name, entry in parse_object(header).items() if name != "__metadata__"}
        if all(len(entry["data_offsets"]) == 2 for entry in tensors.values()):
            return tensors
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise UserError(f"{path} is truncated or damaged: its safetensors header cannot be read; copy or save it again.")


def hash_checkpoint(folder: Path) -> dict[str, str]:
    """Content hashes of a checkpoint, by part: weights, config, tokenizer, chat_template, generation_config."""
    # Shards are told apart by order, not by name: renaming files changes nothing, moving tensors between them does.
    parts = {
        "weights": hash_json([hash_file(path) for path in sorted(folder.glob("*.safetensors"))]),
        "config": hash_json(_without_provenance(read_json(folder / "config.json"))),
        **hash_tokenizer(folder),
    }
    if (folder / "generation_config.json").is_file():
        parts["generation_config"] = hash_json(_without_provenance(read_json(folder / "generation_config.json")))
    return parts


def hash_tokenizer(folder: Path) -> dict[str, str]:
    """Content hashes of tokenizer and chat template."""
    parts = {"tokenizer": hash_json({name: _hash_text(folder / name) for name in TOKENIZER_FILES if (folder / name).is_file()})}
    templates = sorted([*folder.glob("chat_template.*"), *folder.glob("additional_chat_templates/*.jinja")])
    if templates:
        parts["chat_template"] = hash_json({path.name: hash_file(path) for path in templates})
    return parts


def copy_companions(sources: Sequence[Path], out: Path) -> None:
    """Copy tokenizer, chat template and generation defaults from the folders `sources` to `out`, byte by byte; a later folder wins.

    Reading and writing them again could change what a prompt is rendered to.
    """
    for name in (*TOKENIZER_FILES, "chat_template.jinja", "chat_template.json", "generation_config.json"):
        for folder in sources:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, out / name)


def hash_adapter(adapter: Path) -> dict[str, str]:
    """Content hash of an adapter: its weights, and its config without the place of its base."""
    config = _without_provenance(read_json(adapter / "adapter_config.json"))
    return {"adapter": hash_json([hash_file(adapter / "adapter_model.safetensors"), config])}


def _hash_text(path: Path) -> str:
    return hash_json(_without_provenance(read_json(path))) if path.name == "tokenizer_config.json" else hash_file(path)


def _without_provenance(value: dict[str, Any]) -> dict[str, Any]:
    return {key: entry for key, entry in value.items() if key not in _PROVENANCE_KEYS}


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file; raises UserError naming the file if there is none."""
    try:
        return read_object(path)
    except (NotJsonError, OSError) as error:
        raise UserError(f"{path} cannot be read as JSON: {error}.") from error
