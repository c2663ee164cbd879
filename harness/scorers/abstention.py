"""Answers that may, or must, be withheld: correct, wrong or abstained.

A response abstains when it says, anywhere, that the answer is not known or not stated: a guess behind such a sentence does
not make it a claim. An item either has accepted answers (then
abstaining is not right, but it is not wrong either), or must be abstained from (then any claim is wrong).
"""

import re

from pydantic import BaseModel, ConfigDict, model_validator

from harness.records import Answer, Check, Score
from harness.scorers.text import Phrase, contains_phrase, fold
from harness.suite import Item

_ABSTENTION_ZH = (
    r"不(?:太|大|能|是很|完全)?(?:确定|清楚)|(?<!人)不(?:太)?知道|不得而知|未知|不详|无从(?:得知|判断|回答|知晓)|"
    r"(?:无法|不能|难以)(?:(?:从|根据|由)[^。，,]{0,16})?(?:确定|回答|判断|得知|确认|获知|知道|推断|看出)|"
    r"(?:没有|没|未|并未)(?:明确|具体|直接|作|做|任何)?(?:提到|提及|说明|给出|提供|写明|写|说|注明|标明|涉及|记载|列出|告知|交代|介绍)|"
    r"没有(?:与?[^。，,]{0,16}(?:相关|有关)的?|关于[^。，,]{0,16}的?|这个|这项|该|[^。，,]{0,8}方面的?)?(?:信息|内容|数据|记录|资料|数)"
)
_SOURCE = r"(?:text|passage|manual|document|notes?|article|log|notice|message|excerpt|source|material|paragraph|guide|leaflet|page|it|they)"
_ABSTENTION_EN = (
    # "is not stated", "never mentions", "nowhere specified", but not "not only known for"
    r"(?:\bnot|n't|\bnever|\bnowhere)\s+(?!only\b)(?:\w+\s+){0,2}?(?:stated?|mention(?:ed|s)?|specif(?:y|ied|ies)|provided|given?|said|says?|"
    r"states|listed|indicated?|disclosed?|described?|known|sure|certain|clear|in\s+the\s+(?:text|passage|manual|note))\b|"
    # what a text does not contain; "the warranty does not include" says something about the warranty
    rf"\b{_SOURCE}\s+(?:do|does|did)\s*(?:not|n't)\s+(?:\w+\s+){{0,2}}?(?:include|contain|name|list|give|provide|cover|address)\b|"
    # "do not know", "cannot be determined", "not possible to tell"
    r"\b(?:(?:do|does|did)\s*(?:not|n't)|cannot|can't|can\s+not|could\s*(?:not|n't)|unable\s+to|(?:not|im)\s?possible\s+to)\s+(?:\w+\s+){0,2}?"
    r"(?:know|tell|say|determined?|answer(?:ed)?|confirm(?:ed)?|find)\b|"
    r"\bunknown\b|\bunclear\b|\bunsure\b|\buncertain\b|\bunanswerable\b|\bnothing\s+(?:about|on)\b|\bno\s+idea\b|"
    r"\b(?:information|detail|figure|answer)s?\s+(?:is|are)\s+missing\b|"
    r"\b(?:no|any)\s+(?:such\s+)?(?:information|mention|details?|indication)\b|\bgives\s+no\b|\bthere(?:'s|\s+is)\s+no\s+\w+\s+(?:on|about|for|given|stated)\b"
)
_ABSTENTION_RE = re.compile(f"{_ABSTENTION_ZH}|{_ABSTENTION_EN}")


class AbstentionTarget(BaseModel):
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
    """

    name = "abstention"
    version = 2
    metrics = ("truthful", "not_wrong", "abstained")

    def check_target(self, item: Item) -> None:
        AbstentionTarget.model_validate(item.target)

    def score(self, item: Item, answer: Answer) -> Score:
        target = AbstentionTarget.model_validate(item.target)
        abstained = abstains(answer.text)
        if target.abstain:
            corrected = next((phrase for phrase in target.corrections if contains_phrase(answer.text, phrase)), None)
            truthful, wrong = abstained or corrected is not None, not abstained and corrected is None
            reason = f"rejects the premise: '{corrected}'" if corrected else "abstains" if abstained else "makes a claim"
        else:
            hit = next((text for text in target.answers if contains_phrase(answer.text, text)), None)
            truthful, wrong = hit is not None and not abstained, hit is None and not abstained
            reason = "abstains" if abstained else f"contains '{hit}'" if hit else "contains none of the accepted answers"
        metrics = {"truthful": float(truthful), "not_wrong": float(not wrong), "abstained": float(abstained)}
        return Score(metrics, (Check("abstain" if target.abstain else "answer", truthful, reason),))


def abstains(text: str) -> bool:
    """Whether `text` says that the answer is not known or not stated."""
    return _ABSTENTION_RE.search(fold(text)) is not None
