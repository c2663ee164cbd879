"""Settings files (YAML) read into pydantic models; a misspelt key is answered with the one that was meant."""

import difflib
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import UserError
from harness.strict import DuplicateKeyError, load_yaml
from harness.suite import first_error, one_line


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Model = TypeVar("_Model", bound=BaseModel)


def read_settings(path: Path, form: type[_Model]) -> _Model:
    """Read a YAML file of this form; raises UserError naming file, key and reason."""
    try:
        given = load_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    except DuplicateKeyError as error:
        raise UserError(f"{path}, line {error.line}: key '{error.key}' already stands in line {error.first_line}; keep one.") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"{path}: not valid YAML in UTF-8: {one_line(error)}") from error
    if not isinstance(given, dict):
        raise UserError(f"{path}: holds no keys; there are {', '.join(form.model_fields)}.")
    try:
        return form.model_validate(given)
    except ValidationError as error:
        raise UserError(f"{path}: {_complaint(error, form)}") from error


def _complaint(error: ValidationError, form: type[BaseModel]) -> str:
    unknown = next((each["loc"] for each in error.errors() if each["type"] == "extra_forbidden"), None)
    if unknown is None:
        return first_error(error)
    place, key = ".".join(str(part) for part in unknown[:-1]), str(unknown[-1])
    known = _fields_at(form, unknown[:-1])
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}."
    return f"{place + ': ' if place else ''}unknown key '{key}'; {hint}"


def _fields_at(form: type[BaseModel], place: tuple[str | int, ...]) -> list[str]:
    """The fields of the model that lies at `place`."""
    at: list[type[BaseModel]] = [form]
    for part in place:
        inner = [_models_in(model.model_fields[str(part)].annotation) for model in at if str(part) in model.model_fields]
        at = [model for models in inner for model in models] or at  # Positions and keys of lists and mappings name no field.
    return [name for model in at for name in model.model_fields]


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
