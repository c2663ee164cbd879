"""Which tokens of a conversation are trained on: the assistant's turns with their end-of-turn token, and nothing else."""

from typing import Any

IGNORED = -100
"""Label of a token that adds nothing to the loss."""


def encode_conversation(tokenizer: Any, messages: list[dict[str, str]], max_length: int) -> tuple[list[int], list[int]] | None:
    """Token ids and labels of a conversation, each of shape (tokens,), rendered by the model's own chat template.

    The whole is rendered once; each assistant turn is found as what the rendering up to its end adds to the rendering up to where
    it begins. Returns None if there is none, or if the whole does not fit in `max_length`: a cut answer would teach the model to stop
    anywhere.

    Raises ValueError if the template does not render turn by turn, so that the turns cannot be told apart.
    """
    if not any(message["role"] == "assistant" for message in messages):
        return None
    whole = _render(tokenizer, messages, prompt=False)
    ids: list[int] = []
    labels: list[int] = []
    done = 0
    for index, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        before = _render(tokenizer, messages[:index], prompt=True) if index else _opening(tokenizer, whole)
        after = _render(tokenizer, messages[: index + 1], prompt=False)
        if not (whole.startswith(after) and after.startswith(before) and done <= len(before) < len(after)):
            raise ValueError("the chat template does not render turn by turn; assistant turns cannot be found")
        given = tokenizer.encode(whole[done : len(before)], add_special_tokens=False)
        turn = tokenizer.encode(after[len(before) :], add_special_tokens=False)
        trained = _up_to_end_token(turn, tokenizer.eos_token_id)
        ids += given + turn
        labels += [IGNORED] * len(given) + turn[:trained] + [IGNORED] * (len(turn) - trained)
        done = len(after)
    return (ids, labels) if len(ids) <= max_length and any(label != IGNORED for label in labels) else None


def _opening(tokenizer: Any, whole: str) -> str:
    """What stands before the words of a conversation's first turn when that is the assistant's; no template renders nothing."""
    question = [{"role": "user", "content": "?"}]
    header = _render(tokenizer, question, prompt=True).removeprefix(_render(tokenizer, question, prompt=False))
    before, found, _ = whole.partition(header)
    return before + found


def _up_to_end_token(turn: list[int], end: int | None) -> int:
    """Number of tokens up to the end-of-turn token, which is trained; what the template writes after it is not the model's."""
    return len(turn) - turn[::-1].index(end) if end in turn else len(turn)


def _render(tokenizer: Any, messages: list[dict[str, str]], *, prompt: bool) -> str:
    try:
        text: str = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
    except Exception as error:  # Jinja raises whatever the template asks for.
        raise ValueError(str(error)) from error
    return text
