"""The baseline's ledger: which run is the pinned anchor of a nightly model, since when, and why. Appended to, never rewritten.

It lies beside the runs, one JSON object a line.
"""

import fcntl
import getpass
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import RunError, UserError
from harness.model import parse_model, resolve_model
from harness.nightly.state import now, read_nights
from harness.settings import first_error
from harness.store import PLAN, read_manifest

LEDGER = "baseline.jsonl"


class Accepted(BaseModel):
    """One decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    """The nightly model that it is the anchor of: the label of the run."""
    run: str
    """Name of the run's folder."""
    key: str
    """Hash of the run."""
    given: str
    """The model, with absolute folders."""
    identity: str
    reason: str
    by: str
    at: str
    instead_of: str | None
    """The run that was accepted before."""


def read_ledger(out: Path) -> list[Accepted]:
    """All decisions in order; raises RunError naming the line that cannot be read."""
    path = out / LEDGER
    if not path.is_file():
        return []
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            found.append(Accepted.model_validate_json(line))
        except ValidationError as error:
            raise RunError(f"{path}, line {number} cannot be read: {first_error(error)} Mend it from a copy.") from error
    return found


def accepted(out: Path, label: str) -> Accepted | None:
    """The decision that holds for the nightly model of this name."""
    return next((entry for entry in reversed(read_ledger(out)) if entry.label == label), None)


def accept(run: Path, reason: str) -> tuple[Accepted, ...]:
    """Make a finished run's model the pinned anchor of the nights beside it, and write down why; an entry for each nightly model whose run
    it was, or which it is labelled as.

    Raises UserError if there is no reason, the folder holds no complete run of a nightly model, or the model's weights are not what they
    were then: an anchor must be there to be drawn from again.
    """
    if not (reason := " ".join(reason.split())):
        raise UserError("--reason is empty; say why the baseline changes: it is all that people will know of it later.")
    manifest = read_manifest(run)
    if manifest is None:
        text = "the run is not complete" if (run / PLAN).is_file() else "it is not a run folder"
        raise UserError(f"'{run}' cannot become the baseline: {text}.")
    if manifest["status"] != "complete":
        raise UserError(f"'{run}' cannot become the baseline: {manifest['counts']['errors']} of its items have errors; run it again first.")
    given = given_of(manifest)
    model = resolve_model(parse_model(given))
    if model.identity != manifest["model"]["identity"]:
        raise UserError(
            f"'{run}' cannot become the baseline: '{given}' holds other weights now than that run was made with; keep a copy of accepted "
            "checkpoints where nothing is trained into."
        )
    out = run.resolve().parent
    entries = tuple(
        Accepted(
            label=name, run=run.resolve().name, key=manifest["run"], given=given, identity=model.identity, reason=reason, by=_user(),
            at=now(), instead_of=None if (before := accepted(out, name)) is None else before.run,
        )
        for name in _nightly_models(run.resolve(), manifest["label"])
    )  # fmt: skip
    _append(out / LEDGER, [entry.model_dump_json() for entry in entries])
    return entries


def _nightly_models(run: Path, label: str) -> list[str]:
    """Names of the nightly models that a run is of. A run has the label of who made it first: another model of the same contents, maybe."""
    sides = [side for night in read_nights(run.parent) for side in night.sides]
    names = list(dict.fromkeys(side.name for side in sides))
    found = list(dict.fromkeys(side.name for side in sides if side.run == run.name))
    if not found and label not in names:
        known = f"the nights beside it have {', '.join(names)}" if names else "there are no nights beside it"
        raise UserError(f"'{run}' cannot become the baseline: it is of no nightly model ({known}); give one from a nightly.yaml's `out`.")
    return found or [label]


def given_of(manifest: dict[str, Any]) -> str:
    """A run's model as it can be typed again from anywhere; raises UserError if it lies on a server, which nights do not ask."""
    model = manifest["model"]
    if "served" in model:
        raise UserError(
            f"The model '{model['served']}' of this run lies on a server and cannot be brought back by its contents: no baseline."
        )
    return typed(model["folder"], model["adapter"], model["options"])


def typed(folder: str, adapter: str | None, options: dict[str, Any]) -> str:
    """The description of a model by the folders that it was found in, and its options.

    >>> typed("/base", "/lora", {"dtype": "float32", "thinking": None})
    '/base+/lora,dtype=float32'
    """
    given = [f"{name}={value}" for name, value in options.items() if value not in (None, "auto")]
    return ",".join([folder if adapter is None else f"{folder}+{adapter}", *given])


def _append(path: Path, lines: Sequence[str]) -> None:
    try:
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write("".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RunError(f"{path} cannot be written ({error.strerror}); the baseline was not changed.") from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # No name for this user id, as in a container.
        return str(os.getuid())
