"""Which tokens of a conversation are trained on: the assistant's turns with their end-of-turn token, and nothing else.

A conversation is rendered by the model's own chat template, and each assistant turn is what the rendering up to its end adds to the
rendering up to where the engine would begin to generate it. Prompts and turns are turned into tokens apart, as an engine does, so the
tokens before a turn are those that the engine is given.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

IGNORED = -100
"""Label of a token that adds nothing to the loss."""

Messages = Sequence[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Span:
    """The tokens [start, end) are what the assistant says in message number `turn`, its end-of-turn token included."""

    turn: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """A conversation as tokens, and where in them the assistant speaks."""

    ids: tuple[int, ...]
    spans: tuple[Span, ...]


def encode_conversation(tokenizer: Any, messages: Messages, ends: Collection[int]) -> list[Encoded]:
    """A conversation as tokens, usually whole; one sample for each assistant turn if the template rewrites earlier turns, as those of
    models that think do; [] if there is no assistant turn. What follows the last assistant turn is left out.

    `ends`: tokens at which an engine stops; one must end each turn. Raises ValueError if none does, or if the template does not even
    continue its own prompt, so that turns cannot be found.
    """
    turns = [index for index, message in enumerate(messages) if message["role"] == "assistant"]
    if not turns:
        return []
    whole = _render(tokenizer, messages[: turns[-1] + 1], prompt=False)
    pieces = [(index, *_piece(tokenizer, messages, index)) for index in turns]
    if all(whole.startswith(after) and after.startswith(before) for _, before, after in pieces):
        return [_join(tokenizer, pieces, ends)]
    return [_join(tokenizer, [piece], ends) for piece in pieces]


def _piece(tokenizer: Any, messages: Messages, index: int) -> tuple[str, str]:
    """What is rendered up to where turn `index` begins, and up to its end."""
    after = _render(tokenizer, messages[: index + 1], prompt=False)
    if index == 0:
        return _opening(tokenizer, after), after
    before = _render(tokenizer, messages[:index], prompt=True)
    turn = after.removeprefix(before).lstrip()
    if before == _render(tokenizer, messages[:index], prompt=False) and not turn.startswith(messages[index]["content"].strip()):
        raise ValueError("the chat template has no generation prompt, so that the engine would have to write the turn's header itself")
    return before, after


def _join(tokenizer: Any, pieces: Sequence[tuple[int, str, str]], ends: Collection[int]) -> Encoded:
    ids: list[int] = []
    spans = []
    done = 0
    for index, before, after in pieces:
        if not (after.startswith(before) and done <= len(before) < len(after)):
            raise ValueError("the chat template does not render turn by turn; assistant turns cannot be found")
        ids += tokenizer.encode(after[done : len(before)], add_special_tokens=False)
        turn = tokenizer.encode(after[len(before) :], add_special_tokens=False)
        stops = [at for at, token in enumerate(turn) if token in ends]
        if not stops:
            end = tokenizer.convert_ids_to_tokens(sorted(ends))
            raise ValueError(f"the chat template ends answers with none of the tokens that the model stops at ({', '.join(end)})")
        # What the template writes after the end token is not the model's.
        spans.append(Span(index, len(ids), len(ids) + stops[-1] + 1))
        ids += turn
        done = len(after)
    return Encoded(tuple(ids), tuple(spans))


def _opening(tokenizer: Any, whole: str) -> str:
    """What stands before the words of a conversation's first turn when that is the assistant's; no template renders nothing."""
    question = [{"role": "user", "content": "?"}]
    header = _render(tokenizer, question, prompt=True).removeprefix(_render(tokenizer, question, prompt=False))
    before, found, _ = whole.partition(header)
    return before + found


def _render(tokenizer: Any, messages: Messages, *, prompt: bool) -> str:
    try:
        text: str = tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=prompt)
    except Exception as error:  # Jinja raises whatever the template asks for.
        raise ValueError(str(error)) from error
    return text
