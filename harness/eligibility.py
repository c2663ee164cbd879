"""What must be equal in two runs that are compared, suite by suite; reads manifests only."""

from collections.abc import Sequence
from typing import Any

from harness.hashing import hash_json

_SHOWN = 10


def differing_conditions(baseline: dict[str, Any], candidate: dict[str, Any], suite: str) -> dict[str, str]:
    """Conditions of `suite` in which two manifests differ: name to "theirs → ours"."""
    sides = [_conditions(manifest, suite) for manifest in (baseline, candidate)]
    names = sorted(sides[0].keys() | sides[1].keys())
    before, after = ({name: side.get(name, "not recorded") for name in names} for side in sides)
    return {name: f"{before[name]} → {after[name]}" for name in names if before[name] != after[name]}


def conditions_hash(manifest: dict[str, Any], suite: str) -> str:
    """Hash of all that must be equal in runs of `suite` that are compared with the run of this manifest."""
    return hash_json(_conditions(manifest, suite))


def differing_items(baseline: Sequence[dict[str, Any]], candidate: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Sentences that name items which only one of two runs has, from its rows of a suite."""
    sides = [dict.fromkeys(row["item"] for row in rows) for rows in (baseline, candidate)]
    only = [[item for item in own if item not in other] for own, other in (sides, sides[::-1])]
    return tuple(
        f"{len(items)} items only in the {side}: {', '.join(items[:_SHOWN])}{' …' if len(items) > _SHOWN else ''}"
        for items, side in zip(only, ("baseline", "candidate"), strict=True)
        if items
    )


def _conditions(manifest: dict[str, Any], suite: str) -> dict[str, str]:
    part = manifest["suites"][suite]
    engine = {f"engine.{name}": value for name, value in manifest["engine"]["conditions"].items()}
    libraries = {
        f"library.{name}": version
        for versions in manifest.get("scorer_libraries", {}).get(suite, {}).values()
        for name, version in versions.items()
    }
    options = {name: str(value) for name, value in manifest["model"]["options"].items() if name in ("quantization", "thinking")}
    return {
        "items": part["items_hash"],
        "suite_version": str(part["version"]),
        "metric": part["primary_metric"],
        # What a condition says is one difference, named as such; what it was put on is compared as it is without it.
        "condition": _condition(part),
        "prompts": part.get("plain_prompts_hash", part["prompts_hash"]),
        "generation": str(part.get("plain_generation", part["generation"])),
        "scorers": str(manifest["scorers"][suite]),
        "samples": str(manifest["choice"]["samples"]),
        "engine": manifest["engine"]["kind"],
        # Levels that keep a program in give the same verdicts; the others may not.
        "isolation": "confined" if part.get("isolation") in (None, "A", "B", "E") else f"level {part['isolation']}",
        **libraries,
        **engine,
        **options,
    }


def _condition(part: dict[str, Any]) -> str:
    """The condition that a suite was run under, with the version of its post-processing if it has any."""
    if (condition := part.get("condition")) is None:
        return "none"
    version = condition["post_version"]
    return f"{condition['name']}@{condition['hash']}" + ("" if version is None else f"+post.{version}")


def declares_itself(manifests: Sequence[dict[str, Any]], suite: str) -> bool:
    """Whether a condition is compared with the run without one of the same model: then it is what is meant to differ."""
    plain, under = (_condition(manifest["suites"][suite]) for manifest in manifests)
    return plain == "none" != under and manifests[0]["model"]["identity"] == manifests[1]["model"]["identity"]
