"""IFBench: each kind separates responses that follow it from responses that do not; what cannot be judged is an error, never a pass."""

import pytest
import yaml

from harness.item import PublicItem
from harness.records import Answer, Response
from harness.scorers.ifbench import KINDS, UNSUPPORTED, IfbenchScorer
from harness.suite import bundled_folder
from tests.scorers.ifbench_cases import CASES

SCORER = IfbenchScorer()


def item(*instructions: dict[str, object]) -> PublicItem:
    return PublicItem(id="1", lang="en", stratum="all", prompt="Say it.", target={"instructions": list(instructions)})


def follows(kind: str, kwargs: dict[str, object], text: str) -> tuple[bool, str]:
    score = SCORER.score(item({"id": kind, "kwargs": kwargs}), Answer((Response("1", text),)))
    return score.metrics["prompt_strict"] == 1, score.checks[0].reason


def test_every_kind_has_cases() -> None:
    assert set(CASES) == set(KINDS)
    assert len(KINDS) == 54
    assert all(right and wrong for _, right, wrong in CASES.values())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_tells_responses_that_follow_it_from_others(kind: str) -> None:
    kwargs, right, wrong = CASES[kind]
    SCORER.check_target(item({"id": kind, "kwargs": kwargs}))
    assert {text: follows(kind, kwargs, text) for text in right if not follows(kind, kwargs, text)[0]} == {}
    assert {text: follows(kind, kwargs, text) for text in wrong if follows(kind, kwargs, text)[0]} == {}


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("text", ["", " \n\t", ".", "\x00", "\"'([{" * 50, "。！？"])
def test_odd_responses_are_judged_without_an_error_and_an_empty_one_follows_nothing(kind: str, text: str) -> None:
    followed, reason = follows(kind, CASES[kind][0], text)
    assert reason
    assert not (followed and not text.strip())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_very_long_response_is_judged_whole(kind: str) -> None:
    follows(kind, CASES[kind][0], "word \"it's (so\n* - " * 200)


def test_an_unsupported_kind_is_an_error_that_names_it_and_says_why() -> None:
    assert len(KINDS) + len(UNSUPPORTED) == 58
    for kind, why in UNSUPPORTED.items():
        with pytest.raises(ValueError, match=f"'{kind}' cannot be judged: {why}"):
            SCORER.check_target(item({"id": kind}))
        with pytest.raises(ValueError, match=kind):
            SCORER.score(item({"id": kind}), Answer((Response("1", "Anything."),)))


@pytest.mark.parametrize(
    ("instruction", "complaint"),
    [
        ({"id": "format:colour"}, "there is no instruction 'format:colour'"),
        ({"id": "count:numbers"}, "N"),
        ({"id": "count:numbers", "kwargs": {"N": 2.5}}, "N"),
        ({"id": "count:numbers", "kwargs": {"N": 2, "colour": 1}}, "colour"),
        ({"id": "count:person_names", "kwargs": {"N": 2}}, "names"),
        ({"id": "repeat:repeat_span", "kwargs": {"prompt_to_repeat": "one two", "n_start": 1, "n_end": 2}}, "no positions|not positions"),
    ],
)
def test_what_is_no_instruction_is_refused(instruction: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        SCORER.check_target(item(instruction))


def test_the_recipe_leaves_out_what_cannot_be_judged_and_nothing_else() -> None:
    recipe = yaml.safe_load((bundled_folder() / "public" / "ifbench.yaml").read_text(encoding="utf-8"))
    assert recipe["left_out"] == UNSUPPORTED


def test_loose_forgives_an_introduction_and_both_rates_are_given() -> None:
    both = item({"id": "custom:multiples"}, {"id": "format:newline"})
    score = SCORER.score(both, Answer((Response("1", "Sure, here are 6 of them:\n14\n21\n28\n35\n42\n49"),)))
    assert score.metrics == {"prompt_strict": 0, "prompt_loose": 1, "instruction_strict": 0, "instruction_loose": 1}
