"""`sft-train augment`: rows in, rows that wait in a queue out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field

from harness.engines.base import EngineSettings
from harness.errors import UserError
from sft_train.augment.generate import GENERATORS
from sft_train.augment.rules import make_repairs, map_terms, rare_rows, splice_dialogues, vary_wording
from sft_train.config import Source
from sft_train.data.queue import refuse_existing, write_queue
from sft_train.data.reading import read_sources
from sft_train.data.record import Row
from sft_train.settings import Settings, read_settings

Rule = Literal["term_map", "wording", "splice", "repair"]


class Terms(Settings):
    """terms.yaml: what is replaced by what."""

    terms: dict[str, str] = Field(default_factory=dict)
    """For term_map: a term of another domain, and its counterpart here."""
    wordings: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """For wording: a wording, and others that mean the same."""


def augment(
    data: Sequence[str], kind: str, out: Path, *, terms: str | None, model: str | None, settings: EngineSettings, count: int, seed: int,
    rare: float | None = None,
) -> int:  # fmt: skip
    """Write new rows of this kind to the queue `out`; returns how many. `rare`: only from tasks of at most this share of the rows.

    Raises UserError if the data are wrong, the kind needs what was not given, or nothing comes of it.
    """
    refuse_existing(out)  # Before a model has worked for nothing.
    found = read_sources([Source(path=path) for path in data])
    if found.problems:
        first = found.problems[0]
        raise UserError(f"{first.place}, row {first.number}: {first.text}; `sft-train check` names all that is wrong.")
    rows = found.rows if rare is None else rare_rows(found.rows, rare)
    if not rows:
        raise UserError(f"No task makes up {rare:.0%} of the {len(found.rows)} rows or less; raise --rare, or leave it out.")
    by_rule = kind in get_args(Rule)
    made = _by_rule(rows, kind, terms, count, seed) if by_rule else _by_model(rows, kind, model, settings, count, seed)
    if not made:
        raise UserError(f"{kind}: no new row came of {len(rows)} rows; look at what this kind starts from in docs/training-data.md.")
    return write_queue(out, made)


def _by_rule(rows: Sequence[Row], kind: str, terms: str | None, count: int, seed: int) -> list[Row]:
    given = Terms() if terms is None else read_settings(Path(terms), Terms)
    if kind == "term_map":
        if not given.terms:
            raise UserError("term_map: needs --terms FILE with `terms`.")
        return list(map_terms(rows, given.terms))[:count]
    if kind == "wording":
        if not given.wordings:
            raise UserError("wording: needs --terms FILE with `wordings`.")
        return list(vary_wording(rows, given.wordings, seed))[:count]
    return list(splice_dialogues(rows, count, seed)) if kind == "splice" else list(make_repairs(rows, seed))[:count]


def _by_model(rows: Sequence[Row], kind: str, model: str | None, settings: EngineSettings, count: int, seed: int) -> list[Row]:
    from sft_train.augment.engine import engine_ask

    generator = next((make for name, make in GENERATORS.items() if name == kind), None)
    if generator is None:
        raise UserError(f"Unknown kind '{kind}'; there are {', '.join((*get_args(Rule), *GENERATORS))}.")
    if model is None:
        raise UserError(f"{kind}: is written by a model; name one with --model.")
    ask, resolved = engine_ask(model, settings, seed)
    fitting = [row for row in rows if bool(row.turns) != (kind == "document_qa")]
    return list(generator(fitting[:count], ask, resolved.label))
