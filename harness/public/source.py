"""Where a benchmark's files come from: the folder that HARNESS_DATA names or, if that is the word `hub`, the Hugging Face hub.

Nothing is fetched unless asked for. What a recipe pins must be that very file; what it cannot pin is pinned at first use
(`pins.py`) and called unverified.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.errors import UserError
from harness.public.pins import known_pin, pin, pin_file
from harness.public.rows import hash_rows, parse, tag_rows

DATA_VARIABLE = "HARNESS_DATA"
HUB = "hub"
"""The value of HARNESS_DATA that asks for the hub; a folder of that name is written ./hub."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
State = Literal["verified", "unverified", "changed", "missing", "hub"]


class Hub(BaseModel):
    """The same rows on the Hugging Face hub, perhaps in another format."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repo: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    file: str
    revision: str | None = None


class Source(BaseModel):
    """Where a benchmark's files lie, and how they are known to be the right ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    """Path of the original file below the folder that HARNESS_DATA names: .jsonl, .json, .csv, .parquet, .zip, or .gz of one. With a `*` in
    its name it stands for several files, one a subject."""
    files: int | None = Field(default=None, ge=1)
    """How many files a `*` stands for when the benchmark is whole; for people."""
    members: str | None = None
    """Which files of a .zip are read; may hold `*`."""
    columns: tuple[str, ...] = ()
    """Names of the columns of a CSV that has no head."""
    sha256: Sha256 | dict[str, Sha256] | None = None
    """Of the original file, or of several by their names; files without one are pinned at first use and unverified."""
    rows_hash: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """BLAKE3 hash of the rows as canonical JSON without nulls; what a file in another format is recognised by."""
    licence: str
    url: str
    """Where the authors publish it; for people."""
    hub: Hub | None = None
    modelscope: str | None = None
    """Id of the data set on ModelScope; for people."""

    def pinned(self, path: Path) -> str | None:
        """The sha256 that the recipe knows for `path`."""
        return self.sha256.get(path.name) if isinstance(self.sha256, dict) else self.sha256


@dataclass(frozen=True)
class Data:
    """What was read of a benchmark."""

    path: Path
    """The data file, or with several the folder that they lie in."""
    rows: list[dict[str, Any]]
    unverified: tuple[str, ...]
    """Names of the files that the recipe knows no hash of."""


def read_data(source: Source, recipe: Path) -> Data:
    """Return the rows of the benchmark's file, or of all its files in the order of their names.

    Raises UserError if a file is not there, cannot be read, or is not the one that `recipe` or an earlier use pinned.
    """
    place = os.environ.get(DATA_VARIABLE)
    if not place:
        raise UserError(f"{DATA_VARIABLE} is not set, and {recipe.name} reads the benchmark's own file. {_where(source)}")
    if place == HUB:
        return _read_hub(source, recipe)
    paths = _paths(source, place)
    rows: list[dict[str, Any]] = []
    unverified: list[str] = []
    for path in paths:
        content = _read(path, source)
        found, expected = hashlib.sha256(content).hexdigest(), source.pinned(path)
        if expected is None:
            _hold_to_pin(_pin_name(source, path), found, path, recipe)
            unverified.append(path.name)
        elif found != expected:
            raise UserError(
                f"{path}: its sha256 is {found}, but {recipe.name} pins {expected}: it is another file or another version. To use it all "
                f"the same, copy {recipe}, write the new sha256 into the copy, and give the copy's path as the suite."
            )
        part = parse(path, content, source.members, source.columns)
        rows += tag_rows(path.name, part) if "*" in source.file else part
    return Data(paths[0] if len(paths) == 1 else paths[0].parent, rows, tuple(unverified))


def find_state(source: Source) -> tuple[State, int]:
    """Whether the data are there and are the pinned ones, and how many files there are; nothing is fetched, parsed or pinned."""
    place = os.environ.get(DATA_VARIABLE)
    if not place or (place == HUB and source.hub is None):
        return "missing", 0
    if place == HUB:
        return "hub", 0
    paths = _paths(source, place)
    try:
        found = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    except OSError:
        return "missing", 0
    expected = {path: source.pinned(path) for path in paths}
    if any(found[path] != (expected[path] or known_pin(_pin_name(source, path)) or found[path]) for path in paths):
        return "changed", len(paths)
    return "unverified" if None in expected.values() else "verified", len(paths)


def _read_hub(source: Source, recipe: Path) -> Data:
    path = _from_hub(source)
    content = _read(path, source)
    found = hashlib.sha256(content).hexdigest()
    rows = parse(path, content, source.members, source.columns)
    if source.sha256 is None and source.rows_hash is None:
        assert source.hub is not None
        _hold_to_pin(f"hub/{source.hub.repo}/{source.hub.file}", found, path, recipe)
        return Data(path, rows, (path.name,))
    if found != source.sha256 and (rows_hash := hash_rows(rows)) != source.rows_hash:
        raise UserError(
            f"{path}: its rows have the hash {rows_hash}, but {recipe.name} pins rows_hash {source.rows_hash}: it is another version. To "
            f"use it all the same, copy {recipe}, write the new rows_hash into the copy, and give the copy's path as the suite."
        )
    return Data(path, rows, ())


def _hold_to_pin(name: str, found: str, path: Path, recipe: Path) -> None:
    if (first := pin(name, found)) != found:
        raise UserError(
            f"{path}: its sha256 is {found}, but at first use it was {first}: it has changed since. ({recipe.name} knows no hash of it.) "
            f"If the new file is meant, delete {pin_file(name)}."
        )


def _paths(source: Source, place: str) -> list[Path]:
    """The data files, in order; where none fits a pattern, the pattern itself, which cannot be read."""
    folder = Path(place).expanduser()
    return (sorted(folder.glob(source.file)) if "*" in source.file else []) or [folder / source.file]


def _pin_name(source: Source, path: Path) -> str:
    return str(Path(source.file).parent / path.name)


def _read(path: Path, source: Source) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}). {_where(source)}") from error


def _from_hub(source: Source) -> Path:
    """Fetch the file, or take it from the hub client's cache; HF_ENDPOINT, HF_HOME and HF_HUB_OFFLINE count, as ever."""
    if source.hub is None:
        raise UserError(f"The recipe names no place on the hub. {_where(source)}")
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(source.hub.repo, source.hub.file, repo_type="dataset", revision=source.hub.revision))
    except Exception as error:  # The hub client raises many kinds, from several libraries.
        detail = " ".join(str(error).split())[:200]
        raise UserError(f"The hub did not give {source.hub.repo}/{source.hub.file} ({detail}). {_where(source)}") from error


def _where(source: Source) -> str:
    places = [source.url]
    if source.hub is not None:
        places.append(f"Hugging Face {source.hub.repo}")
    if source.modelscope is not None:
        places.append(f"ModelScope {source.modelscope}")
    hub = f", or to the word {HUB} to have it fetched from the Hugging Face hub (HF_ENDPOINT counts)" if source.hub is not None else ""
    return f"Set {DATA_VARIABLE} to a folder that holds {source.file}{hub}; it is to be had from {', '.join(places)}."
