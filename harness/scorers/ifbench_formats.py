"""IFBench's instructions about layout and marks, `format:*`, each with IFBench's own id and arguments."""

import re
from itertools import pairwise

from harness.scorers.ifbench_text import end_mark, ends_with_emoji, lines, mark_emoji, sentences, words
from harness.scorers.ifeval_kinds import Kind, Outcome, Text
from harness.scorers.text import normalise

_DEPTH, _QUOTE_LEVELS = 5, 3
_PAIRS = {")": "(", "]": "[", "}": "{"}
_TEMPLATE = ("My Answer:", "My Conclusion:", "Future Outlook:")
_BULLET_RE = re.compile(r"\s*\*(?!\*)\s*\S")
_SUB_BULLET_RE = re.compile(r"\s*-\s*\S")
_QUOTED_RE = re.compile(r"\"[^\"]+\"|“[^“”]+”")
_OPTION_RE = re.compile(r"\s*/\s*|\s*,\s*|\s+or\s+")
# Words that a title may leave small unless they begin a line.
_SMALL = {
    "a", "an", "the", "and", "but", "or", "nor", "for", "so", "yet", "as", "at", "by", "down", "from", "if", "in", "into", "near",
    "of", "off", "on", "onto", "over", "per", "than", "to", "up", "upon", "via", "with",
}  # fmt: skip
_CURLY = str.maketrans("“”‘’", "\"\"''")


class Emoji(Kind):
    """An emoji before or behind the mark that ends each sentence."""

    id = "format:emoji"

    def test(self, text: str) -> Outcome:
        found = sentences(mark_emoji(text))
        wrong = [sentence for sentence in found if not ends_with_emoji(sentence)]
        if not found:
            return False, "no sentence"
        return not wrong, f"no emoji at the end of '{wrong[0][-60:]}'" if wrong else "an emoji at the end of each sentence"


class LineIndent(Kind):
    """Each line that is not blank is indented further than the one before; there are two at least."""

    id = "format:line_indent"

    def test(self, text: str) -> Outcome:
        indents = [len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) for line in lines(text)]
        return len(indents) > 1 and all(a < b for a, b in pairwise(indents)), f"lines are indented by {indents[:20]}"


class ListSeparator(Kind):
    """Two lines at least begin with the mark that is asked for, and none with another bullet."""

    id = "format:list"
    sep: Text

    def test(self, text: str) -> Outcome:
        found = [line.lstrip() for line in lines(text)]
        marked = sum(line.startswith(self.sep) for line in found)
        other = [line for line in found if not line.startswith(self.sep) and re.match(r"[*•\-+]\s", line)]
        return marked > 1 and not other, f"{marked} items marked {self.sep}, {len(other)} bullets of another kind"


class NewLine(Kind):
    """One word on each line that is not blank; there are two words at least."""

    id = "format:newline"

    def test(self, text: str) -> Outcome:
        found = [line.split() for line in lines(text)]
        wrong = [line for line in found if len(line) > 1]
        return len(found) > 1 and not wrong, f"'{' '.join(wrong[0])[:60]}' on one line" if wrong else f"{len(found)} lines of one word"


class SentencesThenBullets(Kind):
    """Two sentences at least that end with a full stop, before two lines at least that begin with *."""

    id = "format:no_bullets_bullets"

    def test(self, text: str) -> Outcome:
        found = lines(text)
        first = next((number for number, line in enumerate(found) if _BULLET_RE.match(line)), len(found))
        stopped = sum(end_mark(sentence) == "." for sentence in sentences("\n".join(found[:first])))
        bullets = sum(1 for line in found[first:] if _BULLET_RE.match(line))
        return stopped > 1 and bullets > 1, f"{stopped} sentences with a full stop, then {bullets} bullets"


class NoWhitespace(Kind):
    """None between the first character and the last."""

    id = "format:no_whitespace"

    def test(self, text: str) -> Outcome:
        count = len(text.split()) - 1
        return count == 0, f"{count} stretches of white space"


class Options(Kind):
    """One of the options that the argument lists, and nothing else; quotes, case and end marks do not count."""

    id = "format:options"
    options: Text

    def test(self, text: str) -> Outcome:
        options = [normalise(option) for option in _OPTION_RE.split(self.options)]
        return normalise(text) in options, f"response is '{text.strip()[:60]}', options {', '.join(options)}"


class OutputTemplate(Kind):
    """The three headings of the template in their order, the first at the beginning, each with text behind it."""

    id = "format:output_template"

    def test(self, text: str) -> Outcome:
        plain = rest = text.replace("*", "").strip()
        parts = []
        for heading in _TEMPLATE:
            part, found, rest = rest.partition(heading)
            parts.append(bool(part.strip()) if found else None)
        # Nothing before the first heading, and something behind each.
        followed = parts == [False, True, True] and bool(rest.strip())
        return followed, f"begins '{plain[:40]}', headings {', '.join(_TEMPLATE)}"


class Parentheses(Kind):
    """Round, square and curly brackets closed in their order, five within each other at least."""

    id = "format:parentheses"

    def test(self, text: str) -> Outcome:
        deepest = 0
        stack: list[str] = []
        heights: list[int] = []
        for char in text:
            if char in "([{":
                stack.append(char)
                heights.append(1)
            elif char in _PAIRS:
                if not stack or stack[-1] != _PAIRS[char]:
                    stack, heights = [], []  # A bracket that fits nothing, as in "a)", ends whatever was open.
                    continue
                stack.pop()
                height = heights.pop()
                deepest = max(deepest, height)
                if heights:
                    heights[-1] = max(heights[-1], height + 1)
        return deepest >= _DEPTH, f"{deepest} levels of brackets, {_DEPTH} asked for"


class QuoteUnquote(Kind):
    """Behind each text in double quotes stand words before the next one or the end; there is one at least."""

    id = "format:quote_unquote"

    def test(self, text: str) -> Outcome:
        between = _QUOTED_RE.split(text)[1:]
        if not between:
            return False, "nothing is quoted"
        bare = sum(1 for part in between if not words(part))
        return not bare, f"{bare} of {len(between)} quotations have no words behind them"


class NestedQuotes(Kind):
    """Double and single quotes in turn, one within the other, three at least; an apostrophe in a word is no quote."""

    id = "format:quotes"

    def test(self, text: str) -> Outcome:
        plain = text.translate(_CURLY)
        deepest = 0
        stack: list[str] = []
        heights: list[int] = []
        for place, char in enumerate(plain):
            if char not in "\"'":
                continue
            before, after = plain[place - 1 : place] or " ", plain[place + 1 : place + 2] or " "
            if char == "'" and before.isalnum() and after.isalnum():
                continue
            if stack and stack[-1] == char and not before.isspace():
                stack.pop()
                height = heights.pop()
                deepest = max(deepest, height)
                if heights:
                    heights[-1] = max(heights[-1], height + 1)
            elif not before.isalnum() and not after.isspace() and (not stack or stack[-1] != char):
                stack.append(char)
                heights.append(1)
        return deepest >= _QUOTE_LEVELS, f"{deepest} levels of quotes, {_QUOTE_LEVELS} asked for"


class SubBullets(Kind):
    """Lines that begin with *, one at least, and below each a line that begins with - before the next."""

    id = "format:sub-bullets"

    def test(self, text: str) -> Outcome:
        below: list[int] = []
        for line in lines(text):
            if _BULLET_RE.match(line):
                below.append(0)
            elif below and _SUB_BULLET_RE.match(line):
                below[-1] += 1
        return bool(below) and all(below), f"{len(below)} bullets with {below[:20]} sub-bullets"


class TitleCase(Kind):
    """Each word begins with a capital or a digit, but for articles, conjunctions and short prepositions within a line."""

    id = "format:title_case"

    def test(self, text: str) -> Outcome:
        found = [words(line) for line in lines(text)]
        wrong = [word for line in found for place, word in enumerate(line) if word[0].islower() and (place == 0 or word not in _SMALL)]
        return not wrong, f"'{wrong[0]}' begins with a small letter" if wrong else "every major word has a capital"
