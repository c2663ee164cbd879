"""What is kept of a program: what its entry points need, at the lines where it stood, and nothing that merely runs."""

import pytest

from harness.scorers.reachable import keep_reachable

F = "def f(x):\n    return x"


def kept(program: str, *entry_points: str) -> str:
    return keep_reachable(program, entry_points or ("f",))


@pytest.mark.parametrize(
    "extra",
    [
        "print(f(1))", "assert f(1) == 1", "x = int(input())", "result = f(2)\nprint(result)", "for i in range(3):\n    print(f(i))",
        "if __name__ == '__main__':\n    f(input())", "import matplotlib", "def demo():\n    print(f(1))", "class Demo:\n    pass",
        "s = []\ns.append(f(1))", "import unittest\nunittest.main()", "'''text'''", "while True:\n    pass", "del_me = 1\ndel del_me",
    ],
)  # fmt: skip
def test_what_the_entry_point_does_not_need_is_left_out(extra: str) -> None:
    assert kept(f"{F}\n{extra}").strip() == F
    assert kept(f"{extra}\n{F}").strip() == F


@pytest.mark.parametrize(
    "program",
    [
        "import math\ndef f(x): return math.floor(x)",
        "from math import *\ndef f(x): return floor(x)",
        "from __future__ import annotations\ndef f(x: int): return x",
        "import sys\nsys.setrecursionlimit(9999)\ndef f(x): return sys.maxsize",
        "try:\n    import numpy as np\nexcept ImportError:\n    np = None\ndef f(x): return np",
        "TABLE = {}\nTABLE[0] = 1\ndef f(x): return TABLE[x]",
        "TABLE = []\nfor i in range(9):\n    TABLE.append(i * i)\ndef f(x): return TABLE[x]",
        "N = 3\nM = N + 1\ndef f(x): return M",
        "count = 0\ndef f(x):\n    global count\n    count += x\n    return count",
        "def g(x): return x\ndef f(x): return g(x)",
        "class Base: pass\nclass f(Base): pass",
        "def wrap(h): return h\n@wrap\ndef f(x): return x",
        "SIZE = 3\ndef f(x=SIZE): return x",
        "def f(x): return [g(y) for y in x]\ndef g(x): return x",
        "f = lambda x: h(x)\ndef h(x): return x",
        "if True:\n    def f(x): return x",
        "from decimal import getcontext\ngetcontext().prec = 50\ndef f(x): return getcontext()",
        "a = 1; b = 2\ndef f(x): return b",
        "def f(x): return eval('y')\ny = 1\nprint(y)",
    ],
)
def test_what_it_needs_is_kept_as_it_stands(program: str) -> None:
    assert kept(program) == program


def test_lines_keep_their_numbers() -> None:
    assert kept(f"print(1)\nprint(2)\n{F}").split("\n")[2:] == F.split("\n")


def test_decorators_go_with_what_they_decorate() -> None:
    assert kept(f"@print\ndef demo(): pass\n{F}").strip() == F


def test_each_of_several_entry_points_counts() -> None:
    program = "def f(): return a\ndef g(): return b\na = 1\nb = 2\nc = 3"
    assert kept(program, "f", "g").strip() == program.removesuffix("\nc = 3")


@pytest.mark.parametrize("program", ["def f(:", "", "\0", "x = " + "(" * 5000])
def test_what_does_not_parse_is_left_alone(program: str) -> None:
    assert kept(program) == program
