"""The report's folder: report.html (with pages of its own for many items), report.md, tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.compare import Report
from harness.errors import UserError
from harness.history import History, read_history
from harness.store import write_atomic
from reports.markdown import as_markdown, run_as_markdown
from reports.page.contamination import MOST_PAIRS, contamination_of
from reports.page.figures import trends
from reports.page.forest import score_bar
from reports.page.render import Renderer
from reports.page.selection import BUDGET, CHANGED, ONE_PAGE, Card, Placed, chunks, fitting
from reports.page.subjects import Subject
from reports.page.tables import TABLES, write_tables
from reports.page.views import SuiteView, View, mark, spoken, suite_views, training_views
from reports.page.words import Language, run_sentence, sentence
from reports.people import PeopleVerdict, people_lines, people_verdicts, run_lines, verdicts_of, verdicts_on

PAGE = "report.html"
_PAGES = "report-items-*.html"
ADVICE = "choose another folder with --out"


@dataclass(frozen=True)
class Written:
    """What a report left in its folder."""

    folder: Path
    pages: int
    """Of items, besides the report's own."""
    files: tuple[str, ...]
    """The report's own, the page first."""


def write_report(subjects: Sequence[Subject], folder: Path, language: Language) -> Written:
    """Write everything into `folder`; what an earlier report left there is replaced.

    Raises UserError if the folder cannot be made, RunError if a run is damaged or a file cannot be written.
    """
    made_folder(folder)
    renderer = Renderer(language)
    history = read_history(subjects[0].candidate.folder.resolve().parent)
    views = [
        _view(subject, history, f"v{number}" if len(subjects) > 1 else "", language) for number, subject in enumerate(subjects, start=1)
    ]
    cards = {suite.key: _cards(renderer, view, suite) for view in views for suite in view.suites}
    is_split = sum(map(len, cards.values())) > ONE_PAGE
    pages = {suite.key: _item_pages(renderer, view, suite, cards[suite.key]) for view in views for suite in view.suites if is_split}
    wanted = [[card for card in group if card.order < CHANGED] if is_split else group for group in cards.values()]
    placed = {key: Placed(own, list(pages.get(key, ()))) for key, own in zip(cards, fitting(wanted, BUDGET), strict=True)}
    files = {name: text for own in pages.values() for name, text in own.items()} | {PAGE: _page(renderer, views, placed, history, language)}
    for name, text in files.items():
        write_atomic(folder / name, [text], ADVICE)
    remove_stale_pages(folder, set(files))
    write_atomic(folder / "report.md", [_markdown(subjects)], ADVICE)
    write_tables(folder, views)
    return Written(folder, len(files) - 1, (PAGE, "report.md", *TABLES))


def made_folder(folder: Path) -> None:
    """Make the report's folder; raises UserError if it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"'{folder}' cannot be made ({error.strerror}); {ADVICE}.") from error


def remove_stale_pages(folder: Path, files: set[str]) -> None:
    """Remove pages of items that an earlier report left and that are not among `files`."""
    for stale in {path.name for path in folder.glob(_PAGES)} - files:
        (folder / stale).unlink()


def _view(subject: Subject, history: History, prefix: str, language: Language) -> View:
    label = subject.candidate.manifest["label"]
    own = trends([point for point in history.points if point.model == label], prefix)
    folder, is_compared = subject.candidate.folder, subject.comparison is not None
    verdicts = people_verdicts(subject.runs[0].folder, folder) if is_compared else verdicts_on(folder)
    suites = suite_views(subject, prefix, language, verdicts[0] if verdicts and is_compared else None)
    people, contradicted = _people(subject, verdicts, language)
    return View(
        subject, tuple(run.name for run in subject.runs), suites, people, contradicted, tuple(own), contamination_of(subject),
        training_views(subject.candidate.manifest["model"], prefix),
    )  # fmt: skip


def _people(subject: Subject, found: Sequence[PeopleVerdict], language: Language) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What people found, a line a review, newest first; and the suites of which the newest says the opposite of the metrics."""
    lines = tuple(f"{one.shown[language]} ({one.batch}, {one.created[:10]}): {one.reason[language]}" for one in found)
    return lines, () if subject.comparison is None or not found else tuple(found[0].against(verdicts_of(subject.comparison)))


def _cards(renderer: Renderer, view: View, suite: SuiteView) -> list[Card]:
    strata = {name: number for number, name in enumerate(suite.strata)}
    return [renderer.card(case, suite.outcome_words[case.outcome], view.names, strata) for case in suite.cases]


def _item_pages(renderer: Renderer, view: View, suite: SuiteView, cards: Sequence[Card]) -> dict[str, str]:
    """Pages of a suite's items by the names of their files."""
    parts = chunks(cards, BUDGET // 2)
    names = [f"report-items-{suite.key}-{number:03}.html" for number in range(1, len(parts) + 1)]
    around = ["", *names, ""]
    return {
        name: renderer.page(
            "items.html.j2",
            suite=suite,
            cards=part,
            names=view.names,
            number=at + 1,
            total=len(parts),
            before=around[at],
            after=around[at + 2],
        )
        for at, (name, part) in enumerate(zip(names, parts, strict=True))
    }


def _page(renderer: Renderer, views: Sequence[View], placed: dict[str, Placed], history: History, language: Language) -> str:
    sentences = [
        _run_sentence(view, language) if view.subject.comparison is None
        else sentence({suite.suite: suite.verdict for suite in view.subject.comparison.suites}, language)
        for view in views
    ]  # fmt: skip
    return renderer.page(
        "report.html.j2", views=views, sentences=sentences, placed=placed, mark=mark, spoken=spoken,
        bar=lambda part: score_bar(part["score"], part["low"], part["high"]),
        has_forgetting=any(view.abilities or view.drifts or any(one.probes for one in view.trainings) for view in views),
        has_training=any(view.trainings for view in views), has_contamination=any(view.contamination for view in views),
        most_pairs=MOST_PAIRS, has_history=any(view.trends for view in views),
        unreadable=history.unreadable,
    )  # fmt: skip


def _run_sentence(view: View, language: Language) -> str:
    counts = [suite.counts for suite in view.suites]
    return run_sentence(len(counts), sum(count.total() for count in counts), sum(count["error"] for count in counts), language)


def _markdown(subjects: Sequence[Subject]) -> str:
    """As `harness compare --markdown` writes it; of one run its suites."""
    found = [(subject, subject.comparison) for subject in subjects if subject.comparison is not None]
    if not found:
        alone = subjects[0].candidate
        return run_as_markdown(alone.name, alone.summary, run_lines(alone.folder))
    people = [
        line
        for subject, comparison in found
        for line in people_lines(subject.runs[0].folder, subject.candidate.folder, verdicts_of(comparison))
    ]
    return as_markdown(Report(comparisons=tuple(comparison for _, comparison in found)), people)
