"""English text cut as the IFEval reference cuts it: sentences by the Punkt model, tokens by the Penn Treebank's conventions.

Both follow NLTK as it was when IFEval's results were published (3.8 and 3.9). Later versions, and the package `punkt` by default,
treat curly quotes as closing punctuation and find more sentences in dialogue.
"""

import re
import string
from collections.abc import Iterator
from functools import cache

import punkt

# The characters that NLTK 3.8 lets no word contain, and those it moves to the sentence before: no curly quotes among them.
_RULES = punkt.LanguageVars(
    non_word_chars=")\";}]*:@'({[",
    boundary_realignment_pattern=r'["\')\]}]+?(?:\s+|(?=--)|$)',
)
_WORDS = punkt.PunktWordTokenizer(_RULES)
_END_RE = re.compile(rf"[.?!](?=(?P<after>{_RULES.non_word_char_class}|\s+(?P<next>\S+)))")
_CLOSERS_RE = re.compile(_RULES.boundary_realignment_pattern, re.MULTILINE)

# Where the Treebank's conventions part two tokens. A comma or colon before a digit does not, nor does an apostrophe inside a word.
_BREAK_RE = re.compile(
    r"""\s+ | [«»“”„‘’`"] | '' | [;@#$%&?!*\[\](){}<>\u2012-\u2015] | \.{2,} | -- | [:,](?!\d)
    | (?<!\w)'(?!(?:re|ve|ll|m|t|s|d|n)\b)(?=\w)""",
    re.VERBOSE | re.IGNORECASE,
)
_LAST_STOP_RE = re.compile(r"(?<=[^.])\.(?=(?:[\])}>'»”’ ]|(?<![ (\[{<])\")*+\s*$)")
# Endings that are tokens of their own, in the order in which they are cut off: a closing quote, 's, then n't and its like.
_ENDING_RES = [re.compile(rf"(?<=[^' ]){ending}$") for ending in ("'", "'[sSmMdD]", "(?:'ll|'LL|'re|'RE|'ve|'VE|n't|N'T)")]
_FUSED_RE = re.compile(
    r"\b(can)(not)\b|\b(d)('ye)\b|\b(gim)(me)\b|\b(gon)(na)\b|\b(got)(ta)\b|\b(lem)(me)\b|\b(more)('n)\b|\b(wan)(na)$", re.IGNORECASE
)
_OPENERS = "\"'“‘(["


@cache
def _model() -> punkt.PunktParameters:
    return punkt.load_model("english")


@cache
def _model_with_abbreviations() -> punkt.PunktParameters:
    return punkt.with_nonbreaking_prefixes(_model(), "english")


def sentences(text: str) -> list[str]:
    """The sentences of an English text. A line break alone ends none."""
    spans = list(_spans(text))
    found: list[str] = []
    skip = 0
    for (start, end), following in zip(spans, [*spans[1:], None], strict=True):
        start += skip
        skip = 0
        # "(Yes.) No." parts after the bracket that closes, not before it.
        if following and (closers := _CLOSERS_RE.match(text[slice(*following)])):
            end = following[0] + len(closers[0].rstrip())
            skip = closers.end()
        if text[start:end]:
            found.append(text[start:end])
    return found


def ends_sentence(text: str, end: int) -> bool:
    """Whether the full stop before position `end` ends a sentence. That of an abbreviation does not, e.g. this one.

    For our own rules: with the abbreviations that the model does not know, and Markdown emphasis set aside.
    """
    # Two words decide, and no word is longer than this.
    before, after = (re.sub(r"[*_`]", "", part).split() for part in (text[max(0, end - 80) : end], text[end : end + 80]))
    # What follows a mark of its own, such as a dash or a bracket, tells nothing.
    if not before or not after or not after[0].lstrip(_OPENERS)[:1].isalnum():
        return True
    return _holds_a_break(f"{before[-1].lstrip(_OPENERS)} {after[0].lstrip(_OPENERS)}", _model_with_abbreviations())


def _spans(text: str) -> Iterator[tuple[int, int]]:
    begin = 0
    for match, context in _candidates(text):
        if _holds_a_break(context, _model()):
            yield begin, match.end()
            begin = match.start("next") if match["next"] else match.end()
    yield begin, len(text.rstrip())


def _candidates(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Marks that may end a sentence, the last one of a run such as "!!!", each with the word before it and what follows."""
    pending: tuple[re.Match[str], int] | None = None
    word = previous = 0
    for match in _END_RE.finditer(text):
        space = max(text.rfind(blank, previous, match.start()) for blank in string.whitespace)
        word = space + 1 if space > previous else word
        if pending and previous <= word:
            yield _in_context(text, *pending)
        pending = match, word
        previous = match.start()
    if pending:
        yield _in_context(text, *pending)


def _in_context(text: str, match: re.Match[str], word: int) -> tuple[re.Match[str], str]:
    return match, text[word : match.end()] + match["after"]


def _holds_a_break(context: str, model: punkt.PunktParameters) -> bool:
    tokens = list(punkt.annotate_tokens(_WORDS.tokenize_annotated(context), model, _RULES))
    return any(token.sentbreak for token in tokens[:-1])


def capital_words(text: str) -> list[str]:
    """Tokens whose letters are all capitals, as the Treebank's conventions cut them: "DON'T" is two, "STATE-OF-THE-ART" is one."""
    # Only an apostrophe before the last full stop of a sentence makes the sentences matter.
    pieces = sentences(text) if "'" in text else [text]
    words = (word for piece in pieces for word in _BREAK_RE.split(_LAST_STOP_RE.sub(" ", piece)))
    return [token for word in words if word for token in _parts(word) if token.isupper()]


def _parts(word: str) -> list[str]:
    """A word without the endings that count as words of their own, and fused pairs such as CANNOT in two."""
    endings: list[str] = []
    for pattern in _ENDING_RES:
        if ending := pattern.search(word):
            word = word[: ending.start()]
            endings.append(ending[0])
    return [*(part for part in _FUSED_RE.split(word) if part), *endings]
