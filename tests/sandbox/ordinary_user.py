"""A user without privileges, for tests that run as root: sandbox, attacks and interpreter in a place that everybody can read."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import harness
from harness.sandbox.paths import python_files

_SYSTEM_PYTHON = Path("/usr/bin/python3")


@dataclass(frozen=True)
class OrdinaryUser:
    place: Path
    number: int = 12_345

    def run(self, *arguments: str, timeout_s: float = 120.0) -> str:
        """What Python writes on stdout when this user calls it with `arguments`; fails the test if it fails."""
        user = ["setpriv", "--reuid", str(self.number), "--regid", str(self.number), "--clear-groups"]
        done = subprocess.run(
            [*user, self.place / "venv" / "bin" / "python", *arguments],
            cwd=self.place, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False, timeout=timeout_s,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def made() -> Iterator[OrdinaryUser]:
    """Skips by name where there is no `setpriv`, or no system Python of 3.11 or later.

    This interpreter may lie where only root can read, hence the system's own; numpy and pandas come along where the versions agree.
    """
    version = _version(_SYSTEM_PYTHON)
    if shutil.which("setpriv") is None or version < (3, 11):
        pytest.skip("needs setpriv and a system Python 3.11 or later")
    place = Path(tempfile.mkdtemp(prefix="ordinary-user-", dir="/tmp"))
    try:
        package, tests = Path(harness.__path__[0]), Path(__file__).parents[1]
        if subprocess.run([_SYSTEM_PYTHON, "-m", "venv", "--without-pip", place / "venv"], check=False, capture_output=True).returncode:
            pytest.skip("the system Python cannot make an environment (venv)")
        site = place / "venv" / "lib" / f"python{version[0]}.{version[1]}" / "site-packages"
        ignore = shutil.ignore_patterns("__pycache__")
        for source, target in ((package / "sandbox", "harness/sandbox"), (tests / "attacks", "tests/attacks")):
            shutil.copytree(source, place / target, ignore=ignore)
        shutil.copy(package / "__init__.py", place / "harness")
        if version == sys.version_info[:2]:
            for source in map(Path, python_files().packages):
                if source.is_dir():
                    shutil.copytree(source, site / source.name, ignore=ignore)
                else:
                    shutil.copy(source, site)
        subprocess.run(["chmod", "-R", "a+rX,go-w", place], check=True)
        yield OrdinaryUser(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _version(python: Path) -> tuple[int, int]:
    if not python.exists():
        return 0, 0
    command = [python, "-c", "import sys; print(*sys.version_info[:2])"]
    major, minor = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(major), int(minor)
