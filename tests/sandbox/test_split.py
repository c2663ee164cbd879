"""What the split between tests and program carries, and what it must not."""

import json
import subprocess
import sys

import pytest

from harness.sandbox import Limits, Program, Sandbox, Verdict
from tests.sandbox.pairs import PAIRS, Pair

LIMITS = Limits(cpu_s=3.0, wall_s=20.0, memory_mb=1024)
ORACLE = """
import json, os, sys, types, unittest
import numpy
for prelude, candidate, tests in json.load(sys.stdin):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(2)
            module = types.ModuleType("program")
            sys.modules["program"] = module
            for part in (prelude, candidate, tests):
                exec(compile(part, "part", "exec"), vars(module))
            cases = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, unittest.TestCase)]
            results = [unittest.defaultTestLoader.loadTestsFromTestCase(case).run(unittest.TestResult()) for case in cases]
            status = 0 if all(result.wasSuccessful() for result in results) else 1
        finally:
            os._exit(status)
    print(os.waitpid(pid, 0)[1] == 0)
"""


def run(sandbox: Sandbox, candidate: str, tests: str, entry_points: tuple[str, ...] = ("f",), prelude: str = "") -> Verdict:
    return sandbox.run(Program(prelude, candidate, tests, entry_points), LIMITS)


@pytest.fixture(scope="module")
def plain() -> dict[str, bool]:
    """Whether each pair passes when all of it runs in one process, as a naive runner would have it."""
    programs = json.dumps([(pair.prelude, pair.program, pair.tests) for pair in PAIRS])
    done = subprocess.run([sys.executable, "-c", ORACLE], input=programs, capture_output=True, text=True, check=True, timeout=120)
    verdicts = done.stdout.split()
    assert len(verdicts) == len(PAIRS)
    return {pair.name: verdict == "True" for pair, verdict in zip(PAIRS, verdicts, strict=True)}


def test_the_pairs_have_names_of_their_own_and_both_verdicts(plain: dict[str, bool]) -> None:
    assert len(plain) == len(PAIRS) > 100
    assert sum(plain.values()) > 100
    assert sum(not passed for passed in plain.values()) > 25


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_the_verdict_is_that_of_plain_execution(kernel_sandbox: Sandbox, plain: dict[str, bool], pair: Pair) -> None:
    verdict = run(kernel_sandbox, pair.program, pair.tests, pair.entry_points, pair.prelude)
    assert (verdict.status == "passed") == plain[pair.name], f"{verdict.status}: {verdict.reason}"
    assert verdict.status in ("passed", "failed", "error")
    assert verdict.integrity == ("shared-process" if pair.shared else "split")


def test_what_no_call_of_the_class_made_has_no_operators(kernel_sandbox: Sandbox) -> None:
    """The price of believing no result: a class method's object may be the number that the tests are about to check."""
    factory = "class A:\n    @classmethod\n    def make(cls): return cls()\n    def __gt__(self, other): return True"
    verdict = run(kernel_sandbox, factory, "assert A.make() > 5", ("A",))
    assert (verdict.status, verdict.integrity) == ("error", "split")
    assert "not made from an entry point" in verdict.reason


@pytest.mark.slow
def test_a_call_that_comes_when_nobody_listens_waits_for_the_next_question(kernel_sandbox: Sandbox) -> None:
    late = "import threading, time\ndef f(g): threading.Timer(0.05, g).start()\ndef h(): time.sleep(0.3)"
    tests = "import time\nheard = []\nf(lambda: heard.append(1))\ntime.sleep(0.1)\nassert heard == []\nh()\nassert heard == [1]"
    assert run(kernel_sandbox, late, tests, ("f", "h")).reason == "all tests passed"


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ("f(lambda x: g())", "a test failed: line 1: f(lambda x: g())"),
        ("f(print)", "TypeError"),
        ("f(lambda x: f(lambda y: f(lambda z: 1 / 0)))", "ZeroDivisionError: division by zero"),
    ],
)
def test_what_a_callback_raises_and_nobody_catches_is_the_tests_own(kernel_sandbox: Sandbox, tests: str, reason: str) -> None:
    tests = tests.replace("g()", "(_ for _ in ()).throw(AssertionError)").replace("print", "lambda x, y: 0")
    reason = reason.replace("g()", "(_ for _ in ()).throw(AssertionError)")
    assert run(kernel_sandbox, "def f(g): return g(1)", tests).reason.startswith(reason)


# Values that are asked, and answer as is convenient


SECRET = 918_273_645
LIAR = f"""
import os
def heard(*said):
    if "{SECRET}" in repr([value for value in said if not isinstance(value, Lie)]):
        os._exit(77)  # An expected value was passed on.

class Lie:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        def method(*said, **more):
            heard(said, more)
            return True
        return method

def answer(*said, **more):
    heard(said[1:], more)
    return True

for name in ("eq ne lt le gt ge add sub mul truediv floordiv mod pow and or xor matmul lshift rshift divmod contains index_ instancecheck "
             "subclasscheck round format call").split():
    for prefix in ("", "r", "i"):
        setattr(Lie, f"__{{prefix}}{{name}}__", answer)
Lie.__hash__ = lambda self: hash({SECRET})
Lie.__str__ = Lie.__repr__ = lambda self: "a lie"
Lie.__iter__ = lambda self: iter([self])
Lie.__getitem__ = lambda self, key: self
Lie.__len__ = lambda self: 1
"""
QUESTIONS = [
    "f(1) == {}", "{} == f(1)", "not f(1) != {}", "[f(1)] == [{}]", "({},) == (f(1),)", "{{'k': f(1)}} == {{'k': {}}}", "f(1) in [{}]",
    "f(1) in {{{}}}", "{{f(1)}} == {{{}}}", "[{}].count(f(1)) == 1", "[{}].index(f(1)) == 0", "[f(1)].index({}) == 0", "{} in f(1)",
    "{} in [f(1)]", "f(1) < {} + 1", "{} <= f(1)", "max(f(1), {}) == {}", "sorted([{}, f(1)])[0] == {} - 1", "f(1) - {} == 0",
    "{} - f(1) == 0", "abs(f(1) - {}) < 1e-9", "f(1) + {}", "{} + f(1)", "f(1) * {}", "f(1) | {}", "f(1) ^ {}", "f(1) % {}", "{} ** f(1)",
    "f(1) @ {}", "divmod(f(1), {})", "f(1) << {}", "f(1) & {}", "f(1).startswith('{}')", "f(1).count({})", "f(1).equals({})",
    "f(1).__eq__({})", "f(1).__contains__({})", "f(1).issuperset([{}])", "f(1).union([{}])", "getattr(f(1), 'equals')({})",
    "operator.eq(f(1), {})", "operator.contains(f(1), {})", "operator.sub(f(1), {}) == 0", "math.isclose(f(1), {})", "round(f(1)) == {}",
    "collections.Counter([f(1)]) == collections.Counter([{}])", "all(a == b for a, b in zip(f(1), [{}]))", "list(f(1)) == [{}]",
    "f(1)[0] == {}", "f(1).value == {}", "str(f(1)) == '{}'", "f'{{f(1)}}' == '{}'", "f'{{f(1):{}}}'", "int(f(1)) == {}", "f(1) is {}",
    "isinstance({}, f(1))", "functools.reduce(operator.eq, [f(1), {}])", "len(f(1)) == {}", "hash(f(1)) == hash({}) and f(1) == {}",
    "f(1).result == {} and f(1).other({})", "set(f(1)) == {{{}}}", "copy.deepcopy(f(1)) == {}", "bisect.bisect([{}], f(1)) == {}",
    "f(1)() == {}", "f(1)(2) - {} == 0", "next(iter(f(1))) == {}", "f(1).a.b.c == {}", "f(1).a({})", "f(1)[0] - {} == 0", "f(1)[0].a({})",
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_expected_value_reaches_an_object_of_the_program(kernel_sandbox: Sandbox, question: str) -> None:
    tests = "assert " + question.replace("{}", str(SECRET)).replace("{{", "{").replace("}}", "}")
    verdict = run(kernel_sandbox, LIAR + "def f(x): return Lie()", tests)
    assert verdict.status in ("failed", "error"), verdict.reason


LIARS = [
    "type('L', (Lie, int), {})()", "type('L', (Lie, str), {})()", "type('L', (Lie, float), {})()", "type('L', (Lie, list), {})()",
    "type('L', (Lie, dict), {})()", "type('L', (Lie, tuple), {})()", "type('L', (Lie, set), {})()", "type('L', (Lie, bytes), {})()",
    "[Lie()]", "(Lie(),)", "{'k': Lie()}", "{1: [Lie()]}", "iter([Lie()])", "(Lie() for _ in 'a')", "Lie", "Lie().method", "len", "[]",
    "type('M', (Lie, type), {})('C', (), {})", "Ellipsis", "NotImplemented", "types.SimpleNamespace(value=Lie())", "float('nan')",
    "Node(Lie())", "type('Node', (Lie,), {'val': Lie()})()", "type('Node', (Node,), {'__eq__': answer})(Lie())", "numpy.array([Lie()])",
    "collections.deque([Lie()])", "frozenset([Lie()])", "type('E', (enum.IntEnum,), {})",
]  # fmt: skip
SHORT_QUESTIONS = (
    "f(1) == {}",
    "{} == f(1)",
    "f(1) - {} == 0",
    "{} in f(1)",
    "f(1) >= {}",
    "f(1).equals({})",
    "[*f(1)][0] == {}",
    "f(1)[0] - {} == 0",
)


@pytest.mark.parametrize("liar", LIARS)
def test_nor_when_it_hides_in_a_value(kernel_sandbox: Sandbox, liar: str) -> None:
    """The questions are asked one after the other, so that one process answers them all."""
    prelude = "class Node:\n    def __init__(self, val): self.val = val\n"
    imports = "import collections, enum, types" + (", numpy\n" if "numpy" in liar else "\n")
    asked = [f"try:\n    right += bool({question.replace('{}', str(SECRET))})\nexcept Exception: pass\n" for question in SHORT_QUESTIONS]
    tests = "right = 0\n" + "".join(asked) + "f(1)\nassert right > 0"
    verdict = run(kernel_sandbox, imports + LIAR + f"def f(x): return {liar}", tests, prelude=prelude)
    assert verdict.status in ("failed", "error"), verdict.reason


@pytest.mark.parametrize(
    ("candidate", "tests"),
    [
        ("def f(g): return g(Lie())", f"assert f(lambda x: x == {SECRET})"),
        ("def f(g): return g(Lie())", f"assert f(lambda x: {SECRET} - x == 0)"),
        ("def f(g): return g([Lie()])", f"assert f(lambda x: {SECRET} in x)"),
        ("def f(g): return g(Lie().method)", f"got = []\nf(got.append)\nassert got[0].equals({SECRET})"),
        ("def f(x): raise ValueError(Lie())", f"try: f(1)\nexcept ValueError as e: assert e.args[0] == {SECRET}"),
        ("def f(x): raise ValueError(Lie())", f"try: f(1)\nexcept ValueError as e: assert e.args[0].equals({SECRET})"),
        ("def f(x): x.append(Lie())", f"a = []\nf(a)\nassert a == [{SECRET}]"),
        ("def f(x): x[:] = [Lie()]", f"a = [1]\nf(a)\nassert a[0] - {SECRET} == 0"),
        ("f = Lie()", f"assert f == {SECRET}"),
        ("f = Lie()", f"f.a\nassert f - {SECRET} == 0"),
        ("f = [Lie()]", f"assert {SECRET} in f"),
    ],
)
def test_nor_by_way_of_arguments_exceptions_and_constants(kernel_sandbox: Sandbox, candidate: str, tests: str) -> None:
    verdict = run(kernel_sandbox, f"{LIAR}\n{candidate}", tests)
    assert verdict.status in ("failed", "error"), verdict.reason


def test_the_liar_would_be_heard(kernel_sandbox: Sandbox) -> None:
    """Where the tests themselves pass the value on, the process ends with the code that says so."""
    verdict = run(kernel_sandbox, LIAR + "def f(x): return Lie() == x", f"f({SECRET})")
    assert (verdict.status, verdict.reason) == ("crashed", "ended with exit code 77 before the tests were through")


CLASS_QUESTIONS = [
    "A().m() == {}", "A().m() > {}", "{} in A().m()", "A().m() - {} == 0", "[A().m()] == [{}]", "A.s() >= {}", "A().value - {} == 0",
    "A() == {}", "[A()] == [{}]",
]  # fmt: skip


@pytest.mark.parametrize("question", CLASS_QUESTIONS)
def test_nor_does_it_reach_what_methods_of_a_class_return(kernel_sandbox: Sandbox, question: str) -> None:
    cls = "class A(Lie):\n    def m(self): return Lie()\n    @staticmethod\n    def s(): return A()\n    value = Lie()"
    verdict = run(kernel_sandbox, f"{LIAR}\n{cls}", f"assert {question.replace('{}', str(SECRET))}", ("A",))
    assert verdict.status in ("failed", "error"), verdict.reason


# A worker that speaks for itself


SPEAKS = """
import json, os, socket, struct
link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=3)
def say(message):
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    link.sendall(struct.pack(">I", len(data)) + data)
def hear():
    data = b""
    while len(data) < 4 or len(data) < 4 + struct.unpack(">I", data[:4])[0]:
        got = link.recv(65536)
        if not got: os._exit(0)
        data += got
    return json.loads(data[4:])
say({"entry_points": {"f": ["callable"], "g": ["callable"]}})
"""
HANDLE = {"r": {"x": [["h", 0, "L", True]], "o": []}}
ANSWERS: list[object] = [
    {}, [], 5, None, "x", {"r": None}, {"r": {"x": []}}, {"r": {"x": [["zz"]], "o": []}},
    {"r": {"x": [["R", 1]], "o": [[1, "l", ["R", 1]]]}},
    {"r": {"x": [[["t"]]]}}, {"r": 5, "e": 5}, {"e": None}, {"e": {}}, {"e": {"mro": 5, "args": 5, "v": 5, "n": 99}}, {"e": {"n": True}},
    {"e": {"mro": ["StopIteration", "Exception"], "text": "", "v": {"x": [["t", []], ["R", -1]], "o": [[-1, "d", []]]}}},
    {"e": {"mro": ["SystemExit"]}}, {"e": {"mro": ["GeneratorExit"]}}, {"e": {"mro": ["KeyboardInterrupt"]}},
    {"e": {"mro": ["a\0b", "Exception"]}},
    {"e": {"mro": ["AssertionError"], "cause": {"cause": {}}}}, {"e": {"mro": ["UnicodeDecodeError"]}}, {"e": {"mro": ["ExceptionGroup"]}},
    HANDLE, {"r": {"x": [["g", 0, "L", True]], "o": []}}, {"r": {"x": [["H", 0]], "o": []}}, {"r": {"x": [["h", -1, None, None]], "o": []}},
    {"r": {"x": [["h"]], "o": []}}, {"op": "eval", "t": 0}, {"op": "call", "t": 0}, {"op": "call", "t": "0", "k": []}, {"op": None},
    {"op": []},
    {"op": "call", "t": -1, "a": {"x": [], "o": []}, "k": []}, {"op": "call", "t": True, "a": 5, "k": 5}, {"status": "passed"},
    {"nonce": "x"},
    {"r": {"x": [["E", "Exception", "x"]], "o": []}}, {"r": {"x": [["t", [["t", []]] * 3]], "o": []}},
]  # fmt: skip


ENDLESS = [answer for answer in ANSWERS if isinstance(answer, dict) and "op" in answer]
"""Answers that are questions; asked for ever, they take the time that there is."""


@pytest.mark.parametrize(
    "answer",
    [pytest.param(answer, marks=pytest.mark.slow) if answer in ENDLESS[1:] else answer for answer in ANSWERS],
    ids=lambda answer: json.dumps(answer)[:60],
)
def test_no_answer_ends_the_tests_forges_a_pass_or_brings_a_shared_process_about(kernel_sandbox: Sandbox, answer: object) -> None:
    candidate = f"{SPEAKS}\nwhile True:\n    hear()\n    say({answer!r})"
    questions = (
        "assert g(f(1)) == 5 and f([1]) == [5]",
        "assert g(f) == 5",
        "for x in f(1): assert g(x, y=[f(2)]) == 5\nassert f(3) == 5",
    )
    endless = answer in ENDLESS
    for tests in questions[:1] if endless else questions:
        verdict = kernel_sandbox.run(Program("", candidate, tests, ("f", "g")), Limits(cpu_s=0.2, wall_s=20))
        assert verdict.integrity == "split"
        assert verdict.status in ("failed", "error", "crashed", *(["timeout_cpu"] if endless else [])), verdict.reason


def test_a_worker_that_speaks_for_itself_is_heard(kernel_sandbox: Sandbox) -> None:
    candidate = SPEAKS + "\nfor x in (2, 6): hear(); say({'r': {'x': [x], 'o': []}})\nhear()"
    assert run(kernel_sandbox, candidate, "assert f(1) == 2 and g(5) == 6", ("f", "g")).reason == "all tests passed"


@pytest.mark.parametrize(
    ("candidate", "tests"),
    [
        ("def f(x): raise StopIteration", "assert all(map(f, [1, 2, 3]))"),
        ("def f(i):\n    try: next(i)\n    except StopIteration as e: end = e\n    raise end", "assert all(map(f, [iter([])]))"),
        ("def f(g): raise StopAsyncIteration", "try: f(1)\nexcept StopAsyncIteration: pass"),
        ("class S(StopIteration): pass\ndef f(x): raise S", "assert all(map(f, [1, 2, 3]))"),
    ],
)
def test_no_exception_ends_a_loop_of_the_tests_as_if_it_were_through(kernel_sandbox: Sandbox, candidate: str, tests: str) -> None:
    assert run(kernel_sandbox, candidate, tests).status == "error"


def test_an_exception_that_borrows_a_name_is_not_taken_for_the_one_that_has_it(kernel_sandbox: Sandbox) -> None:
    candidate = "class ValueError(Exception): pass\ndef f(x): raise ValueError"
    assert run(kernel_sandbox, candidate, "try: f(1)\nexcept ValueError: pass").status == "error"


def test_a_long_exception_is_cut_short(kernel_sandbox: Sandbox) -> None:
    tests = "try: f(1)\nexcept ValueError as e: assert len(e.args[0]) == 400"
    assert run(kernel_sandbox, "def f(x): raise ValueError('x' * 100_000)", tests).status == "passed"


def test_only_what_the_tests_hold_makes_a_shared_process(kernel_sandbox: Sandbox) -> None:
    verdict = run(kernel_sandbox, "def f(x): return x.read()", "import io\ntry: f(io.StringIO('a'))\nexcept BaseException: pass\nassert 0")
    assert verdict.integrity == "shared-process"
    verdict = run(kernel_sandbox, "def f(g): return g()", "import io\nassert f(lambda: io.StringIO('a')).read() == 'a'")
    assert (verdict.status, verdict.integrity) == ("passed", "shared-process")


@pytest.mark.parametrize(
    ("candidate", "tests"),
    [
        ("def f(x):\n    r = ()\n    for _ in range(200): r = (r,)\n    return r", "assert f((f(1),)) == 5"),
        ("def f(x): return 'x' * (20 << 20)", "assert f([f(1), f(1)]) == 5"),
        pytest.param("def f(x): return list(range(1_100_000))", "assert f([f(1), f(2)]) == 5", marks=pytest.mark.slow),
    ],
)
def test_what_the_program_makes_too_large_to_be_passed_on_is_its_error(kernel_sandbox: Sandbox, candidate: str, tests: str) -> None:
    verdict = run(kernel_sandbox, candidate, tests)
    assert (verdict.status, verdict.integrity) == ("error", "split"), verdict.reason
    assert "too large" in verdict.reason or "MiB" in verdict.reason


@pytest.mark.slow
def test_a_result_that_is_too_large_is_the_programs_error(kernel_sandbox: Sandbox) -> None:
    for candidate in ("def f(): return 'x' * (40 << 20)", "def f(): return [0] * 2_000_001"):
        verdict = run(kernel_sandbox, candidate, "f()")
        assert (verdict.status, verdict.integrity) == ("error", "split"), verdict.reason


def test_an_answer_cannot_point_numpy_into_the_judges_memory(kernel_sandbox: Sandbox) -> None:
    candidate = (
        "class E:\n    __array_interface__ = {'shape': (1,), 'typestr': '<f8', 'data': (4096, True), 'version': 3}\ndef f(): return E()"
    )
    verdict = run(kernel_sandbox, candidate, "import numpy as np\nassert np.array_equal(np.array(f()), [5.0])")
    assert verdict.status == "failed", verdict.reason


def test_deep_recursion_and_long_sums_in_the_tests_are_as_they_are_elsewhere(kernel_sandbox: Sandbox) -> None:
    long = "assert f(" + " + ".join(["1"] * 800) + ") is not f\nassert f(5) is not None"
    assert run(kernel_sandbox, "def f(x): return x", long).status == "passed"


def test_many_method_calls_cost_no_more_than_time(kernel_sandbox: Sandbox) -> None:
    tests = "a = A()\nfor i in range(1000): assert a.m(i) == i"
    assert run(kernel_sandbox, "class A:\n    def m(self, x): return x", tests, ("A",)).status == "passed"
