"""The system-call filter: a list of what a computing program needs; everything else fails with EPERM.

Not on the list, among others: fork and exec, sockets other than a private stream pair, passing descriptors, opening for writing,
signals to other processes, namespaces, and every call that changes a file, a limit or an identity. Numbers are from the kernel's own
tables (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h). The format is classic BPF, see seccomp(2).
"""

import ctypes
import os
import platform
import struct
from typing import Any

from .kernel import call, prepared

VERSION = "strict-1"

# fmt: off
_X86_64 = {
    "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10,
    "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16, "pread64": 17, "readv": 19,
    "writev": 20, "access": 21, "pipe": 22, "select": 23, "sched_yield": 24, "mremap": 25, "madvise": 28, "dup": 32, "dup2": 33,
    "pause": 34, "nanosleep": 35, "getitimer": 36, "alarm": 37, "setitimer": 38, "getpid": 39, "sendto": 44, "recvfrom": 45,
    "shutdown": 48, "socketpair": 53, "clone": 56, "exit": 60, "wait4": 61, "kill": 62, "uname": 63,
    "fcntl": 72, "getcwd": 79, "umask": 95, "gettimeofday": 96, "getrlimit": 97, "getrusage": 98, "sysinfo": 99,
    "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108, "getppid": 110, "getpgrp": 111, "rt_sigpending": 127,
    "rt_sigtimedwait": 128, "rt_sigsuspend": 130, "sigaltstack": 131, "gettid": 186, "time": 201, "futex": 202,
    "sched_getaffinity": 204, "getdents64": 217, "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229,
    "clock_nanosleep": 230, "exit_group": 231, "epoll_wait": 232, "epoll_ctl": 233, "tgkill": 234, "openat": 257, "newfstatat": 262,
    "faccessat": 269, "pselect6": 270, "ppoll": 271, "set_robust_list": 273, "epoll_pwait": 281, "eventfd2": 290,
    "epoll_create1": 291, "dup3": 292, "pipe2": 293, "prlimit64": 302, "getcpu": 309, "getrandom": 318, "membarrier": 324,
    "statx": 332, "rseq": 334, "clone3": 435, "close_range": 436, "faccessat2": 439, "epoll_pwait2": 441,
}
_AARCH64 = {
    "getcwd": 17, "eventfd2": 19, "epoll_create1": 20, "epoll_ctl": 21, "epoll_pwait": 22, "dup": 23, "dup3": 24, "fcntl": 25, "ioctl": 29,
    "faccessat": 48, "openat": 56, "close": 57, "pipe2": 59, "getdents64": 61, "lseek": 62, "read": 63, "write": 64, "readv": 65,
    "writev": 66, "pread64": 67, "pselect6": 72, "ppoll": 73, "newfstatat": 79, "fstat": 80, "exit": 93,
    "exit_group": 94, "futex": 98, "set_robust_list": 99, "nanosleep": 101, "getitimer": 102, "setitimer": 103, "clock_gettime": 113,
    "clock_getres": 114, "clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128, "kill": 129,
    "tgkill": 131, "sigaltstack": 132, "rt_sigsuspend": 133, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigpending": 136,
    "rt_sigtimedwait": 137, "rt_sigreturn": 139, "times": 153, "uname": 160, "getrlimit": 163, "getrusage": 165, "umask": 166,
    "getcpu": 168, "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174, "geteuid": 175, "getgid": 176, "getegid": 177,
    "gettid": 178, "sysinfo": 179, "socketpair": 199, "sendto": 206, "recvfrom": 207, "shutdown": 210,
    "brk": 214, "munmap": 215, "mremap": 216, "clone": 220, "mmap": 222, "mprotect": 226, "madvise": 233, "wait4": 260,
    "prlimit64": 261, "getrandom": 278, "membarrier": 283, "statx": 291, "rseq": 293, "clone3": 435, "close_range": 436,
    "faccessat2": 439, "epoll_pwait2": 441,
}
# fmt: on
_TABLES = {"x86_64": (0xC000003E, 317, _X86_64), "aarch64": (0xC00000B7, 277, _AARCH64)}
"""Per machine: its AUDIT_ARCH number, the number of seccomp(2), its system calls."""

_LOAD, _JUMP, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x05, 0x15, 0x35, 0x45, 0x54, 0x06
_KILL, _ALLOW, _EPERM, _ENOSYS = 0x8000_0000, 0x7FFF_0000, 0x0005_0001, 0x0005_0026
_NUMBER, _ARCH = 0, 4
"""Offsets in struct seccomp_data; arguments begin at 16, eight bytes each, low half first."""

# Opening for writing in any way: O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, and the bit of O_TMPFILE.
_OPEN_WRITE = 0o3 | 0o100 | 0o1000 | 0o2000 | 0o20000000
# A thread as glibc makes one (CLONE_VM … CLONE_CHILD_CLEARTID, with or without SETTLS and DETACHED); CLONE_THREAD is 0x10000.
_CLONE_THREAD, _CLONE_OTHER = 0x10000, 0xFFFF_FFFF & ~0x7D0F00
_SOCK_FLAGS = 0o2000000 | 0o4000
_MSG_OOB = 1
_FUTEX = (0, 1, 3, 4, 5, 9, 10)
"""WAIT, WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP, WAIT_BITSET, WAKE_BITSET."""
_PID_MARK = 0x5EED_0001
"""Stands in the filter where the process's own id goes."""

Instruction = tuple[int, int, int, int]


def supported() -> bool:
    """Whether there is a table for this machine."""
    return platform.machine() in _TABLES


class Filter:
    """The filter of this machine, made once and put on many processes: all that can be done before they are forked is done here."""

    def __init__(self) -> None:
        code = b"".join(struct.pack("=HBBI", *instruction) for instruction in build(platform.machine()))
        mark = struct.pack("=I", _PID_MARK)
        self._pids = [position for position in range(4, len(code), 8) if code[position : position + 4] == mark]
        self._code: Any = ctypes.create_string_buffer(code, len(code))
        program = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(self._code))
        self._arguments = prepared(_TABLES[platform.machine()][1], 1, 0, ctypes.create_string_buffer(program, len(program)))

    def install(self) -> None:
        """Put it on this process for good; `no_new_privs` must be set. Raises OSError."""
        pid = struct.pack("=I", os.getpid())
        for position in self._pids:
            self._code[position : position + 4] = pid
        call(self._arguments)


def build(machine: str) -> list[Instruction]:
    """The instructions for a machine, with a mark in place of the process id.

    The numbers of system calls are cut into ranges that are treated alike, and the range is found by halving: the kernel goes
    through the filter once for each number there is when it is installed, and once for every call after that.
    """
    arch, _, table = _TABLES[machine]
    allowed, refused = [(_RETURN, 0, 0, _ALLOW)], [(_RETURN, 0, 0, _EPERM)]
    treated = {number: _CHECKED.get(name, allowed) for name, number in table.items()}
    ranges = [(0, treated.get(0, refused))]
    for number in range(1, max(treated) + 2):
        body = treated.get(number, refused)
        if body is not ranges[-1][1]:
            ranges.append((number, body))
    if machine == "x86_64":  # Numbers of the x32 ABI.
        ranges.append((0x4000_0000, [(_RETURN, 0, 0, _KILL)]))
    return [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER), *_halved(ranges)]


def _halved(ranges: list[tuple[int, list[Instruction]]]) -> list[Instruction]:
    """What finds the range of a number, and what is then done; each range is given by its first number."""
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    below, above = _halved(ranges[:middle]), _halved(ranges[middle:])
    jump = [(_AT_LEAST, len(below), 0, ranges[middle][0])]
    if len(below) > 255:  # No conditional jump goes further.
        jump = [(_AT_LEAST, 0, 1, ranges[middle][0]), (_JUMP, 0, 0, len(below))]
    return [*jump, *below, *above]


def _low(index: int) -> Instruction:
    return (_LOAD, 0, 0, 16 + 8 * index)


def _high(index: int) -> Instruction:
    return (_LOAD, 0, 0, 20 + 8 * index)


def _one_of(index: int, *values: int) -> list[Instruction]:
    """Allow the call if its 32-bit argument is one of `values`."""
    tests = [(_EQUAL, len(values) - position, 0, value) for position, value in enumerate(values)]
    return [_low(index), *tests, (_RETURN, 0, 0, _EPERM), (_RETURN, 0, 0, _ALLOW)]


def _is_null(index: int) -> list[Instruction]:
    """Allow the call if its pointer argument is null: both halves."""
    refuse, allow = (_RETURN, 0, 0, _EPERM), (_RETURN, 0, 0, _ALLOW)
    return [_low(index), (_EQUAL, 0, 3, 0), _high(index), (_EQUAL, 0, 1, 0), allow, refuse]


def _no_bit(index: int, bits: int) -> list[Instruction]:
    """Allow the call if its 32-bit argument has none of `bits`."""
    return [_low(index), (_ANY_BIT, 0, 1, bits), (_RETURN, 0, 0, _EPERM), (_RETURN, 0, 0, _ALLOW)]


_CHECKED: dict[str, list[Instruction]] = {
    "open": _no_bit(1, _OPEN_WRITE),
    "openat": _no_bit(2, _OPEN_WRITE),
    "clone": [
        _high(0), (_EQUAL, 0, 4, 0), _low(0), (_ANY_BIT, 2, 0, _CLONE_OTHER), (_ANY_BIT, 0, 1, _CLONE_THREAD), (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _EPERM),
    ],
    "clone3": [(_RETURN, 0, 0, _ENOSYS)],  # Its flags lie in memory; glibc then uses clone, whose flags can be seen.
    "kill": _one_of(0, _PID_MARK),
    "tgkill": _one_of(0, _PID_MARK),
    # A datagram socket could be sent to any path. AF_UNIX, SOCK_STREAM.
    "socketpair": [_low(0), (_EQUAL, 0, 4, 1), _low(1), (_AND, 0, 0, 0xFFFF_FFFF & ~_SOCK_FLAGS), (_EQUAL, 0, 1, 1),
                   (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)],
    "sendto": [_low(3), (_ANY_BIT, 0, 1, _MSG_OOB), (_RETURN, 0, 0, _EPERM), *_is_null(4)],
    "recvfrom": _no_bit(3, _MSG_OOB),
    # Waiting and waking only: no priorities are inherited.
    "futex": [_low(1), (_AND, 0, 0, 0x7F), *((_EQUAL, len(_FUTEX) - position, 0, operation) for position, operation in enumerate(_FUTEX)),
              (_RETURN, 0, 0, _EPERM), (_RETURN, 0, 0, _ALLOW)],
    "ioctl": _one_of(1, 0x5401, 0x5421, 0x5451),  # TCGETS, FIONBIO, FIOCLEX
    "fcntl": _one_of(1, 0, 1, 2, 3, 1030),  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
    "prlimit64": _is_null(2),  # Reading only.
}  # fmt: skip
