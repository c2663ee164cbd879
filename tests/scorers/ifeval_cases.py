"""Responses that follow and miss each of IFEval's kinds, and how to judge them."""

from typing import Any

from harness.item import Item
from harness.records import Answer, Response, Score
from harness.scorers.ifeval import IfevalScorer
from tests.conftest import item_line

GERMAN = "Das Fenster auf der Fahrerseite ist leider noch offen."
ENGLISH = "the window on the driver's side is still open."

CASES: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    # (id, arguments, responses that follow it, responses that do not)
    ("keywords:existence", {"keywords": ["cat", "C++"]}, ["Concatenate in c++.", "CAT C++"], ["cat", "cat C+", "C++"]),
    ("keywords:frequency", {"keyword": " the ", "frequency": 2, "relation": "at least"}, ["Their theme", "the THE"], ["the", "t he the"]),
    ("keywords:frequency", {"keyword": "fan", "frequency": 2, "relation": "less than"}, ["fan", "-"], ["fan FANS", "fan fan fan"]),
    ("keywords:forbidden_words", {"forbidden_words": ["rock", "die"]}, ["rocks diet", "rock_"], ["Rock!", "they die", "a-rock-b"]),
    ("keywords:letter_frequency", {"letter": "E", "let_frequency": 3, "let_relation": "at least"}, ["eEe", "sleeve"], ["ee", "é é é"]),
    ("keywords:letter_frequency", {"letter": "#", "let_frequency": 2, "let_relation": "less than"}, ["# one", "one"], ["## one"]),
    ("language:response_language", {"language": "de"}, [GERMAN, "24 !!!"], [ENGLISH, "空调已经为您打开，祝您旅途愉快。"]),
    ("language:response_language", {"language": "zh"}, ["空调已经为您打开，祝您旅途愉快。"], [ENGLISH]),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": "at least"},
     ["Dr. Ho left. I stayed.", "Go! Stay?", "(Yes.) No.", "Wow!!!", "Use e.g. this"],
     ["Dr. Ho of the U.S. Navy left", "one\ntwo\n\nthree", "It costs 3.50 dollars."]),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": "less than"}, ["One for Mr. Ho", "Wow!"],
     ["A b. C d.", "Go; no. Stay."]),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2},
     ["one *** two", "***\none\n***\ntwo\n***"], ["one\n\ntwo", "one *** *** two", "one *** two *** three", "****** one *** two"]),
    ("length_constraints:number_words", {"num_words": 3, "relation": "at least"}, ["don't go", "1,000.5", "a_b c d"],
     ["a_b c", "先生们女士们 您好"]),
    ("length_constraints:number_words", {"num_words": 3, "relation": "less than"}, ["one two", "24-7"], ["one two three", "a-b-c"]),
    ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Elm"},
     ["one\n\nElm, trees", "one\n\n'elm' tree", "one\n\n ELM.x"],
     ["one\n\nelms", "one\nElm", "one\n\ntwo\n\nelm", "one\n\nElm\n\nthree", "one\n\n\n\nElm", "Elm\n\ntwo", "one\n\n-elm"]),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, ["[a] [b]", "[] [x] [y]", "[[a] b] [c]"],
     ["[a]", "[a\n] [b]", "(a) (b)"]),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, ["x p. s. y", "P.S.", "xP.S. hello"], ["PS hello", "P.P.S", "p.  s."]),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, ["p.p.s", "P. P. S. x"], ["P.S.", "PPS"]),
    ("detectable_content:postscript", {"postscript_marker": "Note (end)"}, ["... NOTE (END): x"], ["note end"]),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, ["* a\n* b", "- a\n -b", "*a\n\t- b", "x\n\n\n* a\n---"],
     ["* a", "** a\n** b", "1. a\n2. b", "• a\n• b", "* a\n* b\n- c", "*\n* a"]),
    ("detectable_format:constrained_response", {}, ["My answer is yes.", "So: My answer is maybe. Or not."],
     ["my answer is yes.", "My answer is yes", "Yes."]),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, ["*a* *b*", "**a** x *b*", "*a*b*c*"],
     ["*a*", "**a**", "* * ** **", "*a\n* *b\n*", "_a_ _b_"]),
    ("detectable_format:multiple_sections", {"section_spliter": "SECTION ", "num_sections": 2},
     ["SECTION 1 a SECTION 2", "xSECTION1SECTION\n7", "SECTION 1SECTION 2SECTION 3"],
     ["Section 1 Section 2", "SECTION I SECTION II", "SECTION 1", "SECTION  1 SECTION  2"]),
    ("detectable_format:json_format", {}, ['{"a": 1}', "```json\n[1]\n```", "```\n7\n```", ' "x" ', "```JSON{}```", '{"a": 1, "a": 2}'],
     ["{'a': 1}", 'Here: {"a": 1}', '{"a": 1} ok', "```python\n1\n```", "[" * 100_000, "9" * 5000]),
    ("detectable_format:title", {}, ["<<a>>", "x <<a> b>> y", "<<<a>>>"], ["<a>", "<< >>", "<<a\n>>", "《a》"]),
    ("combination:two_responses", {}, ["a\n******\nb", "****** a ****** b ******"],
     ["a ****** a", "a *** b", "a", "a ****** ****** b", "a ****** b ****** c"]),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Write a poem. \n"}, ["write a POEM. Roses", " \nWrite a poem."],
     ["Sure. Write a poem.", "Write a  poem.", "Write a poem"]),
    ("startend:end_checker", {"end_phrase": " Any other questions? "}, ["So. ANY other questions?\n", '"Any other questions?"'],
     ["Any other questions? No.", "Any other questions", "Any other questions?'"]),
    ("startend:quotation", {}, ['"a"', ' "a "b" c"\n', '""'], ['"', '"a', "'a'", "“a”", '"a".']),
    ("change_case:capital_word_frequency", {"capital_frequency": 3, "capital_relation": "at least"},
     ["DON'T GO", "A, B and C.", "U.S. and A1 and I", "CANNOT X", "ITS\u2014OWN! NOW"],
     ["STATE-OF-THE-ART X", "Abc DEf GHI", "24 7 !", "DON’T", "1,000A B"]),
    ("change_case:capital_word_frequency", {"capital_frequency": 1, "capital_relation": "less than"}, ["no Capital", "24"], ["OK then"]),
    ("change_case:english_capital", {}, ["THIS WINDOW IS NOT OPEN AND THE FAN IS OFF."], ["THIS IS a", GERMAN.upper(), "24 !", ENGLISH]),
    ("change_case:english_lowercase", {}, [ENGLISH, "please turn on the fan, 24 degrees"],
     ["Please turn on the fan", GERMAN.lower(), "24 !"]),
    ("punctuation:no_comma", {}, ["one; two。三，四、五"], ["one, two", ","]),
]  # fmt: skip


def judge(response: str, *instructions: tuple[str, dict[str, Any]]) -> Score:
    item = Item.model_validate(item_line("a", target={"instructions": [{"id": name, "kwargs": kwargs} for name, kwargs in instructions]}))
    IfevalScorer().check_target(item)
    return IfevalScorer().score(item, Answer((Response("a", response),)))


def strict(response: str, name: str, kwargs: dict[str, Any]) -> bool:
    return judge(response, (name, kwargs)).checks[0].passed
