"""The direction of imports that docs/architecture.md draws."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(folder)})


@pytest.mark.slow
def test_imports_point_one_way() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


def test_help_imports_nothing_heavy() -> None:
    heavy = ["torch", "transformers", "vllm", "pandas", "numpy", "scipy", "pydantic"]
    code = (
        "import sys, harness.cli\n"
        "try: harness.cli.app(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_comparing_and_showing_import_no_engine() -> None:
    heavy = ("torch", "transformers", "vllm")
    code = f"import sys, harness.compare, reports.terminal, reports.item; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_every_package_is_among_those_that_are_installed() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"])
    places = [path.parent for top in ("harness", "reports", "sft_train") for path in (ROOT / top).rglob("__init__.py")]
    found = {".".join(place.relative_to(ROOT).parts) for place in places}
    assert found <= listed
