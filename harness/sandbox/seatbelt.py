"""Seatbelt around a fork server, by macOS's own `sandbox-exec`: no files but Python's, no writing, no network, no other processes.

Level C, since nothing here filters system calls or limits memory, and Apple documents the rules only by example
(/System/Library/Sandbox/Profiles, sandbox-exec(1), sandbox(7)). The probes say what it keeps in.
"""

import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.sandbox.paths import PythonFiles

_SANDBOX_EXEC = "/usr/bin/sandbox-exec"
# What the dynamic linker and the C library read in every process.
_SYSTEM = ("/usr/lib", "/System/Library", "/System/Volumes/Preboot/Cryptexes", "/private/var/db/dyld", "/private/var/db/timezone")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_RULES = """(version 1)
(deny default)
(allow process-fork)
(allow process-exec {executables})
(allow process-info* (target self))
(allow signal (target self) (target children))
(allow sysctl-read)
(allow file-read-metadata)
(allow file-read* file-map-executable {read})
(allow file-read-data {listed})
(allow file-read* file-write-data {devices})
"""


def find() -> str | None:
    """The path of `sandbox-exec`, or None where there is none: it is part of macOS and lies nowhere else."""
    return _SANDBOX_EXEC if sys.platform == "darwin" and Path(_SANDBOX_EXEC).exists() else None


def version() -> str:
    """The system's version, as Seatbelt has none of its own."""
    return f"macOS {platform.mac_ver()[0]}"


def command(sandbox_exec: str, files: PythonFiles, code: str, listed: Sequence[str]) -> list[str]:
    """The command line up to the interpreter, which reads its own modules from `code` and lists the folders in `listed`."""
    # A framework's interpreter starts the one in its Python.app, and both load libraries that lie beside them.
    base = Path(files.executable).parent.parent
    rules = _RULES.format(
        executables=_paths("literal", [files.executable]) + " " + _paths("subpath", [f"{base}/Resources"]),
        read=_paths("subpath", [*_SYSTEM, *files.read, f"{base}/Resources", code]) + " " + _paths("literal", [f"{base}/Python", "/"]),
        listed=_paths("literal", [*files.list, *listed]), devices=_paths("literal", _DEVICES),
    )  # fmt: skip
    return [sandbox_exec, "-p", rules]


def _paths(kind: str, paths: Sequence[str]) -> str:
    """Filters for paths. A path is matched as the kernel resolved it; a string is written as in Scheme, which JSON's form fits."""
    return " ".join(f"({kind} {json.dumps(str(Path(path).resolve()), ensure_ascii=False)})" for path in paths)
