"""Public benchmarks, read from their authors' own files. A recipe (`suites/public/<name>.yaml`) says which file, pinned by its hash,
where it is to be had, which common practice is followed, and how the suite is run; it never holds the benchmark's contents.

Its `reader` names what turns a row into items: a small module here, or a splitter, which finds a row's question and options for the
recipe's `layout` to ask. These two are the only mechanisms of mapping there are.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from harness.errors import UserError
from harness.item import Item, Lang, PublicItem
from harness.public import (
    blimp,
    commonsense,
    crosswoz,
    gsm8k,
    halluqa,
    halueval,
    humaneval,
    ifbench,
    ifeval,
    mbpp,
    reviews,
    simpleqa,
    truthfulqa,
)
from harness.public.choices import Fields, Layout, Question, choice_item, split_fields
from harness.public.rows import Row
from harness.public.source import Source, read_data
from harness.settings import first_error, read_yaml
from harness.suite import Suite, make_suite
from harness.suite_config import SuiteConfig

Fieldset = dict[str, Any]
Reader = Callable[[Row, int], Fieldset | list[Fieldset]]
"""From a row and its number, counted from 0, to the fields of an item, or of several: id, prompt, target, stratum, and whatever else
it needs."""
Splitter = Callable[[Row, int], Question | None]
"""From a row and its number to a question with options, or None if the row cannot be asked."""

READERS: dict[str, Reader] = {
    "alpaca_eval": reviews.read_alpaca_eval,
    "crosswoz": crosswoz.read,
    "gsm8k": gsm8k.read,
    "halluqa": halluqa.read,
    "halueval_qa": halueval.read,
    "humaneval": humaneval.read,
    "ifbench": ifbench.read,
    "ifeval": ifeval.read,
    "mbpp": mbpp.read,
    "mt_bench": reviews.read_mt_bench,
    "simpleqa": simpleqa.read,
}
SPLITTERS: dict[str, Splitter] = {
    "blimp": blimp.split_pair,
    "halluqa_choices": halluqa.split_choices,
    "llm_adapters": commonsense.split_rewritten,
    "truthfulqa_mc1": truthfulqa.split_mc1,
    "truthfulqa_mc2": truthfulqa.split_mc2,
}
TABLE = "table"
"""The splitter that the recipe's own `fields` direct."""


class Recipe(SuiteConfig):
    """The contents of a recipe's file: a suite's settings, and where its items come from."""

    reader: str
    source: Source
    practice: str = Field(min_length=1)
    """Which common practice the prompts, the reading of answers and the metric follow."""
    items: int = Field(ge=1)
    """Items of the whole benchmark, without those left out; where some of its files are not there, the suite has fewer."""
    lang: Lang = "en"
    strata: tuple[str, ...] = ()
    """By default those of the items, in their order."""
    left_out: dict[str, str] = Field(default_factory=dict)
    """Kinds of instructions that cannot be judged, each with the reason: items that hold one are left out."""
    layout: Layout | None = None
    """How questions with options are asked."""
    fields: Fields | None = None
    """The fields of a plain table of questions with options."""

    @model_validator(mode="after")
    def _fitting(self) -> "Recipe":
        if self.reader not in (known := [*READERS, *SPLITTERS, TABLE]):
            raise ValueError(f"unknown reader '{self.reader}'; there are {', '.join(sorted(known))}")
        if (self.layout is None) != (self.reader in READERS):
            raise ValueError(f"layout: reader '{self.reader}' {'needs one' if self.layout is None else 'has no use for it'}")
        if (self.fields is None) == (self.reader == TABLE):
            raise ValueError(f"fields: reader '{self.reader}' {'needs them' if self.fields is None else 'has no use for them'}")
        return self


def load_recipe(path: Path) -> Suite:
    """Make a suite as the recipe in `path` says.

    Its content hash is of settings and items: the same wherever the file lies and wherever it came from.
    Raises UserError naming file and reason: the recipe is broken, the data are not there, not the pinned ones, or not as expected.
    """
    recipe = read_yaml(path, Recipe)
    data = read_data(recipe.source, path)
    items = [item for number, row in enumerate(data.rows) for item in _items(recipe, row, number, data.path)]
    items = [item for item in items if not any(part["id"] in recipe.left_out for part in item.target.get("instructions", ()))]
    twice = [name for name, count in Counter(item.id for item in items).items() if count > 1]
    if twice:
        raise UserError(f"{data.path}: two rows have the id '{twice[0]}'.")
    settings = {name: getattr(recipe, name) for name in SuiteConfig.model_fields}
    settings["strata"] = recipe.strata or tuple(dict.fromkeys(item.stratum for item in items))
    return make_suite(SuiteConfig.model_validate(settings), items, path, path, data.path, data.unverified)


def _items(recipe: Recipe, row: Row, number: int, data: Path) -> Iterator[Item]:
    where = f"{data}, row {number}"
    try:
        for fields in _read(recipe, row, number):
            item = PublicItem.model_validate({"lang": recipe.lang, **fields})
            if recipe.strata and item.stratum not in recipe.strata:
                raise UserError(f"{where}: stratum '{item.stratum}' is not one of the recipe's ({', '.join(recipe.strata)}).")
            yield item.model_copy(update={"cluster": item.cluster or item.id, "scorer": item.scorer or recipe.scorer})
    except ValidationError as error:
        raise UserError(f"{where}: reader '{recipe.reader}': {first_error(error)}") from error
    except (KeyError, TypeError, ValueError, AttributeError, SyntaxError) as error:
        raise UserError(f"{where}: reader '{recipe.reader}' cannot read it: {type(error).__name__}: {error}.") from error


def _read(recipe: Recipe, row: Row, number: int) -> list[Fieldset]:
    if recipe.layout is None:
        found = READERS[recipe.reader](row, number)
        return found if isinstance(found, list) else [found]
    question = SPLITTERS[recipe.reader](row, number) if recipe.fields is None else split_fields(row, number, recipe.fields)
    return [] if question is None else [choice_item(question, recipe.layout)]
