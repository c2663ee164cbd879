"""The real engine on the real default model. One engine start for the whole file: a start takes ten seconds."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.engines import EngineSettings, start_engine
from harness.engines.base import Engine, answers
from harness.errors import RunError, UserError
from harness.model import Model, parse_model, resolve_model
from harness.prompts import Renderer
from harness.records import Request, Response
from harness.repetition import RepetitionDetection
from harness.suite import find_suite, load_suite

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def model() -> Model:
    return resolve_model(parse_model("smollm2-135m-instruct"))


@pytest.fixture(scope="module")
def renderer(model: Model) -> Renderer:
    return Renderer(model)


@pytest.fixture(scope="module")
def engine(model: Model) -> Iterator[Engine]:
    started = start_engine(model, EngineSettings(), [Request("size", tuple(range(200)), max_tokens=200)], [])
    yield started
    started.close()


def answer(engine: Engine, requests: list[Request]) -> dict[str, Response]:
    return {response.request_id: response for response in answers(engine, requests)}


def chat(renderer: Renderer, text: str) -> tuple[int, ...]:
    return renderer.encode(renderer.chat_text(({"role": "user", "content": text},)))


def test_it_answers_a_question_and_stops_by_itself(engine: Engine, renderer: Renderer) -> None:
    response = answer(engine, [Request("q", chat(renderer, "What is the capital of France?"), max_tokens=40)])["q"]
    assert "Paris" in response.text
    assert response.finish == "stop"
    assert "<|im_end|>" not in response.text


def test_an_engine_goes_on_for_the_same_weights_and_for_no_others(engine: Engine, model: Model, renderer: Renderer) -> None:
    question = Request("q", chat(renderer, "Name three colours."), max_tokens=12)
    before = answer(engine, [question])["q"].text
    assert engine.become(replace(model, hashes={**model.hashes, "chat_template": "other"}), [question])
    assert answer(engine, [question])["q"].text == before
    for part in ("weights", "config", "tokenizer"):
        assert not engine.become(replace(model, hashes={**model.hashes, part: "other"}), [question])
    assert not engine.become(model, [Request(str(number), tuple(range(100)), max_tokens=4000) for number in range(20)])
    assert not engine.become(model, [replace(question, temperature=1.0)])


def test_a_response_that_reaches_the_limit_is_truncated(engine: Engine, renderer: Renderer) -> None:
    response = answer(engine, [Request("q", chat(renderer, "Write a long story about a car."), max_tokens=5)])["q"]
    assert response.finish == "length"
    assert response.tokens == 5


def test_a_response_that_runs_in_circles_is_ended_where_the_rule_says_so(engine: Engine, model: Model, renderer: Renderer) -> None:
    rule = RepetitionDetection(min_pattern_size=4, max_pattern_size=32, min_count=4)
    prompt = renderer.encode("to the left, to the left, to the left, to the left,")
    ended = Request("ended", prompt, max_tokens=120, repetition_detection=rule)
    reference = start_engine(model, EngineSettings(kind="transformers", device="cpu"), [ended], [])
    for response in (answer(engine, [ended])["ended"], answer(reference, [ended])["ended"]):
        assert response.finish == "repetition"
        assert response.truncated
        assert 16 <= response.tokens < 60
        assert response.text.count("to the left") >= 4
    assert answer(engine, [replace(ended, id="on", repetition_detection=None)])["on"].finish == "length"


@pytest.mark.parametrize("name", ["code_execution", "generation", "instruction_following"])
def test_no_passing_example_of_a_suite_runs_in_circles(renderer: Renderer, name: str) -> None:
    suite = load_suite(find_suite(name))
    rule = suite.config.generation.repetition_detection
    assert rule is not None
    examples = [renderer.encode(str(example)) for item in suite.items for example in item.passing]
    assert examples
    assert not [ids for ids in examples if any(rule.found(ids[:end]) for end in range(1, len(ids) + 1))]


def test_a_stop_string_ends_the_response_and_is_left_out(engine: Engine, renderer: Renderer) -> None:
    prompt = chat(renderer, "What is the capital of France?")
    response = answer(engine, [Request("q", prompt, max_tokens=40, stop=("Paris",))])["q"]
    assert response.finish == "stop"
    assert "Paris" not in response.text


def test_log_probabilities_agree_with_the_transformers_reference(engine: Engine, model: Model, renderer: Renderer) -> None:
    texts = ["The capital of France is Paris.", "把空调调到二十四度。", "def add(a, b):\n    return a + b\n"]
    requests = [Request(f"p{index}", renderer.encode(text), score_from=1) for index, text in enumerate(texts)]
    ours = answer(engine, requests)
    reference = start_engine(model, EngineSettings(kind="transformers", device="cpu"), requests, [])
    theirs = answer(reference, requests)
    for request in requests:
        left, right = ours[request.id].logprobs, theirs[request.id].logprobs
        assert left is not None
        assert right is not None
        assert len(left) == len(right) == len(request.prompt) - 1
        # bf16 keeps eight bits: single tokens differ by some hundredths, the mean much less.
        assert math.isclose(sum(left) / len(left), sum(right) / len(right), abs_tol=0.05)


def test_choices_of_one_question_are_as_likely_as_each_alone(engine: Engine, model: Model, renderer: Renderer) -> None:
    """What choices share is read once, and where they go on alike beyond it, no log-probability is missing or another's."""
    question = chat(
        renderer, "Which of these is the capital of France? Answer with the name of the city and of the country, nothing else. " * 3
    )
    begin = renderer.encode(
        "The capital of France, a country in the west of Europe with many rivers, mountains and a long coast, is called "
    )
    choices = [renderer.encode(city) for city in ("Paris.", "London, in England.", "Rome.")]
    requests = [Request(f"apart{n}", question + choice, score_from=len(question)) for n, choice in enumerate(choices)]
    requests += [Request(f"alike{n}", question + begin + choice, score_from=len(question)) for n, choice in enumerate(choices)]
    reference = start_engine(model, EngineSettings(kind="transformers", device="cpu"), requests, [])
    ours, theirs = answer(engine, requests), answer(reference, requests)
    for request in requests:
        found, wanted = ours[request.id].logprobs, theirs[request.id].logprobs
        assert found is not None
        assert wanted is not None
        assert len(found) == len(wanted) == len(request.prompt) - len(question)
        # bfloat16 in batches of other shapes; what stands in memory that was never written is nothing like it.
        assert max(abs(a - b) for a, b in zip(found, wanted, strict=True)) < 0.5


def test_likelihoods_come_when_nothing_is_left_to_generate(engine: Engine, renderer: Renderer) -> None:
    text = renderer.encode("The sky is blue.")
    scored = [Request(f"l{index}", (0, *text), score_from=1) for index in range(3)]
    generated = [Request(f"g{index}", chat(renderer, "Count to ten."), max_tokens=4 + index) for index in range(3)]
    for request in (scored[0], *generated, *scored[1:]):
        engine.submit(request)
    order = list[str]()
    while engine.unfinished:
        assert engine.unfinished == 6 - len(order)
        order += [response.request_id for response in engine.step()]
    assert sorted(order[:3]) == ["g0", "g1", "g2"]
    assert sorted(order[3:]) == ["l0", "l1", "l2"]


def test_greedy_text_agrees_with_the_transformers_reference(engine: Engine, model: Model, renderer: Renderer) -> None:
    request = Request("g", chat(renderer, "What is the capital of France?"), max_tokens=30)
    reference = start_engine(model, EngineSettings(kind="transformers", device="cpu"), [request], [])
    assert answer(engine, [request])["g"].text == answer(reference, [request])["g"].text


def test_each_seed_draws_its_own_response_and_the_same_seed_the_same(engine: Engine, renderer: Renderer) -> None:
    prompt = chat(renderer, "Tell me a short joke.")
    requests = [Request(f"s{index}", prompt, max_tokens=24, temperature=1.0, seed=seed) for index, seed in enumerate((1, 2, 3, 1))]
    texts = [response.text for _, response in sorted(answer(engine, requests).items())]
    assert len(set(texts[:3])) == 3
    assert texts[3] == texts[0]


def test_too_little_memory_for_the_kv_cache_is_said_before_the_start(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.engines.vllm_cpu._available_memory", lambda: 1 << 30)
    with pytest.raises(RunError, match=r"Too little memory for the KV cache.*max_model_len"):
        start_engine(model, EngineSettings(), [], [])


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"r": 8, "modules_to_save": ["lm_head"]}, "replaces whole modules"),
        ({"r": 8, "use_dora": True}, "DoRA"),
        ({"r": 1024}, "rank 1024"),
    ],
)
def test_adapters_that_kill_the_serving_engine_are_refused(tmp_path: Path, config: dict[str, object], complaint: str) -> None:
    from harness.engines.vllm import adapter_options

    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=complaint):
        adapter_options(tmp_path)


@pytest.mark.gpu
def test_an_adapter_is_served_on_cuda(model: Model, renderer: Renderer, tmp_path: Path) -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device; torch sees none")
    from harness.selfchecks.probes import adapter_probes
    from sft_train.training.config import TrainConfig
    from sft_train.training.run import train

    data = tmp_path / "data.jsonl"
    data.write_text('{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Good day."}]}\n')
    adapter = train(TrainConfig(base=str(model.folder), data=str(data), out=str(tmp_path / "adapter"), steps=3, suites=(), probes=None))
    probes = adapter_probes(renderer)
    served = start_engine(resolve_model(parse_model(str(adapter))), EngineSettings(device="cuda"), probes, probes)
    assert served.adapter_change(probes) > 0


def test_prompts_drawn_from_that_fill_several_batches_are_answered_and_drawn_again_alike(model: Model, renderer: Renderer) -> None:
    prompts = [chat(renderer, f"{number} " * 40 + "Say a number.") for number in range(100, 180)]
    requests = [Request(f"s{index}", prompt, max_tokens=4, temperature=1.0, seed=index) for index, prompt in enumerate(prompts)]
    assert sum(map(len, prompts)) > 4 * 2048
    sampling = start_engine(model, EngineSettings(), requests, [])
    try:
        first = {name: response.text for name, response in answer(sampling, requests).items()}
        assert len(first) == len(requests)
        again = {name: response.text for name, response in answer(sampling, requests[:8]).items()}
        other = {name: response.text for name, response in answer(sampling, [replace(one, seed=999) for one in requests[:8]]).items()}
    finally:
        sampling.close()
    # The batch may change a last bit, and with it a rare token.
    assert sum(again[name] == first[name] for name in again) >= 7
    assert sum(other[name] == first[name] for name in other) <= 4


# Engines of their own come last: closing one ends what the file's engine needs.


def test_choices_of_one_token_have_the_log_likelihoods_of_whole_readings(renderer: Renderer) -> None:
    contexts = [chat(renderer, f"Which letter comes {place} in the alphabet? Answer with the letter.") for place in ("first", "fourth")]
    letters = [renderer.encode(letter) for letter in "ABCD"]
    assert {len(letter) for letter in letters} == {1}
    asked = [
        Request(f"q{number}/{index}", context + letter, score_from=len(context))
        for number, context in enumerate(contexts)
        for index, letter in enumerate(letters)
    ]
    # With a token more behind it a choice is read whole.
    whole = [Request(f"{one.id}/whole", one.prompt + renderer.encode("."), score_from=one.score_from) for one in asked]
    # In float32, where the two ways do not differ by rounding.
    exact = resolve_model(parse_model("smollm2-135m-instruct,dtype=float32"))
    found: list[dict[str, Response]] = []
    for settings in (EngineSettings(), EngineSettings(kind="transformers", device="cpu")):
        started = start_engine(exact, settings, [*asked, *whole], [])
        try:
            found.append(answer(started, [*asked, *whole]))
        finally:
            started.close()
    ours, reference = found
    for one in asked:
        (value,) = ours[one.id].logprobs or ()
        assert value == pytest.approx((ours[f"{one.id}/whole"].logprobs or ())[0], abs=1e-3)
        assert value == pytest.approx((reference[one.id].logprobs or ())[0], abs=1e-3)
    assert len({ours[one.id].logprobs for one in asked}) == len(asked)
