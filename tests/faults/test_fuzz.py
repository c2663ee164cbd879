"""Every reader of a file takes whatever stands there: it reads it, or says in one sentence what is wrong.

A valid file is damaged in its bytes or its values, again and again; nothing may come out but a UserError or a RunError.
"""

import random
from pathlib import Path

import pytest

from harness.errors import RunError, UserError
from tests.faults.damage import damage
from tests.faults.readers import Reader, readers

pytestmark = [pytest.mark.heavy, pytest.mark.faults]
TRIES = 40


def test_every_reader_takes_whatever_stands_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HARNESS_DATA", raising=False)  # Recipes are read as where there are no data.
    found: dict[str, str] = {}
    for reader in readers(tmp_path):
        chance = random.Random(reader.name)
        first, *_ = reader.files
        if (said := _said(reader, _written(tmp_path / reader.name / "whole", reader.files))) != reader.complaint:
            found[f"{reader}: the undamaged file"] = said
        for number in range(TRIES):
            damaged = damage(reader.files[first], chance)
            folder = _written(tmp_path / reader.name / str(number), reader.files | {first: damaged})
            try:
                reader.read(folder)
            except (UserError, RunError) as error:
                if "\n" in str(error) or len(str(error)) > 3000:
                    found.setdefault(f"{reader}: not one sentence", f"{str(error)[:300]!r}")
            except Exception as error:
                found.setdefault(f"{reader}: {type(error).__name__}", f"{str(error)[:150]} of {damaged[:200]!r}")
    assert not found, "\n".join(f"{what} ({of})" for what, of in found.items())


def _written(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def _said(reader: Reader, folder: Path) -> str:
    """The complaint about a valid file, or what it holds of the one that was expected."""
    try:
        reader.read(folder)
    except (UserError, RunError) as error:
        return reader.complaint if reader.complaint and reader.complaint in str(error) else str(error)
    return ""
