"""Hashes of files that no recipe knows, written down at first use: from then on another file under the same name is an error.

Such a file is unverified: the hash says that it is still the same one, not that it is the authors'. A pin is a small text file under
the cache folder (`SFT_HARNESS_CACHE`); whoever deletes it has the file pinned anew.
"""

import os
import tempfile
from pathlib import Path

from harness.cache import cache_folder
from harness.errors import UserError


def pin_file(name: str) -> Path:
    """Where the pin of the data file called `name` lies, a path below HARNESS_DATA or `hub/` and the place on the hub."""
    return cache_folder() / "pins" / f"{name}.sha256"


def known_pin(name: str) -> str | None:
    """The sha256 that was written down for `name`, or None; raises UserError if the pin cannot be read."""
    path = pin_file(name)
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}); delete it to have the file pinned anew.") from error


def pin(name: str, sha256: str) -> str:
    """Write `sha256` down for `name` unless something is written already; returns what is written now.

    Of two processes that come at once, the first one's is kept. Raises UserError if the cache cannot be written.
    """
    path = pin_file(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(sha256 + "\n")
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            Path(temporary).unlink()
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); set SFT_HARNESS_CACHE to a folder that can.") from error
    return known_pin(name) or sha256
