"""Items and runs made on the spot, without folders."""

from collections.abc import Sequence
from pathlib import Path

from reports.review.reviewable import Answered, Reviewable, Run


def item_of(
    name: str, *, texts: Sequence[str] = ("one answer", "another answer"), scores: Sequence[dict[str, float]] | None = None,
    suite: str = "s", stratum: str = "a", cluster: str = "", lang: str = "en", core: bool = False, grouped: bool = False, prompt: str = "",
) -> Reviewable:  # fmt: skip
    answers = tuple(Answered(text, (text,), False, part) for text, part in zip(texts, scores or [{}] * len(texts), strict=True))
    return Reviewable(suite, name, lang, stratum, cluster or f"{suite}/{name}", core, grouped, prompt or f"Prompt of {name}?", "", answers)


def run_of(label: str = "run", scores: dict[tuple[str, str], dict[str, float]] | None = None) -> Run:
    manifest = {"label": label, "run": f"hash of {label}", "model": {"identity": f"identity of {label}", "given": label}}
    return Run(Path(label), manifest, {}, scores or {}, {})
