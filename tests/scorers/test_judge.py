"""How a judge's words are read, and what becomes of them."""

import pytest

from harness.item import PublicItem
from harness.records import Answer, FollowUp, Response, Score
from harness.scorers import is_measurement, load_scorer
from harness.scorers.judge_words import NoVerdictError, read_preference, read_rating

PAIR = PublicItem(
    id="s/q/0", lang="en", stratum="s", prompt="A first", system="Be strict.", scorer="judge_pair",
    target={"swapped": "B first", "max_tokens": 7},
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("B pads.\nVerdict: A", "a"),
        ("verdict: b.", "b"),
        ("**Verdict:** Tie", "tie"),
        ("## Verdict: [[B]]", "b"),
        ("> - **Verdict: A**\n\nThank you.", "a"),
        ("两者相当。\n结论：平局。", "tie"),
        ("**结论：Ａ**", "a"),
        ("结论：【B】", "b"),
        ("Verdict: A\nIn short:\nVerdict: A", "a"),
        ("A", "a"),
        (" [[B]]. ", "b"),
        ("平局", "tie"),
    ],
)
def test_a_verdict_on_a_line_of_its_own_is_found(text: str, verdict: str) -> None:
    assert read_preference(text) == verdict


@pytest.mark.parametrize(
    "text",
    [
        "", "   \n", "Both are fine.", "Answer A is better.", "Verdict: A or B", "Verdict: A is better", "Verdict: A, B or tie",
        "Verdict: C", "Verdict:", "My verdict: A", "结论是A",
        "Verdict: A\nVerdict: B", "Verdict: A\nVerdict: tie", "Verdict: neither", "AB", "A\nB",
        "Verdict: A/B", "结论：A或B", "I cannot say which is better; it is a tie between clarity and length.",
    ],
)  # fmt: skip
def test_anything_else_is_no_verdict_and_never_a_tie(text: str) -> None:
    with pytest.raises(NoVerdictError, match="verdict"):
        read_preference(text)


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("Fine.\nRating: 7", 7),
        ("**评分：10**", 10),
        ("Rating: 7/10.", 7),
        ("Rating: 7 / 10", 7),
        ("8", 8),
        ("评分：５", 5),
        ("Rating: [[1]]", 1),
    ],
)
def test_a_rating_is_found(text: str, rating: int) -> None:
    assert read_rating(text, 1, 10) == rating


@pytest.mark.parametrize(
    "text",
    ["Rating: 11", "Rating: 0", "Rating: -3", "Rating: 7.5", "Rating: 7/100", "Rating: seven", "Rating: 7\nRating: 8", "7 or 8",
     "Rating: 3-4", ""],
)  # fmt: skip
def test_what_is_off_the_scale_or_no_whole_number_is_no_rating(text: str) -> None:
    with pytest.raises(NoVerdictError, match="from 1 to 10"):
        read_rating(text, 1, 10)


def judged(*texts: str) -> Score | FollowUp:
    return load_scorer("judge_pair").score(PAIR, Answer(tuple(Response("r", text) for text in texts)))


def test_the_other_order_is_asked_for_as_a_conversation_of_its_own() -> None:
    asked = judged("Verdict: A")
    assert isinstance(asked, FollowUp)
    assert asked.messages == ({"role": "system", "content": "Be strict."}, {"role": "user", "content": "B first"})
    assert (asked.max_tokens, asked.continues) == (7, False)


@pytest.mark.parametrize(
    ("first", "second", "preference", "pair"),
    [
        ("A", "B", 1.0, "a"), ("B", "A", 0.0, "b"), ("tie", "tie", 0.5, "tie"), ("A", "A", 0.5, "inconsistent"),
        ("B", "B", 0.5, "inconsistent"), ("A", "tie", 0.75, "inconsistent"), ("tie", "A", 0.25, "inconsistent"),
    ],
)  # fmt: skip
def test_a_verdict_is_about_the_answers_and_not_their_places(first: str, second: str, preference: float, pair: str) -> None:
    score = judged(f"Verdict: {first}", f"<think>Verdict: tie</think>Verdict: {second}")
    assert isinstance(score, Score)
    assert score.metrics == {"preference": preference, "consistent": float(pair != "inconsistent")}
    assert score.tags["pair"] == pair


def test_a_response_without_a_verdict_says_in_which_order() -> None:
    with pytest.raises(NoVerdictError, match=r"^as given: no verdict: .* ends in 'Both are good\.'"):
        judged("Both are good.")
    with pytest.raises(NoVerdictError, match=r"^swapped: contradictory verdicts"):
        judged("Verdict: A", "Verdict: A\nVerdict: B")


def test_what_a_judge_says_is_measured_and_not_scored() -> None:
    assert is_measurement("judge_pair")
    assert is_measurement("judge_rating")
    rating = PublicItem(id="s/q/0", lang="en", stratum="s", prompt="?", scorer="judge_rating", target={"low": 1, "high": 5})
    assert load_scorer("judge_rating").score(rating, Answer((Response("r", "Rating: 4"),))).metrics == {"rating": 4.0}  # type: ignore[union-attr]


@pytest.mark.parametrize(("scorer", "target"), [("judge_pair", {"swapped": ""}), ("judge_rating", {"low": 5, "high": 5})])
def test_a_target_of_another_form_is_refused(scorer: str, target: dict[str, object]) -> None:
    item = PublicItem(id="q", lang="en", stratum="s", prompt="?", scorer=scorer, target=target)
    with pytest.raises(ValueError, match=r"swapped|high"):
        load_scorer(scorer).check_target(item)
