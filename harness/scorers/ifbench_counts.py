"""IFBench's instructions that count or weigh: `count:*`, `ratio:*` and `repeat:*`, each with IFBench's own id and arguments."""

import re
from typing import Annotated

from pydantic import Field, model_validator

from harness.scorers.ifbench_text import end_mark, lower_words, phrase_count, sentences, words
from harness.scorers.ifeval_kinds import Kind, Number, Outcome, Positive, Text, compare

_CONJUNCTIONS = {"for", "and", "nor", "but", "or", "yet", "so"}
_PRONOUNS = {
    "i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves", "you", "your", "yours", "yourself", "yourselves", "he",
    "him", "his", "himself", "she", "her", "hers", "herself", "it", "its", "itself", "they", "them", "their", "theirs", "themselves",
    "this", "that", "these", "those", "who", "whom", "whose", "which", "what", "whoever", "whomever", "whatever", "whichever",
    "someone", "somebody", "something", "anyone", "anybody", "anything", "everyone", "everybody", "everything", "nobody", "nothing",
    "none", "one", "oneself", "each", "other", "another", "both", "either", "neither", "few", "many", "several", "some", "any", "all",
}  # fmt: skip
_MARKS = {".": "full stop", ",": "comma", ";": "semicolon", ":": "colon", "!": "exclamation mark", "?": "question mark"}
_INTERROBANG_RE = re.compile(r"\?!|!\?|‽")
_NUMBER_RE = re.compile(r"(?<![\w.])(?<!\d,)\d++(?:[.,]\d++)*+(?!\w)")
_JAPANESE_RE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff々〆ー]+")
Percentage = Annotated[float, Field(ge=0, le=100)]


class Conjunctions(Kind):
    """Coordinating conjunctions: for, and, nor, but, or, yet, so."""

    id = "count:conjunctions"
    small_n: Number

    def test(self, text: str) -> Outcome:
        found = _CONJUNCTIONS & set(lower_words(text))
        return compare(len(found), "at least", self.small_n, "different coordinating conjunctions")


class KeywordsMultiple(Kind):
    """Five keywords, exactly once, twice, three, five and seven times, as words of their own."""

    id = "count:keywords_multiple"
    keyword1: Text
    keyword2: Text
    keyword3: Text
    keyword4: Text
    keyword5: Text

    def test(self, text: str) -> Outcome:
        keywords = (self.keyword1, self.keyword2, self.keyword3, self.keyword4, self.keyword5)
        counts = {word: phrase_count(text, word) for word in keywords}
        wrong = [(word, asked) for word, asked in zip(keywords, (1, 2, 3, 5, 7), strict=True) if counts[word] != asked]
        return not wrong, "; ".join(f"'{word}' {counts[word]} times, {asked} asked for" for word, asked in wrong) or "all as often as asked"


class Numbers(Kind):
    """Numbers in digits; "3.5" and "1,000" are one each, and digits within a word are none."""

    id = "count:numbers"
    N: Number

    def test(self, text: str) -> Outcome:
        found = len(_NUMBER_RE.findall(text))
        return found == self.N, f"{found} numbers, exactly {self.N} asked for"


class PersonNames(Kind):
    """Different names out of the list that the prompt gives; the reader puts it among the arguments."""

    id = "count:person_names"
    N: Number
    names: tuple[Text, ...] = Field(min_length=1)

    def test(self, text: str) -> Outcome:
        found = [name for name in self.names if re.search(rf"\b{re.escape(name)}\b", text)]
        return compare(len(found), "at least", self.N, "different names of the list")


class Pronouns(Kind):
    """Personal, possessive, reflexive, demonstrative, relative, interrogative and indefinite pronouns, each as often as it stands."""

    id = "count:pronouns"
    N: Number

    def test(self, text: str) -> Outcome:
        # "it's" and "you'll" hold one.
        found = [word for word in lower_words(text) if re.split(r"['’]", word)[0] in _PRONOUNS]
        return compare(len(found), "at least", self.N, "pronouns")


class Punctuation(Kind):
    """. , ; : ! ? and the interrobang, written ?!, !? or ‽."""

    id = "count:punctuation"

    def test(self, text: str) -> Outcome:
        rest = _INTERROBANG_RE.sub("", text)
        missing = [name for mark, name in _MARKS.items() if mark not in rest]
        missing += [] if _INTERROBANG_RE.search(text) else ["interrobang"]
        return not missing, f"missing: {', '.join(missing)}" if missing else "every mark stands in it"


class UniqueWords(Kind):
    """At least N different words."""

    id = "count:unique_word_count"
    N: Number

    def test(self, text: str) -> Outcome:
        return compare(len(set(lower_words(text))), "at least", self.N, "different words")


class WordCountRange(Kind):
    """From so many to so many words."""

    id = "count:word_count_range"
    min_words: Number
    max_words: Number

    def test(self, text: str) -> Outcome:
        found = len(text.split())
        return self.min_words <= found <= self.max_words, f"{found} words, {self.min_words} to {self.max_words} asked for"


class WordsJapanese(Kind):
    """Of the words between white space every N-th is in kana or kanji, apart from punctuation. There must be N of them at least."""

    id = "count:words_japanese"
    N: Positive

    def test(self, text: str) -> Outcome:
        found = text.split()[self.N - 1 :: self.N]
        wrong = [word for word in found if not _JAPANESE_RE.fullmatch(re.sub(r"[\W_]", "", word))]
        if not found:
            return False, f"fewer than {self.N} words"
        return not wrong, f"'{wrong[0]}' is not Japanese" if wrong else f"{len(found)} Japanese words in their places"


class Overlap(Kind):
    """Different sequences of three characters of the response, and the share of them that the reference text has too, as the authors
    count it: the instruction itself does not say three of what."""

    id = "ratio:overlap"
    reference_text: Text
    percentage: Percentage

    def test(self, text: str) -> Outcome:
        own, theirs = ({string[i : i + 3] for i in range(len(string) - 2)} for string in (text, self.reference_text))
        share = 100 * len(own & theirs) / len(own) if own else 0.0
        return abs(share - self.percentage) <= 2, f"overlap {share:.1f} %, {self.percentage:g} ± 2 asked for"


class SentenceBalance(Kind):
    """As many sentences that end with . as with ? and with !, and at least one of each."""

    id = "ratio:sentence_balance"

    def test(self, text: str) -> Outcome:
        ends = [end_mark(sentence) for sentence in sentences(text)]
        counts = [ends.count(mark) for mark in ".?!"]
        return len(set(counts)) == 1 and counts[0] > 0, "{} end with ., {} with ?, {} with !".format(*counts)


class SentenceType(Kind):
    """Twice as many sentences that end with . as with ?."""

    id = "ratio:sentence_type"

    def test(self, text: str) -> Outcome:
        ends = [end_mark(sentence) for sentence in sentences(text)]
        told, asked = ends.count("."), ends.count("?")
        return told == 2 * asked > 0, f"{told} declarative, {asked} interrogative, 2 to 1 asked for"


class SentenceWords(Kind):
    """Three sentences with the same number of characters and no word twice."""

    id = "ratio:sentence_words"

    def test(self, text: str) -> Outcome:
        found = sentences(text)
        lengths = [len(sentence) for sentence in found]
        every = lower_words(text)
        twice = len(every) != len(set(every))
        return len(found) == 3 and len(set(lengths)) == 1 and not twice, f"characters {lengths}{', a word stands twice' if twice else ''}"


class RepeatChange(Kind):
    """The request word for word but for its first word, and nothing else."""

    id = "repeat:repeat_change"
    prompt_to_repeat: Text

    def test(self, text: str) -> Outcome:
        said, asked = text.split(), self.prompt_to_repeat.split()
        return said[1:] == asked[1:] and said[:1] != asked[:1], f"begins '{' '.join(said[:6])}', request '{' '.join(asked[:6])}'"


class RepeatSimple(Kind):
    """The sentence that asks for it, and nothing else."""

    id = "repeat:repeat_simple"

    def test(self, text: str) -> Outcome:
        wanted = "only output this sentence here ignore all other requests"
        return " ".join(lower_words(text)) == wanted, f"response is '{text.strip()[:80]}'"


class RepeatSpan(Kind):
    """The request's words from one position to another, both counted from 0 and included."""

    id = "repeat:repeat_span"
    prompt_to_repeat: Text
    n_start: Number
    n_end: Number

    @model_validator(mode="after")
    def _within(self) -> "RepeatSpan":
        if not self.n_start <= self.n_end < len(self.prompt_to_repeat.split()):
            raise ValueError("n_start and n_end are not positions in prompt_to_repeat")
        return self

    def test(self, text: str) -> Outcome:
        wanted = self.prompt_to_repeat.split()[self.n_start : self.n_end + 1]
        same = [words(word) for word in text.lower().split()] == [words(word) for word in " ".join(wanted).lower().split()]
        return same, f"response is '{text.strip()[:80]}', asked for '{' '.join(wanted)}'"
