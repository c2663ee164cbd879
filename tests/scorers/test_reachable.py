"""What is kept of a program: what its entry points need, at the lines where it stood, and nothing that merely runs."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
        "memo = {}\nmemo[1] = f(1)", "def main():\n    n = int(input())\n    print(f(n))\nmain()", "f(3)", "f(x=3).bit_length()",
        "test(f)",
        "import sys\nsys.exit(0)", "if 'pytest' in __name__:\n    f(2)", "data = [1]\nfor x in data:\n    result = f(x)",
        "class T(Missing):\n    pass", "async def main():\n    f(1)\nimport asyncio\nasyncio.run(main())",
        "with open('x') as h:\n    f(h.read())",
        "raise SystemExit", "f", "try:\n    f(input())\nexcept ValueError:\n    pass", "for x in 'ab':\n    assert f(x)",
        "g = [f(i) for i in range(10)]",
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
        "a, *b = 1, 2, 3\ndef f(x): return b",
        "n = 1\nn += 1\ndef f(x): return n",
        "n: int = 3\ndef f(x): return n",
        "if (n := 3) > 2:\n    m = n\ndef f(x): return n",
        "total = 0\nsums = [total := total + i for i in range(3)]\ndef f(x): return total",
        "import threading\nlock = threading.Lock()\nwith lock:\n    ready = True\ndef f(x): return ready",
        "import sys\nmatch sys.platform:\n    case 'linux': SEP = 1\n    case other: SEP = other\ndef f(x): return SEP",
        "while True:\n    LIMIT = 3\n    break\ndef f(x): return LIMIT",
        "try:\n    import fast as impl\nexcept ImportError:\n    import json as impl\ndef f(x): return impl",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from decimal import Decimal\ndef f(x: Decimal): return x",
        "from typing import List\ndef f(x: List[int]) -> List[int]: return x",
        "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\ndef f(p: P): return p",
        "KEY = str\nclass f:\n    order = KEY\n    def g(self): return HELP\nHELP = 1",
        "META = type\nclass f(metaclass=META): pass",
        "async def f(x): return await g(x)\nasync def g(x): return x",
        "f = g = lambda x: h\nh = 1",
        "def outer():\n    def inner(): return DEEP\n    return inner\nf = outer()\nDEEP = 1",
        "import functools\n@functools.lru_cache(maxsize=None)\ndef f(x): return f(x - 1) if x else 0",
        "TABLE = [2, 1]\nTABLE.sort()\nTABLE[0], TABLE[1] = TABLE[1], TABLE[0]\ndel TABLE[1]\ndef f(x): return TABLE",
        "import heapq\nHEAP = [3, 1]\nheapq.heapify(HEAP)\ndef f(x): return HEAP",
        "TABLE = {}\ndef fill(table, n):\n    for i in range(n): table[i] = i\nfill(TABLE, 9)\ndef f(x): return TABLE[x]",
        "PRIMES = []\ndef sieve():\n    for i in range(9): PRIMES.append(i)\nsieve()\ndef f(x): return PRIMES[x]",
        "TABLE = None\ndef build():\n    global TABLE\n    TABLE = [1]\nfor _ in range(1):\n    build()\ndef f(x): return TABLE",
        "import heapq\nHEAP = []\ndef build():\n    heapq.heappush(HEAP, 1)\nbuild()\ndef f(x): return HEAP",
        "class Options: pass\nOptions.depth = 3\nsetattr(Options, 'width', 4)\ndef f(x): return Options",
        "from functools import singledispatch\n@singledispatch\ndef f(x): return 0\n@f.register(int)\ndef _(x): return 1",
        "from functools import singledispatch\n@singledispatch\ndef f(x): return 0\n@f.register\ndef _(x: str): return 2",
        "RULES = {}\ndef rule(name):\n    def enter(g):\n        RULES[name] = g\n        return g\n    return enter\n"
        "@rule('a')\ndef a(x): return x\ndef f(n): return RULES[n]",
        "class Shape:\n    pass\nclass Square(Shape): pass\ndef f(x): return Shape.__subclasses__()",
        "class f: pass\nf.extra = lambda self: 1",
        "TEXTS = (\n    1,\n    2,\n)\ndef f(x): return TEXTS",
        "\x0cdef f(x): return x",
    ],
)
def test_what_it_needs_is_kept_as_it_stands(program: str) -> None:
    assert kept(program) == program


@pytest.mark.parametrize(
    ("program", "left"),
    [
        ("import sys\ndef f(x): return sys.maxsize\nsys.exit(f(1))", "import sys\ndef f(x): return sys.maxsize\n"),
        (
            "memo = {}\ndef f(n):\n    memo[n] = n\n    return n\nn = int(input())\nf(n)\nprint(f(n))",
            "memo = {}\ndef f(n):\n    memo[n] = n\n    return n\n\n\n",
        ),
        ("TABLE = [1]\ndef f(x): return TABLE\nprint(TABLE)\nassert TABLE.pop()", "TABLE = [1]\ndef f(x): return TABLE\n\n"),
        ("def f(x): return 'g'\ndef g(): pass", "def f(x): return 'g'\n"),
        ("def f(x):\n    g = 1\n    return g\ndef g(): pass", "def f(x):\n    g = 1\n    return g\n"),
        ("def f(x): return x.g\ndef g(): pass", "def f(x): return x.g\n"),
        ("from decimal import *\ndef f(x): return x\nprint(1)", "from decimal import *\ndef f(x): return x\n"),
        (
            "import warnings, random\nwarnings.filterwarnings('ignore')\nrandom.seed(1)\ndef f(x): return x",
            "import warnings, random\nwarnings.filterwarnings('ignore')\nrandom.seed(1)\ndef f(x): return x",
        ),
        (
            "import functools\n@functools.cache\ndef f(x): return x\n@functools.cache\ndef demo(): pass",
            "import functools\n@functools.cache\ndef f(x): return x\n\n",
        ),
        ("from abc import ABC\nclass f(ABC): pass\nclass Demo(ABC): pass", "from abc import ABC\nclass f(ABC): pass\n"),
        (
            "n = 1\ndef f(x): return n\nif __name__ == '__main__':\n    n = int(input())\n    print(f(n))",
            "n = 1\ndef f(x): return n\n\n\n",
        ),
        ("print(1); y = 2\ndef f(x): return y", "print(1); y = 2\ndef f(x): return y"),
        ("print(1); z = 2\ndef f(x): return x", "\ndef f(x): return x"),
        ("print(\n    1,\n)\ndef f(x): return x", "\n\n\ndef f(x): return x"),
        ("a = 1\rb = 2\rdef f(x): return b\rprint(f(1))", "\nb = 2\ndef f(x): return b\n"),
        ('print("""a\r\nb""")\r\ndef f(x): return x', "\n\ndef f(x): return x"),
    ],
)
def test_the_border_between_needed_and_not(program: str, left: str) -> None:
    assert kept(program) == left


@pytest.mark.parametrize("name", ["globals()", "locals()", "vars()", "eval('1')", "exec('1')", "__import__('os')"])
def test_a_program_that_looks_names_up_at_run_time_is_left_whole(name: str) -> None:
    for program in (f"print(1)\ndef f(x): return {name}", f"{F}\ndef g():\n    return [lambda: {name}]"):
        assert kept(program) == program


def test_lines_keep_their_numbers() -> None:
    assert kept(f"print(1)\nprint(2)\n{F}").split("\n")[2:] == F.split("\n")


def test_decorators_go_with_what_they_decorate() -> None:
    assert kept(f"@print\ndef demo(): pass\n{F}").strip() == F


def test_each_of_several_entry_points_counts() -> None:
    program = "def f(): return a\ndef g(): return b\na = 1\nb = 2\nc = 3"
    assert kept(program, "f", "g").strip() == program.removesuffix("\nc = 3")


@pytest.mark.parametrize(
    "program",
    [
        "def f(:", "", "\0", "\ud800", "x = " + "(" * 5000, "return 1", "await f()", "x = " + "-" * 50_000 + "1",
        "def f(x): return x" + ".a" * 20_000,
    ],
    ids=lambda program: ascii(program[:20]),
)  # fmt: skip
def test_what_does_not_parse_is_left_alone(program: str) -> None:
    assert kept(program) == program


STATEMENTS = [
    "import os", "from math import *", "x = 1", "def f(x): return y", "def g(): global y; y = 2", "y: int = 1", "class C(B): z = x",
    "@g\ndef h(): f(1)", "x.append(1)", "x[0] = y", "g()", "print(f(1))", "for i in x: y += i", "if __name__ == '__main__': f(input())",
    "try: import q\nexcept: q = 0", "del x", "with x as y: pass", "f = lambda: h", "(w := 5)", "[v := 1 for _ in x]", "assert x",
    "y = eval('x')", "async def k(): await f()", "\tx = 1", "!", 'x = """', "a = 1; b = 2", "\r", "\x0c", "#", "match x:\n  case y: pass",
    "type T = int", "空 = 1", "return",
]  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(STATEMENTS), max_size=8), st.sampled_from(["\n", "\r\n", "\r", ";"]), st.text(max_size=5))
def test_whatever_the_program_nothing_is_raised_and_what_is_kept_still_parses(statements: list[str], end: str, text: str) -> None:
    program = end.join([*statements, text])
    left = kept(program, "f", "C")
    try:
        ast.parse(program)
    except (SyntaxError, ValueError):
        assert left == program
    else:
        ast.parse(left)
        assert kept(left, "f", "C") == left
