"""A rubric: what a judge is asked about the answers of another model, in Chinese and in English. docs/judge.md shows one.

The text of an item's language is used. `{question}`, `{answer}` (of a rating) or `{answer_a}` and `{answer_b}` (of a pair) and
`{reference}` stand for the item's own; a brace meant as such is doubled.
"""

from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from harness.errors import UserError
from harness.hashing import hash_json
from harness.item import Lang
from harness.settings import read_yaml
from harness.suite import bundled_folder

Kind = Literal["pairwise", "pointwise"]
_Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_PLACES: dict[Kind, frozenset[str]] = {
    "pairwise": frozenset({"question", "answer_a", "answer_b"}),
    "pointwise": frozenset({"question", "answer"}),
}
_MARKS: dict[Kind, dict[Lang, str]] = {
    "pairwise": {"zh": "结论：", "en": "Verdict:"},
    "pointwise": {"zh": "评分：", "en": "Rating:"},
}
"""What verdicts are found by (`harness/scorers/judge_words.py`), so that a rubric must ask for it."""


class Rubric(BaseModel):
    """The contents of a rubric's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    version: int = Field(ge=1)
    """Raised by hand when the meaning changes."""
    kind: Kind
    """pairwise: two answers, shown in both orders. pointwise: one answer, rated on a scale."""
    title: dict[Lang, str] = {}
    system: dict[Lang, _Text] = {}
    """System message, if any."""
    prompt: dict[Lang, _Text] = Field(min_length=1)
    reference: dict[Lang, _Text] = {}
    """What stands for `{reference}` in the prompt where the item has a reference, with `{reference}` for its text; else nothing does."""
    scale: tuple[int, int] | None = None
    """Lowest and highest rating; only of pointwise rubrics."""
    max_tokens: int = Field(default=512, ge=1)
    """Most new tokens of the judge's response."""

    @model_validator(mode="after")
    def _fitting(self) -> "Rubric":
        if (self.scale is None) == (self.kind == "pointwise"):
            raise ValueError(f"scale: a {self.kind} rubric {'needs one' if self.scale is None else 'has none'}")
        if self.scale is not None and not 0 <= self.scale[0] < self.scale[1]:
            raise ValueError("scale: the lowest rating must be 0 or more and below the highest")
        for lang, text in self.prompt.items():
            places = _places(f"prompt.{lang}", text)
            if missing := sorted(_PLACES[self.kind] - places):
                raise ValueError(f"prompt.{lang}: {{{missing[0]}}} is missing")
            if stray := sorted(places - _PLACES[self.kind] - {"reference"}):
                raise ValueError(f"prompt.{lang}: {{{stray[0]}}} stands for nothing in a {self.kind} rubric; double braces meant as such")
            if ("reference" in places) != (lang in self.reference):
                raise ValueError(f"reference.{lang}: {{reference}} in the prompt and this text need each other")
            if (mark := _MARKS[self.kind][lang]) not in text:
                raise ValueError(f"prompt.{lang}: must ask for a line that begins with '{mark}', since that is how the verdict is found")
        for lang, text in self.reference.items():
            if _places(f"reference.{lang}", text) != {"reference"}:
                raise ValueError(f"reference.{lang}: must hold {{reference}}, and nothing else in braces")
        return self

    @cached_property
    def hash(self) -> str:
        """16 hex digits for what a judge is asked; the title is left out."""
        return hash_json(self.model_dump(mode="json", exclude={"title"}))[:16]

    def ask(self, lang: Lang, question: str, reference: str | None, **answers: str) -> str:
        """The prompt in `lang` with all that stands for something filled in; raises UserError if the rubric has none in `lang`."""
        if lang not in self.prompt:
            raise UserError(f"Rubric '{self.name}' has no prompt in '{lang}'; write one, or judge items in another language (--lang).")
        known = "" if reference is None or lang not in self.reference else self.reference[lang].format(reference=reference)
        return self.prompt[lang].format(question=question, reference=known, **answers)


def _places(where: str, text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise ValueError(f"{where}: {error}; double braces meant as such") from error


def bundled_rubrics() -> list[str]:
    """Names of the rubrics that come with the project, sorted."""
    return sorted(path.stem for path in (bundled_folder() / "rubrics").glob("*.yaml"))


def load_rubric(name_or_path: str) -> Rubric:
    """Read and check a rubric, given by path or by a bundled name; raises UserError with file and reason."""
    path = Path(name_or_path).expanduser()
    if path.is_file():
        return read_yaml(path, Rubric)
    if name_or_path in bundled_rubrics():
        return read_yaml(bundled_folder() / "rubrics" / f"{name_or_path}.yaml", Rubric)
    raise UserError(f"Unknown rubric '{name_or_path}': neither a file nor a bundled rubric ({', '.join(bundled_rubrics())}).")
