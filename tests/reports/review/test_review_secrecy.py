"""Somebody has all that is released, knows the project, the runs' names and the items, and wants to know who wrote what."""

import hashlib
import hmac
import itertools
import random
import re
import secrets
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import RunError
from reports.review import assignment, export, pen
from reports.review.batch import Batch
from reports.review.records import Key, KeyRow, SheetRow
from reports.review.scan import parts, scan_workbook, strings
from tests.reports.review.made import write_runs
from tests.reports.review.test_review_export import answers, exported, suite_of

NAMES = ("zq-run-0", "zq-run-1")
_FAR = 5.0
"""Standard errors from a half at which a guess is better than chance."""


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    return exported(tmp_path_factory.mktemp("secret"), count=150).batch


def released(batch: Batch) -> dict[str, bytes]:
    """Everything in the batch folder, workbooks unpacked."""
    found = {}
    for path in sorted(batch.folder.rglob("*")):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                found |= {f"{path.name}/{name}": archive.read(name) for name in archive.namelist()}
        elif path.is_file():
            found[path.name] = path.read_bytes()
    return found


def test_no_part_of_any_released_file_holds_a_name_path_or_value_of_the_key(batch: Batch) -> None:
    key = batch.key()
    secret = [key.salt, *(value for run in key.runs for value in (run.label, run.run, run.identity, run.folder, Path(run.folder).name))]
    for name, content in released(batch).items():
        assert not [value for value in secret if value.encode() in content], name
    assert not list(batch.folder.rglob("key*"))


def test_files_have_one_time_no_author_and_strings_in_display_order(batch: Batch) -> None:
    texts = {row.row_id: row for row in batch.key().rows if row.rater == "R1" and row.sheet == "rating"}
    path = batch.out / batch.manifest().workbooks["R1"]
    with zipfile.ZipFile(path) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    content = dict(parts(path))
    assert "<dc:creator></dc:creator>" in content["docProps/core.xml"]
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", content["docProps/core.xml"])) == {"2000-01-01T00:00:00Z"}
    ids = [string for string in strings(content["xl/sharedStrings.xml"]) if string in texts]
    assert ids == list(texts)


def test_widths_are_the_same_for_both_sides(batch: Batch) -> None:
    sheet = dict(parts(batch.out / batch.manifest().workbooks["R1"]))["xl/worksheets/sheet3.xml"]
    widths = {
        int(low): (float(width)) for low, high, width in re.findall(r'<col min="(\d+)" max="(\d+)" width="([\d.]+)"', sheet) if low == high
    }
    runs = {int(low): (int(high), float(width)) for low, high, width in re.findall(r'<col min="(\d+)" max="(\d+)" width="([\d.]+)"', sheet)}
    spread = {column: width for low, (high, width) in runs.items() for column in range(low, high + 1)}
    assert widths.get(3, spread[3]) == spread[4]
    assert len({spread[column] for column in range(5, 13)}) == 1


# Attacks: each is a guess, from what is public, of which run is on the left.

Guess = Callable[[SheetRow, KeyRow], bool]


def guesses(batch: Batch) -> Iterator[tuple[str, Guess]]:
    plan, manifest = sha(batch.plan_file.read_bytes()), sha((batch.folder / "manifest.json").read_bytes())
    for at in range(10):
        yield f"letter {at} of the row id", lambda row, _, at=at: ord(row.row_id[at]) % 2 == 0  # type: ignore[misc]
        yield f"letter {at} of the signature", lambda row, _, at=at: ord(row.sig[at]) % 2 == 0  # type: ignore[misc]
    yield "place on the sheet", lambda row, _: row.seq % 2 == 0
    yield "place and rater", lambda row, _: (row.seq + int(row.rater[1])) % 2 == 0
    yield "number of the item", lambda _, known: int(known.item[1:]) % 2 == 0
    yield "item and rater", lambda row, known: (int(known.item[1:]) + int(row.rater[1])) % 2 == 0
    yield "order of the texts' hashes", lambda row, _: row.texts["answer_1"] < row.texts["answer_2"]
    for salt in ("", batch.id, plan, manifest, *NAMES):
        for form in ("{item}|{name}", "{item}|{rater}|{name}", "{rater}|{item}", "{row}|{name}"):
            yield f"hash of {form} with '{salt[:8]}'", _hashed(salt, form)
    for seed in range(40):
        yield f"seed {seed}", _seeded(seed)


def _hashed(salt: str, form: str) -> Guess:
    def guess(row: SheetRow, known: KeyRow) -> bool:
        said = [form.format(item=known.item, rater=row.rater, row=row.row_id, name=name) for name in NAMES]
        digests = [hmac.new(salt.encode(), text.encode(), hashlib.sha256).digest() for text in said]
        return digests[0] < digests[1] if digests[0] != digests[1] else digests[0][0] % 2 == 0

    return guess


def _seeded(seed: int) -> Guess:
    return lambda row, known: random.Random(f"{seed}|{known.item}|{row.rater}").random() < 0.5


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def successes(batch: Batch) -> list[str]:
    """Attacks that do better, or worse, than chance. Which item a row is about is known to the attacker: prompts are public."""
    known = {row.row_id: row for row in batch.key().rows if row.sheet == "rating" and row.kind == "real"}
    rows = [row for row in batch.rows() if row.sheet == "rating" and row.row_id in known]
    found = []
    for name, guess in guesses(batch):
        hits = sum(guess(row, known[row.row_id]) == (known[row.row_id].left_run == 0) for row in rows)
        if abs(hits - len(rows) / 2) > _FAR * (len(rows) / 4) ** 0.5:
            found.append(name)
    return found


def test_nothing_released_tells_the_sides(batch: Batch) -> None:
    assert successes(batch) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("side", "attack"),
    [
        (lambda item, rater: item % 2, "number of the item"),
        (lambda item, rater: (item + int(rater[1])) % 2, "item and rater"),
        (lambda item, rater: int(random.Random(f"7|q{item:03}|{rater}").random() >= 0.5), "seed 7"),
    ],
)
def test_the_attacks_find_what_is_derived_from_public_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: Callable[[int, str], int], attack: str
) -> None:
    """The attacks above are none that must fail: they break exports that draw sides as other tools do."""
    units: list[int] = []

    def drawn(self: Any, drafts: Any, runs: int, name: str) -> Any:
        units[:] = [int(unit.first.id[1:]) for unit in drafts]
        return original(self, drafts, runs, name)

    original = assignment._Assigner.drafts
    monkeypatch.setattr(assignment._Assigner, "drafts", drawn)
    monkeypatch.setattr(
        assignment, "colour_sides", lambda raters, *_: [{rater: side(units[at], rater) for rater in part} for at, part in enumerate(raters)]
    )
    assert attack in successes(exported(tmp_path, count=100).batch)


def test_signatures_cannot_be_made_without_the_salt(batch: Batch) -> None:
    """Keys that an attacker could try: all that is public."""
    rows = [row for row in batch.rows() if row.sheet == "rating"]
    public = [
        b"",
        batch.id.encode(),
        bytes(32),
        *(value.encode() for value in batch.manifest().sha256.values()),
        *(name.encode() for name in NAMES),
    ]
    public += [bytes.fromhex(value) for value in batch.manifest().sha256.values()]
    for key in public:
        made = {export.signature(key, batch.id, row.rater, row.sheet, row.row_id, [*row.texts.values()]) for row in rows}
        assert not made & {row.sig for row in rows}


def test_the_hash_of_the_answers_cannot_be_tried_out(batch: Batch) -> None:
    """Every line holds 128 random bits, or the hash in the manifest would confirm a guess about a small batch."""
    nonces = [answer.nonce for answer in batch.answers()]
    assert len(set(nonces)) == len(nonces)
    assert all(len(bytes.fromhex(nonce)) == 16 for nonce in nonces)


# Who wrote what makes no difference to any byte.


@pytest.mark.slow
def test_with_authors_exchanged_every_workbook_is_the_same_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = suite_of(tmp_path, 40)
    texts = [answers(suite, seed) for seed in range(2)]
    texts[0]["q003"] = "A long one. " * 400  # One side's answers are much longer, and one has a name masked.
    texts[1]["q004"] = "I am ChatGPT."
    monkeypatch.setattr(export.Batch, "write_secret", _with_one_hash(export.Batch.write_secret))
    made = []
    for number, order in enumerate(((0, 1), (1, 0))):
        folders = write_runs(tmp_path / f"runs-{number}", suite, [texts[at] for at in order])
        counter = itertools.count()
        monkeypatch.setattr(
            secrets, "token_bytes", lambda size, counter=counter: hashlib.sha512(str(next(counter)).encode()).digest()[:size]
        )
        if number:
            _turn_sides(monkeypatch)
        arguments = export.ExportArguments(tuple(folders), out=tmp_path / f"r-{number}", suites=(str(suite),), items=40)
        made.append(export.export(arguments).batch)
    keys = [Key.model_validate_json(batch.key_file.read_bytes()) for batch in made]
    lefts = [[row.left_run for row in key.rows if row.sheet == "rating"] for key in keys]
    assert lefts[1] == [1 - (run or 0) for run in lefts[0]]
    files = [{path.name: path.read_bytes() for path in batch.out.iterdir()} for batch in made]
    assert files[0].keys() == files[1].keys()
    assert files[0] == files[1]
    assert made[0].rows_file.read_bytes() == made[1].rows_file.read_bytes()


def _with_one_hash(write: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    """The key's hash stands in the README and is random to whoever has no salt; here it is held still."""
    return lambda *arguments: {**write(*arguments), "key.json": "0" * 64}


def _turn_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every choice between run 0 and run 1 turned round, so that with runs exchanged the same texts stand in the same places."""
    colour, pick = assignment.colour_sides, assignment.pick_run
    monkeypatch.setattr(assignment, "colour_sides", lambda *a: [{rater: 1 - side for rater, side in part.items()} for part in colour(*a)])
    monkeypatch.setattr(assignment, "pick_run", lambda runs, draws: 1 - pick(runs, draws))


# The scan before release.


@pytest.mark.slow
@pytest.mark.parametrize(
    "leak",
    [
        lambda book, sheet: book.set_properties({"title": "zq-run-1"}),
        lambda book, sheet: sheet.write_comment(0, 0, "from /models/zq-run-1-final"),
        lambda book, sheet: book.add_worksheet("zq-run-1"),
        lambda book, sheet: sheet.write_string(900, 900, "written by ZQ-run-1"),
        lambda book, sheet: book.define_name("zq_key", f'="{"0001abcdef"}"'),
    ],
)
def test_a_leak_in_any_part_stops_the_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leak: Callable[[Any, Any], object]) -> None:
    class Leaking(pen.Pen):
        def put(self, sheet: Any, row: int, column: int, text: str, look: Any = None) -> None:
            if text == self.book.rater == "R2" and not getattr(self, "leaked", False):
                self.leaked = True
                leak(self.file, sheet)
            super().put(sheet, row, column, text, look)

    monkeypatch.setattr("reports.review.workbook.Pen", Leaking)
    with pytest.raises(RunError, match=r"_R2.xlsx: part .* holds '.*nothing was released"):
        exported(tmp_path, count=12)
    assert not list((tmp_path / "reviews").rglob("*.xlsx"))


@pytest.mark.slow
def test_names_in_texts_that_are_to_be_seen_and_names_that_are_ordinary_words_are_no_leak(batch: Batch, tmp_path: Path) -> None:
    path = batch.out / batch.manifest().workbooks["R1"]
    other = exported(tmp_path, count=12).batch
    blank = other.out / other.manifest().workbooks["R1"]
    shown = {string for string in strings(dict(parts(path))["xl/sharedStrings.xml"]) if string != batch.id}
    scan_workbook(path, [], ["river", "worksheet"], shown, blank)
    with pytest.raises(RunError, match=r"sharedStrings.xml holds"):
        scan_workbook(path, [], [batch.id], shown, blank)
