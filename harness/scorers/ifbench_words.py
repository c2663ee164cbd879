"""IFBench's instructions about words and sentences: `words:*` and `sentence:*`, each with IFBench's own id and arguments."""

from collections import Counter
from itertools import groupby, pairwise

from harness.scorers.ifbench_text import VOWELS, lower_words, sentences
from harness.scorers.ifbench_text import lines as filled_lines
from harness.scorers.ifeval_kinds import Kind, Number, Outcome, Positive, Text

_CLUSTER = 2
_PALINDROMES, _PALINDROME_LENGTH = 10, 5


def _first(found: list[str], complaint: str) -> Outcome:
    """Followed if nothing is found; the reason names the first."""
    return not found, f"'{found[0]}' {complaint}" if found else "holds throughout"


class Alphabet(Kind):
    """Each word begins with the letter after that of the word before; after Z comes A. The first may be any."""

    id = "words:alphabet"

    def test(self, text: str) -> Outcome:
        found = lower_words(text)
        wrong = [word for before, word in pairwise(found) if not _follows(before[0], word[0])]
        return (_first(wrong, "does not begin with the next letter")) if len(found) > 1 else (False, "fewer than two words")


def _follows(before: str, after: str) -> bool:
    return before.isascii() and before.isalpha() and after == chr((ord(before) - ord("a") + 1) % 26 + ord("a"))


class Consonants(Kind):
    """Each word holds two consonants one after the other; y is one."""

    id = "words:consonants"

    def test(self, text: str) -> Outcome:
        return _first([word for word in lower_words(text) if not _has_cluster(word)], "has no two consonants together")


def _has_cluster(word: str) -> bool:
    runs = groupby(word, lambda char: char.isascii() and char.isalpha() and char not in VOWELS)
    return any(consonant and len(list(run)) >= _CLUSTER for consonant, run in runs)


def _words_of(text: str, number: int) -> tuple[list[str], str]:
    """The words of a sentence, which are counted from 1; or, if there are not so many, that in words."""
    found = sentences(text)
    if len(found) < number:
        return [], f"{len(found)} sentences, number {number} asked about"
    return lower_words(found[number - 1]), ""


class KeywordPosition(Kind):
    """A word at a place in a sentence, both counted from 1."""

    id = "words:keywords_specific_position"
    keyword: Text
    n: Positive
    m: Positive

    def test(self, text: str) -> Outcome:
        inside, lacking = _words_of(text, self.n)
        if lacking:
            return False, lacking
        word = inside[self.m - 1] if self.m <= len(inside) else None
        return word == self.keyword.lower(), f"word {self.m} of sentence {self.n} is {word and repr(word)}, '{self.keyword}' asked for"


class LastFirst(Kind):
    """The last word of each sentence is the first of the next; there are two sentences at least."""

    id = "words:last_first"

    def test(self, text: str) -> Outcome:
        found = [words for sentence in sentences(text) if (words := lower_words(sentence))]
        if len(found) < 2:
            return False, "fewer than two sentences"
        return _first([before[-1] for before, after in pairwise(found) if before[-1] != after[0]], "does not begin the next sentence")


class NoConsecutive(Kind):
    """No two words in a row begin with the same letter."""

    id = "words:no_consecutive"

    def test(self, text: str) -> Outcome:
        return _first([f"{a} {b}" for a, b in pairwise(lower_words(text)) if a[0] == b[0]], "begin with the same letter")


class Palindromes(Kind):
    """Ten words at least, not necessarily different, that read the same backwards and have five letters or more."""

    id = "words:palindrome"

    def test(self, text: str) -> Outcome:
        found = [word for word in lower_words(text) if len(word) >= _PALINDROME_LENGTH and word.isalpha() and word == word[::-1]]
        return len(found) >= _PALINDROMES, f"{len(found)} palindromes of {_PALINDROME_LENGTH} letters or more, {_PALINDROMES} asked for"


class ParagraphLastFirst(Kind):
    """Each line that is not blank is a paragraph, and ends with the word that it begins with."""

    id = "words:paragraph_last_first"

    def test(self, text: str) -> Outcome:
        found = [words for line in filled_lines(text) if (words := lower_words(line))]
        return (
            _first([f"{words[0]} … {words[-1]}" for words in found if words[0] != words[-1]], "is not one word")
            if found
            else (False, "no words")
        )


class PrimeLengths(Kind):
    """Each word has 2, 3, 5, 7, 11 … letters and digits; hyphens and apostrophes do not count."""

    id = "words:prime_lengths"

    def test(self, text: str) -> Outcome:
        return _first([word for word in lower_words(text) if not _is_prime(sum(map(str.isalnum, word)))], "has no prime length")


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


class Repeats(Kind):
    """No word stands more than N times."""

    id = "words:repeats"
    small_n: Positive

    def test(self, text: str) -> Outcome:
        found = [word for word, count in Counter(lower_words(text)).items() if count > self.small_n]
        return _first(found, f"stands more than {self.small_n} times")


class ThreeVowels(Kind):
    """Of a, e, i, o, u three at most stand in the whole text."""

    id = "words:vowel"

    def test(self, text: str) -> Outcome:
        found = sorted(VOWELS & set(text.lower()))
        return len(found) <= 3, f"vowels {' '.join(found)}, at most three kinds asked for"


class WordsPosition(Kind):
    """The second word and the second to last are the keyword."""

    id = "words:words_position"
    keyword: Text

    def test(self, text: str) -> Outcome:
        found = lower_words(text)
        if len(found) < 3:
            return False, "fewer than three words"
        return found[1] == found[-2] == self.keyword.lower(), f"second word '{found[1]}', second to last '{found[-2]}'"


class AlliterationIncrement(Kind):
    """The longest run of words with the same first letter grows from sentence to sentence; there are two sentences at least."""

    id = "sentence:alliteration_increment"

    def test(self, text: str) -> Outcome:
        found = [words for sentence in sentences(text) if (words := lower_words(sentence))]
        runs = [max(len(list(run)) for _, run in groupby(words, lambda word: word[0])) for words in found]
        return len(runs) > 1 and all(a < b for a, b in pairwise(runs)), f"longest runs {runs[:20]}"


class Increment(Kind):
    """Each sentence has exactly so many words more than the one before; there are two sentences at least."""

    id = "sentence:increment"
    small_n: Number

    def test(self, text: str) -> Outcome:
        counts = [len(lower_words(sentence)) for sentence in sentences(text)]
        return len(counts) > 1 and all(
            b - a == self.small_n for a, b in pairwise(counts)
        ), f"words {counts[:20]}, {self.small_n} more each asked for"


class SentenceKeyword(Kind):
    """A word in one of the sentences, which are counted from 1."""

    id = "sentence:keyword"
    word: Text
    N: Positive

    def test(self, text: str) -> Outcome:
        inside, lacking = _words_of(text, self.N)
        if lacking:
            return False, lacking
        there = self.word.lower() in inside
        return there, f"sentence {self.N} {'has' if there else 'lacks'} '{self.word}'"
