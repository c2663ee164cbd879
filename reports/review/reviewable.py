"""What of some runs can be reviewed: each item that all of them answered, with its question and every run's answer as people will see it.

Reads run folders and suites. Runs must be comparable, as for any comparison. Of several samples of an item the first is shown. Items
whose likelihood is measured (choices, running text) have no answer to show.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from harness.eligibility import differing_conditions
from harness.errors import RunError, UserError
from harness.item import Item
from harness.store import PLAN, read_manifest, read_responses, read_scores
from harness.suite import Suite, find_suite, load_suite
from harness.thinking import strip_thinking
from reports.review.leaks import Masker
from reports.review.rubric import Text
from reports.review.shown import LONGEST, cell_text, numbered, strip_template, unicode_text

GROUPED = "paraphrase"
"""Scorer of items that are one request in several wordings: their clusters are judged as groups, on a sheet of their own."""
EMPTY = "[EMPTY]"
"""Shown in the place of an answer without any text."""


@dataclass(frozen=True)
class Answered:
    """A run's answer to an item."""

    text: str
    """As shown: cleaned and masked, the turns of a dialogue numbered."""
    raw: tuple[str, ...]
    truncated: bool
    scores: dict[str, float]


@dataclass(frozen=True, eq=False)
class Reviewable:
    """An item with the answers of all runs."""

    suite: str
    id: str
    lang: str
    stratum: str
    cluster: str
    core: bool
    grouped: bool
    prompt: str
    reference: str
    answers: tuple[Answered, ...]
    """By run."""

    @property
    def place(self) -> str:
        """Suite and stratum: what is sampled and balanced by."""
        return f"{self.suite}/{self.stratum}"


@dataclass
class Run:
    """A finished run, as far as a review needs it."""

    folder: Path
    manifest: dict[str, Any]
    responses: dict[tuple[str, str], dict[str, Any]]
    """First sample of each (suite, item)."""
    scores: dict[tuple[str, str], dict[str, float]]
    """Means over samples of every metric; the primary one is called `score` too."""
    judged: dict[tuple[str, str], str]
    """The first answer, where a condition's post-processing made another text of it."""
    dropped: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)

    @property
    def label(self) -> str:
        """As the run was called; raters never see it."""
        return str(self.manifest["label"])

    def names(self) -> list[str]:
        """All that would say which run it is: label, folders, the model as it was given, its name on a server."""
        model = self.manifest["model"]
        paths = [Path(text) for text in (model.get("folder"), model.get("adapter")) if text]
        # Of a path, the folder's name; of a hub id, or a name on a server, all parts.
        given = f"{model.get('given') or ''} {model.get('served') or ''}".replace("+", " ").replace("=", " ").split()
        words = [word for text in given for word in ([Path(text).name] if text.startswith(("/", ".", "~")) else text.split("/")) if word]
        return [self.label, self.folder.name, *(path.name for path in paths), *words]


def read_run(folder: Path) -> Run:
    """Read a run folder; raises UserError if it is none, RunError if the run is incomplete."""
    manifest = read_manifest(folder)
    if manifest is None and (folder / PLAN).is_file():
        raise RunError(f"The run in '{folder}' is incomplete (no manifest.json); start the same evaluation again to finish it.")
    if manifest is None:
        raise UserError(f"'{folder}' is not a run folder: it has no manifest.json.")
    responses: dict[tuple[str, str], dict[str, Any]] = {}
    for row in read_responses(folder):
        responses.setdefault((row["suite"], row["item"]), row)
    metrics: dict[tuple[str, str], dict[str, list[float]]] = {}
    judged: dict[tuple[str, str], str] = {}
    for row in read_scores(folder):
        key = (row["suite"], row["item"])
        values = {**(row["scores"] or {}), **({} if row["score"] is None else {"score": row["score"]})}
        for name, value in values.items():
            metrics.setdefault(key, {}).setdefault(name, []).append(value)
        if "judged" in row and row["sample"] == responses.get(key, {}).get("sample"):
            judged[key] = row["judged"]
    scores = {key: {name: fmean(values) for name, values in part.items()} for key, part in metrics.items()}
    return Run(folder, manifest, responses, scores, judged)


def choose_suites(runs: Sequence[Run], names: Sequence[str]) -> dict[str, Suite]:
    """The suites to review, by default all that all runs have; `names` are names or folders.

    Raises UserError if one is not found, or not in every run.
    """
    shared = [name for name in runs[0].manifest["suites"] if all(name in run.manifest["suites"] for run in runs)]
    if not shared:
        raise UserError(f"No suite is in all of these runs: {', '.join(str(run.folder) for run in runs)}.")
    suites: dict[str, Suite] = {}
    for name in names or shared:
        try:
            suite = load_suite(find_suite(name))
        except UserError as error:
            raise UserError(str(error) if names else f"Suite '{name}' of these runs: {error} Say where it lies with --suite.") from error
        if suite.name not in shared:
            raise UserError(f"Not all runs have the suite '{suite.name}'; all have {', '.join(shared)}.")
        suites[suite.name] = suite
    return suites


def check_comparable(runs: Sequence[Run], suites: Collection[str], declared: Collection[str], force: bool) -> list[Text]:
    """Refuse runs whose conditions differ without being declared to; returns what differs all the same.

    Raises UserError (NOT COMPARABLE) with the list.
    """
    noted: dict[str, list[str]] = {}
    for name in suites:
        for run in runs[1:]:
            differing = differing_conditions(runs[0].manifest, run.manifest, name)
            refused = {key: text for key, text in differing.items() if key == "items" or (key not in declared and not force)}
            if refused:
                listed = "; ".join(f"{key}: {text}" for key, text in refused.items())
                raise UserError(
                    f"NOT COMPARABLE: in suite '{name}', '{run.folder}' differs from '{runs[0].folder}': {listed}. "
                    "What is meant to differ may be given with --declare NAME, whatever differs allowed with --force (but for items)."
                )
            for key in differing:
                noted.setdefault(key, []).append(name)
    where = {key: ", ".join(dict.fromkeys(names)) for key, names in noted.items()}
    return [Text(en=f"the runs differ in {key} ({names})", zh=f"各运行的 {key} 不同（{names}）") for key, names in where.items()]


def reviewable(runs: Sequence[Run], suites: dict[str, Suite]) -> list[Reviewable]:
    """Items with an answer of every run, in the order of the suites. Of the others, each run's `dropped` says why they are not there.

    Raises UserError if a suite asks anything else today than the runs were asked.
    """
    masker = Masker(name for run in runs for name in run.names())
    made = []
    for name, suite in suites.items():
        items = {item.id: item for item in suite.items}
        for key, row in runs[0].responses.items():
            if key[0] != name:
                continue
            item = items.get(key[1])
            if item is None or row.get("asked", suite.asked(item)) != suite.asked(item):
                raise UserError(f"Suite '{name}' has changed since: item '{key[1]}' is not, or not the same, in {suite.items_file}.")
            if item.is_scored:
                continue
            if (answers := _answers(runs, key, item, masker)) is not None:
                cluster = item.cluster if item.cluster != item.id else f"{name}/{item.id}"
                core = item.id in suite.config.core_items
                made.append(Reviewable(name, item.id, item.lang, item.stratum, cluster, core, item.scorer == GROUPED,
                                       _prompt(item), cell_text("\n".join(item.references)), answers))  # fmt: skip
    return made


def _prompt(item: Item) -> str:
    said = numbered([cell_text(text) for text in item.user_turns])
    return said if item.system is None else f"[SYSTEM] {cell_text(item.system)}\n\n{said}"


def _answers(runs: Sequence[Run], key: tuple[str, str], item: Item, masker: Masker) -> tuple[Answered, ...] | None:
    """Every run's answer, or None if one of them has none that can be shown."""
    rows = [run.responses.get(key) for run in runs]
    problems = [_problem(row, len(item.user_turns)) for row in rows]
    for run, problem in zip(runs, problems, strict=True):
        run.dropped.update([f"{key[0]}: {problem}"] if problem else [])
    if any(problems):
        return None
    return tuple(_answer(run, key, item, masker) for run in runs)


def _problem(row: dict[str, Any] | None, turns: int) -> str | None:
    if row is None or row["error"] is not None or row["response"] is None or 1 + len(row["follow_ups"]) < turns:
        return "no answer (error)"
    if sum(map(len, (row["response"], *row["follow_ups"][: turns - 1]))) > LONGEST:
        return f"longer than {LONGEST} characters"
    return None


def _answer(run: Run, key: tuple[str, str], item: Item, masker: Masker) -> Answered:
    row = run.responses[key]
    raw = (row["response"], *row["follow_ups"][: len(item.user_turns) - 1])
    plain = [strip_thinking(text)[0] for text in raw]
    plain[0] = run.judged.get(key, plain[0])
    count: Callable[[Counter[str]], None] = run.masked.update
    shown = []
    for text in plain:
        cleaned, residue = strip_template(text)
        masked = masker.mask(cell_text(cleaned).strip(), _prompt(item))
        count(masked.counts)
        count(Counter({"template": residue}) if residue else Counter())
        shown.append(masked.text or EMPTY)
    return Answered(numbered(shown), tuple(map(unicode_text, raw)), row["truncated"], run.scores.get(key, {}))
