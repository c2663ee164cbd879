"""The report's tables for pandas: a row an item with what became of it, and a row a suite or part with all its figures."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from harness.compare.records import Difference
from harness.store import write_atomic
from harness.visible import csv_cell
from reports.page.cases import Case
from reports.page.views import View

_ADVICE = "choose another folder with --out"
TABLES = ("items.csv", "items.parquet", "suites.csv")
_SUMMARY = ("primary_metric", "n", "score", "low", "high", "truncated", "errors")


def write_tables(folder: Path, views: Sequence[View]) -> None:
    """items.csv (scores only, since spreadsheets may take a text for a formula), items.parquet (texts too), suites.csv."""
    items = pd.DataFrame([row for view in views for row in _items(view)])
    texts = [name for name in items.columns if name == "prompt" or name.endswith("answer")]
    write_atomic(folder / "items.csv", [_csv(items.drop(columns=texts))], _ADVICE)
    part = folder / "items.parquet.part"
    items.to_parquet(part, index=False)
    part.replace(folder / "items.parquet")
    suites = pd.DataFrame([row for view in views for row in _suites(view)])
    write_atomic(folder / "suites.csv", [_csv(suites)], _ADVICE)


def _csv(table: pd.DataFrame) -> str:
    return table.map(csv_cell).to_csv(index=False, lineterminator="\n").removesuffix("\n")


def _items(view: View) -> Iterator[dict[str, Any]]:
    sides = ("baseline", "candidate") if len(view.names) == 2 else ("run",)
    for suite in view.suites:
        for case in suite.cases:
            about = {"suite": case.suite, "item": case.item, "lang": case.lang, "stratum": case.stratum, "outcome": case.outcome}
            yield {**about, **dict(zip(sides, view.names, strict=True)), **_sides(case, sides)}


def _sides(case: Case, names: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"prompt": _encodable(case.prompt)}
    for name, side in zip(names, case.sides, strict=True):
        row |= {
            f"{name}_score": side.score, f"{name}_tokens": sum(sample.tokens for sample in side.samples),
            f"{name}_truncated": any(sample.truncated for sample in side.samples),
            f"{name}_answer": _encodable("\n\n".join(sample.answer for sample in side.samples if sample.answer is not None)),
        }  # fmt: skip
    return row


def _encodable(text: str) -> str:
    """Halves of surrogate pairs, which JSON may hold and a table may not, as question marks."""
    return text.encode("utf-8", "replace").decode()


def _suites(view: View) -> Iterator[dict[str, Any]]:
    names = ("baseline_run", "candidate_run") if len(view.names) == 2 else ("run",)
    for suite in view.suites:
        about = {"suite": suite.name, **dict(zip(names, view.names, strict=True))}
        if (found := suite.found) is None:
            yield {**about, **{name: suite.summaries[0].get(name) for name in _SUMMARY}}
            continue
        adjusted, whole = {"pvalue_adjusted": found.pvalue_adjusted}, {"stratum": "all", "lang": "all", "margin": found.margin}
        yield {**about, **whole, **_figures(found), "verdict": found.verdict, **adjusted}
        for part in found.strata:
            place = {"stratum": part.stratum, "lang": part.lang}
            yield {**about, **place, **_figures(part), "verdict": part.verdict, "pvalue_adjusted": part.pvalue_adjusted}


def _figures(found: Difference) -> dict[str, Any]:
    """Every figure of a difference; of flips their numbers."""
    row = {field.name: getattr(found, field.name) for field in fields(Difference) if field.name != "notes"}
    return {**row, "gained": len(found.gained), "lost": len(found.lost)}
