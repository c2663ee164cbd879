"""Every reader of a file, with a valid one to damage."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from harness.baseline import Accepted, read_ledger
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
from harness.nightly.records import Night
from harness.nightly.state import read_nights
from harness.public import load_recipe
from harness.rubric import load_rubric
from harness.store import read_journal
from harness.suite import load_suite
from harness.suite_check import check_targets
from reports.page.subjects import read_subjects
from reports.review.reading import Unreadable, read_returned
from reports.review.rubric import load_rubric as load_review_rubric
from sft_train.data.reading import read_rows
from sft_train.data.spec import read_spec
from sft_train.data.templates import read_templates
from sft_train.settings import read_settings
from sft_train.training.config import TrainConfig
from tests.conftest import item_line
from tests.report_runs import response, with_responses
from tests.run_folders import row

ROOT = Path(__file__).parents[2]
_EMPTY_WEIGHTS = b"\x02\0\0\0\0\0\0\0{}"


@dataclass(frozen=True)
class Reader:
    """`files`: valid contents by name below the folder that `read` is given; the first one is damaged."""

    name: str
    files: dict[str, str | bytes]
    read: Callable[[Path], Any]
    complaint: str = ""
    """What is said of the valid file, where not all that belongs to it is there."""

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


_NIGHT = Night(
    night="2026-01-01", number=1, started="2026-01-01T01:00:00+00:00", hardware={"cpu": "x"}, screen_level=0.05, confirm_level=0.05, tests=1
)
_ACCEPTED = Accepted(
    label="a", run="r", key="k", given="/base", identity="i", reason="x", by="me", at="2026-01-01T01:00:00+00:00", instead_of=None
)


_GIVEN = _lines({"id": "q0", "response": "4"}, {"id": "q1", "response": ["4", "5"]})
_JOURNAL = _lines({"request": "a/b/0/0", "text": "4", "tokens": 1, "finish": "stop", "logprobs": [-0.5]})
_GOLD = _lines({"suite": "a", "id": "q", "sample": 0, "preferred": "a"})
_CHECKPOINT = '{"contamination": {"suites": {"a": ["q"]}, "data_hash": "x"}}'
_ADAPTER = '{"base_model_name_or_path": "no-such-base", "r": 4}'
_SPEC = _text("sft_train/bundled/cockpit/dataspec.yaml")


def _file(read: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """A reader of a folder's only file, or the last by name."""
    return lambda folder: read(max(folder.iterdir()))


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


def _returned(path: Path) -> None:
    """As `harness review import` reads it: what cannot be read is a message of one line in both languages."""
    try:
        read_returned(path)
    except Unreadable as error:
        raise UserError(max(error.reason.en, error.reason.zh, key=len)) from error


def _workbook() -> bytes:
    book, out = Workbook(), BytesIO()
    for values in (["row", "prompt", "answer A", "answer B", "following A"], [1, "q", "a", "b", 2], [2, "q", "a", "b", "1 partly"]):
        book.worksheets[0].append(values)
    book.save(out)
    return out.getvalue()


def readers(scratch: Path) -> list[Reader]:
    """All of them; `scratch` is a folder for making valid files."""
    lines = [row("q0", 1.0), row("q1", 0.0)]
    made = with_responses(scratch / "run", lines, [response(line, "4", "What is 2 + 2?") for line in lines])
    run = {path.name: path.read_text() for path in sorted(made.iterdir())}
    data = {"jsonl": _lines(*_ROWS), "json": json.dumps(_ROWS), "csv": "prompt,completion\nHi.,Hello.\n", "txt": "用户：你好\n助手：您好\n"}
    return [
        Reader("suite settings", {"suite.yaml": _SUITE, "items.jsonl": _ITEMS}, _suite),
        Reader("suite items", {"items.jsonl": _ITEMS, "suite.yaml": _SUITE}, _suite),
        Reader("recipe", {"r.yaml": _text("suites/public/gsm8k.yaml")}, _file(load_recipe), complaint="HARNESS_DATA"),
        Reader("knowledge", {"k.yaml": _text("suites/hallucination/vehicle.yaml")}, _file(load_knowledge)),
        Reader("responses", {"given.jsonl": _GIVEN, "suite.yaml": _SUITE, "items.jsonl": _ITEMS}, _given),
        Reader("journal", {"j.jsonl": _JOURNAL}, _file(lambda path: list(read_journal(path)))),
        *(Reader(f"run's {name}", {name: text} | run, _run, complaint="Unknown suite 'arith'") for name, text in run.items()),
        Reader("gate", {"g.yaml": _text("examples/gate.yaml")}, _file(read_gate)),
        Reader("nightly", {"n.yaml": _text("examples/nightly.yaml"), "gate.yaml": _text("examples/gate.yaml")}, _file(read_nightly)),
        Reader("night", {"nights/2026-01-01/night.json": _NIGHT.model_dump_json()}, read_nights),
        Reader("accepted baselines", {"baseline.jsonl": _ACCEPTED.model_dump_json() + "\n"}, read_ledger),
        Reader("condition", {"c.yaml": _text("suites/conditions/corrected.yaml")}, _file(lambda path: load_conditions([str(path)]))),
        Reader("gold", {"g.jsonl": _GOLD}, _file(lambda path: read_gold(path, "pairwise", [("a", "q", 0)]))),
        Reader("judge's rubric", {"r.yaml": _text("suites/rubrics/preference.yaml")}, _file(lambda path: load_rubric(str(path)))),
        Reader("raters' rubric", {"r.yaml": _text("reports/review/rubric.yaml")}, _file(load_review_rubric)),
        Reader("returned workbook", {"r.xlsx": _workbook()}, _file(_returned)),
        Reader("returned CSV", {"r.csv": "row,prompt,following\n1,问题,2\n"}, _file(_returned)),
        Reader("checkpoint's manifest", {"manifest.json": _CHECKPOINT}, read_contamination),
        Reader("adapter", {"adapter_config.json": _ADAPTER, "adapter_model.safetensors": _EMPTY_WEIGHTS}, _model, complaint="its base"),
        Reader("weights", {"model.safetensors": _EMPTY_WEIGHTS, "config.json": "{}"}, _model),
        Reader("model's config", {"config.json": '{"max_position_embeddings": 10}', "model.safetensors": _EMPTY_WEIGHTS}, _model),
        *(Reader(f"training data, {kind}", {f"d.{kind}": text}, _file(lambda path: read_rows(str(path)))) for kind, text in data.items()),
        Reader("data specification", {"s.yaml": _SPEC}, _file(lambda path: read_spec(str(path)))),
        Reader("templates", {"t.yaml": _text("sft_train/templates.yaml")}, _file(lambda path: read_templates(str(path)))),
        Reader("training settings", {"c.yaml": _text("examples/cockpit.yaml")}, _file(lambda path: read_settings(path, TrainConfig))),
    ]
