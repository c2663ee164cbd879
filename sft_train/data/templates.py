"""templates.yaml: how the prompts of each task are worded, with slots in braces, and what is wrong with prompts that are worded otherwise.

A task may have several templates in each language. `{text}` is a slot; `{{` and `}}` are braces.
"""

import re
import string
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from pydantic import Field, field_validator

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


class Template(Settings):
    """How a prompt is worded, with slots in braces."""

    text: str = Field(min_length=1)
    lang: Lang = "zh"

    @field_validator("text")
    @classmethod
    def _parses(cls, text: str) -> str:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
        if not all(name.isidentifier() for name in names):
            raise ValueError("slots are words in braces, such as {text}")
        return text

    @property
    def slots(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for _, name, _, _ in string.Formatter().parse(self.text) if name))

    def render(self, values: Mapping[str, str]) -> str:
        """The template with its slots filled; raises ValueError naming those that have no value.

        >>> Template(text="分类：{text} 类别：").render({"text": "空调不冷"})
        '分类：空调不冷 类别：'
        """
        if missing := [slot for slot in self.slots if not values.get(slot, "").strip()]:
            raise ValueError(f"no value for {', '.join(missing)}")
        return self.text.format_map(values)

    def read(self, prompt: str) -> dict[str, str] | None:
        """The slots' values in a prompt that was made from this template, or None.

        >>> Template(text="分类：{text} 类别：").read("分类： 空调不冷\\n类别：")
        {'text': '空调不冷'}
        """
        pattern, seen = "", set()
        for literal, name, _, _ in string.Formatter().parse(self.text):
            pattern += r"\s*".join(re.escape(word) for word in re.split(r"\s+", literal))
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


def read_templates(path: str) -> Registry:
    """Read a templates.yaml, or the bundled one."""
    return read_settings(Path(str(files("sft_train") / "templates.yaml")) if path == BUNDLED else Path(path), Registry)


def lint_templates(rows: Sequence[Row], registry: Registry) -> list[Finding]:
    """Prompts that are too long, leave a slot unfilled, hold role tags or fillers, or are worded unlike their task's templates."""
    broken: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in rows:
        for rule, text in _faults(row, registry.tasks.get(row.task)):
            broken[rule, row.task, text].append(row.where)
    return [
        finding(rule, "error" if rule in _GRAVE else "warning", f"task '{task}': {len(places)} prompts {text}", places)
        for (rule, task, text), places in broken.items()
    ]


def _faults(row: Row, task: TaskTemplates | None) -> Iterator[tuple[str, str]]:
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
    for template in own:
        values = template.read(row.question)
        if values is not None and template.render(values).strip() != row.question.strip():
            yield "spacing", "differ from their template in white space"
