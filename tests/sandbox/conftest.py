"""Sandboxes for tests: one a level and session, since starting one takes a moment."""

from collections.abc import Iterator

import pytest

from harness.sandbox import Sandbox, bubblewrap
from tests.needs import missing
from tests.sandbox import ordinary_user as ordinary


def require_bubblewrap() -> None:
    """Leave the test where bubblewrap is missing."""
    if bubblewrap.find() is None:
        missing("bubblewrap", "bubblewrap is not installed (make setup-system)")


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[dict[str, Sandbox]]:
    opened: dict[str, Sandbox] = {}
    yield opened
    for sandbox in opened.values():
        sandbox.close()


@pytest.fixture(params=["A", "B"])
def sandbox(request: pytest.FixtureRequest, sandboxes: dict[str, Sandbox]) -> Sandbox:
    """A sandbox of one slot at each accepted level."""
    level = request.param
    if level == "A":
        require_bubblewrap()
    if level not in sandboxes:
        sandboxes[level] = Sandbox(level, slots=1)
    return sandboxes[level]


@pytest.fixture
def kernel_sandbox(sandboxes: dict[str, Sandbox]) -> Sandbox:
    """A sandbox at level B, for what does not depend on the level."""
    if "B" not in sandboxes:
        sandboxes["B"] = Sandbox("B", slots=1)
    return sandboxes["B"]


@pytest.fixture(scope="session")
def ordinary_user() -> Iterator[ordinary.OrdinaryUser]:
    with ordinary.made() as user:
        yield user
