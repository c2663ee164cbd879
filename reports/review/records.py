"""What lies in the files of a review batch, and the names that export and import share. The rubric has a file of its own, `rubric.py`.

**A row** of a sheet is identified by `row_id`: ten random consonants (they look like no number, date or word), unique in the batch, so
that (sheet, row_id) names a row whatever happened to its place. Rows of `exit` repeat the `row_id` of the `rating` row they ask about;
the one that asks about everything has an own one. `sig` is HMAC-SHA256(salt, batch | rater | sheet | row_id | hash of each text column in
order), spelt as twelve consonants: it says nothing of models and cannot be made without the salt. `rows.jsonl` in the batch folder has,
of every row of every workbook, its `sig` and the hash of each of its texts (`text_hash`, which does not see white space), so that an import
finds moved, edited and foreign rows without the key; at unblinding the signatures are computed anew with it.

**Columns** of a sheet stand in the row that holds the cell `row_id` (among the first ten; what is above it is for people). Locked: `seq`,
`prompt`, `reference` (if any item has one), `answer_1`, `answer_2`, `row_id`, `sig`, and, where a text is longer than a cell may be,
`answer_1.2`, `answer_1.3`, … (`prompt.2`, …): the text is all its columns joined without anything between. On `diversity`, `prompt` and
answers hold those of all items of a group, numbered. On `exit` the text column is `question`. Everything else is an **input**:
`A1_<dimension>`, `A2_<dimension>`, `<dimension>` (see `input_columns`). In the single-answer layout there is no second answer and no column
that speaks of one. On `exit` the inputs are `newer` (which answer is the newer version's: `EXIT_CODES`) and `comment`, both optional.

**Ratings**, the long form that is frozen and analysed: one line a value, with the columns `RATING_COLUMNS`: `rater`, `sheet`, `row_id`,
`side` ("A1", "A2", or "" for what is asked of the row), `dimension`, `value` (the code as text, such as "2", "NA", "-1"; free text as it
was typed). Optional cells left empty have no line.

**Sides**: A1 is the left answer (`answer_1`), A2 the right one. Which runs wrote them stands in the key alone: `left_run` and
`right_run` are indices into `Key.runs`; run 0 is the baseline, every other run a candidate that is compared with it.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from reports.review.rubric import Language, Rubric, Sheet

FORMAT_VERSION = 1
Layout = Literal["pairwise", "single"]
Kind = Literal["real", "dup", "bad", "same", "gold", "overall"]
"""Of a row: a real pair; the same pair again with sides swapped; one answer degraded; twice the same answer; a pair whose
rating is known; the question about everything on the exit sheet. All but `real` are there to check raters, never to compare runs."""
SHEET_NAMES: dict[str, dict[Language, str]] = {
    "readme": {"en": "README", "zh": "说明"},
    "practice": {"en": "Practice", "zh": "练习"},
    "rating": {"en": "Rating", "zh": "评分"},
    "diversity": {"en": "Diversity", "zh": "多样性"},
    "reading": {"en": "Reading", "zh": "全文"},
    "exit": {"en": "Exit", "zh": "收尾"},
    "lists": {"en": "Lists", "zh": "选项"},
}
RATED_SHEETS: tuple[Sheet, ...] = ("rating", "diversity", "exit")
"""Sheets that are imported; `diversity` is there only if the batch has groups."""
RATING_COLUMNS = ("rater", "sheet", "row_id", "side", "dimension", "value")
EXIT_CODES: dict[Layout, tuple[str, ...]] = {"pairwise": ("1", "2", "?"), "single": ("new", "old", "?")}
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SuiteShare(_Record):
    """What of a suite is reviewed."""

    hash: str
    """Content hash of the suite as the runs had it."""
    items: int
    """Items that all runs answered."""
    reviewed: int
    """Items that are reviewed, those of groups included."""
    core: int
    """Of these, core items and those of groups that hold one: they are always reviewed."""
    dropped: dict[str, int]
    """By reason, how many items a filter took out for every run alike; the counts by run stand in the key."""
    population: dict[str, int]
    """By stratum, items that are not core and passed the filters; groups stand apart, as "<stratum> (groups)"."""
    sampled: dict[str, int]
    """By stratum, likewise, items or groups that are reviewed, core ones included."""


class CatchRule(_Record):
    """Rows that check a rater, and when a rater passes."""

    kinds: dict[str, int]
    """By kind, rows of a rater; the same for every rater."""
    needed: int
    """Rows that must be judged as expected for the rater to pass. Raters who fail are kept, and left out in a sensitivity line.
    Expected, pairwise: `dup` preferences, once sides are swapped back, at most one level apart; `bad` the degraded answer is not
    preferred, and below the other in preference or in the primary dimension; `same` preference 0 (equal ratings, if none is asked);
    `gold` every expected cell within one level. Single: `dup` the primary dimension at most one level from the row repeated; `bad` the
    primary dimension below its best level; `gold` as above; there is no `same`."""


class Plan(_Record):
    """What will be tested and how, written and hashed before anything is shown. Names no run."""

    format_version: int = FORMAT_VERSION
    batch: str
    language: Language
    layout: Layout
    runs: int
    """Number of runs; each of the runs 1, 2, … is compared with run 0. Which they are, the key says."""
    raters: tuple[str, ...]
    per_item: int
    """Raters of each item."""
    primary: str
    margins: dict[str, float]
    """By dimension, the largest loss (difference of means, in levels) that still counts as none; for `safety` the largest increase of
    the share of answers judged unsafe (level 0)."""
    alpha: float = 0.05
    power: float = 0.8
    detect: float
    """Difference of the primary dimension's means, in levels, that the batch was to find with this power."""
    detectable: float
    """The difference that it finds, with the items there are."""
    spread: float
    """Standard deviation of an item's difference that `detect` and `detectable` assume."""
    agreement_floor: float = 0.667
    """Krippendorff's alpha of the primary dimension below which the verdict carries a warning."""
    catch: CatchRule
    suites: dict[str, SuiteShare]
    where: tuple[str, ...]
    """Filters as they were given."""
    rubric: Rubric


class Manifest(_Record):
    """What was released, with the commitments. Public: names no run."""

    format_version: int = FORMAT_VERSION
    batch: str
    harness: str
    created: str
    """Day, UTC."""
    language: Language
    layout: Layout
    workbooks: dict[str, str]
    """By rater, the name of the workbook in `out/`."""
    sha256: dict[str, str]
    """SHA-256 of files, by name below the batch folder (`out/…`, `plan.json`, `rows.jsonl`) or of what is kept apart (`key.json`,
    `answers.jsonl`)."""
    warnings: tuple[str, ...] = ()


class SheetRow(_Record):
    """One line of rows.jsonl: a row as it was released. Public."""

    rater: str
    sheet: Sheet
    row_id: str
    seq: int
    """Position on the sheet, from 1, as the rater reads it."""
    sig: str
    texts: dict[str, str]
    """By text column (continuations joined), in order, the text's hash."""


class RunOfKey(_Record):
    """A run that answers came from."""

    label: str
    run: str
    """Hash that names the run folder."""
    folder: str
    identity: str
    """Content hash of the model."""
    dropped: dict[str, int]
    """By suite and reason ("suite: reason"), items that this run's output or scores would have left out."""
    masked: dict[str, int]
    """By kind of leak, how many places of this run's answers were masked."""


class KeyRow(_Record):
    """Who wrote what: one row of a rater's sheet."""

    row_id: str
    rater: str
    sheet: Sheet
    seq: int
    kind: Kind
    suite: str
    item: str
    """Empty for groups and for the question about everything."""
    cluster: str
    """Cluster of the item, or the group."""
    stratum: str
    lang: str
    left_run: int | None
    """Index into `Key.runs`; None only for the question about everything, and for gold rows, whose answers no run wrote."""
    right_run: int | None
    """None in the single-answer layout too."""
    partner_row: str = ""
    """Of `dup`, the row that it repeats; in the single-answer layout of a real row, the same rater's row with the baseline's answer to
    the item (empty on that row itself)."""
    degraded: Literal["", "A1", "A2"] = ""
    """Of `bad`, the answer that was made worse."""
    expected: dict[str, str] = Field(default_factory=dict)
    """Of `gold`, by column the code that a careful rater gives."""
    incl_prob: float = 1.0
    """Probability with which the item was chosen; weigh by its inverse to speak of all that passed the filters."""


class Tie(_Record):
    """A chosen pair whose two answers are the same as shown: nobody is asked about it, and every difference counts as 0."""

    suite: str
    item: str
    cluster: str
    stratum: str
    lang: str
    candidate: int
    """Index into `Key.runs`; the other answer is run 0's."""
    incl_prob: float


class Key(_Record):
    """The secret: kept apart, mode 0600; its SHA-256 stands in the manifest."""

    format_version: int = FORMAT_VERSION
    batch: str
    salt: str
    """256 random bits, as hex."""
    runs: tuple[RunOfKey, ...]
    rows: tuple[KeyRow, ...]
    ties: tuple[Tie, ...] = ()


class ShownAnswer(_Record):
    """One line of answers.jsonl, beside the key: an item's answer by a run, as raters saw it, and what automatic scorers said."""

    suite: str
    item: str
    run: int
    cluster: str
    stratum: str
    lang: str
    prompt: str
    """As shown: of a dialogue what the user said, numbered."""
    answer: str
    """As shown: of a dialogue all answers, numbered; masked and cleaned."""
    raw: tuple[str, ...]
    """As generated, one text a turn."""
    truncated: bool
    scores: dict[str, float]
    """All metrics, means over samples; the one called `score` is the suite's primary metric."""
    nonce: str = ""
    """Random: without it, whoever knows the texts of a small batch could try which assignment to runs gives the hash in the manifest."""


def input_columns(rubric: Rubric, sheet: Sheet, layout: Layout) -> dict[str, tuple[str, str]]:
    """Input columns of a sheet in order: name to (side, dimension key); side is "" for what is asked of the row.

    >>> from reports.review.rubric import load_rubric
    >>> list(input_columns(load_rubric(), "diversity", "single"))
    ['A1_diversity', 'A1_all_reasonable']
    """
    if sheet == "exit":
        return {"newer": ("", "newer"), "comment": ("", "comment")}
    sides = ("A1", "A2") if layout == "pairwise" else ("A1",)
    columns: dict[str, tuple[str, str]] = {}
    for dimension in rubric.of(sheet, layout):
        for side in sides if dimension.per == "answer" else ("",):
            columns[f"{side}_{dimension.key}" if side else dimension.key] = (side, dimension.key)
    return columns


def text_hash(text: str) -> str:
    """SHA-256 of a text without its white space, in Unicode's composed form: re-saving may change both, and neither is an edit.

    `x005F_`, with which workbooks escape `_x0041_` and the like, is left out as well: reading takes it out wherever it stands.

    >>> text_hash("a  b\\r\\n") == text_hash("ab")
    True
    """
    plain = "".join(unicodedata.normalize("NFC", text.replace("x005F_", "")).split())
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def signature(salt: bytes, batch: str, rater: str, sheet: Sheet, row_id: str, text_hashes: Sequence[str]) -> str:
    """The `sig` of a row; see the module."""
    message = "|".join([batch, rater, sheet, row_id, *text_hashes])
    return consonants(hmac.new(salt, message.encode(), hashlib.sha256).digest(), 12)


def consonants(random: bytes, length: int) -> str:
    """Spell bytes, at least 8 + length / 2 of them, as consonants: such words are no number, date, formula or name.

    >>> consonants(bytes(range(16)), 4)
    'TGFB'
    """
    number, letters = int.from_bytes(random, "big"), []
    for _ in range(length):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "".join(letters)


def canonical(record: BaseModel) -> str:
    """A record as JSON for a file, always the same for the same content."""
    return record.model_dump_json(indent=1)


def sha256(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()
