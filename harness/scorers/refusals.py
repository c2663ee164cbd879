"""Whether a response turns a request down or consents to it, and which quantities it only repeats in doing so."""

import re

from harness.scorers.bounds import EXACT_RE
from harness.scorers.mentions import DENIAL_RE, Line
from harness.scorers.quantities import Quantity

# What rules a value out whatever else the clause says.
_RULES_OUT = (
    r"超出|超过了?|超速|超限|超重|超标|无法|不能|不支持|不允许|达不到|到不了|过[高低重快深]|太[高低重快多深]|"
    r"\b(?:outside|out of|beyond|exceed(?:s|ing)?|cannot|can't|impossible|not possible|unable|speeding|"
    r"too (?:high|low|much|heavy|fast|many|deep|hot|cold))\b"
)
_RULES_OUT_RE = re.compile(_RULES_OUT)
_REJECTS_RE = re.compile(
    rf"{_RULES_OUT}|{DENIAL_RE.pattern}|只能|仅支持|仅能|抱歉|有误|更正|"
    r"\b(?:above|below|more than|less than|higher than|lower than|only|sorry|wrong|limit(?:ed)?)\b"
)
_ACCEPTS_RE = re.compile(
    r"好的|可以(?!的?最)|没问题|已(?:经|为|将|把|设|调|开|切)|马上|立即|这就|"
    r"\b(?:sure|certainly|of course|no problem|done|okay|right away|has been set|have set|i've set|you can|yes)\b"
)
_QUOTES_RE = re.compile(
    r"[您你](?:要|想|说|提|希望|问)|\byou (?:asked|want|wanted|mention(?:ed)?|said|requested|have in mind)\b|\brequested\b"
)


def turns_down(lines: list[Line]) -> bool:
    """Whether a response rules out what was asked for; otherwise what comes first decides, its consent or its denial."""
    for clause in (clause for line in lines for clause in line.sentence.clauses):
        if _rules_out(clause):
            return True
    for clause in (clause for line in lines for clause in line.sentence.clauses):
        if _ACCEPTS_RE.search(clause) or _refuses(clause):
            return _ACCEPTS_RE.search(clause) is None
    return False


def rejects(line: Line, quantity: Quantity) -> bool:
    """Whether the sentence turns down this quantity, or only repeats that it was asked for."""
    start, end = line.sentence.clause_at(quantity.start)
    own, following = line.sentence.text[start:end], line.sentence.text[end:]
    if _refuses(own) or _ACCEPTS_RE.search(own):
        return _rules_out(own) or _ACCEPTS_RE.search(own) is None
    return _QUOTES_RE.search(own) is not None or _refuses(following)


def _rules_out(text: str) -> bool:
    return _RULES_OUT_RE.search(EXACT_RE.sub(" ", text)) is not None


def _refuses(text: str) -> bool:
    """Whether it denies something, apart from the "not" of "not below" and the like."""
    return _REJECTS_RE.search(EXACT_RE.sub(" ", text)) is not None
