"""Confinement that the kernel offers to any process, through ctypes: Landlock, capabilities, limits.

Sources: landlock(7), capabilities(7), prctl(2), setrlimit(2).
"""

import ctypes
import math
import os
import platform
import resource
import struct
import sys
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_KILL_WITH_PARENT = (_PR_SET_PDEATHSIG, *map(ctypes.c_ulong, (9, 0, 0, 0)))
"""Made beforehand, since every child has this to do. It cannot fail."""
_CAPSET = {"x86_64": 126, "aarch64": 91}


def prepared(number: int, *arguments: Any) -> list[Any]:
    """A system call as `call` takes it."""
    return [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in (number, *arguments)]


def syscall(number: int, *arguments: Any) -> int:
    """Make a system call; raises OSError if it fails."""
    return call(prepared(number, *arguments))


def call(arguments: list[Any]) -> int:
    """Make a system call that was prepared; raises OSError if it fails."""
    result = int(_libc.syscall(*arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def landlock_abi() -> int:
    """Version of Landlock in this kernel, 0 if there is none or it is off."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        return syscall(_CREATE_RULESET, None, 0, 1)
    except OSError:
        return 0


def landlock_ruleset(read: list[str], list_only: list[str]) -> int:
    """A ruleset under which nothing can be written and only `read` (files, or folders with all in them) can be read.

    The folders in `list_only` can be listed. Also denied, where this kernel can: TCP, abstract sockets, signals.
    Returns a file descriptor. Raises OSError.
    """
    abi = landlock_abi()
    files = (1 << 13) - 1
    files |= (1 << 13 if abi >= 2 else 0) | (1 << 14 if abi >= 3 else 0) | (1 << 15 if abi >= 5 else 0)
    attributes = struct.pack("=QQQ", files, 3, 3)[: 8 if abi < 4 else 16 if abi < 6 else 24]
    ruleset = syscall(_CREATE_RULESET, ctypes.create_string_buffer(attributes, len(attributes)), len(attributes), 0)
    for paths, access in ((read, _READ_FILE | _READ_DIR), (list_only, _READ_DIR)):
        for path in paths:
            try:
                fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            rule = struct.pack("=Qi", access if os.path.isdir(path) else access & _READ_FILE, fd)  # noqa: PTH112
            syscall(_ADD_RULE, ruleset, 1, ctypes.create_string_buffer(rule, len(rule)), 0)
            os.close(fd)
    return ruleset


def landlock_restrict(ruleset: int) -> None:
    """Put this process, and all that it starts, under the rules; there is no way back. Raises OSError if the kernel refuses."""
    syscall(_RESTRICT_SELF, ruleset, 0)


def drop_privileges() -> None:
    """Give up all capabilities, and the right to gain any. Raises OSError."""
    if not sys.platform.startswith("linux"):
        return
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    if platform.machine() in _CAPSET:
        header, nothing = struct.pack("=Ii", 0x2008_0522, 0), bytes(24)
        syscall(_CAPSET[platform.machine()], ctypes.create_string_buffer(header, 8), ctypes.create_string_buffer(nothing, 24))


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that made it ends."""
    if sys.platform.startswith("linux"):
        _libc.prctl(*_KILL_WITH_PARENT)


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose own parent ends, so that they can be found."""
    if sys.platform.startswith("linux"):
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def set_common_limits() -> None:
    """Limits that hold for the fork server too, and so for its children: no files, no dumps, no locked memory."""
    _set_limits({"RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0, "RLIMIT_MEMLOCK": 0, "RLIMIT_MSGQUEUE": 0})


def set_limits(memory_mb: int, cpu_s: float) -> None:
    """Limits of a child: memory, few descriptors; CPU time as a backstop of the clock outside, where there is one."""
    limits = {"RLIMIT_AS": memory_mb << 20, "RLIMIT_CPU": math.ceil(cpu_s) + 2, "RLIMIT_NOFILE": 64}
    if sys.platform == "darwin":  # It counts processes there, but threads on Linux, where the filter denies processes.
        limits["RLIMIT_NPROC"] = 0
    _set_limits(limits)


def _set_limits(limits: dict[str, int]) -> None:
    for name, value in limits.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError):
            if sys.platform.startswith("linux"):
                raise


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), f"prctl {option}")
