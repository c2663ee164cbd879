"""The model that is trained: its weights, its tokenizer, and what of it is trainable."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.chatter import chatter_to
from harness.errors import RunError, UserError
from harness.model import Model
from harness.prompts import read_template
from sft_train.training.config import TrainConfig


@dataclass(frozen=True)
class Trainable:
    """How many numbers are trained, of how many."""

    parameters: int
    total: int

    @property
    def share(self) -> float:
        """Trained among all parameters, between 0 and 1."""
        return self.parameters / self.total


def load_tokenizer(model: Model, template: str | None) -> Any:
    """The model's tokenizer with its chat template, or the one of the file `template`; raises UserError if there is neither."""
    from transformers import AutoTokenizer

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(model.tokenizer_folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"The tokenizer in '{model.tokenizer_folder}' cannot be loaded: {' '.join(str(error).split())[:300]}") from error
    if template is not None:
        tokenizer.chat_template = read_template(template)
    if tokenizer.chat_template is None:
        raise UserError(f"Base '{model.label}' has no chat template; name a file with `template` (--template FILE.jinja).")
    return tokenizer


def end_tokens(tokenizer: Any, generation_config: Any) -> set[int]:
    """Tokens at which an engine stops: the tokenizer's end token and those of the generation defaults."""
    listed = generation_config.eos_token_id
    given = [] if listed is None else listed if isinstance(listed, list) else [listed]
    ends = {int(token) for token in [*given, tokenizer.eos_token_id] if token is not None}
    if not ends:
        raise UserError("Neither the tokenizer nor generation_config.json names an end token; answers would never stop. Name one there.")
    return ends


def load_weights(folder: Path, dtype: Any, log: Path) -> Any:
    """The model in `folder`; raises UserError if weights are missing and would be made up, or do not fit."""
    from transformers import AutoModelForCausalLM

    try:
        with chatter_to(log):
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                folder, dtype=dtype, local_files_only=True, trust_remote_code=False, output_loading_info=True
            )
            model, found = loaded
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise UserError(f"The model in '{folder}' cannot be loaded: {' '.join(str(error).split())[:300]}") from error
    if missing := sorted(found["missing_keys"]):
        raise UserError(f"The model in '{folder}' lacks weights ({', '.join(missing[:3])}, {len(missing)} in all); they would be random.")
    return model


def check_vocabulary(tokenizer: Any, model: Any) -> None:
    """Raise UserError if the tokenizer has tokens that the model has no embedding for."""
    rows = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        raise UserError(
            f"The tokenizer has {len(tokenizer)} tokens, the model embeddings for {rows}: they do not belong together. Give the tokenizer "
            "of this model, or a base whose embeddings were resized and trained."
        )


def attach(model: Any, config: TrainConfig) -> Any:
    """The model with what the method trains; everything else is frozen. `config` is settled."""
    if config.method == "full":
        return model
    from peft import LoraConfig, PrefixTuningConfig, get_peft_model

    if config.method == "prefix":
        return get_peft_model(model, PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=config.prefix_tokens))
    lora = config.lora
    targets: Any = lora.targets if isinstance(lora.targets, str) else list(lora.targets or ())
    _check_targets(model, targets)
    layers = None
    if lora.last_layers is not None:
        # peft chooses layers only where targets are named.
        targets = sorted(linear_names(model)) if isinstance(targets, str) else targets
        count = int(model.config.get_text_config().num_hidden_layers)
        layers = list(range(max(0, count - lora.last_layers), count))
    settings = LoraConfig(
        r=lora.rank or 8, lora_alpha=lora.alpha or lora.rank or 8, lora_dropout=lora.dropout, target_modules=targets,
        layers_to_transform=layers, use_dora=lora.dora, task_type="CAUSAL_LM",
    )  # fmt: skip
    return get_peft_model(model, settings)


def linear_names(model: Any) -> set[str]:
    """Last parts of the names of the linear modules, without the output layer."""
    import torch

    output = model.get_output_embeddings()
    return {
        name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, torch.nn.Linear) and module is not output
    }


def _check_targets(model: Any, targets: str | list[str]) -> None:
    if isinstance(targets, str):
        return
    known = linear_names(model)
    if missing := [name for name in targets if name not in known]:
        raise UserError(
            f"The base has no linear module {', '.join(missing)}; there are {', '.join(sorted(known))}. Set lora.targets to some of "
            "them, or to all-linear."
        )


def trainable(model: Any) -> Trainable:
    """How many parameters are trained, of how many."""
    sizes = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    found = Trainable(sum(size for size, trained in sizes if trained), sum(size for size, _ in sizes))
    if not found.parameters:
        raise RunError("No parameter is trainable; nothing would be learnt.")
    return found


def check_packing(model: Any, collator: Any, examples: Any) -> None:
    """Raise UserError unless packed examples give the logits that they give alone: some architectures ignore where sequences begin."""
    import torch

    shortest = sorted(examples, key=lambda example: len(example.ids))[:3]
    batch = collator([{"example": example} for example in shortest])
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            given = {name: batch[name].to(model.device) for name in ("input_ids", "position_ids")}
            # With a cache, transformers does not look where positions begin anew.
            packed = model(**given, use_cache=False).logits.float()
            worst = 0.0
            for number, example in enumerate(shortest):
                alone = model(input_ids=torch.tensor([example.ids], device=model.device), use_cache=False).logits[0].float()
                here = (batch["owner"] == number).to(model.device)
                worst = max(worst, float((packed[here] - alone).abs().max()))
    finally:
        model.train(training)
    tolerance = 1e-3 if model.dtype == torch.float32 else 0.25
    if worst > tolerance:
        raise UserError(f"Packing is not exact with this model: logits differ by {worst:.2g} from those of rows alone; leave packing out.")
