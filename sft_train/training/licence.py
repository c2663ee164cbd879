"""The licence of a base, told before anything is trained on it: what may be done with the result hangs on it."""

import yaml

from harness.checkpoint import read_json
from harness.default_model import DEFAULT_LICENSE, DEFAULT_MODEL
from harness.model import Model

_FREE = {"apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "isc", "cc0-1.0", "unlicense", "cc-by-4.0", "odc-by"}
"""Names by which hubs know licences that let everyone use, change and pass on."""


def licence_of(base: Model) -> str | None:
    """What the model card of `base` states, or the base of a checkpoint that was trained here; None if nothing does."""
    if base.spec.text == DEFAULT_MODEL:
        return DEFAULT_LICENSE
    manifest, card = base.folder / "manifest.json", base.folder / "README.md"
    if manifest.is_file() and (known := read_json(manifest).get("base", {}).get("license")):
        return str(known)
    parts = card.read_text(encoding="utf-8", errors="replace").split("---\n", 2) if card.is_file() else []
    if len(parts) < 3 or parts[0].strip():
        return None
    try:
        head = yaml.safe_load(parts[1])
    except yaml.YAMLError:
        return None
    stated = head.get("license_name") or head.get("license") if isinstance(head, dict) else None
    return ", ".join(map(str, stated)) if isinstance(stated, list) else stated and str(stated)


def licence_advice(licence: str | None) -> str | None:
    """A sentence about a licence that is unknown or may limit what is done with the model; None for those that let everyone.

    >>> licence_advice("apache-2.0"), licence_advice(None)
    (None, 'the base states no licence: find out whether it may be trained on and passed on')
    >>> licence_advice("cc-by-nc-4.0")
    "the base's licence 'cc-by-nc-4.0' may limit what is done with the result: read it before training and passing on"
    """
    if licence is None:
        return "the base states no licence: find out whether it may be trained on and passed on"
    if licence.lower() in _FREE:
        return None
    return f"the base's licence '{licence}' may limit what is done with the result: read it before training and passing on"
