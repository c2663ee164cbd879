"""Which items of a suite a run takes."""

from typing import Literal

from harness.errors import UserError
from harness.hashing import hash_bytes
from harness.item import Item, Lang
from harness.suite import Suite


def choose_items(
    suite: Suite,
    *,
    size: Literal["quick", "full"] = "quick",
    limit: int | None = None,
    lang: Lang | None = None,
) -> list[Item]:
    """Choose the items of a run: always the same ones for the same suite and arguments.

    `quick` takes at most the suite's `quick_items` (80), core items first, then each stratum and language in proportion, in the order of
    the hash of the id. `limit` caps the number in the same way.
    Returns items in file order.
    """
    candidates = [item for item in suite.items if lang in (None, item.lang)]
    if not candidates:
        raise UserError(f"Suite '{suite.name}' has no items in language '{lang}'; leave ITEM_LANG (--lang) out.")
    caps = [cap for cap in (suite.config.quick_items if size == "quick" else None, limit) if cap is not None]
    if not caps or min(caps) >= len(candidates):
        return candidates
    chosen = set(_stratified_order(candidates, suite.config.core_items)[: min(caps)])
    return [item for item in candidates if item.id in chosen]


def _stratified_order(items: list[Item], core: tuple[str, ...]) -> list[str]:
    """Order ids so that every prefix holds the strata and languages in about their own proportions."""
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in sorted(items, key=lambda item: hash_bytes(item.id.encode())):
        groups.setdefault((item.stratum, item.lang), []).append(item)
    ranked = [
        (item.id not in core, (position + 0.5) / len(group), hash_bytes(item.id.encode()), item.id)
        for group in groups.values()
        for position, item in enumerate(group)
    ]
    return [row[-1] for row in sorted(ranked)]
