"""templates.yaml: how the prompts of each task are worded, with slots in braces, and what is wrong with prompts that are worded otherwise.

A task may have several templates in each language, and each of them other wordings that mean the same. `{text}` is a slot; `{{` and `}}`
are braces.
"""

import re
import string
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from pydantic import Field, field_validator, model_validator

from harness.item import Lang
from harness.scorers.text import count_zi
from sft_train.data.finding import Finding, finding
from sft_train.data.record import Row
from sft_train.data.tagged import is_tagged
from sft_train.settings import Settings, read_settings

BUNDLED = "bundled"
_GRAVE = ("unfilled", "role_tags", "template")
_UNFILLED_RE = re.compile(
    r"\{[a-zA-Z_一-鿿]{1,20}\}|\[(?:文本|内容|输入|类别|车型|text|input|content|insert [^\]]{1,20})\]|<(?:文本|text|input)>|"
    r"(?<!\w)XXX?(?!\w)"
)
_FILLERS = (
    "麻烦您帮我",
    "我想请问一下",
    "可不可以请你",
    "如果方便的话",
    "i was wondering if you could possibly",
    "would you be so kind as to",
)


_WIDTHS = {sign: f"[{pair}]" for pair in ("：:", "，,", "？?", "！!", "；;", "（(", "）)") for sign in pair}


class Template(Settings):
    """How a prompt is worded, with slots in braces."""

    text: str = Field(min_length=1)
    lang: Lang = "zh"
    others: tuple[str, ...] = ()
    """Other wordings with the same slots, which `unify` rewrites as `text`."""

    @field_validator("text", "others")
    @classmethod
    def _parses(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for text in (given,) if isinstance(given, str) else given:
            names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
            if not all(name.isidentifier() for name in names):
                raise ValueError("slots are words in braces, such as {text}")
        return given

    @model_validator(mode="after")
    def _same_slots(self) -> "Template":
        for other in self.others:
            if set(_slots(other)) != set(self.slots):
                raise ValueError(f"'{other}' has other slots ({', '.join(_slots(other))}) than its template ({', '.join(self.slots)})")
            if not any(literal.strip() for literal, _, _, _ in string.Formatter().parse(other)):
                raise ValueError(f"'{other}' has no words of its own: every prompt would be made from it")
        return self

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the slots in the text."""
        return _slots(self.text)

    def render(self, values: Mapping[str, str]) -> str:
        """The template with its slots filled; raises ValueError naming those that have no value.

        >>> Template(text="分类：{text} 类别：").render({"text": "空调不冷"})
        '分类：空调不冷 类别：'
        """
        if missing := [slot for slot in self.slots if not values.get(slot, "").strip()]:
            raise ValueError(f"no value for {', '.join(missing)}")
        return self.text.format_map(values)

    def read(self, prompt: str) -> dict[str, str] | None:
        """The slots' values in a prompt that was made from this template, give or take white space and the width of signs, or None.

        >>> Template(text="分类：{text} 类别：").read("分类: 空调不冷\\n类别：")
        {'text': '空调不冷'}
        """
        return _read(self.text, prompt)

    def reword(self, prompt: str) -> str | None:
        """The prompt as this template words it, if it was made from the template or one of its other wordings; None if not.

        >>> Template(text="分类：{text} 类别：", others=("{text}属于哪一类？",)).reword("空调不冷属于哪一类?")
        '分类：空调不冷 类别：'
        """
        values = next((found for text in (self.text, *self.others) if (found := _read(text, prompt)) is not None), None)
        return None if values is None else self.render(values)


def _slots(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, name, _, _ in string.Formatter().parse(text) if name))


def _read(text: str, prompt: str) -> dict[str, str] | None:
    pattern, seen = "", set()
    for literal, name, _, _ in string.Formatter().parse(text):
        words = ("".join(_WIDTHS.get(sign) or re.escape(sign) for sign in word) for word in re.split(r"\s+", literal))
        pattern += r"\s*".join(words)
        if name:
            pattern += rf"(?P={name})" if name in seen else rf"\s*(?P<{name}>[\s\S]+?)\s*"
            seen.add(name)
    match = re.fullmatch(rf"\s*{pattern}\s*", prompt)
    return None if match is None else match.groupdict()


class TaskTemplates(Settings):
    """The wordings of one task, and what its prompts must be like."""

    templates: tuple[Template, ...] = Field(min_length=1)
    longest: int = Field(default=2000, ge=1)
    """字数 of a prompt, slots and all."""
    strict: bool = False
    """Whether every prompt must be made from one of the templates; otherwise those that are must be the same to the letter."""


class Registry(Settings):
    """The contents of templates.yaml."""

    tasks: dict[str, TaskTemplates]


@dataclass(frozen=True, slots=True)
class Reworded:
    """A row as it was, and the question that it asks now."""

    row: Row
    question: str


def read_templates(path: str) -> Registry:
    """Read a templates.yaml, or the bundled one."""
    return read_settings(Path(str(files("sft_train") / "templates.yaml")) if path == BUNDLED else Path(path), Registry)


def lint_templates(rows: Sequence[Row], registry: Registry) -> list[Finding]:
    """Prompts that are too long, leave a slot unfilled, hold role tags or fillers, or are worded unlike their task's templates."""
    broken: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in rows:
        for rule, text in _faults(row, registry):
            broken[rule, row.task, text].append(row.where)
    return [
        finding(rule, "error" if rule in _GRAVE else "warning", f"task '{task}': {len(places)} prompts {text}", places)
        for (rule, task, text), places in broken.items()
    ]


def unify(rows: Sequence[Row], registry: Registry) -> tuple[list[Row], list[Reworded]]:
    """The rows with their last questions worded as the templates of their tasks say, where those or their other wordings fit, and what was
    reworded. A question that is one of the templates to the letter stays."""
    found, reworded = [], []
    for row in rows:
        question = _reworded(row, registry)
        if question is not None:
            reworded.append(Reworded(row, question))
            at = max(at for at, turn in enumerate(row.turns) if turn.role == "user")
            row = replace(row, turns=(*row.turns[:at], replace(row.turns[at], content=question), *row.turns[at + 1 :]))
        found.append(row)
    return found, reworded


def _reworded(row: Row, registry: Registry) -> str | None:
    task = registry.tasks.get(row.task)
    asked = row.question.strip()
    if task is None or not asked:
        return None
    wordings = [text for template in task.templates if template.lang == row.lang and (text := template.reword(asked)) is not None]
    return None if not wordings or asked in [text.strip() for text in wordings] else wordings[0]


def _faults(row: Row, registry: Registry) -> Iterator[tuple[str, str]]:
    task = registry.tasks.get(row.task)
    for turn in row.turns:
        if turn.role == "user" and (match := _UNFILLED_RE.search(turn.content)):
            yield "unfilled", f"have an unfilled slot such as '{match[0]}'"
        if is_tagged(turn.content):
            yield "role_tags", "or answers hold the tags 用户： and 助手：; give them as turns"
    asked = row.question.casefold()
    if filler := next((filler for filler in _FILLERS if filler in asked), None):
        yield "filler", f"are padded ('{filler}')"
    if task is None or not row.turns:
        return
    if count_zi(row.prompt) > task.longest:
        yield "long", f"are longer than {task.longest} 字"
    own = [template for template in task.templates if template.lang == row.lang]
    if task.strict and own and not any(template.read(row.question) for template in own):
        yield "template", "are not worded as one of the task's templates"
    if _reworded(row, registry) is not None:
        made = any(template.read(row.question) for template in own)
        how = "differ from their template in white space or the width of signs" if made else "are another wording of their template"
        yield ("spacing" if made else "wording"), f"{how}; unify: true in data.yaml rewrites them"
