"""Where a benchmark's file comes from: the folder that HARNESS_DATA names or, if that is the word `hub`, the Hugging Face hub.

Nothing is fetched unless asked for, and nothing is used that the recipe does not pin.
"""

import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from harness.errors import UserError
from harness.hashing import hash_json

DATA_VARIABLE = "HARNESS_DATA"
HUB = "hub"
"""The value of HARNESS_DATA that asks for the hub; a folder of that name is written ./hub."""


class Hub(BaseModel):
    """The same rows on the Hugging Face hub, perhaps in another format."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repo: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    file: str
    revision: str | None = None


class Source(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    """Path of the original file below the folder that HARNESS_DATA names; .jsonl or .jsonl.gz."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the original file."""
    rows_hash: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """BLAKE3 hash of the rows as canonical JSON without nulls; what a file in another format is recognised by."""
    licence: str
    url: str
    """Where the authors publish it; for people."""
    hub: Hub | None = None
    modelscope: str | None = None
    """Id of the data set on ModelScope; for people."""


def read_rows(source: Source, recipe: Path) -> tuple[Path, list[dict[str, Any]]]:
    """Return the data file and its rows.

    Raises UserError if the file is not there, cannot be read, or is not the one that `recipe` pins.
    """
    place = os.environ.get(DATA_VARIABLE)
    if not place:
        raise UserError(f"{DATA_VARIABLE} is not set, and {recipe.name} reads the benchmark's own file. {_where(source)}")
    path = _from_hub(source) if place == HUB else Path(place).expanduser() / source.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}). {_where(source)}") from error
    found = hashlib.sha256(content).hexdigest()
    if place != HUB and found != source.sha256:
        raise UserError(
            f"{path}: its sha256 is {found}, but {recipe.name} pins {source.sha256}: it is another file or another version. To use it all "
            f"the same, copy {recipe}, write the new sha256 into the copy, and give the copy's path as the suite."
        )
    rows = _parse(path, content)
    if found != source.sha256 and (rows_hash := hash_rows(rows)) != source.rows_hash:
        raise UserError(
            f"{path}: its rows have the hash {rows_hash}, but {recipe.name} pins rows_hash {source.rows_hash}: it is another version. To "
            f"use it all the same, copy {recipe}, write the new rows_hash into the copy, and give the copy's path as the suite."
        )
    return path, rows


def hash_rows(rows: list[dict[str, Any]]) -> str:
    """BLAKE3 hash of rows as canonical JSON; keys whose value is null do not count, since tables have them in every row."""
    return hash_json(_without_nulls(rows))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(entry) for key, entry in value.items() if entry is not None}
    return [_without_nulls(entry) for entry in value] if isinstance(value, list) else value


def _parse(path: Path, content: bytes) -> list[dict[str, Any]]:
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet  # type: ignore[import-untyped]

            table: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
            return table
        text = gzip.decompress(content) if path.suffix == ".gz" else content
        rows = [json.loads(line.decode("utf-8")) for line in text.split(b"\n") if line.strip()]
    except (OSError, EOFError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: cannot be read as rows: {' '.join(str(error).split())[:200]}.") from error
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"{path}: not rows of JSON objects.")
    return rows


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
