"""Real human ratings: 360 dialogue answers of six systems, rated in six dimensions, beside a published metric's scores."""

import json
import os
from pathlib import Path

import pytest

from reports.review.metric_trust import metric_trust
from reports.review.records import ShownAnswer
from reports.review.unblinded import View

FOLDER = Path(os.environ.get("HARNESS_DATA", "")) / "unieval_ratings"
needs_data = pytest.mark.skipif(not (FOLDER / "expected.json").is_file(), reason="HARNESS_DATA has no unieval_ratings")


@needs_data
@pytest.mark.parametrize("dimension", ["naturalness", "coherence", "engagingness", "groundedness", "understandability", "overall"])
def test_a_metric_correlates_with_human_ratings_as_published(dimension: str) -> None:
    rows = json.loads((FOLDER / "topical_chat_result.json").read_text(encoding="utf-8"))
    _, spearman, kendall = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["pearson_spearman_kendall_b"]["topical_chat"][
        dimension
    ]
    dialogues: dict[str, list[dict[str, dict[str, float]]]] = {}
    for row in rows:
        dialogues.setdefault(row["source"] + row["context"], []).append(row)
    views, answers = [], []
    for number, group in enumerate(dialogues.values()):
        for run, row in enumerate(group):
            answers.append(ShownAnswer(
                suite="chat", item=f"d{number}", run=run, cluster="", stratum="", lang="en", prompt="", answer="", raw=("",),
                truncated=False, scores={"metric": row["predict_scores"][dimension]},
            ))  # fmt: skip
            if run:
                levels = [{dimension: repr(other["scores"][dimension])} for other in (group[0], row)]
                views.append(View("people", f"{number}-{run}", f"chat/d{number}", f"d{number}", 1.0, run, *levels))
    (found,) = metric_trust(views, answers, dimension)
    assert found.answers == 360
    assert found.spearman.estimate == pytest.approx(spearman, abs=5e-7)
    assert found.kendall.estimate == pytest.approx(kendall, abs=5e-7)
    assert 0.5 < found.low < found.agreement < 0.9  # type: ignore[operator]
