"""Settings files (YAML) read into pydantic models; a misspelt key is answered with the one that was meant."""

import difflib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import UserError
from harness.settings import read_yaml


class Settings(BaseModel):
    """Base of what files may say: unknown keys are refused, values stay as they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_Model = TypeVar("_Model", bound=BaseModel)


def read_settings(path: Path, form: type[_Model]) -> _Model:
    """Read a YAML file of this form; raises UserError naming file, key and reason."""
    try:
        return read_yaml(path, form, hint="docs/training.md and docs/training-data.md say what it holds")
    except UserError as error:
        cause = error.__cause__
        if isinstance(cause, ValidationError) and (hint := _misspelt(cause, form)) is not None:
            raise UserError(f"{path}: {hint}") from cause
        raise


def _misspelt(error: ValidationError, form: type[BaseModel]) -> str | None:
    """The first unknown key with the known one that is most like it; None if no key is unknown."""
    unknown = next((each["loc"] for each in error.errors() if each["type"] == "extra_forbidden"), None)
    if unknown is None:
        return None
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
