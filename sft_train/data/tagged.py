"""Conversations as text with role tags, 用户：… 助手：…, read and written.

A tag counts where a line begins. What stands before the first tag, or under 系统：, is the system message.
"""

import re
from collections.abc import Sequence

from sft_train.data.record import Role, Turn

_TAGS: dict[str, Role] = {
    "用户": "user", "助手": "assistant", "系统": "system", "user": "user", "assistant": "assistant", "system": "system", "human": "user",
}  # fmt: skip
_TAG_RE = re.compile(rf"^[ \t]*({'|'.join(_TAGS)})[ \t]*[:：][ \t]*", re.MULTILINE | re.IGNORECASE)
_NAMES: dict[str, dict[Role, str]] = {
    "zh": {"system": "系统：", "user": "用户：", "assistant": "助手："},
    "en": {"system": "System: ", "user": "User: ", "assistant": "Assistant: "},
}
STOPS = ("\n用户：", "\n用户:", "\nUser:")
"""Where an answer of a model that was trained on such text must be cut: there it would go on as the user."""


def is_tagged(text: str) -> bool:
    """Whether both the user and the assistant have a tag in `text`.

    >>> is_tagged("用户：开窗\\n助手：好的"), is_tagged("用户：开窗")
    (True, False)
    """
    return {"user", "assistant"} <= {_TAGS[match[1].lower()] for match in _TAG_RE.finditer(text)}


def read_tagged(text: str) -> tuple[Turn, ...]:
    """The turns of a tagged text; empty if it has no tag.

    >>> [(turn.role, turn.content) for turn in read_tagged("用户：开窗\\n助手：好的，\\n已打开。")]
    [('user', '开窗'), ('assistant', '好的，\\n已打开。')]
    """
    tags = list(_TAG_RE.finditer(text))
    if not tags:
        return ()
    ends = [tag.start() for tag in tags[1:]] + [len(text)]
    turns = [Turn(_TAGS[tag[1].lower()], text[tag.end() : end].strip()) for tag, end in zip(tags, ends, strict=True)]
    before = text[: tags[0].start()].strip()
    return (*([Turn("system", before)] if before else []), *turns)


def write_tagged(turns: Sequence[Turn], lang: str = "zh", *, prompt: bool = False) -> str:
    """The turns as tagged text; with `prompt` the assistant's tag is put at the end, for the model to go on.

    >>> print(write_tagged([Turn("user", "开窗"), Turn("assistant", "已打开。")]))
    用户：开窗
    助手：已打开。
    """
    names = _NAMES[lang]
    lines = [names[turn.role] + turn.content for turn in turns]
    return "\n".join([*lines, names["assistant"].rstrip()] if prompt else lines)
