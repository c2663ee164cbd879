"""Proof that the model is asked as it was trained, and that its responses can end.

A checkpoint of this project's training says in its manifest which tokens a few prompts were; they must be the same here. Of any model,
the chat template must write the beginning token once, and the token that ends a turn must be one that ends generation.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.checkpoint import read_json
from harness.contamination import CHECKPOINT_MANIFEST
from harness.errors import RunError, UserError
from harness.model import Model
from harness.prompts import Renderer
from harness.selfchecks.record import SelfCheck
from harness.served import AnyModel, ServedModel

PROMPTS, ENDS = "prompts of training", "end of turn"


class _Prompt(BaseModel):
    """A conversation of the training data and the tokens that it was up to the model's turn."""

    model_config = ConfigDict(frozen=True)

    messages: tuple[dict[str, str], ...]
    ids: tuple[int, ...]


class _CheckpointManifest(BaseModel):
    parity: tuple[_Prompt, ...] = ()


def check_rendering(model: AnyModel, renderer: Renderer) -> list[SelfCheck]:
    """Look at the model's prompts before anything is generated.

    Raises RunError if they are not those that it was trained on, or begin twice.
    """
    if isinstance(model, ServedModel):
        if model.local is None:
            return [SelfCheck(PROMPTS, "not checked", "the checkpoint lies on a server")]
        model = model.local
    return [_check_training(model, renderer), *_check_turn(model, renderer)]


def _check_training(model: Model, renderer: Renderer) -> SelfCheck:
    trained = _trained(model.adapter or model.folder)
    if not trained:
        return SelfCheck(PROMPTS, "not checked", "the checkpoint does not say what its prompts were")
    for prompt in trained:
        if renderer.encode(renderer.chat_text(prompt.messages)) != prompt.ids:
            raise RunError(
                f"ERROR: '{model.label}' would be asked in other tokens than it was trained on (its manifest.json has them): its tokenizer "
                "or chat template was changed since, or --template is another one. --self-checks off evaluates all the same, and says so."
            )
    return SelfCheck(PROMPTS, "passed", f"{len(trained)} prompts are the same tokens as in training")


def _trained(folder: Path) -> tuple[_Prompt, ...]:
    path = folder / CHECKPOINT_MANIFEST
    if not path.is_file():
        return ()
    try:
        return _CheckpointManifest.model_validate(read_json(path)).parity
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


def _check_turn(model: Model, renderer: Renderer) -> list[SelfCheck]:
    if not renderer.has_template:
        return []
    turn = renderer.turn("ping", "pong")
    if turn.beginnings > 1:
        raise RunError(
            f"ERROR: the prompts of '{model.label}' begin with the beginning token {turn.beginnings} times: its chat template writes it "
            "more than once. Mend the template, or give another with --template FILE.jinja."
        )
    if turn.end is None:
        return [SelfCheck(ENDS, "not checked", "the chat template writes no token of its own behind the model's turn")]
    name = renderer.decode((turn.end,))
    if turn.end not in _end_tokens(model, renderer):
        said = f"the chat template ends a turn with {name}, which neither generation_config.json nor the tokenizer calls an end"
        return [SelfCheck(ENDS, "warned", f"{said}: responses run on")]
    return [SelfCheck(ENDS, "passed", f"{name} ends a turn and generation")]


def _end_tokens(model: Model, renderer: Renderer) -> set[int]:
    """Tokens that end generation: those of generation_config.json, or without one of config.json, and the tokenizer's own."""
    path = model.folder / "generation_config.json"
    named = (read_json(path) if path.is_file() else model.config).get("eos_token_id")
    ends = named if isinstance(named, list) else [named]
    return {int(token) for token in [*ends, renderer.end_token] if token is not None}
