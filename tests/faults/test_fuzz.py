"""Every reader of a file takes whatever stands there: it reads it, or says in one sentence what is wrong.

A valid file is damaged in its bytes or its values, again and again; nothing may come out but a UserError or a RunError.
"""

import random
from pathlib import Path

import pytest

from harness.errors import RunError, UserError
from tests.faults.damage import damage
from tests.faults.readers import readers

pytestmark = [pytest.mark.heavy, pytest.mark.faults]
TRIES = 150


def test_every_reader_takes_whatever_stands_there(tmp_path: Path) -> None:
    found: dict[str, str] = {}
    for reader in readers(tmp_path):
        chance = random.Random(reader.name)
        first, *_ = reader.files
        for number in range(TRIES):
            folder = tmp_path / reader.name / str(number)
            damaged = damage(reader.files[first], chance)
            for name, content in (reader.files | {first: damaged}).items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
            try:
                reader.read(folder)
            except (UserError, RunError) as error:
                if "\n" in str(error) or len(str(error)) > 3000:
                    found.setdefault(f"{reader}: not one sentence", f"{str(error)[:300]!r}")
            except Exception as error:
                found.setdefault(f"{reader}: {type(error).__name__}", f"{str(error)[:150]} of {damaged[:200]!r}")
    assert not found, "\n".join(f"{what} ({of})" for what, of in found.items())
