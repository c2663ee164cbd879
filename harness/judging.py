"""From finished runs to what a judge is asked: a suite in memory, with an item for each answer or pair of answers.

The judge then is a model like any other, and its run a run like any other: journalled, continued, known by its hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.errors import UserError
from harness.item import Item, Lang, PublicItem
from harness.rubric import Rubric
from harness.settings import first_error
from harness.store import finished_manifest, read_responses, read_scores
from harness.stored import parts_of_run, suites_of_run
from harness.suite import Suite, make_suite
from harness.suite_config import Generation, SuiteConfig
from harness.thinking import strip_thinking

Key = tuple[str, str, int]
"""Suite, item, sample."""
_TURN: dict[Lang, str] = {"zh": "第 {} 轮", "en": "Turn {}"}
_SYSTEM: dict[Lang, tuple[str, str]] = {"zh": ("系统提示", "用户"), "en": ("System message", "User")}


@dataclass(frozen=True)
class JudgedRun:
    """A finished run, as far as a judge is shown it."""

    folder: Path
    manifest: dict[str, Any]
    items: dict[Key, Item]
    """Of each answer the item as the suite has it: the words of a condition are no part of the question."""
    answers: dict[Key, tuple[str, ...]]
    """The texts that were judged by the run's own scorers, one a turn, without thoughts."""
    errors: int
    """Samples that ended in an error and have no answer."""
    scored: int
    """Samples of choices and running text, where nothing was generated."""


@dataclass(frozen=True)
class Judging:
    """What a judge is asked, and what it is not."""

    suite: Suite
    keys: dict[str, Key]
    """By the item's id in `suite`, the answer or the pair that it is about."""
    left_out: dict[str, int]
    """By reason, answers or pairs that the judge is not asked about."""


def read_judged_run(folder: Path, suites: Sequence[str] = ()) -> JudgedRun:
    """Read the answers of a finished run, of the suites named or of all.

    Raises UserError or RunError if it is no finished run, or a suite does not ask any more what the run answered.
    """
    manifest = finished_manifest(folder)
    rows = read_responses(folder)
    post = {_key(row): row["judged"] for row in read_scores(folder) if "judged" in row}
    found: dict[Key, Item] = {}
    answers: dict[Key, tuple[str, ...]] = {}
    errors = scored = 0
    for part in parts_of_run(manifest, suites_of_run(manifest, suites), rows):
        items = {item.id: item for item in (part.plain or part).items}
        for row in (row for row in rows if row["suite"] == part.suite.name):
            item, key = items[row["item"]], _key(row)
            if item.is_scored:
                scored += 1
            elif row["error"] is not None or row["response"] is None:
                errors += 1
            else:
                first, *later = (strip_thinking(text)[0] for text in (row["response"], *row["follow_ups"][: len(item.turns)]))
                found[key], answers[key] = item, (post.get(key, first), *later)
    return JudgedRun(folder, manifest, found, answers, errors, scored)


def pairs_of(rubric: Rubric, a: JudgedRun, b: JudgedRun) -> Judging:
    """What a judge is asked about the answers that two runs gave to the same items.

    Two answers that are the same, word for word, are a tie without being asked about. Raises UserError if no pair is left.
    """
    both = [key for key in a.answers if key in b.answers]
    asked = [key for key in both if a.answers[key] != b.answers[key]]
    left_out = {
        "the two answers are the same": len(both) - len(asked),
        "only one run has an answer": len(a.answers.keys() ^ b.answers.keys()),
        "an answer is an error": a.errors + b.errors,
        "nothing was generated": a.scored + b.scored,
    }
    if not asked:
        raise UserError(f"Runs '{a.folder}' and '{b.folder}' have no two different answers to one item to be judged ({_told(left_out)}).")
    items = [_pair(rubric, a.items[key], key, a.answers[key], b.answers[key]) for key in asked]
    return _judging(rubric, "judge_pair", "preference", items, asked, left_out)


def answers_of(rubric: Rubric, run: JudgedRun) -> Judging:
    """What a judge is asked about the answers of one run; raises UserError if there are none."""
    left_out = {"an answer is an error": run.errors, "nothing was generated": run.scored}
    if not run.answers:
        raise UserError(f"Run '{run.folder}' has no answers to be judged ({_told(left_out)}).")
    items = [_rated(rubric, run.items[key], key, texts) for key, texts in run.answers.items()]
    return _judging(rubric, "judge_rating", "rating", items, list(run.answers), left_out)


def _pair(rubric: Rubric, item: Item, key: Key, a: tuple[str, ...], b: tuple[str, ...]) -> Item:
    shown = [_numbered(texts, item.lang) for texts in (a, b)]
    as_given, swapped = (
        rubric.ask(item.lang, _question(item), _reference(item), answer_a=first, answer_b=second)
        for first, second in (shown, reversed(shown))
    )
    return _item(rubric, item, key, as_given, {"swapped": swapped, "max_tokens": rubric.max_tokens})


def _rated(rubric: Rubric, item: Item, key: Key, texts: tuple[str, ...]) -> Item:
    assert rubric.scale is not None
    low, high = rubric.scale
    asked = rubric.ask(item.lang, _question(item), _reference(item), answer=_numbered(texts, item.lang))
    return _item(rubric, item, key, asked, {"low": low, "high": high})


def _item(rubric: Rubric, item: Item, key: Key, prompt: str, target: dict[str, Any]) -> Item:
    suite, name, sample = key
    try:
        return PublicItem(
            id=f"{suite}/{name}/{sample}", lang=item.lang, stratum=suite, cluster=f"{suite}/{item.cluster}", prompt=prompt,
            system=rubric.system.get(item.lang), scorer=f"judge_{'pair' if rubric.kind == 'pairwise' else 'rating'}", target=target,
        )  # fmt: skip
    except ValidationError as error:
        raise UserError(f"Item '{name}' of suite '{suite}' cannot be put to a judge: {first_error(error)}") from error


def _judging(rubric: Rubric, scorer: str, metric: str, items: list[Item], keys: list[Key], left_out: dict[str, int]) -> Judging:
    config = SuiteConfig(
        name=rubric.name, version=rubric.version, title=rubric.title, scorer=scorer, primary_metric=metric, margin=0.05,
        strata=tuple(dict.fromkeys(item.stratum for item in items)), generation=Generation(max_tokens=rubric.max_tokens),
    )  # fmt: skip
    suite = make_suite(config, items, Path(rubric.name), Path(rubric.name))
    return Judging(suite, {item.id: key for item, key in zip(items, keys, strict=True)}, {why: n for why, n in left_out.items() if n})


def _question(item: Item) -> str:
    """All that the user says, turn by turn, under the system message if there is one."""
    said = _numbered(item.user_turns, item.lang)
    if item.system is None:
        return said
    system, user = _SYSTEM[item.lang]
    return f"[{system}]\n{item.system}\n\n[{user}]\n{said}"


def _numbered(texts: Sequence[str], lang: Lang) -> str:
    if len(texts) == 1:
        return texts[0]
    return "\n\n".join(f"[{_TURN[lang].format(number)}]\n{text}" for number, text in enumerate(texts, start=1))


def _reference(item: Item) -> str | None:
    return item.references[0] if item.references else None


def _key(row: dict[str, Any]) -> Key:
    return row["suite"], row["item"], row["sample"]


def _told(left_out: dict[str, int]) -> str:
    return "; ".join(f"{why}: {n}" for why, n in left_out.items())
