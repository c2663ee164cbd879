"""`sft-train check`: everything that can be said about training data before it is used. Nothing is written but the report."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.errors import UserError
from harness.suite import Suite, bundled_names, find_suite, load_suite
from sft_train.config import DataConfig
from sft_train.contamination import Match, find_contamination
from sft_train.data.clean import Left, clean, conflicts
from sft_train.data.distribution import Distance, compare, distance_findings, shares
from sft_train.data.diversity import Diversity, diversity, diversity_findings
from sft_train.data.facts import fact_findings, ground
from sft_train.data.finding import Finding, finding
from sft_train.data.privacy import Private, mask_row
from sft_train.data.reading import Read, read_requests, read_sources
from sft_train.data.record import Problem, Row
from sft_train.data.spec import check_spec, read_spec
from sft_train.data.templates import Reworded, lint_templates, read_templates, unify
from sft_train.data.test_sets import refuse_test_sets
from sft_train.data.tracking import asked_for_state

Say = Callable[[str], None]
_FATE = {"stop": "--drop leaves them out", "drop": "they are left out", "keep": "they stay, and the items are recorded"}


@dataclass
class Checked:
    """What was found; `rows` are those that are fit for training."""

    config: DataConfig
    read: int
    problems: list[Problem]
    ignored: dict[str, int]
    rows: list[Row]
    left: list[Left]
    private: list[tuple[Row, list[Private]]]
    before: dict[str, Diversity]
    after: dict[str, Diversity]
    shares: dict[str, dict[str, int]]
    suites: list[str]
    matches: list[Match]
    findings: list[Finding] = field(default_factory=list)
    distances: list[Distance] = field(default_factory=list)
    reworded: list[Reworded] = field(default_factory=list)
    tracked: int = 0
    """Rows that were added to ask for a dialogue's state."""

    @property
    def errors(self) -> list[Finding]:
        """The findings that hinder training."""
        return [each for each in self.findings if each.level == "error"]


def check_data(config: DataConfig, say: Say = lambda text: None) -> Checked:
    """Read, clean and describe the data that `config` names, and match them with the suites.

    Raises UserError if a source cannot be read, is test data, or nothing is left after cleaning.
    """
    refuse_test_sets([source.path for source in config.sources], config.test_sets)
    # What can be wrong with the settings is wrong before minutes were spent on rows.
    suites = load_suites(config.suites)
    spec = None if config.spec is None else read_spec(config.spec)
    templates = None if config.templates is None else read_templates(config.templates)
    say("reading")
    found = read_sources(config.sources, config.keep)
    rows, private = _private(found.rows, config.mask)
    reworded: list[Reworded] = []
    if config.unify:
        if templates is None:
            raise UserError("unify needs templates: bundled, or a templates.yaml.")
        rows, reworded = unify(rows, templates)
    if config.ground:
        rows = [ground(row) for row in rows]
    say(f"cleaning {len(rows)} rows")
    cleaned = clean(rows, off=config.cleaning.off, near=config.cleaning.near)
    _refuse_nothing(found, cleaned.counts)
    before, after = diversity(rows), diversity(cleaned.kept)
    kept = [each for row in cleaned.kept for each in asked_for_state(row)] if config.track else cleaned.kept
    say(f"matching {len(kept)} rows with {sum(len(suite.items) for suite in suites)} items of {len(suites)} suites")
    checked = Checked(
        config, found.records, found.problems, dict(found.ignored), kept, cleaned.left, private, before, after,
        shares(kept), [suite.name for suite in suites], find_contamination(kept, suites), reworded=reworded,
        tracked=len(kept) - len(cleaned.kept),
    )  # fmt: skip
    checked.findings += [] if spec is None else check_spec(checked.rows, spec)
    checked.findings += [] if templates is None else lint_templates(checked.rows, templates)
    checked.findings += _findings(checked)
    if config.real is not None:
        real = read_requests(config.real)
        if real.problems:
            first = real.problems[0]
            text = f"{len(real.problems)} of the real requests cannot be read; first row {first.number}: {first.text}"
            checked.findings.append(finding("real", "warning", text))
        checked.distances = compare(checked.rows, real.rows)
        checked.findings += distance_findings(checked.distances, len(real.rows))
    return checked


def load_suites(names: tuple[str, ...]) -> list[Suite]:
    """The suites that will judge, each once; `all` stands for every bundled one."""
    wanted = dict.fromkeys(each for name in names for each in (bundled_names() if name == "all" else [name]))
    return [load_suite(find_suite(name)) for name in wanted]


def _private(rows: list[Row], mask: bool) -> tuple[list[Row], list[tuple[Row, list[Private]]]]:
    kept, private = [], []
    for row in rows:
        pieces: list[Private] = []
        masked = mask_row(row, pieces)
        kept.append(masked if mask else row)
        if pieces:
            private.append((row, pieces))
    return kept, private


def _refuse_nothing(found: Read, left: dict[str, int]) -> None:
    if not found.records:
        raise UserError("The sources hold no rows.")
    if sum(left.values()) < len(found.rows):
        return
    reasons = Counter(problem.reason for problem in found.problems) + Counter(left)
    counts = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    first = f" First: {found.problems[0].place}, row {found.problems[0].number}: {found.problems[0].text}." if found.problems else ""
    raise UserError(f"No row is left of {found.records}: {counts}.{first}")


def _findings(checked: Checked) -> list[Finding]:
    config, rows = checked.config, checked.rows
    found = diversity_findings(checked.before, checked.after, config.cleaning.most_lost)
    found += fact_findings(rows)
    if checked.private and not config.mask:
        kinds = Counter(piece.kind for _, pieces in checked.private for piece in pieces)
        text = f"{len(checked.private)} rows hold personal data or secrets ({', '.join(f'{kind} {n}' for kind, n in kinds.most_common())})"
        found.append(finding("private", "warning", f"{text}; --mask masks them", [row.where for row, _ in checked.private]))
    if pairs := conflicts(rows):
        places = [f"{later.where} and {earlier.where}" for earlier, later in pairs]
        found.append(finding("conflict", "warning", f"{len(pairs)} rows answer a prompt otherwise than an earlier row", places))
    if checked.matches:
        items = {(match.probe.suite, match.probe.item) for match in checked.matches}
        places = list(dict.fromkeys(match.row.where for match in checked.matches))
        text = f"{len(places)} rows hold {len(items)} items of suites that will judge the model; {_FATE[config.contamination]}"
        found.append(finding("contamination", "error" if config.contamination == "stop" else "warning", text, places))
    if checked.problems:
        share, most = len({(each.place, each.number) for each in checked.problems}) / checked.read, config.cleaning.most_broken
        text = f"{share:.1%} of the rows cannot be used as they are; at most {most:.1%} may (cleaning.most_broken)"
        found.append(finding("broken", "error" if share > most else "warning", text))
    return found
