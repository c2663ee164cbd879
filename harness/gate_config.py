"""`gate.yaml`: which suites decide, how much each may lose, and what they weigh together. Set before the runs are looked at.

Reading checks all that can be checked without runs; `gate.py` says with them whether a suite has enough items for its margin.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from math import isclose
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harness.errors import UserError
from harness.settings import read_yaml

Tier = Literal["critical", "supporting", "report-only"]
MOST_CRITICAL = 3
"""Critical suites that are allowed unless the file says otherwise: each must pass by itself, so every one more costs power."""
DEPLOYMENT = ("engine.dtype", "engine.quantization", "quantization")
"""Conditions that a copy made for serving may differ from its original in."""


def _margin(value: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and not 0 < value < 1:
        raise ValueError(f"{value:g} is no margin: it is the largest loss that counts as none, above 0 and below 1")
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("margin", mode="before", check_fields=False)
    @classmethod
    def _check_margin(cls, value: Any) -> Any:
        return _margin(value)


class GatedSuite(_Strict):
    """What gate.yaml says of one suite."""

    tier: Tier
    direction: Literal["higher", "lower"] = "higher"
    """Which way is better. `lower` is for suites of your own whose score counts what is bad."""
    margin: float | None = None
    """Takes the place of suite.yaml's."""

    @field_validator("tier", mode="before")
    @classmethod
    def _check_tier(cls, value: Any) -> Any:
        if value not in get_args(Tier):
            raise ValueError(f"'{value}' is no tier{did_you_mean(str(value), get_args(Tier))}; there are {', '.join(get_args(Tier))}")
        return value


class Composite(_Strict):
    """One figure of several suites: the mean of their scores with these weights."""

    margin: float
    weights: dict[str, Annotated[float, Field(gt=0.0, le=1.0)]] = Field(min_length=1)

    @field_validator("weights")
    @classmethod
    def _check_sum(cls, weights: dict[str, float]) -> dict[str, float]:
        if not isclose(total := sum(weights.values()), 1.0, abs_tol=1e-6):
            raise ValueError(f"they sum to {total:.6g}, and must sum to 1")
        return weights


class GateConfig(_Strict):
    """What a gate.yaml says: which suites decide, and by what margins."""

    preset: Literal["deployment"] | None = None
    """deployment: a copy changed for serving (quantised, another dtype) against its original. What that changes is declared, and only
    losses count."""
    suites: dict[str, GatedSuite] = Field(min_length=1)
    composite: Composite | None = None
    vault: str | None = None
    """A suite that only a release gate looks at (--release), and no nightly run: it is critical then."""
    max_critical: int = Field(default=MOST_CRITICAL, ge=1)
    declare: tuple[str, ...] = ()
    """More conditions that are meant to differ, as NOT COMPARABLE names them."""

    @model_validator(mode="after")
    def _check_together(self) -> "GateConfig":
        if len(self.critical) > self.max_critical:
            raise ValueError(
                f"{len(self.critical)} suites are critical ({', '.join(self.critical)}) and at most {self.max_critical} may be: all must "
                "pass, so each one more makes a good model fail more often; make some supporting, or set max_critical"
            )
        if self.vault in self.suites and self.suites[str(self.vault)].tier != "critical":
            raise ValueError(
                f"vault suite '{self.vault}' is {self.suites[str(self.vault)].tier}; it is critical, or leave it out of suites"
            )
        if self.composite is not None:
            self._check_composite(self.composite)
        if self.preset == "deployment" and not (self.critical and self.composite):
            raise ValueError("preset deployment needs at least one critical suite and a composite: they are what it tests")
        if not self.critical and self.composite is None and self.vault is None:
            raise ValueError("nothing decides: make a suite critical, or give a composite")
        return self

    def _check_composite(self, composite: Composite) -> None:
        for name in composite.weights:
            if name == self.vault:
                raise ValueError(f"composite.weights names the vault suite '{name}', which nightly runs do not have")
            if name not in self.suites:
                hint = did_you_mean(name, self.suites)
                raise ValueError(f"composite.weights names '{name}', which is not among the suites{hint}; give it a tier, or leave it out")
            if self.suites[name].tier == "report-only":
                raise ValueError(f"composite.weights names '{name}', which is report-only and decides nothing")

    @property
    def critical(self) -> tuple[str, ...]:
        """Critical suites; the vault suite apart."""
        return tuple(name for name, suite in self.suites.items() if suite.tier == "critical" and name != self.vault)

    @property
    def declared(self) -> frozenset[str]:
        """Conditions that are meant to differ."""
        return frozenset({*self.declare, *(DEPLOYMENT if self.preset == "deployment" else ())})

    def suite(self, name: str) -> GatedSuite:
        """What the file says of a suite; the vault suite is critical, and one that it does not name is only reported."""
        return self.suites.get(name, GatedSuite(tier="critical" if name == self.vault else "report-only"))

    def decisive(self, release: bool = False) -> tuple[str, ...]:
        """Suites that the verdict rests on: critical and supporting ones, and the vault suite in a release."""
        vault = (self.vault,) if release and self.vault else ()
        return (*(name for name, suite in self.suites.items() if suite.tier != "report-only" and name != self.vault), *vault)


def read_gate(path: Path) -> GateConfig:
    """Read and check a gate's file; raises UserError with file and reason for whatever is wrong."""
    return read_yaml(path, GateConfig, "a gate is a YAML file; `harness gate plan RUN RUN` writes one")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` if something known is spelt nearly so, else nothing.

    >>> did_you_mean("critcal", ["critical", "supporting"])
    " (did you mean 'critical'?)"
    """
    close = get_close_matches(name, list(known), n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""


def check_names(config: GateConfig, known: Iterable[str], where: str) -> None:
    """Raise UserError if the gate names a suite that is not among `known`; `where` says what those are."""
    there = list(known)
    for name in config.suites:
        if name not in there and name != config.vault:
            raise UserError(
                f"The gate names suite '{name}', which {where} do not have{did_you_mean(name, there)}; they have {', '.join(there)}."
            )
