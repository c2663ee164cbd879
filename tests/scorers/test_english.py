"""English sentences and capital words: by hand, and against NLTK's own code with the same model."""

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.scorers import english

PIECES = [
    "Dr. Smith", "went home", " to the U.S. Navy", "J. Bach", "e.g. this", "3.5", "No. 5", "It was so", "Corp.", "He", "she said",
    "1.", "\n", "\n\n", "  ", ".", "!", "?", "!!!", "...", ". . .", '"', "'", ")", "(", "”", "“", "*", "**", ",", ";", ":", "--", "—",
    "DON'T", "IT'S", "I'LL", "CANNOT", "STATE-OF-THE-ART", "A,B", "A:1", "'TIS", "USA", "ok", "[X]", "$A", "ÉTÉ", "中文。",
]  # fmt: skip


@cache
def nltk_sentences() -> Any:
    """NLTK's sentence tokenizer with the rules it had up to 3.9: curly quotes are no closing punctuation."""
    import punkt
    from nltk.tokenize.punkt import PunktLanguageVars, PunktParameters, PunktSentenceTokenizer

    class OldRules(PunktLanguageVars):
        re_boundary_realignment = re.compile(r'["\')\]}]+?(?:\s+|(?=--)|$)', re.MULTILINE)
        _re_non_word_chars = r"(?:[)\";}\]\*:@\'\({\[\!\?])"

    model, parameters = punkt.load_model("english"), PunktParameters()
    parameters.abbrev_types, parameters.sent_starters = model.abbrev_types, model.sent_starters
    parameters.collocations = model.collocations
    parameters.ortho_context.update(model.ortho_context)
    return PunktSentenceTokenizer(parameters, lang_vars=OldRules())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith went home. He was tired.", ["Dr. Smith went home.", "He was tired."]),
        ("It was (so he said.) Then he left.", ["It was (so he said.)", "Then he left."]),
        ("One\n\ntwo", ["One\n\ntwo"]),
        ("Really!? Yes", ["Really!?", "Yes"]),
        ("What?” she said. “No.”", ["What?” she said.", "“No.”"]),
        ("Wow!!!", ["Wow!!", "!"]),
        ("", []),
        (" \n", []),
    ],
)
def test_sentences_by_hand(text: str, expected: list[str]) -> None:
    assert english.sentences(text) == expected


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=600)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=14), glue=st.sampled_from([" ", " ", ""]))
def test_sentences_are_those_of_nltk(pieces: list[str], glue: str) -> None:
    text = glue.join(pieces)
    assert english.sentences(text) == nltk_sentences().tokenize(text)


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=600)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=14))
def test_capital_words_are_as_many_as_nltk_finds(pieces: list[str]) -> None:
    from nltk.tokenize.destructive import NLTKWordTokenizer

    text = " ".join(pieces)
    cutter = NLTKWordTokenizer()
    expected = [word for sentence in nltk_sentences().tokenize(text) for word in cutter.tokenize(sentence) if word.isupper()]
    assert sorted(english.capital_words(text)) == sorted(expected)
