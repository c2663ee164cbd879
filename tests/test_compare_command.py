"""`harness compare` as people and programs see it: tables within 100 columns, JSON, Markdown, exit codes."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from harness.cli import main
from harness.compare.noise import noise_between, store_noise
from harness.compare.runs import read_run
from tests.run_folders import measured, paired, row, rows_of, write_run

Compare = Callable[..., tuple[int, str, str]]


@pytest.fixture
def compare(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Compare:
    """Runs `harness compare` and gives back exit code, stdout and stderr."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["harness", "compare", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return run


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """A baseline and three candidates over a suite with a long name, several strata, and numbers that fill their columns."""
    base, cand = paired(700, 123, 124, 53)
    made = []
    for name, scores in (("base", base), ("a", cand), ("b", base), ("c", [1.0] * 1000)):
        rows = [
            row(f"q{n}", score, suite="instruction_following_2", stratum=("harmless_driving", "adversarial")[n % 2], chance=0.9,
                lang=("zh", "en")[n % 3 == 0])
            for n, score in enumerate(scores)
        ]  # fmt: skip
        more = [*rows_of(scores[:9]), *measured([1.0, 1.1, 1.2 + len(made) / 10], suite="forgetting")]
        contamination = {"suites": {"arith": ["q0001"]}} if name == "a" else None
        made.append(write_run(tmp_path / name, [*rows, *more], contamination=contamination))
    return made


def test_tables_fit_into_a_hundred_columns(compare: Compare, runs: list[Path]) -> None:
    code, out, _ = compare(*runs[:2])
    assert code == 0
    lines = out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("suite"))
    table = lines[: next(number for number, line in enumerate(lines) if line.startswith("Intervals are"))]
    assert at > 0
    assert max(cell_len(line.rstrip()) for line in table) <= 100
    whole = "".join(line.split("  ")[0].strip() for line in table[at + 1 : at + 3])
    assert whole.startswith("instruction_following")
    for text in ("0.824", "0.823", "0.799…0.846", "-0.001", "123/124", "INCONCLUSIVE", "(floor)"):
        assert text in out


def test_strata_measured_figures_and_contamination_are_shown(compare: Compare, runs: list[Path]) -> None:
    _, out, _ = compare(*runs[:2])
    assert "instruction_following_2 in parts" in out
    for part in ("all zh", "harmless_driving all", "adversarial en"):
        assert part in out
    assert "bits_per_byte (measured): 1.100 → 1.133" in out
    assert "CONTAMINATED: the candidate was trained on 1 items: q0001" in out
    assert "without them (n 8)" in out
    assert "checkpoints are compared here, not recipes" in out.lower()


@pytest.mark.slow
def test_json_holds_everything_and_nothing_else_is_printed(compare: Compare, runs: list[Path]) -> None:
    code, out, _ = compare(*runs, "--previous", runs[2], "--group", f"tuned={runs[1]},{runs[3]}", "--json")
    report = json.loads(out)
    assert code == 0
    assert [comparison["candidate"][:1] for comparison in report["comparisons"]] == ["a", "b", "c"]
    assert len(report["previous"]) == 3
    assert len(report["groups"][0]["suites"][0]["seeds"]) == 2
    suite = report["comparisons"][0]["suites"][0]
    assert len(suite["lost"]) == 124
    assert {part["stratum"] for part in suite["strata"]} == {"all", "harmless_driving", "adversarial"}
    assert len(report["scope"]) == 2


def test_markdown_has_a_table_of_as_many_columns_everywhere(compare: Compare, runs: list[Path], tmp_path: Path) -> None:
    compare(*runs, "--markdown", tmp_path / "report.md")
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {9}
    assert text.count("\n## baseline base") == 3
    assert "instruction\\_following\\_2" in text
    assert "INCONCLUSIVE<br>(floor)" in text
    assert "\x1b" not in text


def test_what_a_run_is_called_cannot_break_the_report(compare: Compare, tmp_path: Path) -> None:
    label = "a|b [red]<img>*"
    runs = [write_run(tmp_path / name, rows_of([1.0] * 4), label=label) for name in ("base", "cand")]
    _, out, _ = compare(*runs, "--markdown", tmp_path / "r.md")
    assert label in out
    (heading,) = [line for line in (tmp_path / "r.md").read_text().splitlines() if line.startswith("## ")]
    assert "a\\|b \\[red\\]\\<img\\>\\*" in heading


def test_force_and_what_differs_stand_on_every_report(compare: Compare, tmp_path: Path) -> None:
    base = write_run(tmp_path / "base", rows_of([1.0] * 40))
    cand = write_run(tmp_path / "cand", rows_of([1.0] * 40), {"arith": {"prompts_hash": "q"}})
    code, out, _ = compare(base, cand)
    assert code == 0
    assert "NOT COMPARABLE: prompts: p → q" in out
    _, out, _ = compare(base, cand, "--force", "--markdown", tmp_path / "r.md")
    for text in (out, (tmp_path / "r.md").read_text()):
        assert "BY FORCE" in text
        assert "prompts: p → q" in text
    assert json.loads(compare(base, cand, "--force", "--json")[1])["comparisons"][0]["forced"] is True
    _, out, _ = compare(base, cand, "--declare", "prompts")
    assert "BY FORCE" not in out
    assert "as declared or forced: prompts: p → q" in out


def test_the_noise_floor_stands_beside_the_difference_if_it_is_known(compare: Compare, tmp_path: Path) -> None:
    base = write_run(tmp_path / "base", rows_of([1.0] * 40))
    cand = write_run(tmp_path / "cand", rows_of([1.0] * 40))
    _, out, _ = compare(base, cand)
    assert "noise floor" not in out
    model = json.loads((base / "manifest.json").read_text())["model"]
    draws = [
        write_run(tmp_path / f"draw{draw}", rows_of([1.0] * 39 + [last]), model=model, choice={"samples": 1, "seed": 0, "draw": draw})
        for draw, last in ((1, 1.0), (2, 0.0))
    ]
    store_noise(tmp_path, noise_between(*map(read_run, draws)))
    _, out, _ = compare(base, cand)
    assert "noise floor of draw1: 2.5% of 40 items change from one run to the next, by 0.025 on average; the mean by -0.025" in out


def test_an_error_ends_with_3_and_wrong_input_with_2(compare: Compare, tmp_path: Path) -> None:
    base = write_run(tmp_path / "base", rows_of([1.0] * 4))
    broken = write_run(tmp_path / "cand", [*rows_of([1.0] * 3), row("q0003", None)])
    assert compare(base, broken)[0] == 3
    half = tmp_path / "half"
    half.mkdir()
    (half / "plan.json").write_text("{}")
    for arguments, code, named in (
        ((base, half), 3, "half' is incomplete"),
        ((base, tmp_path / "gone"), 2, "gone' is not a run folder"),
        ((base,), 2, "Nothing to compare"),
        ((), 2, "Nothing to compare"),
        ((base, base, "--group", "tuned"), 2, "NAME=RUN"),
        ((base, "--group", f"=={base}"), 2, "NAME=RUN"),
        ((base, "--group", f"a={base}", "--group", f"a={base}"), 2, "twice"),
        ((base, "--group", f"a={base}"), 2, "at least 2"),
        ((base, "--group", "a="), 2, "at least 2"),
    ):
        found, _, err = compare(*arguments)
        assert (found, err.count("harness:")) == (code, 1)
        assert named in err
        assert "Traceback" not in err
