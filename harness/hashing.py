"""Content hashes: BLAKE3 over bytes or over canonical JSON."""

import json
from typing import Any

import blake3


def hash_bytes(data: bytes) -> str:
    """Return the BLAKE3 hash of `data` as 64 hex digits."""
    return blake3.blake3(data).hexdigest()


def hash_json(value: Any) -> str:
    """Return the hash of `value` as canonical JSON, so that key order and spacing do not count."""
    return hash_bytes(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
