"""Tests that need a system package."""

import os

import pytest


def missing(package: str, complaint: str) -> None:
    """Skip by name; fail instead where HARNESS_REQUIRE names the package, as in CI, which installs it."""
    if package in os.environ.get("HARNESS_REQUIRE", "").split():
        pytest.fail(f"{complaint}, and HARNESS_REQUIRE asks for it")
    pytest.skip(complaint)
