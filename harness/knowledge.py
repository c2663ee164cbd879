"""A table of facts that responses are checked against: what a product is, can and lacks, with the names people use for it.

A suite names its table in `suite.yaml` (`knowledge: vehicle.yaml`). Names may be Chinese or English; case, width and spacing do not count
when they are looked for. docs/suites.md shows a table.
"""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from harness.errors import UserError
from harness.hashing import hash_json
from harness.strict import DuplicateKeyError, load_yaml
from harness.units import UNITS, Unit

Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]
Part = Literal["", "min", "max"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$")
    zh: Names
    """What it is called in Chinese; reasons and messages use the first name."""
    en: Names

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.zh, *self.en)


class NumberFact(_Entry):
    """One number, or a range from `min` to `max`."""

    kind: Literal["number"]
    value: float | None = None
    min: float | None = None
    max: float | None = None
    unit: str | None = None
    """A symbol of `harness.units`; none for a plain number or a count."""
    counted: tuple[Name, ...] = ()
    """What is counted ("airbags", "个"): without a unit, a number is about this fact only before one of these words or bare."""
    tolerance: float = Field(default=0.0, ge=0.0)
    """Largest deviation that still agrees, in the unit."""

    @model_validator(mode="after")
    def _consistent(self) -> "NumberFact":
        if (self.value is None) == (self.min is None) or (self.min is None) != (self.max is None):
            raise ValueError("either value, or both min and max are given")
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError("min is not below max")
        if self.unit is not None and self.unit not in UNITS:
            raise ValueError(f"unknown unit '{self.unit}'; known are {', '.join(UNITS)}")
        if self.unit is not None and self.counted:
            raise ValueError("counted goes with numbers that have no unit")
        return self

    @property
    def measure(self) -> Unit | None:
        """The unit with its scale, from its name; None for a bare number."""
        return None if self.unit is None else UNITS[self.unit]

    def shown(self, part: Part = "") -> str:
        """The value with its unit, for reasons: "82 kWh", "16–32 °C"."""
        unit = "" if self.unit is None else f" {self.unit}"
        if part or self.value is not None:
            number = {"": self.value, "min": self.min, "max": self.max}[part]
            return f"{number:.15g}{unit}"
        return f"{self.min:.15g}–{self.max:.15g}{unit}"


class OptionsFact(_Entry):
    """A closed list of choices; each is written as the names it has."""

    kind: Literal["options"]
    options: tuple[Names, ...] = Field(min_length=2)
    others: tuple[Names, ...] = ()
    """Choices that one might expect and that do not exist."""
    head: tuple[Name, ...] = ()
    """The word that the choices' names share ("模式", "mode"): whatever else stands before it is an invented choice."""


class NameFact(_Entry):
    """Something that has a name or a place; `term` is one whose proper name must be used."""

    kind: Literal["name", "term"]
    value: Names
    others: tuple[Name, ...] = ()
    """What it might be mistaken for, and is not."""


class FeatureFact(_Entry):
    """Something that is there or is not."""

    kind: Literal["feature"]
    has: bool


Fact = Annotated[NumberFact | OptionsFact | NameFact | FeatureFact, Field(discriminator="kind")]


class Knowledge(BaseModel):
    """The contents of a table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: Names
    """What the table is about, by its names."""
    facts: tuple[Fact, ...] = Field(min_length=1)
    absent: tuple[Names, ...] = ()
    """Further features that do not exist, each by its names; naming one as if it did is an invention."""

    @model_validator(mode="after")
    def _consistent(self) -> "Knowledge":
        seen: set[str] = set()
        for fact in self.facts:
            if fact.id in seen:
                raise ValueError(f"fact '{fact.id}' stands there twice")
            seen.add(fact.id)
        there = {name.casefold(): fact.id for fact in self.facts if isinstance(fact, FeatureFact) and fact.has for name in fact.names}
        lacking = [name for names in self.absent for name in names]
        lacking += [name for fact in self.facts if isinstance(fact, FeatureFact) and not fact.has for name in fact.names]
        for name in lacking:
            if name.casefold() in there:
                raise ValueError(f"'{name}' is both absent and a name of '{there[name.casefold()]}'")
        return self

    @cached_property
    def hash(self) -> str:
        """Hash of the contents; the file's layout does not change it."""
        return hash_json(self.model_dump(mode="json"))

    def find(self, reference: str) -> tuple[Fact, Part]:
        """The fact that "battery.capacity" names; of a range, ".min" or ".max" behind the id names one end.

        Raises ValueError if there is none.
        """
        by_id = {fact.id: fact for fact in self.facts}
        if reference in by_id:
            return by_id[reference], ""
        stem, _, part = reference.rpartition(".")
        fact = by_id.get(stem)
        if isinstance(fact, NumberFact) and fact.min is not None and part in ("min", "max"):
            return fact, "min" if part == "min" else "max"
        raise ValueError(f"the knowledge table has no fact '{reference}'")


def load_knowledge(path: Path) -> Knowledge:
    """Read and check a table.

    Raises UserError with file and reason for whatever is wrong.
    """
    try:
        return Knowledge.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); suite.yaml names it as its knowledge.") from error
    except DuplicateKeyError as error:
        raise UserError(
            f"{path}, line {error.line}: key '{error.key}' already stands in line {error.first_line}; keep one of them."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"{path}: not valid YAML in UTF-8: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{path}: {place + ': ' if place else ''}{str(first['msg']).removeprefix('Value error, ')}.") from error
