"""From an item to token ids, by the model's own tokenizer and chat template.

Nothing is altered silently: a template that rejects or drops a message is an error, and a model without a template needs one
given by hand.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import TypeAdapter

from harness.errors import UserError
from harness.hashing import hash_bytes
from harness.item import Item
from harness.parts import Part, flat
from harness.records import FollowUp, Request
from harness.served import AnyModel, ServedModel
from harness.suite import Suite
from harness.suite_config import Generation

RENDERING = 2
"""Raised whenever the same item could be rendered to other token ids; part of a run's identity."""
Messages = tuple[dict[str, Any], ...]
Asked = tuple[tuple[int, ...], Messages]
"""Token ids of a conversation, and its messages where the token ids are not all of it."""


@dataclass(frozen=True)
class Turn:
    """How the template writes a conversation of one message and one response."""

    beginnings: int
    """How many beginning tokens the prompt begins with."""
    end: int | None
    """The first special token behind the response; None if there is none."""


class Renderer:
    """Renders items for one model."""

    def __init__(self, model: AnyModel, template: str | None = None) -> None:
        """`template`: a Jinja chat template to use instead of the model's own.

        Raises UserError if the tokenizer cannot be loaded.
        """
        from transformers import AutoTokenizer

        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(model.tokenizer_folder, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError, KeyError) as error:
            raise UserError(
                f"The tokenizer in '{model.tokenizer_folder}' cannot be loaded: {' '.join(str(error).split())[:300]}"
            ) from error
        self._template = template
        self._name = model.label
        self._options = {} if model.spec.options.thinking is None else {"enable_thinking": model.spec.options.thinking == "on"}

    def chat_text(self, messages: tuple[dict[str, str], ...]) -> str:
        """Return the conversation as the template writes it, up to where the model's turn begins."""
        text = self._render(messages, add_generation_prompt=True)
        # Longest first, each taken out once found: a short message that is part of another one is not found twice.
        left = text
        for message in sorted(messages, key=lambda message: -len(message["content"])):
            content = message["content"].strip()
            if content and content not in left:
                raise UserError(
                    f"The chat template of '{self._name}' silently drops or changes the {message['role']} message; "
                    "give another with --template FILE.jinja."
                )
            left = left.replace(content, "\x00", 1) if content else left
        return text

    def _render(self, messages: tuple[dict[str, str], ...], *, add_generation_prompt: bool) -> str:
        if not self.has_template:
            raise UserError(f"Model '{self._name}' has no chat template; give one with --template FILE.jinja.")
        try:
            text = self._tokenizer.apply_chat_template(
                list(messages), chat_template=self._template, tokenize=False, add_generation_prompt=add_generation_prompt, **self._options
            )
        except Exception as error:  # Jinja raises whatever the template asks for.
            roles = ", ".join(message["role"] for message in messages)
            raise UserError(f"The chat template of '{self._name}' rejects a conversation of roles {roles}: {error}") from error
        return cast(str, text)

    @property
    def has_template(self) -> bool:
        """Whether there is a chat template, the user's or the tokenizer's own."""
        return self._template is not None or self._tokenizer.chat_template is not None

    @property
    def end_token(self) -> int | None:
        """The tokenizer's own end token."""
        return cast("int | None", self._tokenizer.eos_token_id)

    def turn(self, message: str, response: str) -> Turn:
        """Render one message and one response to it. Raises UserError if the template rejects them."""
        asked = ({"role": "user", "content": message},)
        prompt = self.encode(self.chat_text(asked))
        beginnings = next((at for at, token in enumerate(prompt) if token != self._tokenizer.bos_token_id), len(prompt))
        whole = self._render((*asked, {"role": "assistant", "content": response}), add_generation_prompt=False)
        behind = self.encode(whole.rpartition(response)[2])
        special = {token for token, added in self._tokenizer.added_tokens_decoder.items() if added.special}
        return Turn(beginnings, next((token for token in behind if token in special), None))

    def encode(self, text: str) -> tuple[int, ...]:
        """Token ids of `text` as it stands: no special token is added."""
        return tuple(self._tokenizer.encode(text, add_special_tokens=False))

    def decode(self, ids: tuple[int, ...]) -> str:
        """The text of `ids`, special tokens included."""
        return cast(str, self._tokenizer.decode(list(ids)))

    def requests(self, suite: Suite, item: Item, *, sample: int, samples: int, draw: int, seed: int) -> list[Request]:
        """The requests that give the answer to one sample of `item`, as `Suite.request_names` has it: one to generate, with one to
        score the reference where the suite wants its likelihood, or one for each choice, or one for the text."""
        base = f"{suite.name}/{item.id}/{sample}"
        names = [f"{base}/{step}" for step in suite.request_names(item, sample)]
        if item.text is not None:
            prefix = self._prefix()
            return [Request(names[0], prefix + self.encode(item.text), score_from=len(prefix))]
        if item.choices is not None:
            return self._choice_requests(names, suite, item)
        asked = self._asked(suite, item)
        generate = self._generate(names[0], asked, suite.config.generation, item.stratum, samples, request_seed(seed, base, draw))
        reference, prompt = suite.scored_reference(item) or "", generate.prompt
        return [generate, *(Request(name, prompt + self.encode(reference), score_from=len(prompt)) for name in names[1:])]

    def follow_up(
        self, suite: Suite, item: Item, follow_up: FollowUp, *, sample: int, samples: int, step: int, draw: int, seed: int
    ) -> Request:
        """The request for a scorer's follow-up, number `step` of this sample: generated as the suite says if it continues the item's
        conversation, otherwise greedily.
        """
        name = f"{suite.name}/{item.id}/{sample}/{step}"
        if follow_up.continues:
            asked, generation = self._asked(suite, item, follow_up.messages), suite.config.generation
        else:
            asked, generation, samples = self._conversation(follow_up.messages), Generation(max_tokens=follow_up.max_tokens), 1
        return self._generate(name, asked, generation, item.stratum, samples, request_seed(seed, name, draw))

    def shown(self, request: Request) -> str:
        """What the model is given to answer, as a person reads it; of a text to score, what stands before it."""
        return self.decode(request.prompt[: request.score_from])

    def _asked(self, suite: Suite, item: Item, later: Messages = ()) -> Asked:
        """The item's conversation, and what was said after it; with images, its messages beside the token ids."""
        prompt, _ = self._conversation((*suite.messages(item), *later))
        return prompt, (*suite.parted_messages(item), *later) if item.has_images else ()

    def _conversation(self, messages: Messages) -> Asked:
        return self.encode(self.chat_text(messages)), ()

    def _generate(self, name: str, asked: Asked, generation: Generation, stratum: str, samples: int, seed: int) -> Request:
        temperature = generation.temperature
        if samples > 1 and temperature == 0.0:
            temperature = generation.sampling_temperature
        return Request(
            name, asked[0], max_tokens=generation.longest(stratum), temperature=temperature, top_p=generation.top_p,
            stop=generation.stop, seed=seed, repetition_detection=generation.repetition_detection, messages=asked[1],
        )  # fmt: skip

    def _choice_requests(self, names: list[str], suite: Suite, item: Item) -> list[Request]:
        assert item.choices is not None
        if item.ending is not None:
            # Each choice has a context of its own, and what follows is the same.
            return self._plain_requests(names, [(item.prompt + choice, item.ending) for choice in item.choices], together=False)
        if item.raw:
            # Where a token reaches across the border between prompt and choice, scoring begins before it, in every choice.
            return self._plain_requests(names, [(item.prompt, choice) for choice in item.choices], together=True)
        context = self.encode(self.chat_text(tuple(suite.messages(item))))
        return [
            Request(name, context + self.encode(choice), score_from=len(context)) for name, choice in zip(names, item.choices, strict=True)
        ]

    def _plain_requests(self, names: list[str], texts: list[tuple[str, str]], *, together: bool) -> list[Request]:
        """Requests that score the second text of each pair behind the first, as plain text; `together`: all from the same position."""
        wholes = [self.encode(before + scored) for before, scored in texts]
        starts = [_common_prefix(self.encode(before), whole) for (before, _), whole in zip(texts, wholes, strict=True)]
        if together:
            starts = [min(starts)] * len(starts)
        # A beginning token where the tokenizer itself puts one, and where nothing else stands before what is scored.
        begin = self._own_beginning() or (self._prefix() if 0 in starts else ())
        return [Request(name, begin + whole, score_from=len(begin) + at) for name, whole, at in zip(names, wholes, starts, strict=True)]

    def _own_beginning(self) -> tuple[int, ...]:
        """The beginning token, if the tokenizer puts one before plain text by itself: what the model was trained to see there."""
        first = self._tokenizer.encode("a")[0]
        return (int(first),) if first == self._tokenizer.bos_token_id else ()

    def _prefix(self) -> tuple[int, ...]:
        """What plain text begins with that is scored from its first token, which needs something before it to have a probability."""
        for token in (self._tokenizer.bos_token_id, self._tokenizer.eos_token_id):
            if token is not None:
                return (int(token),)
        raise UserError(f"The tokenizer of '{self._name}' has neither a beginning nor an end token; plain text cannot be scored.")


class MessageRenderer(Renderer):
    """For a served model whose tokenizer is not at hand: the server gets messages and renders them, as it likes."""

    def __init__(self, model: ServedModel) -> None:
        self._name = model.name

    def requests(self, suite: Suite, item: Item, *, sample: int, samples: int, draw: int, seed: int) -> list[Request]:
        """As `Renderer.requests` has it; raises UserError for an item whose given texts are to be scored, token by token."""
        if item.is_scored or suite.scored_reference(item) is not None:
            raise UserError(
                f"Suite '{suite.name}' needs log-probabilities of given text (item '{item.id}'), and for them the tokenizer of "
                f"'{self._name}': give MODEL as {self._name}=FOLDER if the server holds that model, or leave the suite out (SUITES)."
            )
        return super().requests(suite, item, sample=sample, samples=samples, draw=draw, seed=seed)

    def shown(self, request: Request) -> str:
        """The messages, one under another; how the server joins them is not known."""
        return "\n".join(f"[{message['role']}] {_flat(message['content'])}" for message in request.messages)

    def _asked(self, suite: Suite, item: Item, later: Messages = ()) -> Asked:
        return (), (*suite.parted_messages(item), *later)

    def _conversation(self, messages: Messages) -> Asked:
        return (), messages


def renderer_for(model: AnyModel, template: str | None) -> Renderer:
    """What renders the prompts of `model`; raises UserError for a tokenizer or a template that cannot be used."""
    if not isinstance(model, ServedModel) or model.tokenizer_folder is not None:
        return Renderer(model, template)
    if template is not None:
        raise UserError(f"--template needs the tokenizer of '{model.name}', which renders with it: give MODEL as {model.name}=FOLDER.")
    return MessageRenderer(model)


def _flat(content: Any) -> str:
    """Content of a message as text, with images by name."""
    return content if isinstance(content, str) else flat(TypeAdapter(list[Part]).validate_python(content))


def read_template(path: str | None) -> str | None:
    """Return the text of a chat template file; raises UserError if it cannot be read."""
    if path is None:
        return None
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"Chat template '{path}' cannot be read: {error}.") from error


def request_seed(seed: int, name: str, draw: int) -> int:
    """A seed of its own for each request, from the run's seed, the item, the sample and the draw; below 2**31."""
    return int(hash_bytes(f"{seed}/{name}/{draw}".encode())[:8], 16) & 0x7FFFFFFF


def _common_prefix(left: tuple[int, ...], right: tuple[int, ...]) -> int:
    length = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    return min(length, len(right) - 1)
