"""From runs to a batch that can be sent: choose, plan, assign, write, scan, release.

The plan is written and hashed before anything that people could look at is made; the manifest, which releases the batch, comes last.
Whatever fails before leaves no batch behind.
"""

import datetime
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from harness import __version__
from harness.errors import UserError
from reports.review.assignment import Assigned, Row, assign
from reports.review.batch import Batch
from reports.review.catch import read_gold
from reports.review.choice import SPREAD, Chosen, Filters, Sampled, choose_items, detectable, items_needed, shortlist
from reports.review.cues import SUSPICIOUS, length_ratio, separability
from reports.review.draws import Draws, new_salt
from reports.review.pen import Book, ShownRow
from reports.review.records import Key, Layout, Manifest, Plan, RunOfKey, SheetRow, ShownAnswer, SuiteShare, sha256, signature, text_hash
from reports.review.records import consonants as spell
from reports.review.report_words import term
from reports.review.reviewable import Reviewable, Run, check_comparable, choose_suites, read_run, reviewable
from reports.review.rubric import Language, Rubric, Sheet, Text, load_rubric
from reports.review.scan import scan_public, scan_workbook
from reports.review.workbook import write_workbook

FEW_SHARED = 20
"""Items that two raters must share for their agreement to say anything."""


@dataclass(frozen=True)
class ExportArguments:
    """What a person may say about an export."""

    runs: tuple[Path, ...]
    """The first is the baseline."""
    out: Path = Path("reviews")
    raters: int = 3
    per_item: int | None = None
    """Raters of an item; by default three, or all if there are fewer."""
    items: int | None = None
    detect: float = 0.25
    """Difference of the primary dimension, in levels, that is to be found with 80 % power."""
    language: Language = "en"
    layout: Layout = "pairwise"
    suites: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)
    where: tuple[str, ...] = ()
    """The filters on metrics as they were typed, for the plan."""
    shortlist: int | None = None
    rubric: Path | None = None
    gold: Path | None = None
    declared: tuple[str, ...] = ()
    force: bool = False


@dataclass
class Exported:
    """What was done, for the screen."""

    batch: Batch
    plan: Plan
    manifest: Manifest
    runs: list[Run]
    shortlisted: list[Text]
    rows: dict[str, dict[Sheet, int]]
    ties: int
    warnings: list[str]
    """As the manifest's, but naming runs; for whoever exports."""


def export(arguments: ExportArguments) -> Exported:
    """Make a batch. Raises UserError if what was asked for cannot be had, RunError if something could not be written or would leak."""
    rubric = load_rubric(arguments.rubric)
    gold = [] if arguments.gold is None else read_gold(arguments.gold, rubric, arguments.layout)
    per_item = _check_raters(arguments)
    runs = _distinct([read_run(folder) for folder in arguments.runs])
    suites = choose_suites(runs, arguments.suites)
    warnings = check_comparable(runs, suites, arguments.declared, arguments.force)
    listed: list[Text] = []
    if arguments.shortlist is not None:
        runs, listed = shortlist(runs, [*suites], arguments.shortlist)
    items = reviewable(runs, suites)
    if not items:
        raise UserError("Nothing can be reviewed: no item of these suites was answered in words by every run.")
    salt = new_salt()
    wanted = items_needed(arguments.detect) if arguments.items is None else arguments.items
    sampled = choose_items(items, runs, arguments.filters, wanted, Draws(salt, "sample"))
    raters = tuple(f"R{number}" for number in range(1, arguments.raters + 1))
    assigned = assign(sampled.chosen, len(runs), rubric=rubric, layout=arguments.layout, language=arguments.language, raters=raters,
                      per_item=per_item, salt=salt, gold=gold)  # fmt: skip
    batch = _new_batch(arguments.out)
    hashes = {name: suite.content_hash for name, suite in suites.items()}
    plan = _plan(batch.id, arguments, rubric, runs, raters, per_item, items, sampled, assigned, hashes)
    warnings += _warnings(plan, sampled.chosen, per_item, assigned)
    notes = _notes(runs, sampled.chosen)
    try:
        said = [text[plan.language] for text in (*warnings, *(note[0] for note in notes))]
        manifest = _release(batch, plan, runs, sampled.chosen, assigned, salt, said)
    except BaseException:
        shutil.rmtree(batch.folder, ignore_errors=True)
        shutil.rmtree(batch.secret, ignore_errors=True)
        raise
    counts = {rater: {sheet: len(rows) for sheet, rows in sheets.items()} for rater, sheets in assigned.rows.items()}
    named = [text[plan.language] for text in (*warnings, *(note[1] for note in notes))]
    return Exported(batch, plan, manifest, runs, listed, counts, len(assigned.ties), named)


def _check_raters(arguments: ExportArguments) -> int:
    if len(arguments.runs) < 2:
        raise UserError("A review compares at least two runs; give two run folders, the baseline first.")
    per_item = min(3, arguments.raters) if arguments.per_item is None else arguments.per_item
    if not 1 <= per_item <= arguments.raters:
        raise UserError(f"PER_ITEM (--per-item) {per_item}: there are {arguments.raters} raters; give a number from 1 to that.")
    if arguments.detect <= 0:
        raise UserError(f"--detect {arguments.detect:g}: give a difference above 0, in levels.")
    return per_item


def _distinct(runs: list[Run]) -> list[Run]:
    for number, run in enumerate(runs):
        if any(run.manifest["run"] == other.manifest["run"] for other in runs[:number]):
            raise UserError(f"Run '{run.folder}' is given twice.")
    return runs


def _new_batch(parent: Path) -> Batch:
    while True:
        folder = parent / f"B{spell(new_salt(), 6)}"
        if not folder.exists():
            return Batch(folder)


def _plan(batch: str, arguments: ExportArguments, rubric: Rubric, runs: Sequence[Run], raters: tuple[str, ...], per_item: int,
          items: Sequence[Reviewable], sampled: Sampled, assigned: Assigned, hashes: dict[str, str]) -> Plan:  # fmt: skip
    shares = {}
    for name, content in hashes.items():
        of_suite = [unit for unit in sampled.chosen if unit.first.suite == name]
        shares[name] = SuiteShare(
            hash=content, items=sum(1 for item in items if item.suite == name),
            reviewed=sum(len(unit.items) for unit in of_suite),
            core=sum(len(unit.items) for unit in of_suite if any(item.core for item in unit.items)),
            dropped=sampled.dropped.get(name, {}), population=sampled.population.get(name, {}),
            sampled=dict(Counter(unit.place.split("/", 1)[1] for unit in of_suite)),
        )  # fmt: skip
    singles = sum(1 for unit in sampled.chosen if not unit.is_group)
    return Plan(
        batch=batch, language=arguments.language, layout=arguments.layout, runs=len(runs), raters=raters, per_item=per_item,
        primary=rubric.primary, margins={part.key: part.margin for part in rubric.dimensions if part.margin is not None},
        detect=arguments.detect, detectable=round(detectable(singles), 4), spread=SPREAD, agreement_floor=rubric.agreement_floor,
        catch=assigned.rule, suites=shares, where=arguments.where, rubric=rubric,
    )  # fmt: skip


def _release(batch: Batch, plan: Plan, runs: Sequence[Run], chosen: Sequence[Chosen], assigned: Assigned, salt: bytes,
             warnings: Sequence[str]) -> Manifest:  # fmt: skip
    hashes = {"plan.json": batch.write_plan(plan)}
    of_key = tuple(
        RunOfKey(label=run.label, run=run.manifest["run"], folder=str(run.folder.resolve()), identity=run.manifest["model"]["identity"],
                 dropped=dict(run.dropped), masked=dict(run.masked)) for run in runs)  # fmt: skip
    every = [row.key for sheets in assigned.rows.values() for rows in sheets.values() for row in rows]
    key = Key(batch=batch.id, salt=salt.hex(), runs=of_key, rows=tuple(every), ties=assigned.ties)
    hashes |= batch.write_secret(key, _answers(chosen, len(runs)))
    batch.out.mkdir(parents=True)
    hidden = [value for run in of_key for value in (run.run, run.folder, run.identity)] + [key.salt]
    names = sorted({name for run in runs for name in run.names()})
    released: list[SheetRow] = []
    workbooks = {}
    with tempfile.TemporaryDirectory() as scratch:
        blank = _blank(Path(scratch), plan, hashes)
        for rater, sheets in assigned.rows.items():
            rows = {sheet: [_released(row, batch.id, rater, sheet, salt) for row in rows] for sheet, rows in sheets.items()}
            path = batch.out / f"{batch.id}_{rater}.xlsx"
            write_workbook(path, _book(plan, rater, hashes, {sheet: [part[0] for part in made] for sheet, made in rows.items()}))
            shown = {text for sheet in rows.values() for row, _ in sheet for text in (*row.texts.values(), row.reference)}
            scan_workbook(path, hidden, names, shown, blank)
            workbooks[rater] = path.name
            hashes[f"out/{path.name}"] = sha256(path.read_bytes())
            released += [part[1] for made in rows.values() for part in made]
    hashes["rows.jsonl"] = batch.write_rows(released)
    manifest = Manifest(
        batch=batch.id, harness=__version__, created=datetime.datetime.now(datetime.UTC).date().isoformat(), language=plan.language,
        layout=plan.layout, workbooks=workbooks, sha256=hashes, warnings=tuple(warnings),
    )  # fmt: skip
    for path in (batch.plan_file, batch.rows_file):
        scan_public(path, hidden)
    batch.write_manifest(manifest)
    return manifest


def _released(row: Row, batch: str, rater: str, sheet: Sheet, salt: bytes) -> tuple[ShownRow, SheetRow]:
    hashes = {column: text_hash(text) for column, text in row.texts.items()}
    sig = signature(salt, batch, rater, sheet, row.key.row_id, [*hashes.values()])
    public = SheetRow(rater=rater, sheet=sheet, row_id=row.key.row_id, seq=row.key.seq, sig=sig, texts=hashes)
    return ShownRow(row.key.row_id, row.key.seq, sig, row.texts, row.reference), public


def _book(plan: Plan, rater: str, hashes: dict[str, str], rows: dict[Sheet, list[ShownRow]]) -> Book:
    return Book(plan.batch, rater, plan.language, plan.layout, plan.rubric, hashes["plan.json"], hashes["key.json"], {**rows})


def _blank(folder: Path, plan: Plan, hashes: dict[str, str]) -> Path:
    """A workbook with a row of no text: the words that stand in any workbook."""
    texts = {"prompt": ""} | {f"answer_{number}": "" for number in range(1, 3 if plan.layout == "pairwise" else 2)}
    row = [ShownRow("", 1, "", texts, "")]
    path = folder / "blank.xlsx"
    write_workbook(path, _book(plan, "", hashes, {"rating": row, "diversity": row, "exit": [ShownRow("", 1, "", {"question": ""})]}))
    return path


def _answers(chosen: Sequence[Chosen], runs: int) -> list[ShownAnswer]:
    return [
        ShownAnswer(suite=item.suite, item=item.id, run=run, cluster=item.cluster, stratum=item.stratum, lang=item.lang, prompt=item.prompt,
                    answer=item.answers[run].text, raw=item.answers[run].raw, truncated=item.answers[run].truncated,
                    scores=item.answers[run].scores, nonce=secrets.token_hex(16))
        for unit in chosen for item in unit.items for run in range(runs)
    ]  # fmt: skip


def _warnings(plan: Plan, chosen: Sequence[Chosen], per_item: int, assigned: Assigned) -> list[Text]:
    """What weakens the review, in words that name no run."""
    made = [
        Text(en=f"suite {name}: no item has an answer of every run", zh=f"套件 {name}：没有一个条目在所有运行中都有回答")
        for name, share in plan.suites.items()
        if not share.items
    ]
    singles = sum(1 for unit in chosen if not unit.is_group)
    needed = items_needed(plan.detect)
    if singles < needed:
        made.append(Text(
            en=f"{singles} items find a difference of {plan.detectable:.2f} levels in '{plan.primary}' with 80 % power; "
            f"for {plan.detect:g} about {needed} are needed",
            zh=f"{singles} 个条目以 80 % 的功效只能检出“{plan.rubric.dimension(plan.primary).label.zh}”相差 {plan.detectable:.2f} 级；"
            f"要检出 {plan.detect:g} 级约需 {needed} 个条目",
        ))  # fmt: skip
    if per_item < 2:
        made.append(Text(
            en="one rater an item: agreement cannot be measured; two are the least, three where safety is judged",
            zh="每个条目只有一位评分人：无法衡量一致性；至少需要两位，评判安全时至少三位",
        ))  # fmt: skip
    elif per_item < 3 and any(part.key == "safety" for part in plan.rubric.dimensions):
        made.append(Text(
            en="two raters an item: where safety is judged, three are the least", zh="每个条目只有两位评分人：评判安全时至少需要三位"
        ))  # fmt: skip
    shared = _shared(assigned)
    if per_item > 1 and shared < FEW_SHARED:
        made.append(Text(
            en=f"some pairs of raters share {shared} rows only; {FEW_SHARED} are the least for their agreement to say anything",
            zh=f"有的评分人两两之间只有 {shared} 行相同；至少要有 {FEW_SHARED} 行，一致性才有意义",
        ))  # fmt: skip
    if (checks := sum(assigned.rule.kinds.values())) < 8:
        made.append(Text(
            en=f"{checks} rows check each rater; eight are the least that tells careful from careless ones well",
            zh=f"每位评分人只有 {checks} 行检查题；至少要有八行才能分辨认真与敷衍",
        ))  # fmt: skip
    return made


def _shared(assigned: Assigned) -> int:
    seen = {
        rater: {(row.key.suite, row.key.item, row.key.left_run or row.key.right_run) for row in sheets["rating"] if row.key.kind == "real"}
        for rater, sheets in assigned.rows.items()
    }
    raters = [*seen]
    return min((len(seen[one] & seen[other]) for at, one in enumerate(raters) for other in raters[:at]), default=0)


def _notes(runs: Sequence[Run], chosen: Sequence[Chosen]) -> list[tuple[Text, Text]]:
    """Signs that the answers could be told apart: in words for everybody, and with the runs' names for whoever exports."""
    made = []
    items = [item for unit in chosen for item in unit.items]
    for number in range(1, len(runs)):
        which = f"{runs[0].label}, {runs[number].label}"
        pairs = [(item.answers[0].text, item.answers[number].text) for item in items]
        told = separability(pairs, [item.cluster for item in items])
        if told is not None and told > SUSPICIOUS:
            made.append((
                Text(en=f"answers can be told apart by their form alone (AUC {told:.2f})", zh=f"仅凭形式就能区分回答（AUC {told:.2f}）"),
                Text(en=f"{which}: style differs (AUC {told:.2f})", zh=f"{which}：文风不同（AUC {told:.2f}）"),
            ))  # fmt: skip
        ratio = length_ratio(pairs)
        if not 0.67 <= ratio <= 1.5:
            made.append((
                Text(en="one side's answers are much longer", zh="有一方的回答长得多"),
                Text(en=f"answers of {runs[number].label} are {ratio:.2f} times as long as those of {runs[0].label}",
                     zh=f"{runs[number].label} 的回答长度是 {runs[0].label} 的 {ratio:.2f} 倍"),
            ))  # fmt: skip
        cut = [fmean(item.answers[run].truncated for item in items) for run in (0, number)]
        if abs(cut[0] - cut[1]) > 0.1:
            shares = f"{runs[0].label} {cut[0]:.0%}, {runs[number].label} {cut[1]:.0%}"
            made.append((
                Text(en="one side's answers are cut off more often", zh="有一方的回答更常被截断"),
                Text(en=f"cut off: {shares}", zh=f"被截断：{shares}"),
            ))  # fmt: skip
        for kind in ("name", "self", "template"):
            counts = [runs[run].masked[kind] for run in (0, number)]
            if max(counts) >= 5 and max(counts) > 2 * min(counts):
                made.append((
                    Text(en=f"places taken out of the answers ({kind}) are unevenly spread", zh=f"隐去之处（{term(kind, 'zh')}）分布不均"),
                    Text(en=f"{kind}: {which} had {counts[0]} and {counts[1]}",
                         zh=f"{term(kind, 'zh')}：{which} 各有 {counts[0]}、{counts[1]} 处"),
                ))  # fmt: skip
    return made
