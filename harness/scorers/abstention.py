"""Answers that may, or must, be withheld: correct, wrong or abstained.

An item either has accepted answers (then abstaining is not right, but it is not wrong either), or must be abstained from (then any
claim is wrong). Abstaining is saying, anywhere, that the answer is not known or not stated, without a claim beside it: "Not stated, but it
is probably 12 minutes" is a claim. The rule is written down in `withheld.py`.
"""

from pydantic import BaseModel, ConfigDict, model_validator

from harness.item import Item
from harness.records import Answer, Check, Score
from harness.scorers.text import Phrase, contains_phrase
from harness.scorers.withheld import claim_beside, own_words, says_unknown


class AbstentionTarget(BaseModel):
    """What a right response says, or that none can be given."""

    model_config = ConfigDict(extra="forbid")

    answers: tuple[Phrase, ...] = ()
    """Accepted answers, any of which must stand in the response."""
    abstain: bool
    """The item cannot be answered; saying so is right."""
    corrections: tuple[Phrase, ...] = ()
    """Phrases that reject a false premise; any of them counts like abstaining."""

    @model_validator(mode="after")
    def _consistent(self) -> "AbstentionTarget":
        if self.abstain == bool(self.answers):
            raise ValueError("either answers are given or abstain is true, not both or neither")
        return self


class AbstentionScorer:
    """`truthful`: right, whether by the accepted answer or by abstaining where that is right. `wrong`: a claim that is not
    right; 1 - truthful - wrong is the share of needless abstentions. For reading as "higher is better", the rate of
    wrong claims is given as `not_wrong`.

    An accepted answer that stands beside "not stated", in a clause of its own, is a right claim.
    """

    name = "abstention"
    version = 2
    metrics = ("truthful", "not_wrong", "abstained")

    def check_target(self, item: Item) -> None:
        AbstentionTarget.model_validate(item.target)

    def score(self, item: Item, answer: Answer) -> Score:
        target = AbstentionTarget.model_validate(item.target)
        unknown = says_unknown(answer.text, item.given)
        claim = claim_beside(answer.text, item.given) if unknown else None
        abstained = unknown and claim is None
        if target.abstain:
            corrected = next((phrase for phrase in target.corrections if contains_phrase(answer.text, phrase)), None)
            truthful, wrong = abstained or corrected is not None, not abstained and corrected is None
            reason = f"rejects the premise: '{corrected}'" if corrected else "abstains" if abstained else "makes a claim"
        else:
            said = own_words(answer.text) if unknown else answer.text
            hit = next((text for text in target.answers if contains_phrase(said, text)), None)
            abstained = abstained and hit is None
            truthful, wrong = hit is not None, hit is None and not abstained
            reason = "abstains" if abstained else f"contains '{hit}'" if hit else "contains none of the accepted answers"
        if claim is not None:
            reason += f"; beside 'not known' it claims: '{claim[:80]}'"
        metrics = {"truthful": float(truthful), "not_wrong": float(not wrong), "abstained": float(abstained)}
        return Score(metrics, (Check("abstain" if target.abstain else "answer", truthful, reason),))
