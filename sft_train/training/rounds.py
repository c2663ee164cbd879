"""From one round of training to the next: categories in which the model is weak are sampled more often."""

from collections.abc import Mapping
from pathlib import Path

from harness.checkpoint import read_json
from harness.errors import UserError

_MOST = 2.0
"""No share grows or shrinks by more than this factor in a round, so that one hard category does not crowd out the others."""


def next_shares(shares: Mapping[str, float], losses: Mapping[str, float]) -> dict[str, float]:
    """Shares of the categories for the next round, rounded, in proportion to how their validation loss compares with the mean of all.

    Categories without a validation loss keep their share before all shares are brought to 1.

    >>> next_shares({"a": 0.5, "b": 0.5}, {"a": 1.0, "b": 3.0})
    {'a': 0.25, 'b': 0.75}
    """
    known = {name: losses[name] for name in shares if name in losses}
    if not known:
        return dict(shares)
    weight = sum(shares[name] for name in known)
    mean = sum(shares[name] * loss for name, loss in known.items()) / weight
    factors = {name: min(_MOST, max(1 / _MOST, known[name] / mean)) if name in known else 1.0 for name in shares}
    grown = {name: share * factors[name] for name, share in shares.items()}
    total = sum(grown.values())
    return {name: round(share / total, 4) for name, share in grown.items()}


def weak_tasks(folder: Path) -> dict[str, float]:
    """Shares of the tasks for the next round of the training in `folder`, by its best validation; raises UserError without one."""
    manifest = read_json(folder / "manifest.json")
    at_best = [line for line in manifest.get("curves", []) if "eval_loss" in line and line["step"] == manifest.get("best_step")]
    shares = manifest.get("tasks", {})
    if not at_best or not shares:
        raise UserError(f"{folder}: its training had no validation by task; hold rows out, and give them a task.")
    return next_shares(shares, {name.removeprefix("eval_loss_"): loss for name, loss in at_best[-1].items() if "eval_loss_" in name})
