"""Settings in YAML files: read strictly, and every complaint is one sentence that names the file and the place in it."""

import re
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from harness.errors import UserError
from harness.strict import DuplicateKeyError, load_yaml

# What pydantic puts into a place where a setting may have one of several types; numbers in lists stay.
_BRANCH_RE = re.compile(r"(?:constrained-)?(?:int|float|str)|(?:dict|tuple)\[.*\]")
_Settings = TypeVar("_Settings", bound=BaseModel)


def read_yaml(path: Path, form: type[_Settings], hint: str = "a suite is a folder with suite.yaml and items.jsonl") -> _Settings:
    """Read a YAML file of this form; `hint` says what is wanted where there is no such file.

    Tags that make objects are not read. Raises UserError with file and reason.
    """
    try:
        found = load_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); {hint}.") from error
    except DuplicateKeyError as error:
        raise UserError(
            f"{path}, line {error.line}: key '{error.key}' already stands in line {error.first_line}; keep one of them."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"{path}: not valid YAML in UTF-8: {one_line(error)}") from error
    if not isinstance(found, dict):
        raise UserError(f"{path}: holds {_kind(found)}, not settings of the form `key: value`.")
    try:
        return form.model_validate(found)
    except ValidationError as error:
        raise UserError(f"{path}: {first_error(error)}") from error


def _kind(found: object) -> str:
    return "nothing" if found is None else "a list" if isinstance(found, list) else f"only the value {str(found)[:60]!r}"


def first_error(error: ValidationError) -> str:
    """Turn pydantic's report into one sentence about its first complaint."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if not _BRANCH_RE.fullmatch(str(part)))
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}." if place else f"{message}."


def one_line(error: Exception) -> str:
    """What an error says, without line breaks."""
    return " ".join(str(error).split())
