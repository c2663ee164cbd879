"""Which of an item's labels a response names. The rule, in order:

1. A label is found wherever it or one of its other names stands, whatever the case, width and quotation marks; where names overlap the
   longest counts ("not urgent" is not "urgent").
2. A denied label is not named: "not X", "neither X nor Y", "不是X", "排除X", "X is wrong", "X不对".
3. A label that is stated outright wins over others that are only mentioned in reasons: "Label: X", "the answer is X", "标签：X", "属于X",
   "归为X", or a line that holds nothing but the label. A statement of several ("Label: X or Y", a list copied from the prompt) is none.
4. Without a statement, all labels that are mentioned count.

One label is the answer. None, or several that contradict each other, is no answer, and is counted as such, never left out.

Not found out: a label that is an everyday word used in another sense ("I am positive that …"), irony, labels in other inflections.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from harness.scorers.clauses import Sentence, split_sentences
from harness.scorers.text import comparable, normalise

_MARK = r"[\s\"'“”‘’「」『』《》【】\[\]()（）*`_:#-]*"
# What may stand between a denial and the label it denies.
_FILLER_EN = (
    r"(?:a|an|the|about|of|in|into|as|to|be|being|it|this|really|actually|quite|at|all|belongs?|falls?|under|fit|count|label(?:led|ed)?|"
    r"class(?:ed|ified)?|category|called|is|are|either|so|very|that|particularly|strictly|clearly|simply|merely|any|necessarily|exactly|"
    r"say|choose|pick)"
)
_FILLER_ZH = r"(?:属于|归[为入到]|算[是作]?|是|关于|于|到|归类为|任何|能|应该?|当|标为|涉及|一[种类个])"
_DENIED_BEFORE_RE = re.compile(
    r"(?:\b(?:not(?! only| just)|cannot|never|neither|nor|rather than|instead of|exclud(?:es?|ing)|rules? out|no)\b|n't\b)"
    rf"(?:{_MARK}{_FILLER_EN}\b)*{_MARK}$|"
    rf"(?:不(?:太|很|怎么|够)?|(?:不[是算该应属]|不能|并非|并不|而非|非(?!常)|排除|不选|没有|不涉及|不符合){_FILLER_ZH}{{0,3}}){_MARK}$"
)
_JOINED_RE = re.compile(rf"{_MARK}类?{_MARK}(?:,? ?(?:or|nor|and)\b|、|/|或者?|和|与|及|也?不是|也非){_MARK}(?:(?:an?|the) )?{_MARK}")
_LISTED_RE = re.compile(rf"{_JOINED_RE.pattern}|{_MARK},{_MARK}")
_DENIED_AFTER_RE = re.compile(
    rf"^{_MARK}(?:类别?|标签|类型|选项|这[一个]?[项类个]|label|class|category)?{_MARK}(?:"
    r"(?:is|are|was|would be|does|do|can|seems?)(?: (?:clearly|certainly|also))?"
    r"(?: ?not\b|n't\b| wrong\b| incorrect\b| out\b| ruled out\b)|"
    r"(?:都|也|并|明显|显然|则)?(?:无关|不(?!仅|但|只|过|错)|是错|有误|错误|可以排除|被排除|说不通))"
)
_NOUN = (
    r"label|answer|category|class|intent|topic|sentiment|domain|urgency|classification|result|output|prediction|choice",
    r"标签|答案|类别|分类|意图|主题|情感|情绪|倾向|领域|紧急程度|结果|类型|选择|判断|结论",
)
_STATED_BEFORE_RE = re.compile(
    rf"(?:\b(?:{_NOUN[0]})(?: (?:of|for|here|in)\b[^,.:]{{0,60}}?)?{_MARK}(?:is|are|would be|should be|must be|[:=]|->|→){_MARK}"
    rf"(?:(?:an?|the|therefore|thus|clearly|most likely) )*{_MARK}|"
    r"\b(?:classif(?:y|ied) (?:it |this |that )?(?:as|under)|labell?ed(?: as)?|label (?:it|this)(?: as)?|belongs? (?:to|in|under)|"
    rf"falls? (?:under|into)|i (?:would )?(?:choose|pick|say|select)){_MARK}(?:the )?{_MARK}|"
    rf"(?:{_NOUN[1]})(?:结果)?(?:应该?|应当|就)?(?:[是为选填:=]|→|->|是:){_MARK}|"
    rf"(?:属于|归[为入到]|归类[为到]|归在|判断?为|判定为|分[为到]|标[为注]为?|应?该?选){_MARK})$"
)


def named_labels(text: str, labels: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The labels that `text` names by the rule of this module, each once: one is an answer, none or several are none.

    `labels` has for each label its other names.

    >>> named_labels("It mentions music, but it is not about music. Label: navigation", {"music": [], "navigation": []})
    ('navigation',)
    """
    names = {comparable(name): label for label, others in labels.items() for name in (label, *others)}
    stated: dict[str, None] = {}
    mentioned: dict[str, None] = {}
    for line in text.splitlines():
        alone = {label for name, label in names.items() if normalise(name) == normalise(line)}
        stated |= dict.fromkeys(alone)
        for sentence in split_sentences(line):
            for is_stated, group in _groups(sentence, names):
                mentioned |= dict.fromkeys(group)
                if is_stated and len(set(group)) == 1:
                    stated |= dict.fromkeys(group)
    return tuple(stated or mentioned)


def _groups(sentence: Sentence, names: Mapping[str, str]) -> list[tuple[bool, list[str]]]:
    """Labels in a sentence that are not denied, those of a list ("X or Y") together, and whether they are stated outright."""
    groups: list[tuple[bool, list[str]]] = []
    denied_to = named_to = -1
    for match in _pattern(tuple(sorted(names))).finditer(sentence.text):
        start, end = sentence.clause_at(match.start())
        before, after = sentence.text[start : match.start()], sentence.text[match.end() : end]
        also_denied = denied_to >= 0 and _JOINED_RE.fullmatch(sentence.text, denied_to, match.start())
        if also_denied or _DENIED_BEFORE_RE.search(sentence.text[: match.start()]) or _DENIED_AFTER_RE.search(after):
            denied_to, named_to = match.end(), -1
            continue
        if named_to >= 0 and _LISTED_RE.fullmatch(sentence.text, named_to, match.start()):
            groups[-1][1].append(names[match[0]])
        else:
            groups.append((_STATED_BEFORE_RE.search(before) is not None, [names[match[0]]]))
        denied_to, named_to = -1, match.end()
    return groups


@lru_cache(maxsize=256)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of the names where it is no part of a longer Latin word; the longest first."""
    pieces = [
        ("(?<![a-z0-9])" if re.match("[a-z0-9]", name) else "") + re.escape(name) + ("(?![a-z0-9])" if re.search("[a-z0-9]$", name) else "")
        for name in sorted(names, key=len, reverse=True)
    ]
    return re.compile("|".join(pieces))
