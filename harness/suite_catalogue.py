"""All suites there are: our own, and the public benchmarks that there are recipes for, with what is known of each without its data."""

from dataclasses import dataclass
from typing import Literal

from harness.item import Lang
from harness.public import Recipe
from harness.public.source import State, find_state
from harness.settings import read_yaml
from harness.suite import bundled_folder, bundled_names, load_suite, recipe_names

_OWN_LICENCE = "Apache-2.0"


@dataclass(frozen=True)
class SuiteEntry:
    """One line of `harness suite list`."""

    name: str
    kind: Literal["own", "public"]
    title: dict[Lang, str]
    """By language."""
    licence: str
    """Of the items."""
    items: int
    """Of the whole benchmark, even if only some of its files are there."""
    languages: tuple[Lang, ...]
    data: State | Literal["included"]
    """Of our own suites always "included"."""
    file: str
    """Where the benchmark's file is looked for below HARNESS_DATA; empty for our own."""
    files: int = 0
    """Files that are there."""
    files_whole: int = 0
    """Files that the whole benchmark has."""


def list_entries() -> list[SuiteEntry]:
    """Our own suites, then the public benchmarks, each by name. Hashes files that are there; fetches nothing."""
    return [*(_own(name) for name in bundled_names()), *(public_entry(name) for name in recipe_names())]


def _own(name: str) -> SuiteEntry:
    suite = load_suite(bundled_folder() / name)
    languages = tuple(sorted({item.lang for item in suite.items}, reverse=True))
    return SuiteEntry(name, "own", dict(suite.config.title), _OWN_LICENCE, len(suite.items), languages, "included", "")


def public_entry(name: str) -> SuiteEntry:
    """What is known of the public benchmark `name`."""
    recipe = read_yaml(bundled_folder() / "public" / f"{name}.yaml", Recipe)
    source = recipe.source
    state, files = find_state(source)
    return SuiteEntry(
        name, "public", dict(recipe.title), source.licence, recipe.items, (recipe.lang,), state, source.file, files, source.files or 1
    )  # fmt: skip
