"""Whether the right choice gives itself away: by its position, by its length, or by standing in the prompt when no wrong one does.

Items of the scorer `choice` are looked at, and of `classification`, whose prompts list labels, the positions only. Not covered:
choices that differ in style, or in how likely they are without the prompt.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from scipy.stats import binom, chisquare

from harness.item import Item
from harness.scorers.choice import ChoiceTarget
from harness.scorers.classification import ClassificationTarget
from harness.scorers.text import contains_phrase
from harness.suite_report import Finding, LengthCount, PositionCount

POSITION_P = 0.01
LENGTH_EXCESS = 0.2
LENGTH_ITEMS = 20
_CHI_SQUARE_ITEMS = 10


def right_index(item: Item) -> int:
    """Position of the right choice of an item whose target was checked."""
    return ChoiceTarget.model_validate(item.target).answer


def count_positions(items: Iterable[Item]) -> tuple[PositionCount, ...]:
    """Count where the right choices and labels stand, by stratum, language and number of choices."""
    groups: dict[tuple[str, str, int], Counter[int]] = defaultdict(Counter)
    items = tuple(items)
    for item in _choice_items(items):
        groups[item.stratum, item.lang, len(item.choices or ())][right_index(item)] += 1
    for item in items:
        if item.scorer == "classification":
            target = ClassificationTarget.model_validate(item.target)
            groups[item.stratum, item.lang, len(target.labels)][target.labels.index(target.answer)] += 1
    return tuple(
        PositionCount(stratum, lang, counts := tuple(counter[position] for position in range(choices)), position_pvalue(counts))
        for (stratum, lang, choices), counter in sorted(groups.items())
    )


def position_pvalue(counts: Sequence[int]) -> float:
    """Probability of counts at least as uneven as these if every position is equally likely.

    Pearson's chi-square test from ten items on (Koehler and Larntz, JASA 75, 1980: it holds for even expectations from there). For
    fewer, where it would call four items in one place uneven, the binomial probability of the largest count times the number
    of positions (Bonferroni), which is never too small.
    """
    total = sum(counts)
    if total >= _CHI_SQUARE_ITEMS:
        return float(chisquare(counts).pvalue)
    return min(1.0, len(counts) * float(binom.sf(max(counts) - 1, total, 1 / len(counts))))


def position_problems(positions: Iterable[PositionCount]) -> list[Finding]:
    """A finding for each group in which right choices stand unevenly."""
    return [
        Finding(
            "positions", (), f"stratum '{group.stratum}', {group.lang}: the positions of right choices are uneven: "
            f"{' '.join(map(str, group.counts))} from first to last (p = {group.pvalue:.2g}); move some",
        )
        for group in positions if group.pvalue < POSITION_P
    ]  # fmt: skip


def count_longest(items: Iterable[Item]) -> tuple[LengthCount, ...]:
    """Count, by stratum, the right choices that have more characters than every wrong one of their item."""
    strata: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for item in _choice_items(items):
        right, wrong = _right_and_wrong(item)
        strata[item.stratum].append((len(right) > max(map(len, wrong)), 1 / (len(wrong) + 1)))
    return tuple(
        LengthCount(stratum, len(rows), sum(longest for longest, _ in rows), fmean(chance for _, chance in rows))
        for stratum, rows in sorted(strata.items())
    )


def length_warnings(lengths: Iterable[LengthCount]) -> list[Finding]:
    """A finding for each stratum in which the right choice is the longest too often."""
    return [
        Finding(
            "length", (), f"stratum '{group.stratum}': the right choice is the longest in {group.longest} of {group.items} items "
            f"({group.share:.0%}, {group.chance:.0%} by chance); lengthen wrong choices",
        )
        for group in lengths if group.items >= LENGTH_ITEMS and group.share > group.chance + LENGTH_EXCESS
    ]  # fmt: skip


def right_choice_in_prompt(item: Item) -> str | None:
    """The right choice, if it stands in what the model reads before the choices and no wrong one does."""
    prompt = "\n".join((item.system or "", item.prompt))
    right, wrong = _right_and_wrong(item)
    if not stands_in(prompt, right) or any(stands_in(prompt, choice) for choice in wrong):
        return None
    return right


def stands_in(prompt: str, phrase: str) -> bool:
    """Whether `phrase` stands in `prompt`, as the scorers look for phrases; one of Markdown signs alone never does."""
    try:
        return contains_phrase(prompt, phrase)
    except ValueError:
        return False


def _right_and_wrong(item: Item) -> tuple[str, list[str]]:
    choices, index = item.choices or (), right_index(item)
    return choices[index], [choice for position, choice in enumerate(choices) if position != index]


def _choice_items(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item.scorer == "choice" and item.choices is not None]
