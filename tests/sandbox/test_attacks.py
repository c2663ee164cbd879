"""Every attack at every accepted level: judged as it should be, nothing damaged, and the next program in the slot runs."""

import json
import os
from collections.abc import Iterator

import pytest

from harness.sandbox import Sandbox
from tests.attacks.records import Attack
from tests.attacks.surroundings import Surroundings, surroundings
from tests.attacks.trial import ATTACKS, faults, foreign
from tests.sandbox.conftest import require_bubblewrap
from tests.sandbox.ordinary_user import OrdinaryUser


@pytest.fixture(scope="module")
def aims() -> Iterator[Surroundings]:
    with surroundings() as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_neither_passes_nor_harms(sandbox: Sandbox, aims: Surroundings, attack: Attack) -> None:
    if foreign(attack):
        pytest.skip("machine code of another machine")
    assert faults(sandbox, aims, attack) == []


@pytest.mark.heavy
@pytest.mark.timeout(1800)
@pytest.mark.skipif(os.getuid() != 0, reason="the tests run as an ordinary user already")
@pytest.mark.parametrize("level", ["A", "B"])
def test_nor_does_any_for_an_ordinary_user(ordinary_user: OrdinaryUser, level: str) -> None:
    if level == "A":
        require_bubblewrap()
    result = json.loads(ordinary_user.run("-m", "tests.attacks.trial", level, timeout_s=1500))
    assert result["succeeded"] == {}
    assert (result["user"], result["level"]) == (ordinary_user.number, level)
    assert result["tried"] + len(result["left_out"]) == len(ATTACKS)
    assert result["tried"] > len(ATTACKS) - 20, result["left_out"]
