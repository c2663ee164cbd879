"""dataspec.yaml: what a data set must be like, and the check of rows against it."""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from harness.scorers.text import count_zi, fold
from sft_train.data.finding import Finding, finding
from sft_train.data.record import Row
from sft_train.settings import Settings, read_settings


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"'{pattern}' is no regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
Share = Annotated[float, Field(ge=0, le=1)]


class Answer(Settings):
    """Rules of form for every answer of a task."""

    most: int | None = Field(default=None, ge=1)
    """字数: a Chinese character is one, a word in other letters is one."""
    least: int = Field(default=1, ge=1)
    pattern: Pattern | None = None
    """Must be found in the answer."""
    parts: tuple[str, ...] = ()
    """Headings or words that stand in the answer in this order."""


class Task(Settings):
    """What the data must have of one task."""

    share: Share | None = None
    """Of all rows."""
    least: int = Field(default=1, ge=1)
    """Rows."""
    answer: Answer = Answer()
    slots: dict[str, tuple[Pattern, ...]] = Field(default_factory=dict)
    """What a prompt must say, by name: one of the regular expressions is found in what the user says."""


class Dialogues(Settings):
    """What the data must have of conversations with several rounds."""

    least_long: Share = 0.0
    """Share of the rows that have three rounds or more."""
    tags: dict[str, Share] = Field(default_factory=dict)
    """Least share of the dialogues (two rounds or more) that carry a tag, such as clarification and topic_change."""


class Spec(Settings):
    """The contents of dataspec.yaml."""

    tasks: dict[str, Task] = Field(min_length=1)
    tolerance: Share = 0.05
    """How far a task's share may be off."""
    licenses: tuple[str, ...] = ()
    """Licences that rows may have; if none is listed, any will do."""
    glossary: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Terms of the domain, each with the wordings that answers must not use in its place."""
    dialogues: Dialogues = Dialogues()


def read_spec(path: str) -> Spec:
    """Read dataspec.yaml; raises UserError naming key and reason."""
    return read_settings(Path(path), Spec)


def check_spec(rows: Sequence[Row], spec: Spec) -> list[Finding]:
    """All in which `rows` are not as `spec` wants them."""
    return [*_tasks(rows, spec), *_forms(rows, spec), *_licenses(rows, spec), *_glossary(rows, spec), *_dialogues(rows, spec.dialogues)]


def _tasks(rows: Sequence[Row], spec: Spec) -> Iterator[Finding]:
    counts = Counter(row.task for row in rows)
    for strange in sorted(counts.keys() - spec.tasks.keys()):
        near = difflib.get_close_matches(strange, spec.tasks, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(spec.tasks)}"
        text = f"{counts[strange]} rows have the task '{strange}', which dataspec.yaml does not know; {hint}"
        places = [row.where for row in rows if row.task == strange]
        yield finding("task", "error", text if strange else f"{counts[strange]} rows name no task", places)
    for name, task in spec.tasks.items():
        if counts[name] < task.least:
            yield finding("coverage", "error", f"task '{name}' has {counts[name]} rows; at least {task.least} are wanted")
        share = counts[name] / len(rows) if rows else 0.0
        if task.share is not None and abs(share - task.share) > spec.tolerance:
            text = f"task '{name}' has {share:.0%} of the rows; {task.share:.0%} ± {spec.tolerance:.0%} is wanted"
            yield finding("share", "error", text)


def _forms(rows: Sequence[Row], spec: Spec) -> Iterator[Finding]:
    """Answers against their task's rules, and slots that prompts leave out; one finding a rule, with its rows."""
    broken: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in rows:
        if (task := spec.tasks.get(row.task)) is None or not row.turns:
            continue
        for answer in row.answers:
            for fault in _answer_faults(answer, task.answer):
                broken["format", row.task, fault].append(row.where)
        asked = "\n".join(turn.content for turn in row.turns if turn.role == "user")
        for slot, patterns in task.slots.items():
            if not any(re.search(pattern, asked, re.IGNORECASE) for pattern in patterns):
                broken["slot", row.task, f"say nothing of {slot}"].append(row.where)
    for (rule, task_name, fault), places in broken.items():
        what = "prompts" if rule == "slot" else "answers"
        yield finding(rule, "error", f"task '{task_name}': {len(places)} {what} {fault}", places)


def _answer_faults(answer: str, rules: Answer) -> Iterator[str]:
    size = count_zi(answer)
    if rules.most is not None and size > rules.most:
        yield f"are longer than {rules.most} 字"
    if size < rules.least:
        yield f"are shorter than {rules.least} 字"
    if rules.pattern is not None and not re.search(rules.pattern, answer):
        yield f"do not match '{rules.pattern}'"
    at = 0
    for part in rules.parts:
        at = answer.find(part, at)
        if at < 0:
            yield f"lack '{part}', or have it in another place"
            return
        at += len(part)


def _licenses(rows: Sequence[Row], spec: Spec) -> Iterator[Finding]:
    if not spec.licenses:
        return
    for name, count in sorted(Counter(row.license for row in rows if row.license not in spec.licenses).items()):
        places = [row.where for row in rows if row.license == name]
        what = f"the licence '{name}', which is not on the list ({', '.join(spec.licenses)})" if name else "no licence"
        yield finding("license", "error", f"{count} rows have {what}", places)


def _glossary(rows: Sequence[Row], spec: Spec) -> Iterator[Finding]:
    for term, wrong in spec.glossary.items():
        for wording in wrong:
            pattern = re.compile(_whole_word(fold(wording)))
            if places := [row.where for row in rows if any(pattern.search(fold(answer)) for answer in row.answers)]:
                yield finding("glossary", "error", f"{len(places)} answers say '{wording}' where the term is '{term}'", places)


def _whole_word(wording: str) -> str:
    edge = (r"(?<![a-z])" if wording[0].isascii() else "", r"(?![a-z])" if wording[-1].isascii() else "")
    return f"{edge[0]}{re.escape(wording)}{edge[1]}"


def _dialogues(rows: Sequence[Row], wanted: Dialogues) -> Iterator[Finding]:
    long = sum(row.rounds >= 3 for row in rows)
    if rows and long / len(rows) < wanted.least_long:
        text = f"{long} of {len(rows)} rows ({long / len(rows):.0%}) have three rounds or more; {wanted.least_long:.0%} are wanted"
        yield finding("rounds", "error", text)
    dialogues = [row for row in rows if row.rounds >= 2]
    for tag, share in wanted.tags.items():
        tagged = sum(tag in row.tags for row in dialogues)
        if tagged < share * len(dialogues) or (share and not dialogues):
            yield finding("tag", "error", f"{tagged} of {len(dialogues)} dialogues carry the tag '{tag}'; {share:.0%} are wanted")
