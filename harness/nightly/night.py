"""A night: evaluate, compare with the baselines, look again at what was flagged, and say what changed.

Screening flags a suite whose one-sided p-value of "worse" is at most the screening level; the same night a second look, independent of
the first, confirms it at the corrected level or not. Only a confirmed regression is red. The night is written down after every step, and
runs are found again by their contents: the same command after a crash goes on where it stopped.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import RunError, UserError
from harness.nightly.beside import changed_since_green, drift_of, repeats_of, restacked_of
from harness.nightly.changes import responsible_hardware
from harness.nightly.config import NightlySettings, check_suites
from harness.nightly.confirm import confirm, second_look
from harness.nightly.records import Against, Night, Side
from harness.nightly.screen import reach_notes, screen_member
from harness.nightly.sides import Evaluate, Member, Workshop, find_baseline, find_model, with_run
from harness.nightly.state import now, read_nights, sole_night, write_night
from harness.plan import Choice, SuitePlan, plan_suites
from harness.screen import Screen
from harness.stats.two_stage import confirmation_level
from harness.suite import find_suite, load_suite
from harness.suite_check import check_targets

_EPOCHS = 100
"""Draws of screenings after a change of hardware are counted from here; those below are `harness eval`'s and `harness noise`'s."""


def run_night(settings: NightlySettings, name: str, screen: Screen, run: Evaluate) -> Night:
    """Do the night called `name`, or what is left of it; a night that is finished is given back as it is.

    Raises UserError before anything is generated for whatever is wrong with the settings, and RunError if another night is at work or
    this one is stopped. What goes wrong in a run is part of the night.
    """
    parts = _parts(settings)
    with sole_night(settings.out):
        nights = read_nights(settings.out)
        past = [night for night in nights if night.night != name]
        night = next((night for night in nights if night.night == name), None) or _begin(settings, name, parts, past)
        if night.colour != "running":
            return night
        past = [other for other in past if other.number < night.number]
        workshop = Workshop(settings, parts, _choice(settings, night.epoch), screen, run)
        try:
            return _Night(workshop, past, night).go()
        except KeyboardInterrupt as error:
            raise RunError(f"Stopped. The same command goes on with night {name}.") from error


def _parts(settings: NightlySettings) -> tuple[SuitePlan, ...]:
    suites = [load_suite(find_suite(settings.suite_text(name))) for name in settings.config.suites]
    for suite in suites:
        check_targets(suite)
    check_suites(settings, [suite.name for suite in suites])
    return plan_suites(suites, _choice(settings, 0))


def _choice(settings: NightlySettings, epoch: int) -> Choice:
    """The screening's choice: an ordinary evaluation's draw, so that its runs are used, until the hardware changes."""
    config = settings.config
    return Choice(config.size, config.limit, config.lang, config.samples, config.seed, _EPOCHS + epoch if epoch else 0)


def _begin(settings: NightlySettings, name: str, parts: Sequence[SuitePlan], past: Sequence[Night]) -> Night:
    config, alarms = settings.config, settings.config.false_alarms
    tests = len(config.models) * len(config.blocking) * len(settings.gate.decisive())
    hardware, last = responsible_hardware(), past[-1] if past else None
    return Night(
        night=name, number=1 if last is None else last.number + 1, started=now(), hardware=hardware,
        epoch=0 if last is None else last.epoch + (last.hardware != hardware), screen_level=alarms.screen,
        # Never more lenient than the first look, where few tests would allow it.
        confirm_level=min(alarms.screen, confirmation_level(alarms.rate, tests, alarms.nights, alarms.screen)), tests=tests,
        notes=(*_unfinished(past), *_cannot_confirm(settings, parts), *reach_notes(settings.gate, past, parts)),
    )  # fmt: skip


def _unfinished(past: Sequence[Night]) -> list[str]:
    return [f"Night {past[-1].night} was begun and not finished: it counts as an error."] if past and past[-1].colour == "running" else []


def _cannot_confirm(settings: NightlySettings, parts: Sequence[SuitePlan]) -> list[str]:
    """Suites of which no regression could be confirmed, whatever they show."""
    looks = [second_look(part, _choice(settings, 0)) for part in parts if part.suite.name in settings.gate.decisive()]
    return [f"No regression can be confirmed: {look.reason}." for look in looks if look.how == "impossible"]


class _Night:
    """The steps of one night, each written down before the next begins."""

    def __init__(self, workshop: Workshop, past: Sequence[Night], night: Night) -> None:
        self._workshop, self._past, self._night = workshop, past, night

    def go(self) -> Night:
        for note in self._night.notes:
            self._workshop.screen.say(note)
        config = self._workshop.settings.config
        found = {asked.name: find_model(self._workshop, asked) for asked in config.models}
        bases = {name: [find_baseline(self._workshop, asked, name, self._past) for asked in config.baselines] for name in found}
        self._check_same(found)
        self._save(sides=tuple(member.side for member in found.values()))
        members = {name: with_run(self._workshop, member) for name, member in found.items()}
        self._save(sides=tuple(member.side for member in members.values()))
        screened = {name: screen_member(self._workshop, self._night, member, bases[name]) for name, member in members.items()}
        self._save(against=_flat(screened), anchors=_anchors(screened))
        confirmed = {
            name: [(confirm(self._workshop, self._night, members[name], base, against), base) for against, base in pairs]
            for name, pairs in screened.items()
        }
        self._save(against=_flat(confirmed))
        return self._finish(members, confirmed)

    def _finish(self, members: Mapping[str, Member], confirmed: "_Screened") -> Night:
        repeats, failures = repeats_of(self._workshop, self._night, self._past, members, confirmed)
        self._save(
            repeats=repeats,
            notes=(*self._night.notes, *failures),
            restacked=restacked_of(self._workshop.out, self._past, self._night),
            changed=changed_since_green(self._past, self._night),
            drift=drift_of(self._past, self._night),
        )
        colour = "red" if self._night.red else "error" if self._night.errors else "green"
        self._save(colour=colour, finished=now())
        return self._night

    def _check_same(self, found: Mapping[str, Member]) -> None:
        """One night is about one checkpoint, also if it was interrupted."""
        for side in self._night.sides:
            if side.name in found and found[side.name].side.identity != side.identity:
                raise UserError(
                    f"Night {self._night.night} began with other weights of '{side.name}' than are there now; give tonight's another name "
                    "with --night."
                )

    def _save(self, **changes: Any) -> None:
        self._night = self._night.model_copy(update=changes)
        write_night(self._workshop.out, self._night)


_Screened = dict[str, list[tuple[Against, Member]]]


def _flat(screened: _Screened) -> tuple[Against, ...]:
    return tuple(against for pairs in screened.values() for against, _ in pairs)


def _anchors(screened: _Screened) -> dict[str, Side]:
    return {name: base.side for name, pairs in screened.items() for against, base in pairs if against.kind == "pinned"}
