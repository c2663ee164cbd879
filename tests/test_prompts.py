"""From item to token ids: nothing is altered silently, and choices are scored from the right token."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.engines.base import EngineSettings
from harness.engines.transformers import TransformersEngine
from harness.errors import UserError
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer, read_template
from harness.records import FollowUp, Request
from harness.suite import Suite, load_suite
from tests.conftest import CHAT_TEMPLATE, item_line, write_suite

TURN = "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
REJECTS_SYSTEM = (
    "{% for message in messages %}{% if message.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
)
REJECTS_SYSTEM += TURN + "{% endfor %}"
DROPS_SYSTEM = "{% for message in messages if message.role != 'system' %}" + TURN + "{% endfor %}"
SHOUTS = "{% for message in messages %}{{ message.content | upper }}{% endfor %}"
TRIMS = "{% for message in messages %}{{ message.content | trim }}{% endfor %}"


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Model:
    return resolve_model(parse_model(str(tiny_model)))


@pytest.fixture(scope="module")
def renderer(model: Model) -> Renderer:
    return Renderer(model)


def choice_line(identifier: str, prompt: str, choices: list[str], **changes: Any) -> dict[str, Any]:
    examples = {"pass": choices[:1], "fail": choices[1:]}
    return item_line(identifier, prompt=prompt, choices=choices, target={"answer": 0}, scorer="choice", **examples, **changes)


def suite_of(folder: Path, *lines: dict[str, Any], **config: Any) -> Suite:
    return load_suite(write_suite(folder / "arith", list(lines), **config))


def requests(renderer: Renderer, suite: Suite, **changes: int) -> list[Request]:
    return renderer.requests(suite, suite.items[0], **({"sample": 0, "samples": 1, "draw": 0, "seed": 0} | changes))


# Conversations.


def test_the_prompt_is_the_models_own_template_up_to_where_its_turn_begins(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, item_line("q", prompt="2+2=?", system="请简短"))
    (request,) = requests(renderer, suite)
    assert renderer.decode(request.prompt) == (
        "<|im_start|>system\n请简短<|im_end|>\n<|im_start|>user\n2+2=?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert request.score_from is None


def test_a_suites_examples_are_turns_before_the_prompt_also_where_choices_are_scored(renderer: Renderer, tmp_path: Path) -> None:
    lines = [item_line("q", prompt="2+2=?"), choice_line("c", "2+2=?", ["4", "5"])]
    suite = suite_of(tmp_path, *lines, few_shot=[{"user": "1+1=?", "assistant": "2"}])
    expected = (
        "<|im_start|>user\n1+1=?<|im_end|>\n<|im_start|>assistant\n2<|im_end|>\n<|im_start|>user\n2+2=?<|im_end|>\n<|im_start|>assistant\n"
    )
    answered, scored = (renderer.requests(suite, item, sample=0, samples=1, draw=0, seed=0)[0] for item in suite.items)
    assert renderer.decode(answered.prompt) == expected
    assert renderer.decode(scored.prompt) == expected + "4"


def test_a_template_that_rejects_the_system_role_is_a_user_error(model: Model, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, item_line("q", system="Be brief."))
    with pytest.raises(UserError, match=r"template of 'tiny' rejects a conversation of roles system, user: System role not supported"):
        requests(Renderer(model, REJECTS_SYSTEM), suite)


def test_a_template_that_drops_the_system_message_is_a_user_error(model: Model, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, item_line("q", system="Be brief."))
    with pytest.raises(UserError, match=r"silently drops or changes the system message; give another with --template"):
        requests(Renderer(model, DROPS_SYSTEM), suite)


def test_a_dropped_system_message_is_noticed_though_the_user_says_the_same(model: Model, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, item_line("q", system="Be brief.", prompt="Be brief. What is two plus two?"))
    with pytest.raises(UserError, match="silently drops"):
        requests(Renderer(model, DROPS_SYSTEM), suite)


def test_a_template_that_drops_the_system_message_serves_items_without_one(model: Model, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, item_line("q"))
    assert len(requests(Renderer(model, DROPS_SYSTEM), suite)) == 1


def test_a_template_that_changes_the_users_words_is_a_user_error(model: Model, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"silently drops or changes the user message"):
        requests(Renderer(model, SHOUTS), suite_of(tmp_path, item_line("q")))


def test_a_template_may_trim_spaces_around_a_message(model: Model, tmp_path: Path) -> None:
    renderer = Renderer(model, TRIMS)
    (request,) = requests(renderer, suite_of(tmp_path, item_line("q", prompt="  2+2=?\n")))
    assert renderer.decode(request.prompt) == "2+2=?"


@pytest.mark.parametrize("empty", ["", " \n"])
def test_an_empty_message_is_rendered_as_such(renderer: Renderer, empty: str) -> None:
    """A suite may give an empty system message, and a follow-up may repeat an answer that was empty."""
    talk = ({"role": "user", "content": "2+2=?"}, {"role": "assistant", "content": empty}, {"role": "user", "content": "Well?"})
    assert f"<|im_start|>assistant\n{empty}<|im_end|>\n" in renderer.chat_text(talk)


@pytest.mark.parametrize("words", [("same", "same"), ("same", "the same again"), ("the same again", "same")])
def test_messages_that_repeat_each_other_are_each_found(model: Model, renderer: Renderer, words: tuple[str, str]) -> None:
    talk = ({"role": "system", "content": words[0]}, {"role": "user", "content": words[1]})
    assert all(f"\n{text}<|im_end|>" in renderer.chat_text(talk) for text in words)
    with pytest.raises(UserError, match="silently drops"):
        Renderer(model, DROPS_SYSTEM).chat_text(talk)


def test_a_model_without_a_template_is_a_user_error_that_names_the_option(tiny_model: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    model, suite = resolve_model(parse_model(str(bare))), suite_of(tmp_path, item_line("q"))
    with pytest.raises(UserError, match=r"'bare' has no chat template; give one with --template FILE\.jinja"):
        requests(Renderer(model), suite)
    assert requests(Renderer(model, CHAT_TEMPLATE), suite) == requests(Renderer(resolve_model(parse_model(str(tiny_model)))), suite)


def test_a_model_without_a_template_scores_raw_items(tiny_model: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    suite = suite_of(tmp_path, choice_line("c", "2+2=", ["4", "5"], raw=True))
    assert len(requests(Renderer(resolve_model(parse_model(str(bare)))), suite)) == 2


@pytest.mark.parametrize(("option", "text"), [("", "unset"), (",thinking=on", "True"), (",thinking=off", "False")])
def test_the_option_thinking_reaches_the_template(tiny_model: Path, option: str, text: str) -> None:
    template = "{{ messages[0].content }}|{{ enable_thinking if enable_thinking is defined else 'unset' }}"
    renderer = Renderer(resolve_model(parse_model(f"{tiny_model}{option}")), template)
    assert renderer.chat_text(({"role": "user", "content": "hi"},)) == f"hi|{text}"


def test_a_template_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.jinja").write_bytes(b"\xff")
    for name in ("absent.jinja", "latin.jinja"):
        with pytest.raises(UserError, match=rf"Chat template '{tmp_path}/{name}' cannot be read"):
            read_template(str(tmp_path / name))


def test_a_folder_without_a_tokenizer_is_a_user_error(tiny_model: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    for path in bare.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(UserError, match=r"The tokenizer in '.*bare' cannot be loaded"):
        Renderer(resolve_model(parse_model(str(bare))))


# Choices.


def test_a_choice_in_a_chat_is_scored_from_where_the_models_turn_begins(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, choice_line("c", "Which fox?", ["quick brown", "空调", "the"]))
    found = requests(renderer, suite)
    context = renderer.chat_text(({"role": "user", "content": "Which fox?"},))
    assert [renderer.decode(request.prompt[: request.score_from]) for request in found] == [context] * 3
    assert [renderer.decode(request.prompt[request.score_from :]) for request in found] == ["quick brown", "空调", "the"]


def test_a_raw_choice_is_plain_text_and_begins_as_the_tokenizer_has_it(tiny_model: Path, renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, choice_line("c", "set the", [" temperature", " fox"], raw=True))
    found = requests(renderer, suite)
    assert [renderer.decode(request.prompt) for request in found] == ["set the temperature", "set the fox"]
    assert [renderer.decode(request.prompt[request.score_from :]) for request in found] == [" temperature", " fox"]
    own = shutil.copytree(tiny_model, tmp_path / "own")
    tokenizer = json.loads((own / "tokenizer.json").read_text(encoding="utf-8"))
    pieces = [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    known = {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [0], "tokens": ["<|endoftext|>"]}}
    tokenizer["post_processor"] = {"type": "TemplateProcessing", "single": pieces, "pair": pieces, "special_tokens": known}
    (own / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    with_token = Renderer(resolve_model(parse_model(str(own))))
    begun = requests(with_token, suite)
    assert [with_token.decode(request.prompt) for request in begun] == ["<|endoftext|>set the temperature", "<|endoftext|>set the fox"]
    assert [with_token.decode(request.prompt[request.score_from :]) for request in begun] == [" temperature", " fox"]


def test_raw_items_without_a_prompt_are_scored_from_their_first_token(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, choice_line("c", "", ["the fox sets", "the fox set"], raw=True))
    found = requests(renderer, suite)
    assert [request.score_from for request in found] == [1, 1]
    assert [renderer.decode(request.prompt[1:]) for request in found] == ["the fox sets", "the fox set"]


def test_with_an_ending_only_what_follows_the_choice_is_scored(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, choice_line("c", "set ", ["the fox", "it"], raw=True, ending=" quick brown"))
    found = requests(renderer, suite)
    assert [renderer.decode(request.prompt) for request in found] == ["set the fox quick brown", "set it quick brown"]
    assert [renderer.decode(request.prompt[request.score_from :]) for request in found] == [" quick brown"] * 2
    without = suite_of(tmp_path / "without", choice_line("c", "set ", ["the fox", "it"], raw=True))
    assert suite.asked(suite.items[0]) != without.asked(without.items[0])


def test_where_a_token_crosses_the_border_every_choice_is_scored_from_before_it(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, choice_line("c", "the quick br", ["own fox", "ead"], raw=True))
    found = requests(renderer, suite)
    assert len({request.score_from for request in found}) == 1
    assert [renderer.decode(request.prompt[request.score_from :]) for request in found] == [" brown fox", " bread"]


@pytest.mark.parametrize(
    ("prompt", "choices", "raw"),
    [
        ("Which fox?", ["quick brown", "空调", "the"], False),
        ("the quick br", ["own fox", "ead", "own"], True),
        ("the quick brown", [" fox", " fox 空调", "s"], True),
        ("", ["the quick fox", "quick the fox"], True),
        ("q", ["uick fox", "quick"], True),
    ],
)
def test_scored_sums_rank_choices_as_the_likelihood_of_the_whole_text_does(
    model: Model, renderer: Renderer, tmp_path: Path, prompt: str, choices: list[str], raw: bool
) -> None:
    """What is left out before `score_from` is the same text with the same likelihood for every choice."""
    found = requests(renderer, suite_of(tmp_path, choice_line("c", prompt, choices, raw=raw)))
    engine = TransformersEngine(model, EngineSettings("transformers", "cpu"))
    assert len({request.prompt[: request.score_from] for request in found}) == 1
    left_out = []
    for request in found:
        engine.submit(request)
        engine.submit(Request("whole", request.prompt, score_from=1))
        (part,), (whole,) = engine.step(), engine.step()
        assert part.logprobs is not None
        assert whole.logprobs is not None
        assert len(part.logprobs) == len(request.prompt) - (request.score_from or 0) > 0
        left_out.append(sum(whole.logprobs) - sum(part.logprobs))
    assert left_out == pytest.approx([left_out[0]] * len(found), abs=1e-4)


def test_raw_items_need_a_token_to_begin_with(tiny_model: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    settings = json.loads((bare / "tokenizer_config.json").read_text())
    (bare / "tokenizer_config.json").write_text(
        json.dumps({key: settings[key] for key in settings if key not in ("bos_token", "eos_token")})
    )
    suite = suite_of(tmp_path, choice_line("c", "", ["4", "5"], raw=True))
    with pytest.raises(UserError, match=r"'bare' has neither a beginning nor an end token"):
        requests(Renderer(resolve_model(parse_model(str(bare)))), suite)


# Sampling.


def test_every_item_sample_draw_and_follow_up_has_a_seed_of_its_own(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, item_line("a"), item_line("b"))
    follow_up = FollowUp(({"role": "user", "content": "again"},))
    seeds = [
        request.seed
        for item in suite.items
        for sample in range(3)
        for draw in range(3)
        for seed in range(3)
        for request in (
            *renderer.requests(suite, item, sample=sample, samples=3, draw=draw, seed=seed),
            *(renderer.follow_up(suite, item, follow_up, sample=sample, samples=2, step=step, draw=draw, seed=seed) for step in (1, 2)),
        )
    ]
    assert len(seeds) == len(set(seeds)) == 2 * 27 * 3
    assert all(0 <= seed < 1 << 31 for seed in seeds)


def test_the_same_sample_and_draw_has_the_same_request_each_time(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, item_line("a"))
    assert requests(renderer, suite, sample=2, samples=3, draw=1) == requests(renderer, suite, sample=2, samples=3, draw=1)


def test_request_ids_are_unique_over_items_samples_and_choices(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, item_line("a"), item_line("a.1"), choice_line("c", "Which?", ["x", "y", "z"]))
    found = [
        request.id for item in suite.items for sample in range(2)
        for request in renderer.requests(suite, item, sample=sample, samples=2, draw=0, seed=0)
    ]  # fmt: skip
    assert len(found) == len(set(found)) == 2 * (1 + 1 + 3)


def test_several_samples_are_drawn_at_the_sampling_temperature_and_a_single_one_greedily(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, item_line("a"), generation={"max_tokens": 5, "sampling_temperature": 0.6, "top_p": 0.9, "stop": ["\n"]})
    (single,), (one_of_two,) = requests(renderer, suite), requests(renderer, suite, samples=2)
    assert (single.temperature, one_of_two.temperature) == (0.0, 0.6)
    assert (single.max_tokens, single.top_p, single.stop) == (5, 0.9, ("\n",))


def test_a_response_may_be_as_long_as_its_stratum_allows(renderer: Renderer, tmp_path: Path) -> None:
    lines = [item_line("a", stratum="easy"), item_line("b", stratum="hard")]
    suite = load_suite(write_suite(tmp_path / "s", lines, strata=["easy", "hard"], generation={"max_tokens": {"easy": 8, "hard": 64}}))
    found = [request for item in suite.items for request in renderer.requests(suite, item, sample=0, samples=1, draw=0, seed=0)]
    assert [request.max_tokens for request in found] == [8, 64]


def test_a_temperature_of_the_suites_own_is_kept_for_several_samples(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, item_line("a"), generation={"temperature": 0.3})
    assert {requests(renderer, suite, samples=samples)[0].temperature for samples in (1, 4)} == {0.3}


def test_a_follow_up_is_greedy_and_as_long_as_the_scorer_asks(renderer: Renderer, tmp_path: Path) -> None:
    suite = suite_of(tmp_path, item_line("a"), generation={"temperature": 0.9})
    follow_up = FollowUp(({"role": "user", "content": "sure?"},), max_tokens=7)
    request = renderer.follow_up(suite, suite.items[0], follow_up, sample=1, samples=2, step=2, draw=0, seed=0)
    assert (request.id, request.temperature, request.max_tokens) == ("arith/a/1/2", 0.0, 7)
    assert renderer.decode(request.prompt) == "<|im_start|>user\nsure?<|im_end|>\n<|im_start|>assistant\n"


def test_running_text_is_scored_from_its_first_token_and_nothing_is_generated(renderer: Renderer, tmp_path: Path) -> None:
    line = {"id": "t", "lang": "en", "stratum": "easy", "text": "The fox sleeps.", "scorer": "bits_per_byte", "target": {}}
    (request,) = requests(renderer, suite_of(tmp_path, line), samples=3)
    assert request.score_from == 1
    assert renderer.decode(request.prompt[1:]) == "The fox sleeps."
