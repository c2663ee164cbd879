"""Running text: how many bits the model needs for each byte of it. Lower is better; a model that forgets needs more.

Bits per byte compare across tokenizers, which perplexity per token does not.
"""

from math import log

from pydantic import BaseModel, ConfigDict

from harness.item import Item
from harness.records import Answer, Check, Score


class TextTarget(BaseModel):
    """Nothing: the item's text is all that is needed."""

    model_config = ConfigDict(extra="forbid")


class BitsPerByteScorer:
    """`bits_per_byte`: negative base-2 log-likelihood of the text, divided by its length in UTF-8 bytes."""

    name = "bits_per_byte"
    version = 1
    metrics = ("bits_per_byte",)
    is_measurement = True

    def check_target(self, item: Item) -> None:
        TextTarget.model_validate(item.target)
        if item.text is None:
            raise ValueError("text: the scorer 'bits_per_byte' needs it")

    def score(self, item: Item, answer: Answer) -> Score:
        if item.text is None or not answer.choice_logprobs:
            raise ValueError("no log-probabilities of the text")
        logprobs = answer.choice_logprobs[0]
        bits = -sum(logprobs) / log(2) / len(item.text.encode())
        reason = f"{bits:.3f} bits a byte over {len(item.text.encode())} bytes, {len(logprobs)} tokens"
        return Score({"bits_per_byte": bits}, (Check("text", True, reason),))
