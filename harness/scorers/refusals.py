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
_IS_NOT_SO_RE = re.compile(
    r"没有?(?!问题|关系|错|事|想)|不存在|[未不](?:配备|提供|具备|带|支持)|不(?:行|可以?|建议|允许|在|是|对|会有)|并非|有误|只有|只能|仅|[一-龥]不[了到开下动]|做不到|无此|"
    r"\bno\b(?! problem| worries| doubt)|\b(?:none|neither|only|without|lacks?|wrong|unavailable|unsupported)\b|"
    r"(?:\bnot|n't)\s+(?:\w+\s+){0,2}?(?:possible|available|offered|equipped|fitted|supported|exist|have|there|allowed|permitted|enough|right|"
    r"correct|true|quite|on|among|be|come|include|get|recommended|advisable)\b|\bbetter not\b|\b(?:should|may|must) ?(?:not|n't)\b"
)
_SELF_RE = re.compile(
    r"\b(?:as an? [\w -]*(?:ai|assistant|chatbot|model)|language model|chatbot|assist(?:ing)? (?:you )?with|(?:have|has) the ability)\b|"
    r"作为(?:一[个名])?(?:ai|人工智能|语言模型|助手)|语言模型"
)
_ACCEPTS_RE = re.compile(
    r"好的|可以(?!的?最)|没问题|已(?:经|为|将|把|设|调|开|切)|马上|立即|这就|"
    r"\b(?:sure|certainly|of course|no problem|done|okay|right away|has been set|have set|i've set|you can|yes)\b"
)
_QUOTES_RE = re.compile(
    r"[您你](?:要|想|说|提|希望|问)|\byou (?:asked|want|wanted|mention(?:ed)?|said|requested|have in mind)\b|\brequested\b"
)


def turns_down(lines: list[Line]) -> bool:
    """Whether a response says that what was asked for is not there, not so or not possible.

    What rules it out counts wherever it stands; otherwise what comes first decides, consent or refusal. An apology alone, a question,
    and what an assistant says of itself ("as a chatbot I cannot") are no refusals on the ground of the facts.
    """
    sentences = [line.sentence for line in lines if not line.sentence.text.endswith("?") and not _SELF_RE.search(line.sentence.text)]
    clauses = [clause for sentence in sentences for clause in sentence.clauses]
    if any(map(_rules_out, clauses)):
        return True
    first = next((clause for clause in clauses if _ACCEPTS_RE.search(clause) or _IS_NOT_SO_RE.search(EXACT_RE.sub(" ", clause))), None)
    return first is not None and _ACCEPTS_RE.search(first) is None


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
