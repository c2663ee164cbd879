"""Which tokens of a conversation are trained on: the assistant's turns with their end-of-turn token, and nothing else."""

from typing import Any

IGNORED = -100
"""Label of a token that adds nothing to the loss."""


def encode_conversation(tokenizer: Any, messages: list[dict[str, str]], max_length: int) -> tuple[list[int], list[int]] | None:
    """Token ids and labels of a conversation, each of shape (tokens,), rendered by the model's own chat template.

    The whole is rendered once; each assistant turn is found as what the rendering up to its end adds to the rendering up to where
    it begins. Returns None if it does not fit in `max_length`: a cut answer would teach the model to stop anywhere.

    Raises ValueError if the template does not render turn by turn, so that the turns cannot be told apart.
    """
    whole = _render(tokenizer, messages, prompt=False)
    ids: list[int] = []
    labels: list[int] = []
    done = 0
    for index, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        begin = len(_render(tokenizer, messages[:index], prompt=True))
        end = len(_render(tokenizer, messages[: index + 1], prompt=False))
        if whole[:begin] != _render(tokenizer, messages[:index], prompt=True) or not done <= begin < end:
            raise ValueError("the chat template does not render turn by turn; assistant turns cannot be found")
        for text, trained in ((whole[done:begin], False), (whole[begin:end], True)):
            piece = tokenizer.encode(text, add_special_tokens=False)
            ids += piece
            labels += piece if trained else [IGNORED] * len(piece)
        done = end
    return (ids, labels) if len(ids) <= max_length and any(label != IGNORED for label in labels) else None


def _render(tokenizer: Any, messages: list[dict[str, str]], *, prompt: bool) -> str:
    text: str = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt) if messages else ""
    return text
