"""Names that people or files give: nothing is made outside the folder that was named, and what is refused is refused in one line."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from harness import quantize as quantizing
from harness.cli import app
from harness.command_eval import _labels
from harness.command_line import run_command
from harness.command_nightly import _night_name
from harness.errors import RunError, UserError
from harness.model import Model, parse_model, resolve_model
from harness.suite_new import new_suite
from sft_train.settings import read_settings
from sft_train.training.config import TrainConfig
from tests.report_runs import pair

HOSTILE = [
    "../out", "../../etc/out", "a/../../out", "..", ".", "", " ", "two\nlines", "tab\tbed", "bell\x07", "\x1b[31mred", "\x1b]0;title\x07",
    "a" * 300, "空" * 120, "空调评测", "🚗 座舱", "\u202eabc", "zero\u200bwidth", "-rf", "$(touch pwned)",
    "a;touch pwned", "{{7*7}}", "CON", "*",
]  # fmt: skip


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def told(call: Callable[[], Any]) -> Any:
    """What `call` gives, or its complaint, which is one line."""
    try:
        return call()
    except (UserError, RunError) as error:
        if not str(error).isprintable():
            raise
        return error
    except OSError as error:
        return error  # The command says it in a line, see below.


def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> int:
    """The exit code of a command; raises unless it ended well or with one line that has nothing hidden in it."""
    monkeypatch.setattr(sys, "argv", ["harness", *words])
    with pytest.raises(SystemExit) as ended:
        run_command("harness", app)
    said, code = capsys.readouterr().err, int(cast(Any, ended.value.code) or 0)
    assert "Traceback" not in said
    assert "\x1b]" not in said
    if code and not said.startswith("Usage"):
        assert len(said.splitlines()) == 1, said
    return code


@pytest.mark.parametrize("name", HOSTILE)
def test_a_runs_name_is_one_part_of_a_path_or_refused(name: str, tmp_path: Path) -> None:
    label = told(lambda: _labels([cast(Model, None)], name)[0])
    if isinstance(label, UserError):
        assert "cannot be part of a folder's name" in str(label)
        return
    folder = tmp_path / f"{label}-0123456789ab"
    folder.mkdir()
    assert folder.resolve().parent == tmp_path.resolve()
    assert label.isprintable()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_nights_name_is_one_part_of_a_path_or_refused(name: str, tmp_path: Path) -> None:
    night = told(lambda: _night_name(name))
    if isinstance(night, str):
        (tmp_path / night).mkdir()
        assert below(tmp_path) == {night}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_new_suite_lies_in_its_parent_or_is_refused(name: str, tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    parent.mkdir()
    with pytest.raises(UserError, match="is no name for a suite"):
        new_suite(name, str(parent))
    assert below(tmp_path) == {"parent"}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_models_folder_gives_a_label_that_is_part_of_a_path(name: str, tmp_path: Path) -> None:
    if not name.strip() or ".." in name or name == "." or len(name.encode()) > 255:
        with pytest.raises(UserError) as refused:
            resolve_model(parse_model(str(tmp_path / "none" / name)))
        assert str(refused.value).isprintable()
        return
    label = resolve_model(parse_model(str(_model(tmp_path / name)))).label
    assert label.isprintable()
    assert "/" not in label
    assert (tmp_path / f"{label}-0").resolve().parent == tmp_path.resolve()


def _model(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    return folder


@pytest.mark.parametrize("name", HOSTILE)
def test_a_quantised_copy_is_where_it_was_asked_for_or_nowhere(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFT_HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(quantizing, "_write_copy", lambda source, work, preset: (work / "config.json").write_text("{}"))
    monkeypatch.setattr(quantizing, "copy_manifest", lambda model, copy, by: {})
    model, out = resolve_model(parse_model(str(_model(tmp_path / "model")))), tmp_path / "deep" / "deeper" / name
    before = below(tmp_path)
    if isinstance(told(lambda: quantizing.quantize(model, out, "int8")), Exception):
        assert not {path for path in below(tmp_path) - before if path.endswith("config.json")}
        return
    assert {path.resolve().parent for path in out.parent.glob("**/config.json")} in ({out.resolve()}, set())
    assert (out / "manifest.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in HOSTILE if name.strip() and "\0" not in name])
def test_the_commands_end_in_a_line(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    work = tmp_path / "1" / "2" / "3"
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    base, tuned = pair(tmp_path / "runs")
    assert command(monkeypatch, capsys, "show", str(base), f"x{name}") in (2, 3)
    assert command(monkeypatch, capsys, "compare", str(base), str(tmp_path / "none" / name)) in (2, 3)
    assert command(monkeypatch, capsys, "suite", "check", f"./{name}/none") in (2, 3)
    assert command(monkeypatch, capsys, "review", "export", str(base), str(tuned), "--out", f"./{name}") in (0, 2, 3)
    code = command(monkeypatch, capsys, "report", str(base), "--out", f"./{name}")
    assert code in (0, 2, 3)
    assert (Path(f"./{name}") / "report.md").is_file() if code == 0 else not (tmp_path / "report.md").exists()
    assert not [*tmp_path.rglob("pwned")]


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.isprintable() and name.strip()])
def test_a_training_goes_where_its_file_says(name: str, tmp_path: Path) -> None:
    path = tmp_path / "train.yaml"
    path.write_text(f"base: b\ndata: d\nout: {name!r}\n", encoding="utf-8")
    assert read_settings(path, TrainConfig).out == name  # As it stands: nothing is expanded or run.
