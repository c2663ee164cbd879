"""IFEval's 25 kinds on responses made for this: each kind's edges, its targets, and the faults that other checkers have had."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.item import Item
from harness.records import Answer, Response
from harness.scorers import load_scorer
from harness.scorers.ifeval import KINDS, IfevalScorer
from harness.scorers.instructions import loose_variants
from tests.conftest import item_line
from tests.scorers.ifeval_cases import CASES, ENGLISH, judge, strict


def test_the_cases_cover_all_25_kinds() -> None:
    assert len(KINDS) == 25
    assert {name for name, *_ in CASES} == set(KINDS)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kwargs", "follows", "misses"), CASES)
def test_each_kind_at_its_edges(name: str, kwargs: dict[str, Any], follows: list[str], misses: list[str]) -> None:
    assert [text for text in follows if not strict(text, name, kwargs)] == []
    assert [text for text in misses if strict(text, name, kwargs)] == []


@pytest.mark.parametrize(("name", "kwargs"), [case[:2] for case in CASES])
@pytest.mark.parametrize("response", ["", " \n\t"])
def test_an_empty_response_follows_nothing(response: str, name: str, kwargs: dict[str, Any]) -> None:
    score = judge(response, (name, kwargs))
    assert set(score.metrics.values()) == {0.0}
    assert score.checks[0].reason == "the response is empty"


def test_the_scorer_is_found_by_name() -> None:
    assert isinstance(load_scorer("ifeval"), IfevalScorer)


# Metrics, reasons, loose


def test_the_prompt_needs_all_instructions_and_the_share_counts_each() -> None:
    score = judge("one, two", ("punctuation:no_comma", {}), ("keywords:existence", {"keywords": ["two"]}))
    assert score.metrics == {"prompt_strict": 0.0, "prompt_loose": 0.0, "instruction_strict": 0.5, "instruction_loose": 0.5}
    assert [(check.name, check.passed) for check in score.checks] == [("punctuation:no_comma", False), ("keywords:existence", True)]
    assert set(judge("two", ("punctuation:no_comma", {}), ("keywords:existence", {"keywords": ["two"]})).metrics.values()) == {1.0}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kwargs", "response", "reason"),
    [
        ("length_constraints:number_words", {"num_words": 200, "relation": "at least"}, "a b c", "3 words, at least 200 asked for"),
        ("length_constraints:number_words", {"num_words": 2, "relation": "less than"}, "a b c", "3 words, fewer than 2 asked for"),
        ("keywords:existence", {"keywords": ["cat", "dog"]}, "cat", "'dog' is missing"),
        ("language:response_language", {"language": "de"}, ENGLISH, "language is en, de asked for"),
        ("punctuation:no_comma", {}, "a, b, c", "2 commas, none allowed"),
        ("combination:two_responses", {}, "a ****** a", "the two responses are the same"),
    ],
)
def test_the_reason_is_in_words(name: str, kwargs: dict[str, Any], response: str, reason: str) -> None:
    assert judge(response, (name, kwargs)).checks[0].reason == reason


@pytest.mark.parametrize(
    ("name", "kwargs", "response"),
    [
        ("detectable_format:json_format", {}, 'Here it is:\n{"on": true}'),
        ("detectable_format:json_format", {}, '{"on": true}\nI hope this helps.'),
        ("detectable_format:json_format", {}, 'Here it is:\n{"on": true}\nI hope this helps.'),
        ("startend:end_checker", {"end_phrase": "Peace!"}, "All is well. **Peace!**"),
        ("startend:quotation", {}, 'Sure:\n*"All is well."*'),
        (
            "length_constraints:nth_paragraph_first_word",
            {"num_paragraphs": 2, "nth_paragraph": 1, "first_word": "elm"},
            "Sure!\n\n\nElm\n\ntwo",
        ),
    ],
)
def test_loose_forgives_first_line_last_line_and_asterisks(name: str, kwargs: dict[str, Any], response: str) -> None:
    (check,) = judge(response, (name, kwargs)).checks
    assert (check.passed, check.loose) == (False, True)


def test_loose_forgives_no_fence_inside_and_no_second_line() -> None:
    assert judge('Here\nit is:\n{"on": true}', ("detectable_format:json_format", {})).checks[0].loose is False


def test_loose_tries_each_variant_once_and_no_blank_one() -> None:
    assert loose_variants("*a*\nb\nc") == ["a\nb\nc", "b\nc", "*a*\nb", "b", "a\nb"]
    assert loose_variants("one line") == []


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    response=st.text("aA 温.,\n*`-1\"'[]<>", max_size=40), case=st.sampled_from([case[:2] for case in CASES if "anguage" not in case[0]])
)
def test_what_is_strictly_followed_is_loosely_followed(response: str, case: tuple[str, dict[str, Any]]) -> None:
    (check,) = judge(response, case).checks
    assert check.loose or not check.passed


# Targets


@pytest.mark.parametrize(
    "target",
    [
        {"instructions": []},
        {"instructions": [{"kwargs": {}}]},
        {"instructions": [{"id": "punctuation:no_comma"}], "keys": 1},
        {"instructions": [{"id": "punctuation:no_comma", "kwargs": {}, "note": ""}]},
        {"instructions": [{"id": "punctuation:no_comma"}, {"id": "punctuation:no_full_stop"}]},
        {"instructions": [{"id": "no_comma"}]},
        {"instructions": [{"id": "punctuation:no_comma", "kwargs": {"num_words": 3}}]},
        {"instructions": [{"id": "length_constraints:number_words", "kwargs": {"num_words": 3}}]},
        {"instructions": [{"id": "length_constraints:number_words", "kwargs": {"num_words": 3, "relation": None}}]},
        {"instructions": [{"id": "length_constraints:number_words", "kwargs": {"num_words": 3, "relation": "at most"}}]},
        {"instructions": [{"id": "length_constraints:number_words", "kwargs": {"num_words": -3, "relation": "at least"}}]},
        {"instructions": [{"id": "length_constraints:number_words", "kwargs": {"num_words": "3", "relation": "at least"}}]},
        {"instructions": [{"id": "length_constraints:nth_paragraph_first_word",
                           "kwargs": {"num_paragraphs": 2, "nth_paragraph": 3, "first_word": "elm"}}]},
        {"instructions": [{"id": "keywords:existence", "kwargs": {"keywords": []}}]},
        {"instructions": [{"id": "keywords:existence", "kwargs": {"keywords": [" "]}}]},
        {"instructions": [{"id": "keywords:letter_frequency", "kwargs": {"letter": "ab", "let_frequency": 1, "let_relation": "at least"}}]},
        {"instructions": [{"id": "language:response_language", "kwargs": {"language": "xx"}}]},
        {"instructions": [{"id": "combination:repeat_prompt", "kwargs": {"prompt_to_repeat": ""}}]},
    ],
)  # fmt: skip
def test_unknown_ids_and_wrong_arguments_are_errors_and_never_a_pass(target: dict[str, Any]) -> None:
    item = Item.model_validate(item_line("a", target=target))
    with pytest.raises(ValueError, match="validation error"):
        IfevalScorer().check_target(item)
    with pytest.raises(ValueError, match="validation error"):
        IfevalScorer().score(item, Answer((Response("a", "fine"),)))


def test_arguments_that_are_null_count_as_not_given() -> None:
    # One published form of the data names every argument of every kind in each row.
    nulls = {"num_words": None, "relation": None, "keywords": None}
    assert strict("one", "punctuation:no_comma", nulls)


# Faults of other checkers


def test_a_number_that_is_zero_is_not_replaced_by_a_random_one() -> None:
    kwargs = {"capital_frequency": 0, "capital_relation": "less than"}
    assert not any(strict("no capitals", "change_case:capital_word_frequency", kwargs) for _ in range(30))
    assert all(strict("x", "detectable_format:number_bullet_lists", {"num_bullets": 0}) for _ in range(30))


def test_a_letter_that_is_none_is_not_replaced_by_a_random_one() -> None:
    kwargs = {"letter": "!", "let_frequency": 2, "let_relation": "at least"}
    assert {strict("e!!", "keywords:letter_frequency", kwargs) for _ in range(30)} == {True}
    assert {strict("eeee!", "keywords:letter_frequency", kwargs) for _ in range(30)} == {False}


@pytest.mark.slow
def test_the_language_is_the_same_every_time_whoever_seeded_before() -> None:
    from langdetect import DetectorFactory

    texts = ["Hello world", "TREES WHISPER WARM SONGS", "inscriptions", "ok la vie"]
    seen: dict[str, set[str]] = {text: set() for text in texts}
    for seed in [None, 1, 2, None, 3, None] * 3:
        for text in texts:
            DetectorFactory.seed = seed
            seen[text].add(judge(text, ("language:response_language", {"language": "en"})).checks[0].reason)
    assert {text: len(reasons) for text, reasons in seen.items()} == dict.fromkeys(texts, 1)


@pytest.mark.parametrize("word", ["C++", "(", "*", "a|b", "$5"])
def test_a_keyword_is_text_and_no_regular_expression(word: str) -> None:
    assert strict(f"we say {word} here", "keywords:existence", {"keywords": [word]})
    assert not strict("we say abc here", "keywords:existence", {"keywords": [word]})
    assert not strict(f"x {word} y", "keywords:frequency", {"keyword": word, "frequency": 1, "relation": "less than"})
    strict(f"x {word} y", "keywords:forbidden_words", {"forbidden_words": [word]})
    strict(f"x {word} 1", "detectable_format:multiple_sections", {"section_spliter": word, "num_sections": 1})


@pytest.mark.slow
def test_nothing_is_downloaded_to_count_sentences_or_words() -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*args, **kwargs): raise OSError('no network')\n"
        "socket.socket = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from harness.scorers import english\n"
        "print(len(english.sentences('Dr. Ho left. I stayed.')), len(english.capital_words('I DO.')), 'nltk' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    environment = {"NLTK_DATA": "/nowhere", "HOME": "/nowhere", "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "2 2 False", done.stderr


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "response", ["\n" * 20_000 + "x", "!" * 20_000, "[" * 8_000, "*" * 20_000, "a" * 50_000, ". " * 10_000, "<<" * 4_000]
)
def test_an_endless_response_stops_no_kind(response: str) -> None:
    judge(response, *[case[:2] for case in CASES])


@pytest.mark.parametrize("mark", ["[", "<"])
def test_a_megabyte_of_opening_marks_is_read_at_once(mark: str) -> None:
    target = {"instructions": [{"id": "detectable_content:number_placeholders", "kwargs": {"num_placeholders": 1}},
                               {"id": "detectable_format:title", "kwargs": {}}]}  # fmt: skip
    item = Item.model_validate(item_line("a", scorer="ifeval", target=target))
    score = IfevalScorer().score(item, Answer((Response("x", mark * 1_000_000),)))
    assert score.metrics["prompt_loose"] == 0.0
