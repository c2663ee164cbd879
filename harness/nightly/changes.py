"""What is not as it was between two nights, by cause: weights, data, suite, scorer, library, hardware, engine."""

from typing import Any, Literal

from harness.hashing import hash_json
from harness.model import Model
from harness.nightly.records import Side
from harness.stack import hardware
from harness.strict import read_object

Cause = Literal["weights", "data", "suite", "scorer", "library", "hardware", "engine"]
_HARDWARE = ("cpu", "machine", "gpu")
_TRAINING = ("data", "config", "base", "seed", "seeds", "from", "quantization")


def responsible_hardware(found: dict[str, str] | None = None) -> dict[str, str]:
    """What of the hardware can change a response, here or as a manifest has it; memory, kernel and number of cores cannot."""
    return {name: str(value) for name, value in (hardware() if found is None else found).items() if name in _HARDWARE}


def stack_of(manifest: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What a run's responses and verdicts rest on besides the model, by cause: name to value."""
    known = manifest["versions"]
    engine = {name: str(value) for name, value in manifest["engine"]["conditions"].items() if name not in known}
    return {
        "library": {"sft-harness": manifest["harness"], **{name: str(value) for name, value in known.items()}, **_scoring(manifest)},
        "hardware": responsible_hardware(manifest["hardware"]),
        "suite": {
            name: f"version {part['version']}, contents {part['hash'][:8]}, items {part['items_hash'][:8]}"
            for name, part in manifest["suites"].items()
        },
        "scorer": {f"{name}: {scorer}": str(version) for name, part in manifest["scorers"].items() for scorer, version in part.items()},
        "engine": {"kind": manifest["engine"]["kind"], **engine},
    }


def _scoring(manifest: dict[str, Any]) -> dict[str, str]:
    """Versions of the packages that scorers judged with."""
    parts = manifest.get("scorer_libraries", {}).values()
    return {name: version for part in parts for versions in part.values() for name, version in versions.items()}


def training_facts(model: Model) -> dict[str, str]:
    """Hashes of what a checkpoint's own manifest.json says of how it was made; empty if it has none."""
    path = (model.adapter or model.folder) / "manifest.json"
    try:
        told = read_object(path)
    except (OSError, ValueError):
        return {}  # Not every checkpoint was made here, and nothing but this report rests on it.
    return {name: hash_json(told[name]) for name in _TRAINING if name in told} if isinstance(told, dict) else {}


def stack_changes(before: Side, after: Side) -> list[tuple[Cause, str]]:
    """Cause and sentence of each thing that the stacks of two runs differ in."""
    causes: tuple[Cause, ...] = ("suite", "scorer", "library", "hardware", "engine")
    return [(cause, text) for cause in causes for text in _changes(before.stack.get(cause, {}), after.stack.get(cause, {}))]


def changes(before: Side, after: Side) -> list[tuple[Cause, str]]:
    """All that differs between two runs of one nightly model, the model itself first."""
    weights: list[tuple[Cause, str]] = [("weights", text) for text in _changes(_short(before.hashes), _short(after.hashes))]
    data: list[tuple[Cause, str]] = [("data", text) for text in _changes(_short(before.data), _short(after.data))]
    return [*weights, *data, *stack_changes(before, after)]


def _changes(old: dict[str, str], new: dict[str, str]) -> list[str]:
    return [
        f"{name}: {old.get(name, 'none')} → {new.get(name, 'none')}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _short(hashes: dict[str, str]) -> dict[str, str]:
    return {name: value[:8] for name, value in hashes.items()}
