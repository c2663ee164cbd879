"""Batches of two made-up runs, and workbooks filled in by simulated people through openpyxl, as a person's program would save them."""

import json
import random
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from reports.review.batch import Batch
from reports.review.export import ExportArguments, export
from reports.review.records import SHEET_NAMES, KeyRow, input_columns
from tests.conftest import item_line, write_suite
from tests.reports.review.people import Person

HEADER = 4
"""Row of the sheets of a workbook that holds the columns' names."""
Truth = Mapping[tuple[str, int], int]
"""By item and run, how good the answer really is: 0, 1 or 2."""


@dataclass(frozen=True)
class Made:
    batch: Batch
    truth: Truth

    @property
    def books(self) -> list[Path]:
        return sorted(self.batch.out.glob("*.xlsx"))


def make_batch(
    parent: Path, items: int = 12, *, groups: int = 0, gain: float = 0.6, raters: int = 3, seed: int = 0, language: str = "en",
    runs: int = 2, **settings: Any,
) -> Made:  # fmt: skip
    """Export a batch of runs; each one's answers are a level better than those of the one before with chance `gain`."""
    dice = random.Random(seed)
    folder = write_suite(parent / "arith", [item_line(f"q{number:04}", stratum="easy") for number in range(items)])
    suites, lines = {"arith": folder}, [("arith", f"q{number:04}", f"q{number:04}") for number in range(items)]
    if groups:
        members = [_paraphrase(group, number) for group in range(groups) for number in range(3)]
        suites["wordings"] = write_suite(parent / "wordings", members, name="wordings", scorer="paraphrase", primary_metric="meaning")
        lines += [("wordings", member["id"], member["cluster"]) for member in members]
    truth = {}
    for _, item, _ in lines:
        truth[item, 0] = dice.choice((0, 1, 1))
        for run in range(1, runs):
            truth[item, run] = min(2, truth[item, run - 1] + (dice.random() < gain))
    folders = [write_run(parent / f"run-{number}", lines, suites, number, truth, dice) for number in range(runs)]
    arguments = {"runs": tuple(folders), "out": parent / "reviews", "raters": raters, "items": items, "language": language,
                 "suites": tuple(str(path) for path in suites.values()), **settings}  # fmt: skip
    return Made(export(ExportArguments(**arguments)).batch, truth)


def _paraphrase(group: int, number: int) -> dict[str, Any]:
    return item_line(f"g{group:02}-{number}", cluster=f"g{group:02}", prompt=f"Wording {number} of question {group}?",
                     target={"points": [["blue"]]}, **{"pass": ["blue"], "fail": ["red"]})  # fmt: skip


def write_run(
    folder: Path, lines: Sequence[tuple[str, str, str]], suites: Mapping[str, Path], run: int, truth: Truth, dice: random.Random
) -> Path:
    """A finished run with an answer to each item: words drawn at random, so that nothing tells the runs apart."""
    folder.mkdir(parents=True)
    words = ["apple", "stone", "river", "cloud", "paper", "green", "seven", "night", "house", "music"]
    responses, scores = [], []
    for suite, item, cluster in lines:
        tags = {"suite": suite, "item": item, "sample": 0, "draw": 0, "lang": "en", "stratum": "easy"}
        text = f"The answer to this one, in short: {' '.join(dice.choices(words, k=12))}. {dice.randrange(10**9)}"
        responses.append({**tags, "prompt": "…", "response": text, "tokens": 20, "truncated": False, "turns": [], "follow_ups": [],
                          "choice_logprobs": None, "error": None})  # fmt: skip
        metric = "correct" if suite == "arith" else "meaning"
        score = truth[item, run] / 2
        scores.append({**tags, "cluster": cluster, "scorer": "exact", "score": score, "scores": {metric: score}, "checks": [], "tags": {},
                       "chance": None, "error": None})  # fmt: skip
    part = {"version": 1, "hash": "h", "items_hash": "i", "prompts_hash": "p", "generation": {"max_tokens": 8, "temperature": 0.0},
            "margin": 0.05, "max_errors": 0, "primary_metric": "correct"}  # fmt: skip
    label = f"model-{'abcdef'[run]}7"
    manifest = {
        "format_version": 1, "status": "complete", "run": f"{run:016x}{run + 11:016x}", "label": label,
        "model": {"identity": f"{run + 5:064x}", "given": label, "folder": None, "adapter": None,
                  "options": {"dtype": "auto", "quantization": None, "thinking": None}},
        "suites": {name: {**part, "items": sum(line[0] == name for line in lines)} for name in suites},
        "scorers": {name: {"exact": 1} for name in suites}, "choice": {"samples": 1, "seed": 0, "draw": 0},
        "engine": {"kind": "vllm", "conditions": {}, "settings": {}}, "versions": {},
    }  # fmt: skip
    for name, rows in (("responses.jsonl", responses), ("scores.jsonl", scores)):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


Values = Callable[[KeyRow, str, str], str]
"""Row, side and dimension → what the person enters."""


def careful(made: Made, person: Person, seed: int = 0) -> Values:
    """A person who sees how good answers are, as well as `person` can."""
    dice = random.Random(f"{seed}{person.code}")

    def level(row: KeyRow, side: str) -> int:
        run = row.left_run if side == "A1" else row.right_run
        if row.degraded == side:
            return 0
        known = made.truth.get((row.item, run or 0), 1)
        return known if row.kind != "bad" else max(1, known)

    seen: dict[tuple[str, str], int] = {}

    def value(row: KeyRow, side: str, dimension: str) -> str:
        if dimension == "preference":
            difference = level(row, "A2") - level(row, "A1")
            return str(0 if row.kind == "same" else max(-2, min(2, difference)))
        if dimension in ("confidence", "safety"):
            return "2"
        if dimension == "comment":
            return ""
        if dimension == "all_reasonable":
            return "Y"
        place = (row.row_id, side if row.kind != "same" else "")
        return str(seen.setdefault((*place, dimension), person.level(level(row, side), dice)))  # type: ignore[arg-type]

    return value


def fill(made: Made, path: Path, value: Values, target: Path) -> Path:
    """Fill in a rater's workbook, save it as `target`, and return that."""
    plan, rows = made.batch.plan(), {(row.sheet, row.row_id): row for row in made.batch.key().rows}
    book = openpyxl.load_workbook(path)
    for sheet in ("rating", "diversity", "exit"):
        name = SHEET_NAMES[sheet][plan.language]
        if name not in book.sheetnames:
            continue
        at = columns(book[name])
        for line in range(HEADER + 1, book[name].max_row + 1):
            row_id = book[name].cell(line, at["row_id"]).value
            if not row_id:
                continue
            for column, (side, dimension) in input_columns(plan.rubric, sheet, plan.layout).items():  # type: ignore[arg-type]
                text = "?" if dimension == "newer" else "" if sheet == "exit" else value(rows[sheet, row_id], side, dimension)
                book[name].cell(line, at[column]).value = text or None
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return target


def columns(sheet: Worksheet) -> dict[str, int]:
    """Place of each column by name."""
    return {str(cell.value): cell.column for row in sheet.iter_rows(1, 10) if any(c.value == "row_id" for c in row) for cell in row}


def fill_all(made: Made, people: Sequence[Person], folder: Path) -> list[Path]:
    return [
        fill(made, path, careful(made, person), folder / path.name) for path, person in zip(made.books, people, strict=True)
    ]  # fmt: skip


def resaved(files: Sequence[Path], folder: Path) -> list[Path]:
    """The workbooks as LibreOffice saves them."""
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
               "--outdir", str(folder), *map(str, files)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return [folder / path.name for path in files]
