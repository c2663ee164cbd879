"""Public benchmarks, read from their authors' own files. A recipe (`suites/public/<name>.yaml`) says which file, pinned by its hash,
where it is to be had, which common practice is followed, and how the suite is run; it never holds the benchmark's contents.

Its `reader` names a small module here that turns one row into one item. That is the only mechanism of mapping there is.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from harness.errors import UserError
from harness.public import gsm8k, humaneval, ifeval, mbpp
from harness.public.source import Source, read_rows
from harness.suite import Item, PublicItem, Suite, SuiteConfig, first_error, make_suite, read_yaml

Reader = Callable[[dict[str, Any], int], dict[str, Any]]
"""From a row and its number, counted from 0, to an item's fields: id, prompt, target, stratum, and whatever else it needs."""

READERS: dict[str, Reader] = {"gsm8k": gsm8k.read, "humaneval": humaneval.read, "ifeval": ifeval.read, "mbpp": mbpp.read}


class Recipe(SuiteConfig):
    """The contents of a recipe's file: a suite's settings, and where its items come from."""

    reader: str
    source: Source
    practice: str = Field(min_length=1)
    """Which common practice the prompts, the reading of answers and the metric follow."""


def load_recipe(path: Path) -> Suite:
    """Make a suite as the recipe in `path` says.

    Its content hash is of settings and items: the same wherever the file lies and wherever it came from.
    Raises UserError naming file and reason: the recipe is broken, the data are not there, not the pinned ones, or not as expected.
    """
    recipe = read_yaml(path, Recipe)
    if recipe.reader not in READERS:
        raise UserError(f"{path}: unknown reader '{recipe.reader}'; there are {', '.join(READERS)}.")
    data, rows = read_rows(recipe.source, path)
    config = SuiteConfig.model_validate({name: getattr(recipe, name) for name in SuiteConfig.model_fields})
    items = [_item(recipe, row, number, data) for number, row in enumerate(rows)]
    twice = [name for name, count in Counter(item.id for item in items).items() if count > 1]
    if twice:
        raise UserError(f"{data}: two rows have the id '{twice[0]}'.")
    return make_suite(config, items, path, path, data)


def _item(recipe: Recipe, row: dict[str, Any], number: int, data: Path) -> Item:
    where = f"{data}, row {number}"
    try:
        item = PublicItem.model_validate({"lang": "en", **READERS[recipe.reader](row, number)})
    except ValidationError as error:
        raise UserError(f"{where}: reader '{recipe.reader}': {first_error(error)}") from error
    except (KeyError, TypeError, ValueError, AttributeError, SyntaxError) as error:
        raise UserError(f"{where}: reader '{recipe.reader}' cannot read it: {type(error).__name__}: {error}.") from error
    if item.stratum not in recipe.strata:
        raise UserError(f"{where}: stratum '{item.stratum}' is not one of the recipe's ({', '.join(recipe.strata)}).")
    return item.model_copy(update={"cluster": item.cluster or item.id, "scorer": item.scorer or recipe.scorer})
