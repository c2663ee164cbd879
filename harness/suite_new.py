"""`harness suite new`: a folder to start a suite from, copied from `harness/new_suite/`, which is a valid suite itself."""

import re
import shlex
from importlib.resources import files
from pathlib import Path

from harness.errors import UserError
from harness.suite import bundled_names

FILES = ("suite.yaml", "items.jsonl", "NOTES.md")
_NAME_RE = re.compile(r"[a-z][a-z0-9_]*")
_PLACEHOLDER = "my_suite"
_LONGEST_NAME = 60


def new_suite(name: str, parent: str = ".") -> list[str]:
    """Make the folder `name` in the folder `parent`, which is made if there is none; returns lines that say what to do next.

    Raises UserError if the name is no suite's name or a bundled suite's, or if something of that name is there already.
    """
    _check_name(name)
    folder = Path(parent).expanduser() / name
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
    except FileExistsError as error:
        if folder.parent.is_dir():
            raise UserError(f"'{folder}' exists already and is left as it is; choose another name or another --dir.") from error
        raise UserError(f"--dir '{parent}': is a file; name a folder.") from error
    except NotADirectoryError as error:
        raise UserError(f"--dir '{parent}': lies below a file; name a folder.") from error
    except OSError as error:
        raise UserError(f"'{folder}' cannot be made ({error.strerror}); choose another --dir.") from error
    for file in FILES:
        text = (files("harness") / "new_suite" / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace(_PLACEHOLDER, name), encoding="utf-8")
    place = shlex.quote(str(folder))
    return [
        f"Made {folder} with {', '.join(FILES)}. NOTES.md says how to write items; docs/suites.md explains every field.",
        f"Check it: harness suite check {place}",
        f"Run it:   make eval SUITES={place}    or: harness eval --suites {place}",
    ]


def _check_name(name: str) -> None:
    if not _NAME_RE.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise UserError(
            f"'{name}' is no name for a suite: use lower-case letters, digits and _, beginning with a letter, at most {_LONGEST_NAME}."
        )
    if name in bundled_names():
        raise UserError(f"'{name}' is the name of a bundled suite, which tables could not tell from yours; choose another.")
