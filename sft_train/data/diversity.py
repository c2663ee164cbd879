"""How varied the rows of each task are, before and after cleaning."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.hashing import hash_bytes
from harness.scorers.variety import distinct
from harness.suite_skeleton import skeleton
from sft_train.data.finding import Finding, finding
from sft_train.data.record import Row

_SAMPLED = 1000
_ENOUGH = 20
_LEAST_SKELETONS = 0.3
_SKELETON = 5


@dataclass(frozen=True, slots=True)
class Diversity:
    """Figures of one task; those of wording are of at most a thousand of its rows, always the same."""

    rows: int
    skeletons: float
    """Different skeletons of prompts among all: 1 if no two prompts were made from one template."""
    largest: int
    """Prompts that share the most frequent skeleton."""
    distinct_2: float
    """Different pairs of neighbouring words among all, in prompts and answers, averaged over languages; sinks with the number of rows."""


def diversity(rows: Sequence[Row]) -> dict[str, Diversity]:
    """The figures of each task."""
    tasks: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        tasks[row.task or "(none)"].append(row)
    return {task: _figures(tasks[task]) for task in sorted(tasks)}


def _figures(rows: list[Row]) -> Diversity:
    sample = sorted(rows, key=lambda row: hash_bytes(row.whole.encode()))[:_SAMPLED]
    forms = Counter(skeleton(row.prompt or row.text[:200]) for row in sample)
    by_lang = {lang: [row.whole for row in sample if row.lang == lang] for lang in ("zh", "en")}
    wording = sum(distinct(texts, 2, "zh" if lang == "zh" else "en") * len(texts) for lang, texts in by_lang.items() if texts)
    return Diversity(len(rows), len(forms) / len(sample), max(forms.values()), wording / len(sample))


def diversity_findings(before: dict[str, Diversity], after: dict[str, Diversity], most_lost: float) -> list[Finding]:
    """Tasks that lost too much in cleaning, and tasks whose prompts are of few templates."""
    found = []
    for task, figures in before.items():
        left = after[task].rows if task in after else 0
        if (lost := 1 - left / figures.rows) > most_lost and figures.rows - left > 2:
            text = (
                f"task '{task}': cleaning takes {figures.rows - left} of {figures.rows} rows ({lost:.0%}); at most {most_lost:.0%} may go"
            )
            found.append(finding("lost", "error", f"{text}. Look at the reasons; switch rules off that are too strict, or mend the rows"))
    for task, figures in after.items():
        if figures.rows >= _ENOUGH and (figures.skeletons < _LEAST_SKELETONS or figures.largest > max(_SKELETON, 0.1 * figures.rows)):
            text = f"task '{task}': {figures.skeletons:.0%} of its prompts have a skeleton of their own; {figures.largest} share one"
            found.append(finding("diversity", "warning", f"{text}: it teaches a template rather than a task"))
    return found
