"""Rows become tokens and weights by rule; whatever does not fit is counted and named."""

from pathlib import Path
from typing import Any

import pytest

from harness.errors import UserError
from sft_train.data.record import Row, Turn
from sft_train.training.config import Code, Length, Losses, TrainConfig
from sft_train.training.examples import Encoding, encode_rows
from sft_train.training.row_weights import program_of, row_weights
from tests.sft_train.rows import talk


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_model, local_files_only=True)


def encode(tokenizer: Any, rows: list[Row], **changes: Any) -> Encoding:
    return encode_rows(tokenizer, rows, TrainConfig(data="d", out="o", **changes), {tokenizer.eos_token_id})


def trained(tokenizer: Any, encoding: Encoding, at: int = 0) -> list[tuple[str, float]]:
    """Stretches of one example that have a weight."""
    example = encoding.examples[at]
    found: list[tuple[list[int], float]] = []
    before = 0.0
    for token, weight in zip(example.ids, example.weights, strict=True):
        if weight and weight != before:
            found.append(([], weight))
        if weight:
            found[-1][0].append(token)
        before = weight
    return [(tokenizer.decode(ids), weight) for ids, weight in found]


DIALOGUE = talk("one", "first", "two", "second", "three", "third")


def test_every_answer_is_trained_or_the_last_or_everything(tokenizer: Any) -> None:
    assert [text for text, _ in trained(tokenizer, encode(tokenizer, [DIALOGUE]))] == [
        f"{n}<|im_end|>" for n in ("first", "second", "third")
    ]
    assert trained(tokenizer, encode(tokenizer, [DIALOGUE], mask="last")) == [("third<|im_end|>", 1.0)]
    ((text, _),) = trained(tokenizer, encode(tokenizer, [DIALOGUE], mask="all"))
    assert text.startswith("<|im_start|>user\none")


def test_a_turns_own_weight_wins(tokenizer: Any) -> None:
    row = Row("rows", 1, (Turn("user", "a"), Turn("assistant", "b", 0.0), Turn("user", "c"), Turn("assistant", "d", 2.5)))
    assert trained(tokenizer, encode(tokenizer, [row])) == [("d<|im_end|>", 2.5)]


def test_a_weight_on_a_users_turn_is_refused(tokenizer: Any) -> None:
    with pytest.raises(UserError, match="only the assistant's turns are trained"):
        encode(tokenizer, [Row("rows", 3, (Turn("user", "a", 1.0), Turn("assistant", "b")))])


def test_long_answers_weigh_less_after_the_target_and_their_end_more(tokenizer: Any) -> None:
    encoding = encode(tokenizer, [talk("q", "a b c d")], losses=Losses(length=Length(target=3, beyond=0.25, end=3.0)))
    weights = [weight for weight in encoding.examples[0].weights if weight]
    assert weights[:3] == [1.0] * 3
    assert set(weights[3:-1]) == {0.25}
    assert weights[-1] == 3.0


def test_overlong_rows_are_left_out_and_named(tokenizer: Any) -> None:
    encoding = encode(tokenizer, [talk("a", "b"), talk("x " * 200, "y", number=2)], max_length=40, overlap=4)
    assert len(encoding.examples) == 1
    assert encoding.report["left_out"] == {"overlong": {"rows": 1, "first": ["rows, row 2"]}}


def test_overlong_rows_stop_where_that_is_asked_for(tokenizer: Any) -> None:
    with pytest.raises(UserError, match=r"rows, row 2 has \d+ tokens, more than max_length 40"):
        encode(tokenizer, [talk("a", "b"), talk("x " * 200, "y", number=2)], max_length=40, overlap=4, overlong="stop")


def test_a_dialogue_that_is_split_keeps_every_answer_whole_and_once(tokenizer: Any) -> None:
    longer = talk(*(f"{word} {at}" for at in range(6) for word in ("question", "answer")))
    encoding = encode(tokenizer, [longer], max_length=60, overlap=4, overlong="split")
    assert len(encoding.examples) > 1
    assert all(len(example.ids) <= 60 for example in encoding.examples)
    texts = [text for at in range(len(encoding.examples)) for text, _ in trained(tokenizer, encoding, at)]
    assert texts == [f"answer {at}<|im_end|>" for at in range(6)]
    assert encoding.split == ["rows, row 1"]


def test_running_text_is_cut_into_segments_that_train_each_token_once(tokenizer: Any) -> None:
    row = Row("rows", 1, text="the quick brown fox " * 40)
    encoding = encode(tokenizer, [row], max_length=50, overlap=10)
    pieces = [[token for token, weight in zip(each.ids, each.weights, strict=True) if weight] for each in encoding.examples]
    assert [token for piece in pieces for token in piece] == [*tokenizer.encode(row.text), tokenizer.eos_token_id]
    assert encoding.examples[1].ids[1:11] == encoding.examples[0].ids[-10:]
    assert encoding.examples[1].weights[:11] == (0.0,) * 11
    assert encoding.split == ["rows, row 1"]


def test_a_template_that_ends_answers_with_no_end_token_is_refused(tokenizer: Any) -> None:
    with pytest.raises(UserError, match="ends answers with none of the tokens that the model stops at"):
        encode_rows(tokenizer, [DIALOGUE], TrainConfig(data="d", out="o"), {tokenizer.bos_token_id})


def test_rows_of_nothing_trained_are_refused(tokenizer: Any) -> None:
    row = Row("rows", 1, (Turn("user", "a"), Turn("assistant", "b", 0.0)))
    assert encode(tokenizer, [DIALOGUE, row]).report["left_out"]["nothing trained"]["rows"] == 1
    with pytest.raises(UserError, match="No row can be trained on: nothing trained 1 of 1"):
        encode(tokenizer, [row])


def test_programs_that_do_not_parse_weigh_as_the_rule_says() -> None:
    rows = [talk("write f", f"```python\n{code}\n```", number=at) for at, code in enumerate(("def f(): return 1", "def f() return 1"))]
    weigh = row_weights(TrainConfig(data="d", out="o", losses=Losses(code=Code(broken=0.25))), rows)
    assert [weigh(row) for row in (*rows, talk("hi", "hello"))] == [1.0, 0.25, 1.0]
    assert program_of(talk("hi", "def f(): pass", task="code")) == "def f(): pass"


@pytest.mark.slow
def test_programs_that_fail_their_tests_weigh_less() -> None:
    state = {"tests": "assert f(1) == 2", "entry_points": ["f"]}
    rows = [talk("write f", f"```python\ndef f(x): return x + {at}\n```", number=at, state=state) for at in (1, 2)]
    weigh = row_weights(TrainConfig(data="d", out="o", losses=Losses(code=Code(failing=0.1))), rows)
    assert [weigh(row) for row in rows] == [1.0, 0.1]
