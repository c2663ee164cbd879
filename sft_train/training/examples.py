"""Rows as tokens with a weight each: what is trained on, how much, and what did not fit, counted and named."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.errors import UserError
from sft_train.data.record import Row, Turn
from sft_train.masking import Encoded, encode_conversation
from sft_train.training.config import Length, TrainConfig

_NAMED = 50


@dataclass(frozen=True, slots=True)
class Example:
    """What is trained on at once: tokens with a weight each."""

    ids: tuple[int, ...]
    weights: tuple[float, ...]
    """Of each token as something to be predicted; 0: it is not trained."""
    row: int
    """Number of its row among those that were given, from 0."""
    task: str = ""
    rejected: "Example | None" = None
    """The same prompt with a worse answer; its weights say which tokens are the answer."""
    label: str | None = None
    """Class for a classification head."""
    prompt: int = 0
    """Length of what stands before the last answer."""


@dataclass
class Encoding:
    """All examples, and what became of the rows that are none."""

    examples: list[Example] = field(default_factory=list)
    rows: int = 0
    left_out: dict[str, list[str]] = field(default_factory=dict)
    """Rows that are not trained on, by reason: overlong, nothing trained."""
    split: list[str] = field(default_factory=list)
    """Rows that became several examples because they did not fit."""
    one_by_one: int = 0
    """Rows that became one example a turn because the template rewrites earlier turns."""

    @property
    def report(self) -> dict[str, Any]:
        """Counts of rows, examples and tokens, and what was left out by reason with the first places; ready for JSON."""
        lengths = [len(example.ids) for example in self.examples]
        trained = sum(sum(weight > 0 for weight in example.weights) for example in self.examples)
        return {
            "rows": self.rows, "examples": len(self.examples), "tokens": sum(lengths), "trained_tokens": trained,
            "longest": max(lengths, default=0), "split_rows": len(self.split), "one_example_a_turn": self.one_by_one,
            "left_out": {reason: {"rows": len(places), "first": places[:_NAMED]} for reason, places in self.left_out.items()},
        }  # fmt: skip


def encode_rows(
    tokenizer: Any, rows: Sequence[Row], config: TrainConfig, ends: Collection[int], row_weight: Callable[[Row], float] = lambda row: 1.0
) -> Encoding:
    """Encode `rows` as the config's mask, lengths and length penalty say; `row_weight` multiplies the weights of a row.

    Raises UserError naming the row if the template cannot render one, if one is overlong and `overlong` is stop, or if nothing is left.
    """
    encoding = Encoding(rows=len(rows))
    for number, row in enumerate(rows):
        try:
            found = list(_examples(tokenizer, row, number, config, ends, encoding))
        except ValueError as error:
            raise UserError(f"{row.where} cannot be rendered with the chat template of '{config.base}': {error}.") from error
        scale = row_weight(row)
        kept = [example if scale == 1.0 else _scaled(example, scale) for example in found]
        usable = [example for example in kept if any(example.weights)]
        if found and not usable:
            encoding.left_out.setdefault("nothing trained", []).append(row.where)
        encoding.examples += usable
    if not encoding.examples:
        counts = ", ".join(f"{reason} {len(places)}" for reason, places in encoding.left_out.items())
        raise UserError(f"No row can be trained on: {counts} of {len(rows)} (max_length {config.max_length}, mask {config.mask}).")
    return encoding


def _examples(tokenizer: Any, row: Row, number: int, config: TrainConfig, ends: Collection[int], encoding: Encoding) -> Iterator[Example]:
    if not row.turns:
        yield from _segments(tokenizer, row, number, config, encoding)
        return
    if any(turn.weight and turn.role != "assistant" for turn in row.turns):
        raise UserError(f"{row.where}: a turn of the user or system has a weight; only the assistant's turns are trained.")
    encoded = encode_conversation(tokenizer, _messages(row.turns), ends)
    encoding.one_by_one += len(encoded) > 1
    if max(len(each.ids) for each in encoded) <= config.max_length:
        yield from (_example(tokenizer, each, row, number, config, ends) for each in encoded)
        return
    if config.overlong == "stop":
        raise UserError(
            f"{row.where} has {max(len(each.ids) for each in encoded)} tokens, more than max_length {config.max_length}; raise it, or "
            "set overlong to drop or split."
        )
    parts = [] if config.overlong == "drop" or len(encoded) > 1 else list(_windows(tokenizer, row, config, ends))
    if not parts:
        encoding.left_out.setdefault("overlong", []).append(row.where)
        return
    encoding.split.append(row.where)
    yield from (_example(tokenizer, each, part, number, config, ends) for part, each in parts)


def _windows(tokenizer: Any, row: Row, config: TrainConfig, ends: Collection[int]) -> Iterator[tuple[Row, Encoded]]:
    """As few stretches of whole rounds as fit, each with the system message; nothing if one round alone does not fit."""
    system = row.turns[:1] if row.turns[0].role == "system" else ()
    talk = row.turns[len(system) :]
    rounds = [talk[at : at + 2] for at in range(0, len(talk), 2)]
    found: list[tuple[Row, Encoded]] = []
    current: tuple[Turn, ...] = system
    for turns in rounds:
        grown = (*current, *turns)
        (whole,) = encode_conversation(tokenizer, _messages(grown), ends)
        if len(whole.ids) <= config.max_length and current != system:
            found[-1] = (replace(row, turns=grown), whole)
        else:
            grown = (*system, *turns)
            (whole,) = encode_conversation(tokenizer, _messages(grown), ends)
            if len(whole.ids) > config.max_length:
                return
            found.append((replace(row, turns=grown), whole))
        current = grown
    yield from found


def _example(tokenizer: Any, encoded: Encoded, row: Row, number: int, config: TrainConfig, ends: Collection[int]) -> Example:
    weights = [float(config.mask == "all")] * len(encoded.ids)
    last = encoded.spans[-1]
    for span in encoded.spans:
        given = row.turns[span.turn].weight
        usual = 0.0 if config.mask == "last" and span is not last else 1.0
        weights[span.start : span.end] = _answer_weights(span.end - span.start, usual if given is None else given, config.losses.length)
    rejected = None
    if row.rejected and config.losses.contrast is not None and last.turn == len(row.turns) - 1:
        worse = (*row.turns[:-1], Turn("assistant", row.rejected))
        other = encode_conversation(tokenizer, _messages(worse), ends)[-1]
        if len(other.ids) <= config.max_length:
            end = other.spans[-1]
            marks = [float(end.start <= at < end.end) for at in range(len(other.ids))]
            rejected = Example(other.ids, tuple(marks), number, row.task, prompt=end.start)
    label = (row.state or {}).get("label") if config.losses.head is not None else None
    return Example(encoded.ids, tuple(weights), number, row.task, rejected, None if label is None else str(label), last.start)


def _answer_weights(length: int, weight: float, penalty: Length | None) -> list[float]:
    """Weights of an answer's tokens, the end-of-turn token last.

    >>> _answer_weights(4, 1.0, Length(target=2))
    [1.0, 1.0, 0.5, 2.0]
    """
    if penalty is None:
        return [weight] * length
    inside = min(length - 1, penalty.target)
    return [weight] * inside + [weight * penalty.beyond] * (length - 1 - inside) + [weight * penalty.end]


def _segments(tokenizer: Any, row: Row, number: int, config: TrainConfig, encoding: Encoding) -> Iterator[Example]:
    """Running text, every token once: a segment begins with the end of the one before, which is context and not trained."""
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    ids = tokenizer.encode(row.text, add_special_tokens=False)
    if tokenizer.eos_token_id is not None:
        ids.append(tokenizer.eos_token_id)
    fresh = config.max_length - 1
    first = True
    at = 0
    while at < len(ids):
        context = [] if first else ids[max(0, at - config.overlap) : at]
        piece = ids[at : at + fresh - len(context)]
        weights = [0.0] * (1 + len(context)) + [1.0] * len(piece)
        yield Example((start, *context, *piece), tuple(weights), number, row.task)
        at += len(piece)
        if at < len(ids) and first:
            encoding.split.append(row.where)
        first = False


def _scaled(example: Example, scale: float) -> Example:
    return replace(example, weights=tuple(weight * scale for weight in example.weights))


def _messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in turns]
