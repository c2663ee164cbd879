"""Everything that is known before the first step: base, data as tokens, the model with what is trained of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed

from harness.checkpoint import read_json
from harness.errors import UserError
from harness.model import Model, parse_model, resolve_model
from harness.stack import stack_versions
from sft_train.data.writing import write_json
from sft_train.training.config import TrainConfig, advice
from sft_train.training.data import TrainingData, prepare_data
from sft_train.training.examples import Encoding, Example, encode_rows
from sft_train.training.export import MANIFEST
from sft_train.training.licence import licence_advice, licence_of
from sft_train.training.models import Trainable, attach, check_vocabulary, end_tokens, load_tokenizer, load_weights, trainable
from sft_train.training.negatives import with_drawn_negatives
from sft_train.training.processes import count, is_main
from sft_train.training.row_weights import row_weights

Say = Callable[[str], None]
_NOT_IDENTITY = {"out", "tensorboard", "keep_checkpoints", "base", "data", "general", "template", "continue_from"}
"""Settings that do not change what is learnt, or that are in the identity by their contents."""


@dataclass
class Prepared:
    """Everything that is known before the first step."""

    config: TrainConfig
    base: Model
    data: TrainingData
    tokenizer: Any
    model: Any
    train: Encoding
    validation: Encoding | None
    trainable: Trainable
    warnings: list[str]


def prepare(config: TrainConfig, work: Path, say: Say) -> Prepared:
    """Find the base, read and encode the data, load the weights and make of them what is trained. `config` is settled."""
    base = resolve_model(parse_model(config.base), say)
    if base.adapter is not None:
        raise UserError(
            f"Base '{config.base}' is an adapter. To go on with it, give its base as `base` and it as `continue_from`; for a new adapter "
            "on top, merge it first (sft-train export --variant merged) and give the merged folder."
        )
    licence = licence_of(base)
    say(f"base {base.label}, licence {licence or 'unknown'}; device {_device()}, computing in {_precision(config)}")
    warnings = [*filter(None, [licence_advice(licence)]), *advice(config, count())]
    work.mkdir(parents=True, exist_ok=True)
    data = prepare_data(config, work, say)
    tokenizer = load_tokenizer(base, config.template)
    set_seed(config.seed)
    model = load_weights(base.folder, weights_dtype(config), work / "loading.log")
    check_vocabulary(tokenizer, model)
    limit = int(model.config.get_text_config().max_position_embeddings or config.max_length)
    if config.max_length > limit:
        raise UserError(f"max_length {config.max_length} is more than the {limit} tokens that '{base.label}' was made for.")
    ends = end_tokens(tokenizer, model.generation_config)
    say(f"encoding {len(data.train)} rows")
    contrast = config.losses.contrast
    rows = with_drawn_negatives(data.train, config.seed) if contrast is not None and contrast.draw else data.train
    encoding = encode_rows(tokenizer, rows, config, ends, row_weights(config, rows))
    validation = encode_rows(tokenizer, data.validation, config, ends) if data.validation else None
    model = _with_adapter(model, base, config)
    if config.losses.head is not None:
        _add_head(model, encoding.examples, base)
    found = trainable(model)
    if config.method == "lora" and not 0.001 <= found.share <= 0.05:
        warnings.append(f"{found.share:.2%} of the parameters are trained; 0.1 % to 5 % is usual for LoRA")
    for reason, places in encoding.left_out.items():
        warnings.append(f"{len(places)} of {encoding.rows} rows are not trained on ({reason}), first {places[0]}")
    if encoding.split:
        warnings.append(f"{len(encoding.split)} rows do not fit in {config.max_length} tokens and were split, first {encoding.split[0]}")
    if encoding.one_by_one:
        warnings.append(f"the template rewrites earlier turns: {encoding.one_by_one} conversations became one example for each answer")
    if is_main():
        write_json(work / "encoding.json", encoding.report | {"first": show_example(tokenizer, encoding.examples[0])})
    say(f"trained: {found.parameters:,} of {found.total:,} parameters ({found.share:.2%})")
    for text in warnings:
        say(f"warning: {text}")
    return Prepared(config, base, data, tokenizer, model, encoding, validation, found, warnings)


def show_example(tokenizer: Any, example: Example) -> list[dict[str, Any]]:
    """An example as stretches of text, each with the weight that it is trained with, for eyes."""
    stretches: list[tuple[float, list[int]]] = []
    for token, weight in zip(example.ids, example.weights, strict=True):
        if not stretches or stretches[-1][0] != weight:
            stretches.append((weight, []))
        stretches[-1][1].append(token)
    return [{"weight": weight, "text": tokenizer.decode(ids)} for weight, ids in stretches]


def _with_adapter(model: Any, base: Model, config: TrainConfig) -> Any:
    if config.continue_from is None:
        return attach(model, config)
    from peft import PeftModel

    found = resolve_model(parse_model(f"{base.folder}+{config.continue_from}"))
    assert found.adapter is not None
    place = found.adapter / MANIFEST
    if place.is_file() and (known := read_json(place)["base"]["identity"]) != base.identity:
        raise UserError(f"Adapter '{config.continue_from}' was trained on another base ({known[:12]}) than '{config.base}'.")
    return PeftModel.from_pretrained(model, str(found.adapter), is_trainable=True)


def _add_head(model: Any, examples: list[Example], base: Model) -> None:
    classes = sorted({example.label for example in examples if example.label is not None})
    if len(classes) < 2:
        raise UserError(f"A classification head needs rows with at least two different state.label; there are {len(classes)}.")
    hidden = int(model.config.get_text_config().hidden_size)
    model.class_head = torch.nn.Linear(hidden, len(classes)).to(model.device)
    model.classes = classes


def weights_dtype(config: TrainConfig) -> Any:
    """Of the weights: in bfloat16 only what is frozen; trained weights stay in float32, and are computed with in bfloat16."""
    return torch.bfloat16 if computes_in_bf16(config) and config.method != "full" else torch.float32


def computes_in_bf16(config: TrainConfig) -> bool:
    """Whether a training computes in bfloat16: as the settings say, else where a GPU can."""
    if config.precision == "auto":
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return config.precision == "bfloat16"


def _precision(config: TrainConfig) -> str:
    return "bfloat16" if computes_in_bf16(config) else "float32"


def _device() -> str:
    return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else "cpu"


def identity(prepared: Prepared) -> dict[str, Any]:
    """All that decides what is learnt: equal identities may continue each other."""
    settings = {key: value for key, value in prepared.config.model_dump(mode="json").items() if key not in _NOT_IDENTITY}
    return {
        "config": settings, "base": prepared.base.identity, "data_hash": prepared.data.hash, "template": prepared.tokenizer.chat_template,
        "examples": len(prepared.train.examples), "versions": stack_versions(), "processes": count(),
        "precision": _precision(prepared.config), "general": prepared.config.general is not None,
        "trainable": prepared.trainable.share,
    }  # fmt: skip
