"""Every reader of a file, with a valid one to damage."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from harness.baseline import read_ledger
from harness.condition import load_conditions
from harness.contamination import read_contamination
from harness.errors import RunError, UserError
from harness.gate_config import read_gate
from harness.given import read_given
from harness.gold import read_gold
from harness.history import read_history
from harness.judging import read_judged_run
from harness.knowledge import load_knowledge
from harness.model import parse_model, resolve_model
from harness.nightly.config import read_nightly
from harness.nightly.state import read_nights
from harness.public import load_recipe
from harness.rubric import load_rubric
from harness.store import read_journal
from harness.suite import load_suite
from harness.suite_check import check_targets
from reports.page.subjects import read_subjects
from reports.review.reading import read_returned
from reports.review.rubric import load_rubric as load_review_rubric
from sft_train.data.reading import read_rows
from sft_train.data.spec import read_spec
from sft_train.data.templates import read_templates
from sft_train.settings import read_settings
from sft_train.training.config import TrainConfig
from tests.conftest import item_line
from tests.run_folders import row, write_run

ROOT = Path(__file__).parents[2]
_EMPTY_WEIGHTS = b"\x02\0\0\0\0\0\0\0{}"


@dataclass(frozen=True)
class Reader:
    """`files`: valid contents by name below the folder that `read` is given; the first one is damaged."""

    name: str
    files: dict[str, str | bytes]
    read: Callable[[Path], Any]

    def __str__(self) -> str:
        return self.name


def _lines(*rows: Any) -> str:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows)


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


_SUITE = json.dumps({
    "name": "arith", "version": 1, "scorer": "exact", "primary_metric": "correct", "margin": 0.05, "strata": ["easy"],
    "few_shot": [{"user": "Hi.", "assistant": "Hello."}],
    "generation": {"max_tokens": 8, "stop": ["\n"], "repetition_detection": {"min_pattern_size": 4, "max_pattern_size": 8, "min_count": 4}},
})  # fmt: skip
_ITEMS = _lines(item_line("q0"), item_line("q1", system="Be brief."), item_line("q2", references=["4"]))
_ROWS = (
    {"messages": [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}], "task": "chat"},
    {"instruction": "Say hello.", "input": "", "output": "Hello."},
    {"conversations": [{"from": "human", "value": "Hi."}, {"from": "gpt", "value": "Hello."}]},
    {"prompt": "Hi.", "completion": "Hello.", "state": {"temperature": "24"}},
)


def _suite(folder: Path) -> None:
    check_targets(load_suite(folder))


def _given(folder: Path) -> None:
    read_given(folder / "given.jsonl", load_suite(folder), partial=True)


def _run(folder: Path) -> None:
    """A run folder is read by pages, history and judges alike; none may fail otherwise than in a sentence."""
    said = []
    for read in (lambda: read_subjects([folder]), lambda: read_history(folder.parent), lambda: read_judged_run(folder)):
        try:
            read()
        except (UserError, RunError) as error:
            said.append(error)
    if said:
        raise said[0]


def _model(folder: Path) -> None:
    resolve_model(parse_model(str(folder))).context_length  # noqa: B018


def _workbook() -> bytes:
    book, out = Workbook(), BytesIO()
    for values in (["row", "prompt", "answer A", "answer B", "following A"], [1, "q", "a", "b", 2], [2, "q", "a", "b", "1 partly"]):
        book.worksheets[0].append(values)
    book.save(out)
    return out.getvalue()


def readers(scratch: Path) -> list[Reader]:
    """All of them; `scratch` is a folder for making valid files."""
    run = {path.name: path.read_text() for path in sorted(write_run(scratch / "run", [row("q0", 1.0), row("q1", None)]).iterdir())}
    data = {"jsonl": _lines(*_ROWS), "json": json.dumps(_ROWS), "csv": "prompt,completion\nHi.,Hello.\n", "txt": "用户：你好\n助手：您好\n"}
    found = [
        Reader("suite settings", {"suite.yaml": _SUITE, "items.jsonl": _ITEMS}, _suite),
        Reader("suite items", {"items.jsonl": _ITEMS, "suite.yaml": _SUITE}, _suite),
        Reader("recipe", {"r.yaml": _text("suites/public/gsm8k.yaml")}, lambda folder: load_recipe(folder / "r.yaml")),
        Reader("knowledge", {"k.yaml": _text("suites/hallucination/vehicle.yaml")}, lambda folder: load_knowledge(folder / "k.yaml")),
        Reader("responses", {
            "given.jsonl": _lines({"id": "q0", "response": "4"}, {"id": "q1", "response": ["4", "5"]}),
            "suite.yaml": _SUITE, "items.jsonl": _ITEMS,
        }, _given),
        Reader("journal", {"j.jsonl": _lines({"request": "a/b/0/0", "text": "4", "tokens": 1, "finish": "stop", "logprobs": [-0.5]})},
               lambda folder: list(read_journal(folder / "j.jsonl"))),
        *(Reader(f"run's {name}", {name: text} | run, _run) for name, text in run.items()),
        Reader("gate", {"g.yaml": _text("examples/gate.yaml")}, lambda folder: read_gate(folder / "g.yaml")),
        Reader("nightly", {"n.yaml": _text("examples/nightly.yaml"), "gate.yaml": _text("examples/gate.yaml")},
               lambda folder: read_nightly(folder / "n.yaml")),
        Reader("night", {"nights/2026-01-01/night.json": '{"format_version": 1, "colour": "green"}'}, read_nights),
        Reader("accepted baselines", {"baseline.jsonl": _lines({"label": "a", "run": "r", "reason": "x"})}, read_ledger),
        Reader("condition", {"c.yaml": _text("suites/conditions/corrected.yaml")},
               lambda folder: load_conditions([str(folder / "c.yaml")])),
        Reader("gold", {"g.jsonl": _lines({"suite": "a", "item": "q", "sample": 0, "gold": "a"})},
               lambda folder: read_gold(folder / "g.jsonl", "pair", [])),
        Reader("judge's rubric", {"r.yaml": _text("suites/rubrics/preference.yaml")}, lambda folder: load_rubric(str(folder / "r.yaml"))),
        Reader("raters' rubric", {"r.yaml": "name: r\ndimensions: []\n"}, lambda folder: load_review_rubric(folder / "r.yaml")),
        Reader("returned workbook", {"r.xlsx": _workbook()}, lambda folder: read_returned(folder / "r.xlsx")),
        Reader("returned CSV", {"r.csv": "row,prompt,following\n1,问题,2\n"}, lambda folder: read_returned(folder / "r.csv")),
        Reader("checkpoint's manifest", {"manifest.json": '{"contamination": {"suites": {"a": ["q"]}, "data_hash": "x"}}'}, read_contamination),
        Reader("adapter", {"adapter_config.json": '{"base_model_name_or_path": "x", "r": 4}', "adapter_model.safetensors": _EMPTY_WEIGHTS}, _model),
        Reader("weights", {"model.safetensors": _EMPTY_WEIGHTS, "config.json": "{}"}, _model),
        Reader("model's config", {"config.json": '{"max_position_embeddings": 10}', "model.safetensors": _EMPTY_WEIGHTS}, _model),
        *(Reader(f"training data, {kind}", {f"d.{kind}": text}, lambda folder, kind=kind: read_rows(str(folder / f"d.{kind}")))
          for kind, text in data.items()),
        Reader("data specification", {"s.yaml": _text("sft_train/bundled/cockpit/dataspec.yaml")}, lambda folder: read_spec(str(folder / "s.yaml"))),
        Reader("templates", {"t.yaml": _text("sft_train/templates.yaml")}, lambda folder: read_templates(str(folder / "t.yaml"))),
        Reader("training settings", {"c.yaml": _text("examples/cockpit.yaml")}, lambda folder: read_settings(folder / "c.yaml", TrainConfig)),
    ]  # fmt: skip
    return found
