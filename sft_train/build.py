"""`sft-train build`: from checked data to a folder that training starts from.

train.jsonl validation.jsonl test.jsonl   rows in the messages form; parts of size 0 are not written
left_out.jsonl                            rows that were left out, each with its reason
nearest.jsonl                             held-out rows with the training rows that are most like them, for eyes
data_report.json                          the report of the check, sampling and split included
data.json                                 written last: hashes, numbers, sources and licences, the config, and the contamination record
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.hashing import hash_json
from sft_train.check import Checked, Say, check_data
from sft_train.config import DataConfig
from sft_train.contamination import Match, contamination_record
from sft_train.data.clean import Left
from sft_train.data.reading import read_rows
from sft_train.data.record import Row
from sft_train.data.sampling import sample_shares
from sft_train.data.splitting import Parts, nearest_pairs, refuse_overlap, split_rows
from sft_train.data.versions import data_hash
from sft_train.data.writing import write_json, write_lines
from sft_train.report import report_json

REPORT, MANIFEST = "data_report.json", "data.json"


def build(config: DataConfig, out: Path, say: Say = lambda text: None) -> Checked:
    """Check, split, sample and write to the folder `out`, which is made; returns what the check found.

    If that has errors, the report is all that is written. Raises UserError if the folder is taken or the data cannot be split.
    """
    if (out / MANIFEST).exists():
        raise UserError(f"{out}: holds a data set already; name another folder, or remove it first.")
    checked = check_data(config, say)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / REPORT, report_json(checked))
    if checked.errors:
        return checked
    rows, matches = checked.rows, checked.matches
    if config.contamination == "drop":
        checked.left += [Left(row, "contamination", text) for row, text in _contaminated(matches)]
        held = {id(match.row) for match in matches}
        rows, matches = [row for row in rows if id(row) not in held], []
        if not rows:
            raise UserError("Every row holds an item of a suite; nothing is left to train on.")
    say(f"splitting {len(rows)} rows")
    parts = _split(rows, config)
    sampled: dict[str, Any] = {}
    if config.sampling is not None:
        wanted = config.sampling
        drawn = sample_shares(parts.train, wanted.by, wanted.shares, wanted.rows, wanted.repeat, config.split.seed)
        parts.train, sampled = drawn.rows, drawn.report
    _write(out, config, checked, parts, matches, sampled)
    return checked


def _split(rows: list[Row], config: DataConfig) -> Parts:
    """Split, and look once more at what was split: what must not overlap is proved, not believed."""
    split = config.split
    validation = split.validation if split.file is None else 0.0
    parts = split_rows(rows, validation, split.test, similar=split.similar, by=split.by, seed=split.seed)
    if split.file is not None:
        parts.validation = read_rows(split.file)
    for name, held_out in parts.named().items():
        if name != "train" and held_out:
            refuse_overlap(parts.train, held_out, split.similar, name)
    return parts


def _write(out: Path, config: DataConfig, checked: Checked, parts: Parts, matches: Sequence[Match], sampled: dict[str, Any]) -> None:
    named = {name: rows for name, rows in parts.named().items() if rows}
    for name, rows in named.items():
        write_lines(out / f"{name}.jsonl", (row.json for row in rows))
    write_lines(
        out / "left_out.jsonl",
        (each.row.json | {"left_out": each.reason, "why": each.text, "row": each.row.where} for each in checked.left),
    )
    pairs = nearest_pairs(parts.train, [*parts.validation, *parts.test])
    write_lines(
        out / "nearest.jsonl",
        ({"similarity": round(each.similarity, 4), "held_out": each.held_out.json, "train": each.train.json} for each in pairs),
    )
    split = {"largest_group": parts.largest, "rows": {name: len(rows) for name, rows in named.items()}}
    write_json(out / REPORT, report_json(checked) | {"split": split, "sampling": sampled})
    learnt = {id(row) for row in parts.train}
    hashes = {name: data_hash(rows) for name, rows in named.items()}
    everything = [row for rows in named.values() for row in rows]
    manifest = {
        "data_hash": hashes["train"],
        "parts": {name: {"rows": len(rows), "hash": hashes[name]} for name, rows in named.items()},
        "sources": dict(Counter(row.source or "(none)" for row in everything)),
        "licenses": dict(Counter(row.license or "(none)" for row in everything)),
        "config": config.model_dump(mode="json"),
        "config_hash": hash_json(config.model_dump(mode="json")),
        **contamination_record([match for match in matches if id(match.row) in learnt], checked.suites, hashes["train"]),
    }
    write_json(out / MANIFEST, manifest)


def _contaminated(matches: Sequence[Match]) -> Iterable[tuple[Row, str]]:
    """Each row once, with what it holds."""
    seen: set[int] = set()
    for match in matches:
        if id(match.row) not in seen:
            seen.add(id(match.row))
            yield match.row, f"holds {match.probe.suite} {match.probe.item} ({match.probe.part}, {match.kind} {match.score:.2f})"
