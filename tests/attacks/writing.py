"""Short ways to write attacks down; the tables of the families are made of these."""

from collections.abc import Iterable
from textwrap import indent

from tests.attacks.records import STOPPED, UNHEARD, Attack

NOTHING = "def add(a, b):\n    return None\n"
"""A program that answers nothing."""

LIAR = """__eq__ = __ge__ = __le__ = __gt__ = __lt__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = lambda self: 0"""
"""The body of a class whose objects are equal to everything."""

UNITTEST = "import unittest\ncase = unittest.TestCase()\ncase.assertEqual(add(19, 23), 42)\ncase.assertEqual(add(-8, 3), -5)\n"
"""Tests written with unittest."""

KERNEL = """\
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(*values):
    'The result of a system call, or minus its error number.'
    result = libc.syscall(*[ctypes.c_long(v) if isinstance(v, int) else v for v in values])
    return -ctypes.get_errno() if result < 0 else result
"""
"""For attacks that make system calls by number; the numbers are those of x86_64."""

MACHINE_CODE = """\
import ctypes, mmap
def execute(code):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    return ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""
"""For attacks that bring their own x86_64 instructions; the result is what they leave in rax."""

PEEK = """\
import ctypes, os
libc, (reader, writer) = ctypes.CDLL(None), os.pipe()
libc.sbrk.restype = ctypes.c_void_p
def peek(address):
    'A page of memory, empty if nothing is mapped there: a pipe refuses such addresses without a crash.'
    count = libc.write(writer, ctypes.c_void_p(address), 4096)
    return os.read(reader, count) if count > 0 else b''
def pages():
    'The memory around the heap and around some objects, neighbouring pages together.'
    for start in {libc.sbrk(0), id(object()), id(pages), id('x' * 5000), id(bytes(1 << 19))}:
        for step in (4096, -4096):
            tail = b''
            for number in range(3000):
                page = peek((start & ~4095) + number * step)
                if not page and number > 1:
                    break
                yield tail + page if step > 0 else page + tail
                tail = page
"""
"""For attacks that read their own process's memory without knowing what is mapped."""

EVERY = """\
import os, select
def every(data):
    'Write to every open file but the standard streams, if it takes something.'
    for number in range(3, 256):
        try:
            if select.select([], [number], [], 0)[1]:
                os.write(number, data)
        except (OSError, ValueError):
            pass
def framed(text):
    'The text in the shapes that frames commonly have.'
    data = text if isinstance(text, bytes) else text.encode('utf-8', 'surrogatepass')
    size = len(data)
    return [size.to_bytes(4, 'big') + data, size.to_bytes(4, 'little') + data, size.to_bytes(8, 'big') + data, data + b'\\n']
"""
"""For attacks that write to the worker's own channel without knowing which file it is and how it is framed."""

BETWEEN = """\
import os, socket, stat, threading
def relay(source, target, change):
    while data := os.read(source, 1 << 16):
        for piece in change(data):
            os.write(target, piece)
def step_between(change):
    'Take the place of every inherited socket; what is sent goes through `change`, which gives the pieces to send instead.'
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                real, (ours, theirs) = os.dup(number), socket.socketpair()
                os.dup2(theirs.detach(), number)
                threading.Thread(target=relay, args=(real, ours.fileno(), lambda data: [data]), daemon=True).start()
                threading.Thread(target=relay, args=(ours.detach(), real, change), daemon=True).start()
                return
        except OSError:
            pass
"""
"""For attacks that tamper with the worker's own channel whatever its format is."""


def attempt(
    name: str,
    why: str,
    body: str,
    *,
    helpers: str = "",
    expect: frozenset[str] = STOPPED,
    harms: bool = False,
    needs: Iterable[str] = (),
    tests: str = Attack.tests,
) -> Attack:
    """An attack whose `body` returns whether it worked; the program answers rightly only then, so `passed` means that it did."""
    steps = indent(helpers + body.strip("\n"), "    ")
    source = (
        f"def attack():\n{steps}\ntry:\n    worked = bool(attack())\nexcept BaseException:\n    worked = False\n"
        "def add(a, b):\n    return a + b if worked else None\n"
    )
    machine = {"x86_64"} if helpers in (KERNEL, MACHINE_CODE) else set()
    return Attack(name, source, expect, harms, tests, frozenset(needs) | machine, why)


def reach(name: str, why: str, number: int, arguments: str, *proofs: str, needs: Iterable[str] = ()) -> Attack:
    """One system call that no program needs. It has worked if the kernel's own code answered: with success, or with one of the
    errors `proofs` that the arguments provoke (a filter answers with EPERM or ENOSYS). The arguments are such that nothing changes."""
    codes = ", ".join(f"-errno.{proof}" for proof in proofs)
    body = f"import errno\nresult = call({number}, {arguments})\nreturn result >= 0" + (f" or result in ({codes},)" if proofs else "")
    return attempt(name, why, body, helpers=KERNEL, needs=needs)


def program(
    name: str,
    why: str,
    source: str,
    *,
    expect: frozenset[str] = UNHEARD,
    harms: bool = False,
    needs: Iterable[str] = (),
    tests: str = Attack.tests,
    prelude: str = "",
    entry_points: tuple[str, ...] = ("add",),
) -> Attack:
    """An attack that is written out in full."""
    return Attack(name, source.strip("\n") + "\n", expect, harms, tests, frozenset(needs), why, prelude, entry_points)
