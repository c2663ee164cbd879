"""When a response withholds the answer: it says that something is not known or not stated, and claims nothing beside it.

What counts as a claim is told clause by clause; how clauses are cut is told in `clauses.py`:

1. A clause that itself says "not known" or "not stated" is no claim, nor is one without figures that says where to ask.
2. A clause that tells what the source does say is no claim ("it does give the AC time", "only Car A's is given", "手册只写了快充时间").
3. A guess is one: "probably", "I would say", "usually", "大概", "估计", "一般".
4. So is a quantity without a subject of its own ("but it is 12 minutes", "约5小时"), and what "but it is", "但是由" goes on to assert.
5. So is a quantity with a unit that the prompt does not hold: it was made up. A neighbour's figure from the prompt, with its own subject
   ("直流快充约需28分钟"), is no claim.

A whole clause of the prompt that the response only repeats ("use 'not stated' for what it leaves open") says nothing of its own.

Not found out: a flat statement without a figure, a hedge or a "but" that takes back the "not stated" of its neighbour.
"""

import re

from harness.scorers.clauses import split_sentences
from harness.scorers.quantities import Quantity, quantities
from harness.scorers.text import comparable, count_hanzi, fold, words

_SOURCE_ZH = r"(?:文章|原文|正文|文|表|手册|资料|说明书?|记录|纪要|通知|告示|邮件|摘录|节选|段落|材料|公告|交接本|页|配置单?)"
_SAY_ZH = r"(?:写|说|提|给|列|讲|介绍|注|标|记|规定|显示|交代)"
_SOURCE = (
    r"(?:text|passage|manual|document|notes?|article|log|notice|message|excerpt|extract|source|material|paragraph|guide|leaflet|page|sheet|"
    r"table|report|minutes|mail|sign|newsletter|list|card|figures?|data|limits|specifications?|specs|line|it|they)"
)
_NOT = r"(?:\bnot|n't|\bnever|\bnowhere)"

_UNKNOWN_RE = re.compile(
    "|".join((
        r"不(?:太|大|能|是很|完全|敢)?(?:确定|清楚|肯定)|(?<!人)不(?:太)?知道|不得而知|未知|不详|无从(?:得知|判断|回答|知晓)|说不(?:准|好|清)",
        r"(?:无法|不能|难以|没法|没办法)(?:(?:从|根据|由|就)[^。，,]{0,16})?(?:确定|回答|判断|得知|确认|获知|知道|推断|推算|看出|给出|说)",
        r"(?:查|找|看)不到|未能?(?:查到|找到)|没有?(?:查到|找到)|只能(?:是)?猜",
        r"(?:没有|没|未|并未|未曾)(?:明确|具体|直接|作|做|任何|单独)?"
        r"(?:提到|提及|提(?!供)|说明|给出|写明|写出|写|说|注明|标明|标注|涉及|记载|列出|列|告知|交代|介绍|规定|讲|印(?![象刷证]))",
        r"(?<![车型系5并暂])(?:没有|没|未|并未|未曾)(?:明确|具体|任何)?提供",  # A car that "未提供座椅按摩" lacks it.
        r"没有(?:与?[^。，,]{0,16}(?:相关|有关)的?|关于[^。，,]{0,16}的?|这个|这一?项|这条|该|[^。，,]{0,8}方面的?)?"
        r"(?:信息|内容|数据|记录|资料|参数|依据|数)|没有(?:相关|有关|任何)?(?:说明|答案|描述|记载)",
        rf"{_SOURCE_ZH}[里中上内]*(?:并|都)?不(?:包含|包括|含|涉及)",
        rf"{_SOURCE_ZH}[里中上内]*(?:并|都)?没有(?=[,。，]|$)",
        # "is not stated", "never mentions", "nowhere specified", but not "not only known for"
        rf"{_NOT}\s+(?!only\b)(?:\w+\s+){{0,2}}?(?:stated?|mention(?:ed|s)?|specif(?:y|ied|ies)|provided|given?|said|says?|states|listed|"
        r"indicated?|disclosed?|described?|known|sure|certain|clear|in\s+the\s+(?:text|passage|manual|note|table|sheet)|on\s+the\s+(?:sheet|page|sign|leaflet))\b",
        # what a text does not contain; "the warranty does not include" says something about the warranty
        rf"\b{_SOURCE}\s+(?:do|does|did)\s*(?:not|n't)\s+(?:\w+\s+){{0,2}}?(?:include|contain|name|list|give|provide|cover|address|tell)\b",
        rf"{_NOT}\s+(?:something\s+the\s+{_SOURCE}|(?:included|contained|covered)\s+(?:in|by)\s+(?:the|this)\s+{_SOURCE}|told\b)",
        rf"\bthe\s+{_SOURCE}\s+(?:fails?\s+to|leaves\s+(?:this|that|it)\s+open)|\bnothing\s+(?:is|was)\s+(?:said|stated|given)\b",
        r"\b(?:do|does)\s*(?:not|n't)\s+have\s+(?:that|this|the|any|enough)\s+(?:\w+\s+)?(?:information|data|details?|figures?)\b",
        r"\bno\s+(?:\w+\s+)?(?:figure|value|time|data|number|answer|limit|details?)\s+(?:is|are|was|were)\s+(?:given|stated|listed|provided|mentioned)\b",
        r"\bnone\s+(?:is|are|was|were)\s+(?:given|stated|listed|provided|mentioned)\b|\bmakes?\s+no\s+such\s+(?:promise|statement|claim|mention)\b",
        # "do not know", "cannot be determined", "not possible to tell"
        r"\b(?:(?:do|does|did)\s*(?:not|n't)|cannot|can't|can\s+not|could\s*(?:not|n't)|unable\s+to|(?:not|im)\s?possible\s+to)\s+"
        r"(?:\w+\s+){0,2}?(?:know|tell|say|determined?|answer(?:ed)?|confirm(?:ed)?|find|work\s+out)\b",
        r"\b(?:unknown|unclear|unsure|uncertain|unanswerable|unspecified|unstated|no\s+idea|can\s+only\s+guess|gives\s+no|left\s+open)\b",
        r"\b(?:nothing|silent)\s+(?:about|on)\b|\b(?:information|detail|figure|answer)s?\s+(?:is|are)\s+missing\b",
        r"\b(?:no|any)\s+(?:such\s+)?(?:information|mention|details?|indication)\b|\bthere(?:'s|\s+is)\s+no\s+\w+\s+(?:on|about|for|given|stated)\b",
    ))
)  # fmt: skip
_REPORT_RE = re.compile(
    "|".join((
        rf"(?:只|仅|光|单|倒)(?:是|有|能|会|在)?(?:{_SAY_ZH}|涉及|包含|包括|有|知道|看到|能?看出)|{_SAY_ZH}[到出明载录了]*的(?:是|只|都|仅)",
        rf"{_SOURCE_ZH}[书里中上内]*[也还倒只仅虽确实然有]*{_SAY_ZH}|(?:写|提到|给出|列出|记录|说明|介绍)[了过]",
        rf"\b{_SOURCE}\s+(?:only\s+|just\s+|merely\s+|do(?:es)?\s+|did\s+)?(?:says?|states?|gives?|gave|lists?|mentions?|covers?|specif(?:y|ies)|"
        r"describes?|tells?|reports?|notes?|shows?|contains?|includes?|names?|records?|refers?|speaks?|talks?|mentioned|said|stated|listed|puts?)\b",
        r"\bonly\b(?! (?:takes?|took|needs?|lasts?|costs?|weighs?|has|had)\b)",
        r"\b(?:is|are|was|were) (?:given|stated|mentioned|listed|specified|described)\b",
    ))
)  # fmt: skip
_ADVICE_RE = re.compile(
    r"咨询|联系|查阅|询问|查看|参考|参阅|请教|建议|请|以[^,]{0,8}为准|"
    r"\b(?:consult|contact|ask|check|refer|look|dealer|garage|service|elsewhere|manufacturer|website|another|other)\b"
)
_GUESS_RE = re.compile(
    "|".join((
        r"可能(?!性)|大概|估计|应该|也许|或许|推测|猜|通常|一般(?!化)|多半|八成|按(?:经验|常理|理|说)|据我所知|我(?:认为|觉得|想)",
        r"想必|恐怕|理论上|推算|推断",
        r"\b(?:probably|likely|perhaps|maybe|possibly|presumably|typically|usually|generally|normally|commonly|estimated?)\b",
        r"\bi(?:'d| would| should| do)? (?:guess|think|assume|estimate|suppose|believe|say|imagine|expect)\b",
        r"\bmy (?:best )?(?:guess|estimate)\b",
        r"\b(?:it|that|this|he|she|they) (?:should|could|might|may|must) (?:be|have|take|cost|last|need)\b",
        r"\bin (?:most|other) cars\b|\bas a rule\b|\brule of thumb\b",
    ))
)  # fmt: skip
_NO_GUESS_RE = re.compile(
    r"(?:无法|不能|不便|不宜|不好|不要|不会|不想|不敢|没法|难以|不做|不作|不去|不)(?:再|妄|随意|随便|凭空)?加?(?:猜测?|估计|推测|推断|推算)|"
    r"(?:\bnot|n't|\bwithout|\brather than|\bno|\bcannot|\bavoid) (?:\w+ )?(?:guess|estimat|assum|suppos)(?:e|ing)?\b"
)
# A quantity has no subject when nothing but these stands before it in its clause. Possessive, so that no text takes long.
_NO_SUBJECT_RE = re.compile(
    r"(?:但是?|不过|可是|然而|那么|所以|因此|答案|结果|它|这个?|时间|数值|可能|大概|大约|约|应该?|应当|估计|是|为|需要?|要|有|会|在|一?共|"
    r"总共|就|也|可以?|按|长?达|最多|至少|差不多|[: ])*+|"
    r"(?:(?:but|so|and|though|however|yet|then|it|they|that|this|he|she|the|answer|is|are|was|were|takes?|took|needs?|has|have|costs?|should|"
    r"would|will|could|might|may|be|about|around|roughly|approximately|some|at|in|longer|more|less|than|over)\b|'s\b|[:=' ])*+"
)
_IS_SUBJECT_RE = re.compile(
    r"(?:这个?数|的?时间)?(?:指|是指?|属于|适用)|(?: \w+){0,3}? (?:apply|applies|refers?|relates?|(?:is|are) for)\b"
)
_ASSERTS_RE = re.compile(
    r"(?:但是?|不过|可是|然而)(?:它|是|由|为|应该?|在|会|因为|用)|(?:答案|the answer) ?(?:是|为|is|:)|"
    r"(?:but|though|yet|however) ?(?:it|he|she|they|that) (?:is|was|are|were|takes?|took|has|had|needs?|costs?|will|would|does|did)\b"
)
_NEGATION_RE = re.compile(r"不|没|未|无|\bnot\b|n't\b|\bno\b|\bnever\b")


def abstains(text: str, prompt: str | None = None) -> bool:
    """Whether `text` says that the answer is not known or not stated, and claims nothing beside it.

    The fifth rule, and leaving out what is only repeated, need the item's `prompt`.
    """
    return says_unknown(text, prompt) and claim_beside(text, prompt) is None


def says_unknown(text: str, prompt: str | None = None) -> bool:
    """Whether `text` says anywhere, in words that it does not just repeat from `prompt`, that something is not known or not stated."""
    if _UNKNOWN_RE.search(fold(text)) is None:
        return False
    return prompt is None or any(_UNKNOWN_RE.search(clause) and not repeats(clause, prompt) for clause in _clauses(text))


def claim_beside(text: str, prompt: str | None = None) -> str | None:
    """The first clause of `text`, folded, that claims something by the rules of this module; None if none does."""
    given = None if prompt is None else _numbers(quantities(comparable(prompt)))
    return next((clause for clause in _clauses(text) if not _UNKNOWN_RE.search(clause) and _claims(clause, given)), None)


def own_words(text: str) -> str:
    """`text`, folded, without the clauses that say "not known" and those that only tell what the source says."""
    return ", ".join(clause for clause in _clauses(text) if not _UNKNOWN_RE.search(clause) and not _REPORT_RE.search(clause))


def repeats(piece: str, prompt: str) -> bool:
    """Whether a folded clause or sentence stands in `prompt` word for word; eight words or characters at least, or it may be chance."""
    return count_hanzi(piece) + len(words(piece)) >= 8 and piece.strip(" .。!?") in comparable(prompt)


def _clauses(text: str) -> list[str]:
    return [clause for sentence in split_sentences(text) for clause in sentence.clauses]


def _claims(clause: str, given: set[tuple[str, float]] | None) -> bool:
    """Whether a clause that does not abstain makes a claim; `given` are the prompt's numbers, None if it is not known."""
    found = quantities(clause)
    if given is not None and any(quantity.units and not _numbers([quantity]) & given for quantity in found):
        return True
    if _REPORT_RE.search(clause) or (not found and _ADVICE_RE.search(clause)):
        return False
    if _GUESS_RE.search(_NO_GUESS_RE.sub("", clause)):
        return True
    if any((quantity.units or quantity.bare) and _is_alone(clause, quantity) for quantity in found):
        return True
    return _ASSERTS_RE.match(clause) is not None and not _NEGATION_RE.search(clause)


def _is_alone(clause: str, quantity: Quantity) -> bool:
    """Whether nothing before `quantity` says what it is a quantity of, nor anything behind it ("28分钟是快充的时间")."""
    return _NO_SUBJECT_RE.fullmatch(clause[: quantity.start]) is not None and _IS_SUBJECT_RE.match(clause[quantity.end :]) is None


def _numbers(found: list[Quantity]) -> set[tuple[str, float]]:
    """All numbers, as they are written and in the base unit of whatever dimension they may have."""
    ends = [(quantity, end) for quantity in found for end in (quantity.low, quantity.high)]
    written = {("", end) for _, end in ends}
    return written | {(unit.dimension, round(end * unit.factor, 6)) for quantity, end in ends for unit in quantity.units}
