"""Sources that are somebody's test data: no model that was trained on them can be judged by them any more."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from harness.errors import UserError
from harness.public import Recipe
from harness.settings import read_yaml
from harness.suite import bundled_folder, find_suite, recipe_names
from sft_train.data.files import HUB


def refuse_test_sets(sources: Sequence[str], registered: Sequence[str]) -> None:
    """Raise UserError if a source is a bundled suite's file, a public benchmark's, or one of the files and data sets in `registered`.

    Files are known by their contents, wherever they lie. A hub data set that is a benchmark's is refused but for its split `train`.
    """
    pinned, repositories = _benchmarks()
    own = {_sha256(Path(name)): name for name in registered if Path(name).is_file()}
    for source in sources:
        owner = None
        if source.startswith(HUB):
            name, _, split = source.removeprefix(HUB).partition(":")
            if name in registered or source in registered:
                owner = "test_sets"
            elif name in repositories and split not in ("", "train"):
                owner = repositories[name]
        elif (path := Path(source)).is_file():
            sha = _sha256(path)
            inside = bundled_folder().resolve() in path.resolve().parents
            owner = own.get(sha) or pinned.get(sha) or (path.resolve().parent.name if inside else _same_as_suite(sha))
        if owner is not None:
            raise UserError(
                f"{source}: is test data ({owner}); a model trained on it could not be judged by it. Take it out of the sources."
            )


@cache
def _benchmarks() -> tuple[dict[str, str], dict[str, str]]:
    """Which benchmark a file's hash is of, and a hub's data set."""
    recipes = [read_yaml(find_suite(name), Recipe) for name in recipe_names()]
    pinned = {sha: recipe.name for recipe in recipes for sha in _hashes(recipe)}
    return pinned, {repo: recipe.name for recipe in recipes for repo in _repositories(recipe)}


def _same_as_suite(sha: str) -> str | None:
    return next((path.parent.name for path in bundled_folder().glob("*/items.jsonl") if _sha256(path) == sha), None)


def _hashes(recipe: Recipe) -> Iterator[str]:
    sha = recipe.source.sha256
    if isinstance(sha, str):
        yield sha
    elif sha is not None:
        yield from sha.values()


def _repositories(recipe: Recipe) -> Iterator[str]:
    if recipe.source.hub is not None:
        yield recipe.source.hub.repo
    if recipe.source.modelscope is not None:
        yield recipe.source.modelscope


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
