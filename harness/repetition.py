"""When a response that runs in circles is ended: the rule, its settings, and the check.

A model that has begun to repeat the same words goes on until its tokens are used up. `max_tokens` counts such a response as truncated;
this rule counts it so too, and does not generate the rest. It is vLLM's `repetition_detection`, with the same names and to the same
token; other engines use `found`.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, model_validator


class RepetitionDetection(BaseModel):
    """A response ends as soon as its last tokens are one pattern, of a size between these two, `min_count` times in a row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_pattern_size: int = Field(ge=1)
    """Tokens of the longest pattern that is looked for."""
    min_pattern_size: int = Field(default=1, ge=1)
    """Tokens of the shortest one. A shorter pattern counts when enough of it makes up one of this size."""
    min_count: int = Field(ge=2)
    """How often the pattern must stand there."""

    @model_validator(mode="after")
    def _ordered(self) -> "RepetitionDetection":
        if self.min_pattern_size > self.max_pattern_size:
            raise ValueError(f"min_pattern_size ({self.min_pattern_size}) is above max_pattern_size ({self.max_pattern_size})")
        return self

    def found(self, tokens: Sequence[int]) -> bool:
        """Whether a response of these tokens, the last of them new, ends here.

        Examples
        --------
        >>> RepetitionDetection(max_pattern_size=3, min_count=3).found([7, 1, 2, 1, 2, 1, 2])
        True
        >>> RepetitionDetection(max_pattern_size=3, min_count=3).found([7, 1, 2, 1, 2, 1])
        False
        """
        longest = min(self.max_pattern_size, len(tokens) // self.min_count)
        return any(self._ends_with(tokens, size) for size in range(self.min_pattern_size, longest + 1))

    def _ends_with(self, tokens: Sequence[int], size: int) -> bool:
        last = len(tokens)
        # Each token equals the one a pattern earlier, over all but the first of the patterns.
        return all(tokens[i] == tokens[i - size] for i in range(last - 1, last - 1 - size * (self.min_count - 1), -1))
