"""The commands of README and docs, run in their order at a smoke size; tests/doc_world.py says what is smaller.

What cannot be run here is marked on the page; tests/test_doc_commands.py lists it.
"""

import shutil
from pathlib import Path

import pytest

from tests.doc_world import World
from tests.pages import PAGES, commands

pytestmark = pytest.mark.slow
# The commands of the Chinese README are those of the English one, by a test; CONTRIBUTING.md is run by tests/test_contributing.py.
RUN = [page for page in PAGES if page not in ("README.zh.md", "CONTRIBUTING.md") and any(commands(page))]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("world"))
    world.fill()
    return world


@pytest.mark.parametrize("page", RUN)
def test_the_commands_of_a_page_run_in_their_order(page: str, made: World, tmp_path: Path) -> None:
    folder = tmp_path / "world"
    shutil.copytree(made.folder, folder, symlinks=True)
    world = World(folder)
    for command in commands(page):
        if command.needs is None:
            print(f"{page}:{command.line}: {command.text}")
            world.run(command)
