"""Looks at the items of a suite as a whole: prompts that are alike, answers that give themselves away, examples that prove nothing.

Problems make a suite unfit; warnings are for a person to look at. Covered are form and counts. Not covered: whether an item is true, fair
or hard, and paraphrases that share no wording. That the examples are judged as they should be is proved by `suite_check.py`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from harness.item import Item
from harness.scorers.abstention import AbstentionTarget
from harness.scorers.exact import ExactTarget
from harness.scorers.text import canonical_number, sentences
from harness.suite import Suite
from harness.suite_choices import (
    count_longest,
    count_positions,
    length_warnings,
    position_problems,
    right_choice_in_prompt,
    stands_in,
)
from harness.suite_report import Audit, Finding, SkeletonCount
from harness.suite_similar import jaccard, ngrams, similar_pairs
from harness.suite_skeleton import skeleton

DISTINCT_SHARE = 0.6
ONE_SKELETON = 3
ONE_SKELETON_REPETITIVE = 10
SIMILAR = 0.7
"""About one word in eight is another: "write about autumn in fewer than fifty words", "write about spring in fewer than fifty words"."""
SAME = 0.97
"""A character or two in a long prompt; in a short one, nothing but case, width and white space."""
BOILERPLATE_ITEMS = 5
_PAIRS_LISTED = 200
_IDS_LISTED = 6
_PASSAGE_SENTENCES = 3


def audit_suite(suite: Suite) -> Audit:
    """Count and compare the items of a suite whose targets were checked (`check_targets`)."""
    items, repetitive = suite.items, set(suite.config.repetitive_strata)
    positions, lengths = count_positions(items), count_longest(items)
    same, similar = _near_duplicates(items)
    forms = {item.id: skeleton(_question(item)) for item in items}
    by_stratum = {stratum: [forms[item.id] for item in items if item.stratum == stratum] for stratum in suite.config.strata}
    return Audit(
        groups=dict(sorted(Counter((item.stratum, item.lang) for item in items).items())),
        cluster_sizes=dict(sorted(Counter(Counter(item.cluster for item in items).values()).items())),
        skeletons=_count_skeletons(forms.values()),
        skeletons_by_stratum={stratum: _count_skeletons(members) for stratum, members in by_stratum.items()},
        positions=positions,
        lengths=lengths,
        problems=(*_skeleton_problems(items, forms, repetitive), *same, *position_problems(positions), *_fail_problems(items)),
        warnings=(*similar, *_answers_in_prompts(items), *length_warnings(lengths)),
    )


def _question(item: Item) -> str:
    """What an item asks, in all turns together; where a raw item has no prompt, its choices; of running text, the text."""
    if item.text is not None:
        return item.text
    return "\n".join(item.user_turns) if item.prompt.strip() else " / ".join(item.choices or ())


def _count_skeletons(forms: Iterable[str]) -> SkeletonCount:
    sizes = Counter(forms).values()
    return SkeletonCount(sum(sizes), len(sizes), max(sizes, default=0))


def _skeleton_problems(items: tuple[Item, ...], forms: dict[str, str], repetitive: set[str]) -> Iterator[Finding]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[forms[item.id]].append(item)
    if len(groups) < DISTINCT_SHARE * len(items):
        yield Finding(
            "skeletons",
            (),
            f"{len(groups)} skeletons for {len(items)} prompts are too few: {len(groups) / len(items):.0%}, {DISTINCT_SHARE:.0%} wanted; "
            "write prompts instead of filling in templates",
        )
    for form, group in groups.items():
        # A form that also serves another stratum is no habit of the repetitive one.
        limit = ONE_SKELETON_REPETITIVE if all(item.stratum in repetitive for item in group) else ONE_SKELETON
        if len(group) > limit:
            ids = tuple(item.id for item in group)
            yield Finding("skeletons", ids, f"{_listed(ids)}: {len(ids)} prompts have one skeleton, at most {limit} may: '{form[:80]}'")


def _near_duplicates(items: tuple[Item, ...]) -> tuple[list[Finding], list[Finding]]:
    """Pairs that are the same but for trifles, and pairs that are nearly the same; each the most alike first."""
    pairs = []
    questions = [" ".join((*item.user_turns, *(item.choices or ()))) for item in items]
    for one, other, similarity in similar_pairs(questions, SIMILAR):
        first, second = items[one], items[other]
        # Pairs that are wholly the same are found by the proof of examples.
        if first.cluster == second.cluster or _asked(first) == _asked(second):
            continue
        if first.system != second.system:  # Two orders to the system may make two items of one question.
            whole = (ngrams(f"{item.system or ''} {question}") for item, question in ((first, questions[one]), (second, questions[other])))
            similarity = min(similarity, jaccard(*whole))
        if similarity >= SIMILAR:
            pairs.append((similarity, first.id, second.id))
    pairs.sort(key=lambda pair: -pair[0])
    same, similar = [pair for pair in pairs if pair[0] >= SAME], [pair for pair in pairs if pair[0] < SAME]
    return _pair_findings(same), _pair_findings(similar)


def _asked(item: Item) -> tuple[tuple[str, ...], str | None, tuple[str, ...] | None]:
    return item.user_turns, item.system, item.choices


def _pair_findings(pairs: list[tuple[float, str, str]]) -> list[Finding]:
    found = [
        Finding(
            "similar", (first, second), f"{second}: nearly the same prompt as {first} ({similarity:.0%} alike); "
            "drop one, or give both the same cluster",
        )
        for similarity, first, second in pairs[:_PAIRS_LISTED]
    ]  # fmt: skip
    if (more := len(pairs) - _PAIRS_LISTED) > 0:
        found.append(Finding("similar", (), f"{more} more pairs of prompts are nearly the same"))
    return found


def _answers_in_prompts(items: tuple[Item, ...]) -> Iterator[Finding]:
    sizes = Counter(item.cluster for item in items)
    for item in items:
        if item.scorer == "choice" and (right := right_choice_in_prompt(item)) is not None:
            yield Finding("answer", (item.id,), f"{item.id}: the right choice '{right}' stands in the prompt, and no wrong one does")
        elif answers := [answer for answer in _accepted(item, sizes[item.cluster]) if _given_away(item, answer)]:
            yield Finding("answer", (item.id,), f"{item.id}: the accepted answer '{answers[0]}' stands in the prompt")


def _accepted(item: Item, cluster_size: int) -> tuple[str, ...]:
    """Answers that the prompt should not hold; none for a question about a passage, whose answer must stand there."""
    if item.scorer == "exact":
        return ExactTarget.model_validate(item.target).answers
    if item.scorer == "abstention" and cluster_size == 1 and len(sentences(item.prompt)) < _PASSAGE_SENTENCES:
        return AbstentionTarget.model_validate(item.target).answers
    return ()


def _given_away(item: Item, answer: str) -> bool:
    prompt = "\n".join((item.system or "", item.prompt))
    if item.target.get("match") != "number":
        return stands_in(prompt, answer)
    plain = canonical_number(answer)
    forms = {answer, plain, f"{int(plain):,}"} if plain.isdecimal() and len(plain) < 19 else {answer, plain}
    return any(stands_in(prompt, form) for form in forms)


def _fail_problems(items: tuple[Item, ...]) -> Iterator[Finding]:
    users: dict[str, dict[str, None]] = defaultdict(dict)
    for item in items:
        for number, example in enumerate(item.failing, start=1):
            turns = [text.strip() for text in ((example,) if isinstance(example, str) else example)]
            if not all(turns):
                yield Finding("fail", (item.id,), f"{item.id}: fail example {number} is empty, which proves nothing; write a wrong answer")
            elif item.choices is None:  # With choices, the examples are these.
                users["\n".join(turns)][item.id] = None
    for text, ids in users.items():
        if len(ids) > BOILERPLATE_ITEMS:
            yield Finding(
                "fail", tuple(ids), f"{_listed(tuple(ids))}: {len(ids)} items have the same fail example, at most {BOILERPLATE_ITEMS} may: "
                f"'{text[:60]}'; write wrong answers to the question",
            )  # fmt: skip


def _listed(ids: tuple[str, ...]) -> str:
    return ", ".join(ids[:_IDS_LISTED]) + (" …" if len(ids) > _IDS_LISTED else "")
