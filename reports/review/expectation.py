"""What a returned file must hold: its sheets, their rows with signatures and hashes of texts, and the cells to fill in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.review.batch import Batch
from reports.review.records import EXIT_CODES, RATED_SHEETS, SHEET_NAMES, Plan, input_columns
from reports.review.rubric import Level
from reports.review.rubric import Sheet as SheetKey
from reports.review.values import Levels


@dataclass(frozen=True)
class Input:
    """A column that raters fill in."""

    column: str
    side: str
    """"A1", "A2", or "" for what is asked of the row."""
    dimension: str
    levels: Levels
    """Empty: free text."""
    required: bool


@dataclass(frozen=True)
class ExpectedRow:
    """What a returned row must still say."""

    sig: str
    texts: Mapping[str, str]
    """By text column, the text's hash."""


@dataclass(frozen=True)
class ExpectedSheet:
    """One sheet of one rater."""

    key: str
    names: tuple[str, ...]
    """What it may be called, in either language."""
    rows: Mapping[str, ExpectedRow]
    inputs: tuple[Input, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that must be there; continuations of long answers are not among them, since their texts would not match without."""
        texts = next(iter(self.rows.values())).texts
        return ("row_id", *texts, *(part.column for part in self.inputs), "sig")


def expected_files(batch: Batch, plan: Plan) -> dict[str, dict[str, ExpectedSheet]]:
    """What each rater's file must hold, by rater and sheet; a rater without groups has no sheet `diversity`."""
    rows: dict[str, dict[SheetKey, dict[str, ExpectedRow]]] = {rater: {} for rater in plan.raters}
    for row in batch.rows():
        rows[row.rater].setdefault(row.sheet, {})[row.row_id] = ExpectedRow(row.sig, row.texts)
    inputs = {sheet: sheet_inputs(plan, sheet) for sheet in RATED_SHEETS}
    return {
        rater: {sheet: ExpectedSheet(sheet, tuple(SHEET_NAMES[sheet].values()), found, inputs[sheet]) for sheet, found in sheets.items()}
        for rater, sheets in rows.items()
    }


def sheet_inputs(plan: Plan, sheet: SheetKey) -> tuple[Input, ...]:
    """The columns to fill in on a sheet. The guesses of the exit sheet may stay empty: they are no ratings."""
    made = []
    for column, (side, key) in input_columns(plan.rubric, sheet, plan.layout).items():
        if sheet == "exit":
            levels: Levels = dict.fromkeys(EXIT_CODES[plan.layout], ()) if key == "newer" else {}
            made.append(Input(column, side, key, levels, required=False))
        else:
            dimension = plan.rubric.dimension(key)
            made.append(Input(column, side, key, labels(dimension.levels), dimension.required))
    return tuple(made)


def labels(levels: Sequence[Level]) -> dict[str, tuple[str, ...]]:
    """By code, the words that may follow it: the anchor, and what stands in it before a colon, in both languages."""
    return {level.code: tuple(part for text in (level.label.en, level.label.zh) for part in (text, _head(text))) for level in levels}


def _head(text: str) -> str:
    return text.replace("：", ":").split(":", 1)[0]
