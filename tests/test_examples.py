"""The files in examples/ are what the harness, cron, systemd and a CI system read."""

import configparser
import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel
from typer.main import get_command

from harness.cli import app
from harness.gate_config import GateConfig, read_gate
from harness.nightly.config import NightlyConfig, check_suites, read_nightly
from harness.suite import bundled_names

EXAMPLES = Path(__file__).parent.parent / "examples"


def options_of(line: str) -> list[str]:
    """The words behind `harness` in a command line, parsed as the command itself does; raises if it would refuse them."""
    words = shlex.split(line.partition(">>")[0].partition("||")[0])
    at = next(place for place, word in enumerate(words) if word.endswith("/harness"))
    command, *arguments = words[at + 1 :]
    get_command(app).commands[command].make_context(command, list(arguments))  # type: ignore[attr-defined]
    return arguments


def ini(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((EXAMPLES / name).read_text(encoding="utf-8"))
    return parser


def test_every_example_has_comments_and_a_test() -> None:
    names = {path.name for path in EXAMPLES.iterdir() if path.is_file()}
    assert names == {
        "cockpit.yaml", "cockpit_data.yaml", "gate.yaml", "deployment.yaml", "nightly.yaml", "nightly.cron",
        "sft-nightly.service", "sft-nightly.timer", "nightly-ci.yaml", "demo.sh",
    }  # fmt: skip
    for name in names:
        text = (EXAMPLES / name).read_text(encoding="utf-8").removeprefix("#!/usr/bin/env bash\n")
        assert text.startswith("# "), name


def test_the_night_and_its_gate_fit_together() -> None:
    settings = read_nightly(EXAMPLES / "nightly.yaml")
    check_suites(settings, settings.config.suites)
    assert set(settings.config.suites) <= set(bundled_names())
    assert {baseline.kind for baseline in settings.config.baselines} == {"pinned", "previous", "base"}


def test_the_commented_settings_of_the_examples_are_right_too(tmp_path: Path) -> None:
    for name in ("nightly.yaml", "gate.yaml"):
        lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
        opened = [line.removeprefix("# ") if line.startswith(("# webhook:", "# vault:")) else line for line in lines]
        (tmp_path / name).write_text("\n".join(opened), encoding="utf-8")
    settings = read_nightly(tmp_path / "nightly.yaml")
    assert settings.config.webhook[0] == "curl"
    assert settings.gate.vault == "release_items"


@pytest.mark.parametrize("name", ["gate.yaml", "deployment.yaml"])
def test_the_gates_can_be_read(name: str) -> None:
    gate = read_gate(EXAMPLES / name)
    assert set(gate.suites) <= set(bundled_names())
    assert (gate.preset == "deployment") == (name == "deployment.yaml")


def test_the_cron_line_runs_the_night() -> None:
    (line,) = [line for line in (EXAMPLES / "nightly.cron").read_text().splitlines() if line[:1].isdigit()]
    minute, hour, day, month, weekday, command = line.split(maxsplit=5)
    assert (int(minute), int(hour), day, month, weekday) == (30, 1, "*", "*", "*")
    assert options_of(command) == ["nightly.yaml"]
    assert "%" not in command  # cron makes line breaks of them.


def test_the_timer_starts_the_service_that_runs_the_night() -> None:
    service, timer = ini("sft-nightly.service"), ini("sft-nightly.timer")
    assert options_of(service["Service"]["ExecStart"]) == ["nightly.yaml"]
    assert service["Service"]["Type"] == "oneshot"
    assert (timer["Timer"]["Persistent"], timer["Install"]["WantedBy"]) == ("true", "timers.target")


def test_the_workflow_runs_the_night_by_the_harness_itself() -> None:
    workflow = yaml.safe_load((EXAMPLES / "nightly-ci.yaml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["nightly"]["steps"]
    (night,) = [step["run"] for step in steps if "harness nightly" in step.get("run", "")]
    assert options_of(night.replace("$(date -u +%F)", "2026-01-31")) == ["/srv/eval/nightly.yaml", "--night", "2026-01-31"]
    assert [step["if"] for step in steps if "alert" in str(step)] == ["always()"] * 2


def fields(form: type[BaseModel]) -> set[str]:
    """Names of all settings of a file's form, inner ones too."""
    found = set(form.model_fields)
    for field in form.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found |= fields(part)
    return found


def test_no_setting_is_left_out_of_the_page_and_the_examples() -> None:
    page = (EXAMPLES.parent / "docs" / "nightly.md").read_text(encoding="utf-8")
    text = page + "".join((EXAMPLES / name).read_text(encoding="utf-8") for name in ("nightly.yaml", "gate.yaml", "deployment.yaml"))
    names = fields(NightlyConfig) | fields(GateConfig)
    assert {"draws", "rate", "tier", "weights", "device"} <= names
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", text)] == []
