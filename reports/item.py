"""One item of a run, whole, for reading."""

from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.machine import print_json
from harness.store import RESPONSES, read_responses, read_scores
from reports.console import console


def print_item(folder: Path, item: str, as_json: bool = False) -> None:
    """Print prompt, response, scores and reasons of every sample of `item`; as JSON a list of a sample's two rows each.

    Raises UserError if the run or the item is not there.
    """
    if not (folder / RESPONSES).is_file():
        raise UserError(f"'{folder}' holds no finished run (no {RESPONSES}).")
    responses = [row for row in read_responses(folder) if row["item"] == item]
    scores = {(row["suite"], row["sample"]): row for row in read_scores(folder) if row["item"] == item}
    if not responses:
        raise UserError(f"Run '{folder}' has no item '{item}'; its items stand in {folder / RESPONSES}.")
    if as_json:
        both = [{"response": row, "score": scores[row["suite"], row["sample"]]} for row in responses]
        print_json(both)
        return
    out = console()
    for row in responses:
        score = scores[row["suite"], row["sample"]]
        out.rule(f"{row['suite']} / {item} / sample {row['sample']} ({row['lang']}, {row['stratum']})")
        out.print(row["prompt"], markup=False, soft_wrap=True)
        if row["response"] is not None:
            out.rule(f"response, {row['tokens']} tokens" + (", truncated" if row["truncated"] else ""))
            out.print(row["response"], markup=False, soft_wrap=True)
        _print_follow_ups(row)
        if "judged" in score:
            out.rule("as judged, after the condition's post-processing")
            out.print(score["judged"], markup=False, soft_wrap=True)
        if row["choice_logprobs"]:
            out.rule("log-likelihood of the " + ("choices" if row["response"] is None else "reference"))
            out.print("  ".join(f"{sum(logprobs):.2f}" for logprobs in row["choice_logprobs"]))
        out.rule("scores")
        if score["error"] is not None:
            out.print(f"error: {score['error']}", markup=False, soft_wrap=True)
            continue
        out.print("  ".join(f"{name} {value:g}" for name, value in score["scores"].items()))
        for check in score["checks"]:
            out.print(f"{'✓' if check['passed'] else '✗'} {check['name']}: {check['reason']}", markup=False, soft_wrap=True)


def _print_follow_ups(row: dict[str, Any]) -> None:
    """Print what was asked after the response, as far as it is the user's, and what the model answered."""
    out, said = console(), row.get("turns", [])  # Runs of older versions have none.
    for number, answer in enumerate(row["follow_ups"]):
        if number < len(said):
            out.rule(f"turn {number + 2}, user")
            out.print(said[number], markup=False, soft_wrap=True)
        out.rule(f"turn {number + 2}, response" if number < len(said) else f"response to follow-up {number + 1}")
        out.print(answer, markup=False, soft_wrap=True)
