"""Claims against a table of facts: what a response says of a product must be what the suite's knowledge table says.

The target names facts of the table and a mode:

- `state`: each of them must be told, and every claim about them must agree.
- `reject`: the request goes against them (a temperature out of range, a feature that is not there); the response must say so, or tell
  the fact that rules it out. `asked` holds the quantities that the request names: repeated in a refusal, they are no claims.
- `free`: at least one thing must be said about them, and every claim must agree. Without `facts`, all of the table's are meant.

How a number finds its fact: by a unit of the fact's dimension, and by the names of facts of that dimension in its part of the clause, or
last in the sentence before it; without such a name it is taken to be about the fact that was asked for. "At most" and "at least" must be
the ends of a range; "over" and "under" need only be consistent. A number converted from another unit may be 1 % off. A denied number
("not 95 kWh") and a difference ("40 km further") are no claims.

In every mode, naming a feature that the table says is not there, as if it were, is wrong (the term check). Saying that it is not known,
without a claim, is abstaining (`withheld.py`); an answer that does neither is off-topic, which is wrong.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from harness.item import Item
from harness.knowledge import Fact, FeatureFact, Knowledge, NameFact, NumberFact, OptionsFact, Part
from harness.records import Answer, Check, Score
from harness.scorers.claims import Claim, feature_claims, name_claims, number_claims, option_claims
from harness.scorers.mentions import Line, absent_names, affirmed, mentions_of, read
from harness.scorers.quantities import Quantity, quantities
from harness.scorers.refusals import turns_down
from harness.scorers.text import Phrase, comparable
from harness.scorers.withheld import abstains, repeats

_YES_RE = re.compile(r"(?:是的?|有的?|支持|可以|能|配备|会|对)(?:[,。!]|$)|\byes\b")
_NO_RE = re.compile(r"(?:没有|没|无|不是|不支持|不能|不可以|不会|不|未配备|没配)(?:[,。!呢的]|$)|\bno\b")


class FactsTarget(BaseModel):
    """Which facts of the table a response is about, and what it is to do with them."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["state", "reject", "free"]
    facts: tuple[Phrase, ...] = ()
    """Ids of the table's facts; ".min" or ".max" behind that of a range means one end of it."""
    asked: tuple[Phrase, ...] = ()
    """Quantities that the request names and the table rules out, with their units."""
    abstain: bool = False
    """Saying that it is not known is right, too."""

    @model_validator(mode="after")
    def _consistent(self) -> "FactsTarget":
        if not self.facts and self.mode != "free":
            raise ValueError(f"mode '{self.mode}' needs facts")
        if self.mode != "reject" and (self.asked or self.abstain):
            raise ValueError("asked and abstain belong to mode 'reject'")
        if stray := [text for text in self.asked if len(quantities(comparable(text))) != 1]:
            raise ValueError(f"asked: '{stray[0]}' is not one quantity")
        return self


@dataclass
class _Judged:
    """One fact and what the response claims of it."""

    fact: Fact
    part: Part
    claims: list[Claim] = field(default_factory=list)

    @property
    def told(self) -> bool:
        """Everything of the fact is said."""
        states = frozenset().union(*(claim.states for claim in self.claims))
        if isinstance(self.fact, NumberFact) and self.fact.min is not None:
            return states >= ({self.part} if self.part else {"min", "max"})
        if isinstance(self.fact, OptionsFact):
            return states >= {option[0] for option in self.fact.options}
        return bool(states)

    @property
    def shown(self) -> str:
        """What the table has, in English where it has that."""
        if isinstance(self.fact, NumberFact):
            return self.fact.shown(self.part)
        if isinstance(self.fact, OptionsFact):
            return ", ".join(map(_english, self.fact.options))
        return _english(self.fact.value) if isinstance(self.fact, NameFact) else f"{'' if self.fact.has else 'no '}{self.fact.en[0]}"


def _english(names: tuple[str, ...]) -> str:
    return next((name for name in names if name.isascii()), names[0])


class FactsScorer:
    """`truthful`, `not_wrong` and `abstained` as the scorer `abstention` gives them; `claims_right` is the share of
    claims about the named facts that agree with the table, 1 where nothing is claimed: read it beside `abstained`.
    """

    name = "facts"
    version = 1
    metrics = ("truthful", "not_wrong", "abstained", "claims_right")

    def check_target(self, item: Item) -> None:
        target = FactsTarget.model_validate(item.target)
        for reference in target.facts:
            item.knowledge.find(reference)

    def score(self, item: Item, answer: Answer) -> Score:
        target = FactsTarget.model_validate(item.target)
        table = item.knowledge
        lines = read(answer.text, table)
        if target.mode == "reject":  # A request or a table that is only repeated turns nothing down.
            lines = [line for line in lines if not repeats(line.sentence.text, item.given)]
        asked = [quantity for text in target.asked for quantity in quantities(comparable(text))]
        references = target.facts or tuple(fact.id for fact in table.facts)
        judged = [_Judged(*table.find(reference)) for reference in references]
        for each in judged:
            each.claims.extend(_claims(each, lines, table, asked))
        _settle_shared(judged)
        claims = [claim for each in judged for claim in each.claims]
        wrong = [f"claims {claim.says}; the table has {each.shown}" for each in judged for claim in each.claims if not claim.agrees]
        invented = [f"names '{name}', which the table says is not there" for name in _invented(lines, table)]
        abstained = not claims and not invented and abstains(answer.text, item.given)
        right, reason = _verdict(target, judged, lines, abstained)
        truthful = right and not wrong and not invented
        checks = [
            Check("claims", not wrong, "; ".join(wrong) or f"{len(claims)} claims agree with the table"),
            Check("terms", not invented, "; ".join(invented) or "names no feature that is not there"),
            Check(target.mode, right, reason),
        ]
        share = sum(claim.agrees for claim in claims) / len(claims) if claims else 1.0
        values = (truthful, truthful or abstained, abstained, share)
        metrics = dict(zip(self.metrics, map(float, values), strict=True))
        return Score(metrics, tuple(sorted(checks, key=lambda check: check.passed)))


def _claims(judged: _Judged, lines: list[Line], table: Knowledge, asked: list[Quantity]) -> Iterator[Claim]:
    fact = judged.fact
    if isinstance(fact, NumberFact):
        yield from number_claims(fact, judged.part, lines, table, asked)
    elif isinstance(fact, NameFact):
        yield from name_claims(fact, lines, table)
    elif isinstance(fact, OptionsFact):
        yield from option_claims(fact, lines, table)
    else:
        found = list(feature_claims(fact, lines, table))
        yield from found or _short_answer(fact, lines)


def _short_answer(fact: FeatureFact, lines: list[Line]) -> Iterator[Claim]:
    """A response that begins with yes or no says it of the feature it was asked about."""
    start = lines[0].sentence.text if lines else ""
    for pattern, there in ((_NO_RE, False), (_YES_RE, True)):
        if pattern.match(start):
            yield Claim(there is fact.has, "yes" if there else "no", frozenset({"value"} if there is fact.has else ()))
            return


def _settle_shared(judged: list[_Judged]) -> None:
    """A claim that says nothing of which fact it is about counts for those it agrees with; "of the 82 kWh, 78 kWh are usable" tells two."""
    agreed = {claim.says for each in judged for claim in each.claims if claim.agrees}
    for each in judged:
        told = each.told
        each.claims = [
            claim for claim in each.claims if claim.agrees or claim.named or not (claim.says in agreed or (told and claim.tells_other))
        ]


def _invented(lines: list[Line], table: Knowledge) -> Iterator[str]:
    for names in absent_names(table):
        if hit := next((mention.name for number, mention in mentions_of(lines, names) if affirmed(lines, number, mention)), None):
            yield hit


def _verdict(target: FactsTarget, judged: list[_Judged], lines: list[Line], abstained: bool) -> tuple[bool, str]:
    """Whether the response does what its mode asks for, claims aside, and why."""
    untold = [f"{each.fact.en[0]} ({each.shown})" for each in judged if not each.told]
    if abstained:
        return target.abstain, "abstains"
    if target.mode == "state":
        return not untold, f"does not tell {', '.join(untold)}" if untold else "tells what was asked for"
    if target.mode == "free":
        claimed = any(each.claims for each in judged)
        return claimed, "says something of the facts" if claimed else "says nothing of the facts"
    if turns_down(lines):
        return True, "turns the request down"
    # Of a list the whole must be told: "switched to sport" does not say that there is no race mode.
    if any(each.told if isinstance(each.fact, OptionsFact) else any(claim.states for claim in each.claims) for each in judged):
        return True, "tells the fact that rules it out"
    return False, "does not turn the request down"
