"""What is trained on: the assistant's turns with their end token, exactly, or a refusal."""

from pathlib import Path
from typing import Any

import pytest

from sft_train.masking import IGNORED, Encoded, encode_conversation
from tests.conftest import CHAT_TEMPLATE

TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "2+2=?"},
    {"role": "assistant", "content": "four"},
    {"role": "user", "content": "空调调到二十四度"},
    {"role": "assistant", "content": "好的, 24 度"},
]
# Ends a turn as some models do: without a line break after the end token.
TIGHT = CHAT_TEMPLATE.replace("<|im_end|>\n", "<|im_end|>")
# Leaves the thoughts out of turns that are not the last, as reasoning models' templates do.
FORGETS_THOUGHTS = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['role'] == 'assistant' and not loop.last %}{{ message['content'].split('</think>')[-1] }}"
    "{% else %}{{ message['content'] }}{% endif %}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# Writes the number of messages first, so that no turn is a continuation of those before it.
COUNTS_FIRST = "{{ messages | length }}" + TIGHT


@pytest.fixture
def tokenizer(tiny_model: Path) -> Any:
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(tiny_model, local_files_only=True)
    loaded.chat_template = TIGHT
    return loaded


def encode(tokenizer: Any, messages: list[dict[str, str]]) -> tuple[list[int], list[int]]:
    """Ids and labels of a conversation that is one sample."""
    (encoded,) = encode_conversation(tokenizer, messages, {tokenizer.eos_token_id})
    return list(encoded.ids), labels_of(encoded)


def labels_of(encoded: Encoded) -> list[int]:
    trained = {at for span in encoded.spans for at in range(span.start, span.end)}
    return [token if at in trained else IGNORED for at, token in enumerate(encoded.ids)]


def trained_texts(tokenizer: Any, ids: list[int], labels: list[int]) -> list[str]:
    """The stretches of text that labels cover."""
    assert len(ids) == len(labels)
    stretches: list[list[int]] = [[]]
    for token, label in zip(ids, labels, strict=True):
        if label == IGNORED:
            stretches.append([])
        else:
            assert label == token
            stretches[-1].append(token)
    return [tokenizer.decode(stretch) for stretch in stretches if stretch]


def test_labels_are_exactly_the_assistants_turns_with_their_end_token(tokenizer: Any) -> None:
    ids, labels = encode(tokenizer, TALK)
    assert trained_texts(tokenizer, ids, labels) == ["four<|im_end|>", "好的, 24 度<|im_end|>"]


def test_the_tokens_are_the_whole_conversation_as_the_template_writes_it(tokenizer: Any) -> None:
    ids, _ = encode(tokenizer, TALK)
    assert tokenizer.decode(ids) == tokenizer.apply_chat_template(TALK, tokenize=False)


def test_an_assistants_turn_begins_where_generation_begins(tokenizer: Any) -> None:
    ids, labels = encode(tokenizer, TALK)
    prompt = tokenizer.encode(tokenizer.apply_chat_template(TALK[:2], tokenize=False, add_generation_prompt=True), add_special_tokens=False)
    assert ids[: len(prompt)] == prompt
    assert [label == IGNORED for label in labels].index(False) == len(prompt)


def test_nothing_after_the_end_token_is_trained_on(tokenizer: Any) -> None:
    tokenizer.chat_template = CHAT_TEMPLATE
    ids, labels = encode(tokenizer, TALK)
    assert trained_texts(tokenizer, ids, labels) == ["four<|im_end|>", "好的, 24 度<|im_end|>"]


def test_the_header_of_a_first_turn_by_the_assistant_is_not_trained_on(tokenizer: Any) -> None:
    ids, labels = encode(tokenizer, [{"role": "assistant", "content": "hello"}, *TALK[1:3]])
    assert trained_texts(tokenizer, ids, labels) == ["hello<|im_end|>", "four<|im_end|>"]


def test_what_follows_the_last_assistants_turn_is_left_out(tokenizer: Any) -> None:
    assert encode(tokenizer, TALK[:4]) == encode(tokenizer, TALK[:3])


@pytest.mark.parametrize("messages", [[], TALK[:2]])
def test_a_conversation_without_an_assistants_turn_is_left_out(tokenizer: Any, messages: list[dict[str, str]]) -> None:
    assert encode_conversation(tokenizer, messages, {tokenizer.eos_token_id}) == []


def test_special_tokens_are_not_added_to_those_of_the_template(tokenizer: Any) -> None:
    ids, _ = encode(tokenizer, TALK)
    assert tokenizer.bos_token_id not in ids
    assert ids.count(tokenizer.eos_token_id) == len(TALK)


def test_a_template_that_does_not_continue_the_turns_before_is_refused(tokenizer: Any) -> None:
    tokenizer.chat_template = COUNTS_FIRST
    with pytest.raises(ValueError, match="does not render turn by turn"):
        encode_conversation(tokenizer, TALK, {tokenizer.eos_token_id})


def test_a_template_that_shortens_earlier_turns_gives_one_sample_a_turn(tokenizer: Any) -> None:
    tokenizer.chat_template = FORGETS_THOUGHTS
    talk = [*TALK[1:2], {"role": "assistant", "content": "hm</think>four"}, {"role": "user", "content": "Are you really sure?"}, *TALK[4:]]
    samples = encode_conversation(tokenizer, talk, {tokenizer.eos_token_id})
    texts = [trained_texts(tokenizer, list(sample.ids), labels_of(sample)) for sample in samples]
    assert texts == [["hm</think>four<|im_end|>"], ["好的, 24 度<|im_end|>"]]
    served = tokenizer.apply_chat_template(talk[:-1], tokenize=False, add_generation_prompt=True)
    assert tokenizer.decode(samples[1].ids[: samples[1].spans[0].start]) == served
    assert "hm" not in served


def test_an_answer_without_an_end_token_is_refused(tokenizer: Any) -> None:
    tokenizer.chat_template = TIGHT.replace("<|im_end|>", "|")
    with pytest.raises(ValueError, match=r"none of the tokens that the model stops at \(<\|im_end\|>\)"):
        encode_conversation(tokenizer, TALK, {tokenizer.eos_token_id})
