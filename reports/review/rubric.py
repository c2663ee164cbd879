"""What raters judge: dimensions, their levels with anchors and examples, weights. `rubric.yaml` beside this file is the default."""

from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.settings import read_yaml

Language = Literal["zh", "en"]
Sheet = Literal["rating", "diversity", "exit"]
NA = "NA"
"""The code of a level that says "does not apply". It is a value like any other; an empty cell is none."""


class Text(BaseModel):
    """The same words in both languages of the interface."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Level(BaseModel):
    """One value that a rater may choose."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    code: str = Field(min_length=1, max_length=6)
    """What is typed and stored, such as "2", "-1", "NA"."""
    label: Text
    """The anchor: what an answer of this level is like."""
    example: Text | None = None

    @property
    def value(self) -> float | None:
        """The code as a number; None for codes that are none, such as NA, Y, N."""
        try:
            return float(self.code)
        except ValueError:
            return None


class Dimension(BaseModel):
    """One question to the rater about an answer, or about both answers of a row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[a-z][a-z_]*$")
    """Part of the column's name: `A1_<key>` and `A2_<key>`, or `<key>` for the whole row."""
    label: Text
    """A few characters: the column's heading."""
    question: Text
    """The question in full, for the README sheet and the hint beside the cell."""
    sheet: Literal["rating", "diversity"] = "rating"
    per: Literal["answer", "row"] = "answer"
    """An answer is judged alone, or the row as a whole; rows with one answer only have no dimension that compares."""
    compares: bool = False
    """About both answers against each other, signed: below 0 the left one is better, above 0 the right one. Pairwise layout only."""
    levels: tuple[Level, ...] = ()
    """Best first; empty: free text."""
    required: bool = True
    weight: float = Field(default=0.0, ge=0.0)
    """Weight in the composite that is shown beside the verdict; 0: not part of it."""
    margin: float | None = Field(default=None, gt=0.0)
    """Largest loss, as a difference of means in levels, that still counts as none; None: no such test. Of a dimension called `safety`
    the largest increase of the share of answers at the lowest level."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the levels, in the rubric's order."""
        return tuple(level.code for level in self.levels)

    @model_validator(mode="after")
    def _consistent(self) -> "Dimension":
        if len(set(self.codes)) < len(self.codes):
            raise ValueError(f"{self.key}: two levels have the same code")
        if self.compares and self.per != "row":
            raise ValueError(f"{self.key}: what compares two answers is asked per row")
        if not self.levels and self.weight:
            raise ValueError(f"{self.key}: free text has no weight")
        return self


class Rubric(BaseModel):
    """The contents of a rubric.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1)
    primary: str
    """Key of the dimension that the verdict of superiority rests on."""
    agreement_floor: float = Field(default=0.667, ge=0.0, le=1.0)
    """Krippendorff's alpha of the primary dimension below which a verdict carries a warning."""
    catch_pass: float = Field(default=0.8, gt=0.0, le=1.0)
    """Share of the rows that check a rater which must be judged as expected."""
    dimensions: tuple[Dimension, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "Rubric":
        keys = [dimension.key for dimension in self.dimensions]
        if len(set(keys)) < len(keys):
            raise ValueError("dimensions: two have the same key")
        first = next((dimension for dimension in self.dimensions if dimension.key == self.primary), None)
        if first is None or first.sheet != "rating" or first.per != "answer" or sum(level.value is not None for level in first.levels) < 2:
            raise ValueError("primary: must be the key of a dimension of sheet rating, per answer, with at least two numeric levels")
        return self

    def of(self, sheet: Sheet, layout: Literal["pairwise", "single"]) -> tuple[Dimension, ...]:
        """Dimensions that stand on a sheet of this layout, in order."""
        return tuple(part for part in self.dimensions if part.sheet == sheet and not (part.compares and layout == "single"))

    def dimension(self, key: str) -> Dimension:
        """Raises KeyError if there is none of this key."""
        for part in self.dimensions:
            if part.key == key:
                return part
        raise KeyError(key)


def load_rubric(path: Path | None = None) -> Rubric:
    """Read a rubric, by default the bundled one; raises UserError with file and reason."""
    return read_yaml(path or Path(str(files("reports.review"))) / "rubric.yaml", Rubric)
