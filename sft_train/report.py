"""The report of a check or build as JSON: data_report.json. docs/training-data.md describes it."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from sft_train.check import Checked
from sft_train.contamination import Match

_EXCERPT = 200


def report_json(checked: Checked) -> dict[str, Any]:
    """All that was found, with the number of each row."""
    return {
        "sources": [source.model_dump() for source in checked.config.sources],
        "read": checked.read,
        "kept": len(checked.rows) - checked.tracked,
        "tracked": checked.tracked,
        "broken": {"counts": dict(Counter(each.reason for each in checked.problems)), "rows": [asdict(each) for each in checked.problems]},
        "left_out": {
            "counts": dict(Counter(each.reason for each in checked.left)),
            "rows": [
                {"place": each.row.place, "number": each.row.number, "reason": each.reason, "text": each.text} for each in checked.left
            ],
        },
        "ignored_fields": checked.ignored,
        "private": {
            "masked": checked.config.mask,
            "counts": dict(Counter(piece.kind for _, pieces in checked.private for piece in pieces)),
            "rows": [
                {"place": row.place, "number": row.number, "found": [asdict(piece) for piece in pieces]} for row, pieces in checked.private
            ],
        },
        "reworded": {
            "counts": dict(Counter(each.row.task for each in checked.reworded)),
            "rows": [
                {"place": each.row.place, "number": each.row.number, "before": each.row.question, "after": each.question}
                for each in checked.reworded
            ],
        },
        "diversity": {
            name: {task: asdict(figures) for task, figures in part.items()}
            for name, part in (("before", checked.before), ("after", checked.after))
        },
        "shares": checked.shares,
        "real": [asdict(each) for each in checked.distances],
        "findings": [asdict(each) for each in checked.findings],
        "contamination": {"suites": checked.suites, "matches": [match_json(match) for match in checked.matches]},
    }


def match_json(match: Match) -> dict[str, Any]:
    """A match as the report's file has it."""
    row, probe = match.row, match.probe
    return {
        "place": row.place, "number": row.number, "suite": probe.suite, "item": probe.item, "part": probe.part, "kind": match.kind,
        "score": round(match.score, 4), "row_text": match.text[:_EXCERPT], "item_text": probe.text[:_EXCERPT],
    }  # fmt: skip
