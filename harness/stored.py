"""What a finished run asked: its suites as they are today, and the proof that they still ask the same."""

import json
from collections.abc import Sequence
from typing import Any

from harness.condition import Condition
from harness.errors import RunError, UserError
from harness.plan import Choice, SuitePlan, plan_suites
from harness.settings import one_line
from harness.suite import Suite, find_suite, load_suite
from harness.suite_check import check_targets

_SHOWN = 10


def suites_of_run(manifest: dict[str, Any], names: Sequence[str] = ()) -> list[Suite]:
    """The suites of a run that `names` names, by name or path, or all of them, found by name.

    Raises UserError for one that is not found, or that the run does not have.
    """
    of_run = list(manifest["suites"])
    loaded = []
    for name in names or of_run:
        try:
            suite = load_suite(find_suite(name))
        except UserError as error:
            raise UserError(f"Suite '{name}' of this run: {error} Say where it lies with --suite." if not names else str(error)) from error
        if suite.name not in of_run:
            raise UserError(f"The run has no suite '{suite.name}'; it has {', '.join(of_run)}.")
        check_targets(suite)
        loaded.append(suite)
    return loaded


def parts_of_run(manifest: dict[str, Any], suites: list[Suite], responses: Sequence[dict[str, Any]]) -> list[SuitePlan]:
    """The items of the run, under its condition if it had one. `responses`: rows of its responses.jsonl.

    Raises UserError, naming the items, if a suite is not what the stored responses answer any more.
    """
    condition = _condition(manifest)
    parts = [part if condition is None else part.under(condition) for part in plan_suites(suites, Choice(**manifest["choice"]))]
    for part in parts:
        _check_same(part, [row for row in responses if row["suite"] == part.suite.name], manifest["suites"][part.suite.name])
    return parts


def _condition(manifest: dict[str, Any]) -> Condition | None:
    """The condition that the run was made under."""
    if (stored := manifest.get("condition")) is None:
        return None
    try:
        return Condition.from_json(stored)
    except ValueError as error:
        raise RunError(f"The condition '{stored.get('name')}' of this run cannot be read by this version: {one_line(error)}.") from error


def _check_same(part: SuitePlan, rows: list[dict[str, Any]], facts: dict[str, Any]) -> None:
    """Refuse a suite whose questions are not those that the stored responses answer."""
    name, items = part.suite.name, {item.id: item for item in part.items}
    there = {row["item"]: row for row in rows}
    for text, differing in (
        ("the suite does not have, or would not choose, any more", [item for item in there if item not in items]),
        ("the run does not have", [item for item in items if item not in there]),
    ):
        if differing:
            raise UserError(f"Suite '{name}' has changed; {text}: {_listed(differing)}. Evaluate again; responses cannot be reused.")
    if any("asked" not in row for row in rows) and part.items_hash != facts["items_hash"]:
        raise UserError(f"Suite '{name}' has changed, and this run is too old to tell whether its prompts did. Evaluate again.")
    asked = [item for item, row in there.items() if "asked" in row and row["asked"] != part.suite.asked(items[item])]
    if asked:
        raise UserError(f"Suite '{name}' has changed; what models are asked is different in: {_listed(asked)}. Evaluate again.")
    if facts["generation"] != json.loads(part.suite.config.generation.model_dump_json()):
        raise UserError(f"Suite '{name}' has changed; its generation settings are not those of the run. Evaluate again.")


def _listed(ids: list[str]) -> str:
    return ", ".join(ids[:_SHOWN]) + (f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else "")
