"""Choosing the level of isolation: found by trying, never by the presence of tools. docs/sandbox.md explains the levels."""

import platform
import sys
from dataclasses import dataclass

from harness.sandbox import bubblewrap, seatbelt
from harness.sandbox.fork_server import Gone, Layers
from harness.sandbox.inside import kernel, seccomp
from harness.sandbox.paths import PythonFiles, python_files
from harness.sandbox.probes import run_probes
from harness.sandbox.records import Isolation, Level, SandboxRefused
from harness.sandbox.slot import Slot

_ACCEPTED: tuple[Level, ...] = ("A", "B")
_FIXES = {
    "A": "install bubblewrap with `make setup-system` or `sudo apt-get install bubblewrap`; where it is installed but may not make user "
    "namespaces, as on Ubuntu 24.04, give /usr/bin/bwrap an AppArmor profile with `userns,`",
    "B": "use Linux 5.13 or later with `landlock` among the kernel's security modules (/sys/kernel/security/lsm)",
}
_GOT_OUT = "a probe got out"
_SAY_SO = (
    "Or say that a disposable container or machine surrounds this one (ISOLATION=E, --isolation E), "
    "or accept weak isolation for code that you trust (ACCEPT_WEAK_ISOLATION=1, --accept-weak-isolation)."
)


@dataclass(frozen=True)
class Chosen:
    """The level that was found, and what it is made of."""

    isolation: Isolation
    layers: Layers
    files: PythonFiles


def choose(level: str, accept_weak: bool) -> Chosen:
    """The layers for `level`, which is "auto" or one of A to E, proved by probes.

    Raises SandboxRefused if they cannot be had, or are C or D and `accept_weak` is not set.
    """
    if level in ("C", "D") and not accept_weak:
        raise SandboxRefused(f"Level {level} does not keep a hostile program in, and is used only if asked for: {_SAY_SO}")
    wanted: tuple[Level, ...] = ("A", "B") if level == "auto" else ("A", "B", "C", "D") if level == "E" else (level,)  # type: ignore[assignment]
    if level == "auto" and accept_weak:
        wanted = ("A", "B", "C", "D")
    better = dict[str, str]()
    chosen = _first(wanted, better)
    if chosen is not None:
        return chosen if level != "E" else _as_external(chosen)
    failures = "; ".join(f"level {name}: {reason}{_fix(name, reason)}" for name, reason in better.items())
    weak = _first(("C", "D"), {}) if level == "auto" and not accept_weak else None
    best = f" What could be had, {weak.isolation.describe()}, is not enough." if weak else ""
    raise SandboxRefused(f"No accepted isolation for untrusted code was found here. {failures}.{best} {_SAY_SO}")


def _first(wanted: tuple[Level, ...], better: dict[str, str]) -> Chosen | None:
    """The first of these levels that can be had, None if there is none; `better` gets the reasons why those before it cannot."""
    files = python_files()
    for name in wanted:
        for layers in _layers_of(name):
            try:
                chosen = _try(name, layers, files, dict(better))
            except Gone as error:
                better[name] = str(error)
                continue
            if name in _ACCEPTED and chosen.isolation.escaped:
                better[name] = f"{_GOT_OUT}: {', '.join(chosen.isolation.escaped)}"
                continue
            return chosen
        better.setdefault(name, _missing(name))
    return None


def _layers_of(level: Level) -> list[Layers]:
    """The combinations of layers that make a level here, best first; empty if one that it needs is missing."""
    bwrap, filter_, landlock = bubblewrap.find(), seccomp.supported(), kernel.landlock_abi() > 0
    if not sys.platform.startswith("linux"):
        bwrap, filter_, landlock = None, False, False
    if level == "A":
        return [Layers(bwrap, landlock, True)] if bwrap and filter_ else []
    if level == "B":
        return [Layers(None, True, True)] if landlock and filter_ else []
    if level == "C":
        partial = [Layers(None, False, True)] if filter_ else []
        partial += [Layers(bwrap, False, False)] if bwrap else []
        partial += [Layers(None, True, False)] if landlock else []
        return partial + ([Layers(None, False, False, found)] if (found := seatbelt.find()) else [])
    return [Layers(None, False, False)]


def _missing(level: str) -> str:
    if not sys.platform.startswith("linux"):
        nor = ", and sandbox-exec was not found" if level == "C" and sys.platform == "darwin" else ""
        return f"{_system()} has neither namespaces, Landlock nor seccomp{nor}"
    if level != "D" and not seccomp.supported():
        return f"there is no system-call filter for {platform.machine()}"
    return "bubblewrap is not installed" if level == "A" else "this kernel has no Landlock, or it is switched off"


def _system() -> str:
    return "macOS" if sys.platform == "darwin" else platform.system()


def _fix(level: str, reason: str) -> str:
    """What can be done about it, in brackets; nothing where nothing can."""
    helps = level in _FIXES and sys.platform.startswith("linux") and seccomp.supported() and not reason.startswith(_GOT_OUT)
    return f" ({_FIXES[level]})" if helps else ""


def _try(level: Level, layers: Layers, files: PythonFiles, better: dict[str, str]) -> Chosen:
    slot = Slot(level, layers, files)
    try:
        contained, escaped, _ = run_probes(slot)
    finally:
        slot.close()
    return Chosen(
        Isolation(level, _describe(layers), contained, escaped, platform.release(), platform.python_version(), better), layers, files
    )


def _as_external(chosen: Chosen) -> Chosen:
    inner = chosen.isolation
    stated = {"external": "stated by the user", **inner.layers}
    isolation = Isolation("E", stated, inner.contained, inner.escaped, inner.kernel, inner.python, inner.better)
    return Chosen(isolation, chosen.layers, chosen.files)


def _describe(layers: Layers) -> dict[str, str]:
    found = {"bubblewrap": bubblewrap.version(layers.bubblewrap)} if layers.bubblewrap else {}
    found |= {"landlock": f"ABI {kernel.landlock_abi()}"} if layers.landlock else {}
    found |= {"seccomp": seccomp.VERSION} if layers.seccomp else {}
    return found | ({"seatbelt": seatbelt.version()} if layers.seatbelt else {})
