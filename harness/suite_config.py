"""The settings of a suite, as `suite.yaml` has them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from harness.item import Lang
from harness.repetition import RepetitionDetection

PERPLEXITY = "perplexity"
"""The corpus metric that needs the likelihood of each item's first reference."""


Tokens = Annotated[int, Field(ge=1)]


class Generation(BaseModel):
    """How responses are generated; the same for every model that is compared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_tokens: Tokens | dict[str, Tokens] = 256
    """Most new tokens a response may have, in the suite or by stratum; a response that reaches it counts as truncated."""
    temperature: float = Field(default=0.0, ge=0.0)
    """0 is greedy."""
    sampling_temperature: float = Field(default=0.7, gt=0.0)
    """Takes the place of a temperature of 0 when several samples an item are asked for."""
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    stop: tuple[str, ...] = ()
    """Generation ends before any of these strings, besides the model's own end-of-turn token."""
    repetition_detection: RepetitionDetection | None = None
    """Ends responses that run in circles; they count as truncated."""

    def longest(self, stratum: str) -> int:
        """Most new tokens for an item of `stratum`."""
        return self.max_tokens[stratum] if isinstance(self.max_tokens, dict) else self.max_tokens

    @model_serializer(mode="wrap")
    def _without_what_is_not_set(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Runs of suites that detect no repetition keep the names that they had before it could be detected.
        fields: dict[str, Any] = serialize(self)
        return {name: value for name, value in fields.items() if value is not None}


class Shot(BaseModel):
    """An example that is put before every item, as a turn of the user and one of the assistant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str = Field(min_length=1)
    assistant: str = Field(min_length=1)


class SuiteConfig(BaseModel):
    """The contents of `suite.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: int = Field(ge=1)
    """Raised by hand when the meaning of the suite changes."""
    title: dict[Lang, str] = {}
    scorer: str
    """The scorer of items that name none."""
    primary_metric: str
    """The metric that verdicts are about; higher is better."""
    margin: float = Field(gt=0.0, lt=1.0)
    """Largest loss in the primary metric that still counts as no loss."""
    chance_level: float | dict[str, float] | None = None
    """Score of a guesser, for the suite or by stratum; strata not named count as 0."""
    strata: tuple[str, ...]
    repetitive_strata: tuple[str, ...] = ()
    """Strata whose prompts are alike by nature (arithmetic, grammar): `harness suite check` allows more prompts of one form there."""
    quick_items: int = Field(default=80, ge=1, le=80)
    """Most items that a quick run takes; fewer for suites whose responses are long."""
    core_items: tuple[str, ...] = ()
    """Ids always chosen in quick runs, and always shown in blind reviews."""
    max_errors: int = Field(default=0, ge=0)
    """Items that may end in an error before the suite's verdict is ERROR."""
    knowledge: str | None = Field(default=None, pattern=r"^[^/\\]+\.ya?ml$")
    """File in the suite's folder that holds the facts which responses are checked against."""
    consistency: bool = False
    """Summaries say how far the samples of an item agree with each other."""
    corpus_metrics: tuple[str, ...] = ()
    """Figures of all responses together against the items' references, such as "bleu" or "evaluate:./my_metric"; shown, never a verdict."""
    generation: Generation = Generation()
    few_shot: tuple[Shot, ...] = ()
    """Examples put before every item as chat turns; raw items cannot have them."""
