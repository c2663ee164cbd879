"""`harness cache`: what the user's cache folder holds, and making its responses fewer."""

import re
import time
from dataclasses import asdict
from pathlib import Path

from harness.cache import cache_folder
from harness.errors import UserError
from harness.machine import print_json
from harness.response_store import cache_file, cached_models, prune

_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800}
_BYTES = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}


def cache_stats(as_json: bool) -> None:
    """Print what is kept: responses by model, and the folder's other parts with their sizes.

    Raises RunError if the cache cannot be read.
    """
    from reports.cache import print_cache

    path, models = cache_file(), cached_models(cache_file())
    parts = {entry.name: _size(entry) for entry in sorted(cache_folder().glob("*")) if not entry.name.startswith(path.name)}
    facts = {"file": str(path), "bytes": _database_size(path), "models": [asdict(model) for model in models], "other": parts}
    if as_json:
        print_json(facts)
    else:
        print_cache(path, _database_size(path), models, parts)


def cache_prune(older_than: str | None, larger_than: str | None, dry: bool, as_json: bool) -> None:
    """Remove responses that were not used for so long, and the ones longest unused above that size.

    Raises UserError if neither is given or cannot be read, RunError if the cache cannot be written.
    """
    if older_than is None and larger_than is None:
        raise UserError("Say what may go: --older-than 30d, --larger-than 2GB, or both.")
    age = None if older_than is None else _number("--older-than", older_than, _SECONDS, "30d, 12h or 8w")
    size = None if larger_than is None else int(_number("--larger-than", larger_than, _BYTES, "500MB or 2GB"))
    path = cache_file()
    before = _database_size(path)
    removed = prune(path, None if age is None else time.time() - age, size, dry)
    facts = {"file": str(path), "removed": removed, "dry_run": dry, "bytes_before": before, "bytes": _database_size(path)}
    if as_json:
        print_json(facts)
    elif dry:
        print(f"{removed:,} responses would be removed from {path} ({before / 1e6:.1f} MB)")
    else:
        print(f"{removed:,} responses removed from {path}: {before / 1e6:.1f} MB before, {_database_size(path) / 1e6:.1f} MB now")


def _number(option: str, text: str, units: dict[str, int], examples: str) -> float:
    """An amount with its unit, in the smallest one.

    >>> _number("--older-than", "1.5d", _SECONDS, "30d")
    129600.0
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]+)", text.strip().lower())
    if found is None or found[2] not in units:
        raise UserError(f"{option} '{text}' cannot be read: give a number and a unit, such as {examples}.")
    return float(found[1]) * units[found[2]]


def _database_size(path: Path) -> int:
    """Bytes of the database with what SQLite keeps beside it."""
    return sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*"))


def _size(entry: Path) -> int:
    files = [entry] if entry.is_file() else [path for path in entry.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files)
