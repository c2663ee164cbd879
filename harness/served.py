"""A model that a server holds: known by what the server says of it, and by what the user says lies there.

    NAME                    what the server calls it; a folder of this name, or the bundled model, is taken for the same model
    NAME=checkpoints/tuned  the same, with the folder (or base+adapter) that is served under the name: its tokenizer and chat template
                            render the prompts, and its hashes are recorded as claimed; a folder of tokenizer files alone will do

Nothing of a served model can be hashed. Its identity is made of names and claims, and says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.checkpoint import hash_tokenizer
from harness.default_model import DEFAULT_MODEL
from harness.errors import UserError
from harness.hashing import hash_json
from harness.model import Model, ModelSpec, parse_model, resolve_model, safe_label

NO_LIMIT = 1 << 30
"""Context of a server that tells of none; what is too long is its own to refuse."""


@dataclass(frozen=True)
class ServedModel:
    """What is known of a model without having it: its name, what the server states, and what the user claims."""

    spec: ModelSpec
    """As typed; of its options only `max_model_len` and `thinking` are the client's to choose."""
    name: str
    """What the server calls it."""
    stated: Mapping[str, str]
    """What the server says of it: `owned_by`, `root` (where it found the weights), `parent` (of an adapter), `max_model_len`."""
    local: Model | None = None
    """The checkpoint on this machine that the user says is served."""
    tokenizer_folder: Path | None = None
    """Where tokenizer and chat template lie; without them the server renders the prompts."""
    claimed: Mapping[str, str] = field(default_factory=dict)
    """Content hashes of what lies on this machine. Nobody has checked that the server holds the same."""

    @property
    def label(self) -> str:
        """The name, made safe for the name of a folder."""
        return safe_label(self.name)

    @property
    def folder(self) -> Path | None:
        """The local copy of what is served; None if the user names none."""
        return None if self.local is None else self.local.folder

    @property
    def adapter(self) -> Path | None:
        """Adapter of the local copy; None without one."""
        return None if self.local is None else self.local.adapter

    @property
    def hashes(self) -> dict[str, str]:
        """Hash of name and statements, and the claims under names that say so; none is of what is served."""
        return {
            "served": hash_json([self.name, dict(self.stated)]),
            **{f"claimed_{part}": value for part, value in self.claimed.items()},
        }

    @property
    def identity(self) -> str:
        """Hash of names and claims: weights exchanged behind the same name on the server are not noticed."""
        return hash_json(self.hashes)

    @property
    def context_length(self) -> int:
        """Longest prompt plus response, in tokens, as far as the server tells.

        Raises UserError if more is asked for than it offers.
        """
        offered = int(self.stated["max_model_len"]) if "max_model_len" in self.stated else NO_LIMIT
        wanted = self.spec.options.max_model_len
        if wanted is not None and wanted > offered:
            raise UserError(f"max_model_len={wanted} is above the {offered} tokens that the server of '{self.name}' offers.")
        return wanted or offered


AnyModel = Model | ServedModel


def parse_served(text: str) -> tuple[ModelSpec, str, str | None]:
    """What was typed, the name at the server, and what on this machine is the same model, if anything.

    Raises UserError for options that are the server's to choose.
    """
    spec = parse_model(text)
    refused = {"dtype": spec.options.dtype != "auto", "quantization": spec.options.quantization is not None}
    if wrong := [name for name, given in refused.items() if given]:
        raise UserError(f"Model '{text}': {wrong[0]}= is for the server to choose; give it to the command that starts the server.")
    name, equals, local = (part.strip() for part in text.partition(",")[0].partition("="))
    if not name or (equals and not local):
        raise UserError(f"Model '{text}': give what the server calls it, or NAME=FOLDER.")
    same = name == DEFAULT_MODEL or Path(name).expanduser().is_dir()
    return spec, name, local or (name if same else None)


def served_model(spec: ModelSpec, name: str, stated: Mapping[str, str], local: str | None, notify: Callable[[str], None]) -> ServedModel:
    """Put together what is known of a served model; raises UserError if `local` is neither a model nor a folder with a tokenizer."""
    if local is None:
        return ServedModel(spec, name, stated)
    folder = Path(local).expanduser()
    if folder.is_dir() and not [*folder.glob("*.safetensors"), *folder.glob("adapter_config.json")]:
        if not (folder / "tokenizer_config.json").is_file():
            raise UserError(f"Model '{name}={local}': the folder has neither weights nor a tokenizer_config.json.")
        return ServedModel(spec, name, stated, tokenizer_folder=folder, claimed=hash_tokenizer(folder))
    model = resolve_model(parse_model(local), notify)
    return ServedModel(spec, name, stated, model, model.tokenizer_folder, model.hashes)
