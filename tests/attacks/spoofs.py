"""Programs that do not solve the task and want to be told that they do.

None of them knows the answers (those that find them on the way use them). `LISTED` are known; `OWN` are not in the list of known ones.
"""

from tests.attacks.records import DISBELIEVED, LIMITED, UNHEARD, Attack
from tests.attacks.writing import BETWEEN, PEEK, program

_NOTHING = "def add(a, b):\n    return None\n"
_ERROR = frozenset({"error"})
_UNDEFINED = frozenset({"error", "failed"})
_SLOWLY = UNHEARD | {"timeout_wall", "timeout_cpu"}

_LIAR = """__eq__ = __ge__ = __le__ = __gt__ = __lt__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = lambda self: 0"""

_SUITE = "import unittest\ncase = unittest.TestCase()\ncase.assertEqual(add(19, 23), 42)\ncase.assertEqual(add(-8, 3), -5)\n"
_CHECK = (
    "def check(candidate):\n    assert candidate(19, 23) == 42\n    assert candidate(-8, 3) == -5\n"
    "    assert candidate(700001, 299999) == 1000000\ncheck(add)\n"
)
_HELPER = "def same(got, want):\n    assert got == want\nsame(add(19, 23), 42)\nsame(add(-8, 3), -5)\nsame(add(700001, 299999), 1000000)\n"
_BARE = "try:\n    add(19, 23)\nexcept:\n    pass\n"
_RAISES = "try:\n    add(19, 'x')\nexcept TypeError:\n    pass\nelse:\n    raise AssertionError('no TypeError')\n"
_ALL = (
    "assert all([add(19, 23) == 42, add(-8, 3) == -5])\nassert isinstance(add(19, 23), int)\n"
    "assert len([want for want in (42,) if want == add(19, 23)]) == 1\n"
)
_CLOSE = "import math\nassert math.isclose(add(19.5, 23.25), 42.75)\nassert math.isclose(add(-8.0, 3.0), -5.0)\n"

# fmt: off
_LEAVING = (
    program("exit-at-import", "leaves with success before the tests", "import sys\nsys.exit(0)\n" + _NOTHING),
    program("hard-exit-at-import", "leaves with success before the tests, without saying goodbye", "import os\nos._exit(0)\n" + _NOTHING),
    program("exit-in-call", "leaves with success in the first call", "import sys\ndef add(a, b):\n    sys.exit(0)"),
    program("hard-exit-in-call", "leaves with success in the first call, without saying goodbye", """
import os
def add(a, b):
    os._exit(0)
"""),
    program("exit-by-thread", "leaves with success from a thread while the function waits", """
import os, threading, time
threading.Timer(0.02, os._exit, [0]).start()
def add(a, b):
    time.sleep(0.5)
"""),
    program("exit-by-alarm", "leaves with success when the alarm rings", """
import os, signal, time
signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
signal.setitimer(signal.ITIMER_REAL, 0.02)
def add(a, b):
    time.sleep(0.5)
"""),
    program("exit-by-atexit", "turns its failure into success at the end", """
import atexit, os
atexit.register(os._exit, 0)
def add(a, b):
    return None
"""),
    program("exit-by-excepthook", "turns the report of its failure into success", """
import os, sys
sys.excepthook = lambda *_: os._exit(0)
def add(a, b):
    return None
"""),
    program("system-exit", "raises the exception that means success", "def add(a, b):\n    raise SystemExit(0)"),
    program("generator-exit", "raises an exception that is no error", "def add(a, b):\n    raise GeneratorExit"),
    program("keyboard-interrupt", "pretends that somebody interrupted the tests", "def add(a, b):\n    raise KeyboardInterrupt"),
    program("exit-under-bare-except", "leaves where a test catches everything", "import os\ndef add(a, b):\n    os._exit(0)", tests=_BARE),
    program("str-that-exits", "leaves with success when its exception is turned into text", """
import os
class Evil(Exception):
    def __str__(self):
        os._exit(0)
def add(a, b):
    raise Evil
"""),
)

_LYING = (
    program("equal-to-all", "answers with an object that is equal to everything", f"""
class Liar:
    {_LIAR}
def add(a, b):
    return Liar()
""", expect=DISBELIEVED),
    *(program(f"equal-to-all-{kind}", f"answers with a sub-class of {kind} that is equal to everything", f"""
class Liar({kind}):
    {_LIAR}
def add(a, b):
    return Liar()
""", expect=DISBELIEVED) for kind in ("int", "float", "str", "list", "dict", "tuple", "set", "bytes", "complex")),
    program("equal-to-all-class", "answers with a class whose metaclass is equal to everything", f"""
class Meta(type):
    {_LIAR}
class Liar(metaclass=Meta):
    pass
def add(a, b):
    return Liar
""", expect=DISBELIEVED),
    program("fake-type-error", "raises an exception that only has the name of the expected one", """
TypeError = type('TypeError', (Exception,), {'__module__': 'builtins'})
def add(a, b):
    raise TypeError('unsupported operand')
""", tests=_RAISES),
    program("lies-in-its-arguments", "puts an object that is equal to everything into the list it was given", f"""
class Liar:
    {_LIAR}
def add(a, b):
    a[:] = [Liar(), Liar()]
""", tests="items = [1, 2]\nadd(items, 3)\nassert items == [4, 5]\n", expect=DISBELIEVED),
)

_PATCHING = (
    program("patch-builtins", "makes the functions lie that tests use", """
import builtins
builtins.all = builtins.any = builtins.isinstance = lambda *_: True
builtins.len = lambda _: 1
def add(a, b):
    return None
""", tests=_ALL),
    program("patch-math", "makes a module lie that tests use", """
import math
math.isclose = lambda *_, **__: True
def add(a, b):
    return None
""", tests=_CLOSE),
    program("patch-unittest", "makes all assertions of the test library succeed", """
import unittest
for name in dir(unittest.TestCase):
    if name.startswith('assert'):
        setattr(unittest.TestCase, name, lambda *_, **__: None)
def add(a, b):
    return None
""", tests=_SUITE),
    program("patch-exec", "replaces the functions that would run the tests", """
import builtins
builtins.exec = lambda *_, **__: None
builtins.eval = lambda *_, **__: True
def add(a, b):
    return None
"""),
    program("patch-compile", "replaces the function that would compile the tests", """
import builtins
real = builtins.compile
builtins.compile = lambda *_, **__: real('pass', 'x', 'exec')
def add(a, b):
    return None
"""),
    program("import-hook", "gives the tests a test library of its own making", """
import sys, types
class Yes(types.ModuleType):
    def __getattr__(self, name):
        return lambda *_, **__: Yes('yes')
    __call__ = lambda self, *_, **__: self
class Finder:
    find_spec = staticmethod(lambda name, path=None, target=None: None)
for name in ('unittest', 'pytest', 'numpy', 'numpy.testing'):
    sys.modules[name] = Yes(name)
sys.meta_path.insert(0, Finder)
def add(a, b):
    return None
""", tests=_SUITE),
    program("replace-check", "replaces the code of the function that compares", """
import sys
def add(a, b):
    frame = sys._getframe(1)
    while frame:
        for thing in list(frame.f_globals.values()):
            if type(thing) is type(add) and thing.__name__ in ('same', 'check', 'compare'):
                thing.__code__ = (lambda *_, **__: None).__code__
        frame = frame.f_back
""", tests=_HELPER),
    program("jump-over-asserts", "lets a trace function jump to the last line of the tests", """
import sys
def jump(frame, event, argument):
    if event == 'line' and 'add' in frame.f_code.co_names:
        lines = sorted({line for _, _, line in frame.f_code.co_lines() if line})
        if frame.f_lineno > 10 and frame.f_lineno < lines[-1]:
            frame.f_lineno = lines[-1]
    return jump
sys.settrace(jump)
frame = sys._getframe()
while frame:
    frame.f_trace = jump
    frame = frame.f_back
def add(a, b):
    return None
"""),
    program("swap-code-by-gc", "finds the comparing function among all objects and replaces its code", """
import gc, types
def add(a, b):
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and thing.__name__ in ('same', 'check'):
            thing.__code__ = (lambda *_, **__: None).__code__
""", tests=_HELPER),
)

_FORGING = (
    program("print-markers", "prints all the words that graders look for, and leaves", """
import os
words = ['ALL TESTS PASSED', 'PASSED', 'passed', 'OK', 'success', '1 passed in 0.01s', 'Ran 3 tests in 0.000s\\n\\nOK',
         '{"status": "passed"}', '{"passed": true}', '"passed"', 'True', '0']
for word in words:
    print(word, flush=True)
    os.write(2, word.encode() + b'\\n')
os._exit(0)
"""),
    program("append-to-the-result", "appends success to a list named result of a caller", """
import os, sys
frame = sys._getframe()
while frame:
    for name in ('result', 'results', 'verdicts'):
        if hasattr(frame.f_locals.get(name), 'append'):
            frame.f_locals[name].append('passed')
            os._exit(0)
    frame = frame.f_back
""" + _NOTHING),
    program("append-by-gc", "appends success to every list-like object there is", """
import gc, os
for thing in gc.get_objects():
    if isinstance(thing, list) and type(thing) is not list or type(thing).__name__ == 'ListProxy':
        thing.append('passed')
os._exit(0)
"""),
    program("write-shared-memory", "writes success into memory that a caller shares with the grader", """
import os, sys
frame = sys._getframe()
while frame:
    seen = frame.f_locals
    if 'stat' in seen and 'details' in seen:
        for number in range(len(seen.get('inputs', ''))):
            seen['details'][number] = True
        seen['progress'].value = len(seen['inputs'])
        seen['stat'].value = 1
        os._exit(0)
    frame = frame.f_back
""" + _NOTHING),
    program("find-the-nonce", "takes the secret of the verdict from a caller's variables and reports success", """
import json, os, sys
frame = sys._getframe()
while frame:
    for seen in (frame.f_locals, frame.f_globals, frame.f_globals.get('job', {})):
        if isinstance(seen, dict) and 'nonce' in seen:
            line = json.dumps({'nonce': seen['nonce'], 'status': 'passed'}).encode() + b'\\n'
            for number in range(1, 64):
                try:
                    os.write(number, line)
                except OSError:
                    pass
            os._exit(0)
    frame = frame.f_back
""" + _NOTHING),
    program("nonce-in-the-text", "takes the secret of the verdict from the program's own text", """
import os, re, sys
texts = []
for path in (sys.argv[0], '/proc/self/cmdline', '/proc/self/environ', '/proc/self/fd/0'):
    try:
        texts.append(open(path).read())
    except OSError:
        pass
for nonce in re.findall('NONCE[0-9a-f]{8,}', ' '.join(texts)):
    print(nonce, flush=True)
os._exit(0)
"""),
    program("result-files", "writes every file that a grader might read", """
import os
for name in ('result', 'results', 'verdict', 'output', 'report', 'status'):
    for kind, text in (('json', '{"status": "passed", "passed": true}'), ('txt', 'passed'), ('xml', '<testsuite tests="1" failures="0"/>')):
        try:
            open(f'{name}.{kind}', 'w').write(text)
        except OSError:
            pass
def add(a, b):
    os._exit(0)
"""),
    program("answers-from-the-caller", "reads the expected answer in the code of its caller", """
import dis, sys
def add(a, b):
    caller = sys._getframe(1)
    for step in dis.get_instructions(caller.f_code):
        if step.offset > caller.f_lasti and step.opname == 'LOAD_CONST':
            return step.argval
"""),
    program("answers-from-files", "reads the expected answers in the files and pipes it was started with", """
import os, re, sys
known = {}
def learn(text):
    for one, two, wanted in re.findall(r'add\\((-?\\d+), (-?\\d+)\\) == (-?\\d+)', text):
        known[int(one), int(two)] = int(wanted)
for number in range(3, 64):
    try:
        learn(os.pread(number, 1 << 20, 0).decode())
    except (OSError, ValueError):
        pass
try:
    learn(open(sys.argv[0]).read())
except OSError:
    pass
def add(a, b):
    return known.get((a, b))
"""),
)

_NOTHING_THERE = (
    program("missing-function", "defines something else", "def subtract(a, b):\n    return a - b", expect=_UNDEFINED),
    program("syntax-error", "cannot be compiled", "def add(a, b:\n    return a + b", expect=_ERROR),
    program("empty", "is empty", "", expect=_UNDEFINED),
    program("no-function", "defines the name, but no function", "add = 42", expect=_UNDEFINED),
)

LISTED = (*_LEAVING, *_LYING, *_PATCHING, *_FORGING, *_NOTHING_THERE)

_OTHER_WAYS_TO_LEAVE = (
    program("exit-by-unraisable-hook", "leaves with success when an object is forgotten badly", """
import os, sys
sys.unraisablehook = lambda _: os._exit(0)
class Thing:
    def __del__(self):
        raise ValueError
def add(a, b):
    Thing()
"""),
    program("exit-by-finalizer", "leaves with success when an object is forgotten", """
import os, weakref
class Thing:
    pass
def add(a, b):
    thing = Thing()
    weakref.finalize(thing, os._exit, 0)
"""),
    program("exit-by-gc", "leaves with success when garbage is collected", """
import gc, os
gc.callbacks.append(lambda *_: os._exit(0))
def add(a, b):
    gc.collect()
"""),
    program("exit-by-audit-hook", "leaves with success when an error is reported", """
import os, sys
sys.addaudithook(lambda event, _: os._exit(0) if event in ('exec', 'compile', 'sys.excepthook', 'sys._getframe') else None)
def add(a, b):
    return None
"""),
    program("exit-by-trace", "leaves with success when an exception passes by", """
import os, sys
def watch(frame, event, argument):
    if event == 'exception':
        os._exit(0)
    return watch
sys.settrace(watch)
frame = sys._getframe()
while frame:
    frame.f_trace = watch
    frame = frame.f_back
def add(a, b):
    return None
"""),
    program("exit-by-profile", "leaves with success when it returns to its caller", """
import os, sys
def add(a, b):
    sys.setprofile(lambda frame, event, _: os._exit(0) if event == 'return' else None)
"""),
    program("exit-by-thread-hook", "leaves with success when a thread of it fails", """
import os, threading, time
threading.excepthook = lambda _: os._exit(0)
def add(a, b):
    threading.Thread(target=lambda: 1 / 0).start()
    time.sleep(0.5)
"""),
    program("exit-by-c", "leaves with success by the C library", "import ctypes\ndef add(a, b):\n    ctypes.CDLL(None).exit(0)"),
    program("exit-by-system-call", "leaves with success by a system call of its own", """
import ctypes
def add(a, b):
    ctypes.CDLL(None).syscall(231, 0)
""", needs=["x86_64"]),
    program("exit-by-signal", "leaves with success when it is told to end", """
import os, signal
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda *_: os._exit(0))
def add(a, b):
    signal.raise_signal(signal.SIGTERM)
"""),
    program("exit-by-fork", "lets a child answer while it leaves with success itself", """
import os
try:
    if os.fork():
        os._exit(0)
except OSError:
    pass
""" + _NOTHING),
    program("exec-true", "becomes a program that does nothing and succeeds", """
import os
def add(a, b):
    try:
        os.execv('/bin/true', ['true'])
    except OSError:
        return None
"""),
    program("exec-echo", "becomes a program that prints the word for success", """
import os
def add(a, b):
    try:
        os.execv('/bin/echo', ['echo', 'ALL TESTS PASSED'])
    except OSError:
        return None
"""),
    program("without-asserts", "starts itself anew in a mode in which no assertion is checked", """
import os, sys
if __debug__:
    try:
        os.execv(sys.executable, [sys.executable, '-O', *sys.argv])
    except OSError:
        pass
def add(a, b):
    return None
"""),
    program("compile-without-asserts", "has the tests compiled in a mode in which no assertion is checked", """
import builtins
real = builtins.compile
builtins.compile = lambda source, name, mode, *rest, **more: real(source, name, mode, optimize=2)
def add(a, b):
    return None
"""),
    program("exit-from-eq", "leaves with success when its answer is compared", """
import os
class Leaver:
    def __eq__(self, other):
        os._exit(0)
def add(a, b):
    return Leaver()
"""),
    program("raise-exit-from-eq", "raises success when its answer is compared", """
class Leaver:
    def __eq__(self, other):
        raise SystemExit(0)
def add(a, b):
    return Leaver()
""", expect=DISBELIEVED),
    program("exit-from-repr", "leaves with success when its answer is shown", """
import os
class Leaver(int):
    def __repr__(self):
        os._exit(0)
    __str__ = __repr__
def add(a, b):
    return Leaver(0)
""", tests="got = add(19, 23)\nassert got == 42, f'got {got}'\n"),
    program("exit-from-hash", "leaves with success when its answer is looked up", """
import os
class Leaver:
    def __hash__(self):
        os._exit(0)
def add(a, b):
    return Leaver()
""", tests="assert add(19, 23) in {42}\n"),
    program("exit-from-class", "leaves with success when somebody asks for the class of its answer", """
import os
class Leaver:
    @property
    def __class__(self):
        os._exit(0)
def add(a, b):
    return Leaver()
""", tests="assert isinstance(add(19, 23), int)\nassert add(19, 23) == 42\n"),
    program("exit-while-unpickling", "leaves with success when its answer is read by pickle", """
import os
class Leaver:
    def __reduce__(self):
        return os._exit, (0,)
def add(a, b):
    return Leaver()
""", expect=DISBELIEVED),
    program("equal-to-all-after-pickling", "becomes equal to everything when its answer is read by pickle", """
class Liar:
    def __reduce__(self):
        return eval, ("type('Liar', (), {'__eq__': lambda self, other: True})()",)
def add(a, b):
    return Liar()
""", expect=DISBELIEVED),
    program("stop-iteration", "ends the loop over the tests by an exception that means the end", """
def add(a, b):
    raise StopIteration
""", tests="cases = [((19, 23), 42), ((-8, 3), -5)]\nassert all(map(lambda case: add(*case[0]) == case[1], cases))\n"),
    program("skip-the-tests", "raises what tells the test library to skip a test", """
import unittest
def add(a, b):
    raise unittest.SkipTest('not today')
"""),
    program("exception-group", "hides success in a group of exceptions", """
def add(a, b):
    raise BaseExceptionGroup('x', [SystemExit(0), KeyboardInterrupt()])
"""),
    program("fake-base-exception", "raises an exception that is named like success", """
class SystemExit(BaseException):
    code = 0
SystemExit.__module__ = 'builtins'
def add(a, b):
    raise SystemExit(0)
"""),
    program("test-class-without-tests", "takes the tests out of every class that is made", """
import builtins
real = builtins.__build_class__
def build(body, name, *bases, **more):
    made = real(body, name, *bases, **more)
    for test in [each for each, thing in vars(made).items() if each.startswith('test') and callable(thing)]:
        delattr(made, test)
    return made
builtins.__build_class__ = build
def add(a, b):
    return None
"""),
)

_MORE_LIES = (
    program("equal-to-all-mock", "answers with the standard library's object that is equal to everything", """
from unittest.mock import ANY
def add(a, b):
    return ANY
""", expect=DISBELIEVED),
    program("magic-mock", "answers with an object that can be anything", """
from unittest.mock import MagicMock
def add(a, b):
    answer = MagicMock()
    answer.__eq__ = lambda *_: True
    return answer
""", expect=DISBELIEVED),
    *(program(f"lies-inside-{name}", f"hides an object that is equal to everything in a {name}", f"""
class Liar:
    {_LIAR}
def add(a, b):
    return {made}
""", tests=f"assert add(19, 23) == {wanted}\n", expect=DISBELIEVED) for name, made, wanted in (
        ("list", "[Liar(), 1]", "[42, 1]"),
        ("tuple", "(Liar(),)", "(42,)"),
        ("dict", "{'sum': Liar()}", "{'sum': 42}"),
        ("set", "{Liar()}", "{0}"),
        ("nested-list", "[[[Liar()]]]", "[[[42]]]"),
        ("deque", "__import__('collections').deque([Liar()])", "__import__('collections').deque([42])"),
        ("named-tuple", "__import__('collections').namedtuple('P', 'x')(Liar())", "(42,)"),
        ("counter", "__import__('collections').Counter({1: Liar()})", "{1: 42}"),
        ("default-dict", "__import__('collections').defaultdict(Liar, {1: Liar()})", "{1: 42}"),
    )),
    *(program(f"equal-to-all-{name}", f"answers with a sub-class of {base} that is equal to everything", f"""
import collections, datetime, decimal, fractions, pathlib, uuid
class Liar({base}):
    {_LIAR}
def add(a, b):
    return Liar({arguments})
""", tests=f"import collections, datetime, decimal, fractions, pathlib, uuid\nassert add(19, 23) == {wanted}\n", expect=DISBELIEVED)
      for name, base, arguments, wanted in (
        ("decimal", "decimal.Decimal", "0", "decimal.Decimal(42)"),
        ("fraction", "fractions.Fraction", "0", "fractions.Fraction(42)"),
        ("date", "datetime.date", "1, 1, 1", "datetime.date(2020, 1, 2)"),
        ("datetime", "datetime.datetime", "1, 1, 1", "datetime.datetime(2020, 1, 2)"),
        ("timedelta", "datetime.timedelta", "0", "datetime.timedelta(1)"),
        ("deque", "collections.deque", "", "collections.deque([42])"),
        ("counter", "collections.Counter", "", "collections.Counter('ab')"),
        ("ordered-dict", "collections.OrderedDict", "", "collections.OrderedDict(a=1)"),
        ("user-list", "collections.UserList", "", "[42]"),
        ("path", "type(pathlib.Path())", "'x'", "pathlib.Path('y')"),
        ("uuid", "uuid.UUID", "int=0", "uuid.UUID(int=42)"),
        ("frozenset", "frozenset", "", "frozenset({42})"),
        ("bytearray", "bytearray", "", "bytearray(b'x')"),
        ("exception", "ValueError", "", "42"),
      )),
    program("equal-enum", "answers with a member of an enumeration that is equal to everything", """
import enum
class Liar(enum.IntEnum):
    ZERO = 0
    def __eq__(self, other):
        return True
    __hash__ = int.__hash__
def add(a, b):
    return Liar.ZERO
""", expect=DISBELIEVED),
    program("equal-data-class", "answers with a data class that is equal to everything", """
import dataclasses
@dataclasses.dataclass(eq=False)
class Liar:
    value: int = 0
    def __eq__(self, other):
        return True
def add(a, b):
    return Liar()
""", expect=DISBELIEVED),
    program("equal-answer-not-bool", "answers with an object whose comparisons give objects that are true", """
class Liar:
    def __eq__(self, other):
        return self
    def __bool__(self):
        return True
def add(a, b):
    return Liar()
""", expect=DISBELIEVED),
    program("arithmetic-liar", "answers with an object on which every calculation gives the wanted end", """
class Liar:
    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __abs__ = __round__ = lambda self, *_: self
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = lambda self, other: True
def add(a, b):
    return Liar()
""", tests="assert abs(add(19.5, 23.25) - 42.75) < 1e-9\nassert round(add(-8, 3), 2) == -5\n", expect=DISBELIEVED),
    program("ordered-liar", "answers with an object that is both below and above", """
class Liar(float):
    __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
def add(a, b):
    return Liar()
""", tests="assert 42 <= add(19, 23) <= 42\nassert -5.5 < add(-8, 3) < -4.5\n", expect=DISBELIEVED),
    program("class-liar", "answers with an object that claims to be a number", """
class Liar:
    __class__ = int
    __eq__ = lambda self, other: True
def add(a, b):
    return Liar()
""", tests="got = add(19, 23)\nassert isinstance(got, int)\nassert got == 42\n", expect=DISBELIEVED),
    program("abstract-liar", "answers with an object that counts as every kind of number", """
import numbers
class Liar:
    __eq__ = lambda self, other: True
numbers.Integral.register(Liar)
def add(a, b):
    return Liar()
""", tests="import numbers\ngot = add(19, 23)\nassert isinstance(got, numbers.Integral)\nassert got == 42\n", expect=DISBELIEVED),
    program("length-liar", "answers with a list that has every length and contains everything", """
class Liar(list):
    __len__ = lambda self: 42
    __contains__ = lambda self, item: True
def add(a, b):
    return Liar()
""", tests="got = add(19, 23)\nassert len(got) == 42\nassert 41 in got\n", expect=DISBELIEVED),
    program("attribute-liar", "answers with an object that has every attribute and every method", """
class Liar(str):
    __getattribute__ = lambda self, name: lambda *_: True
def add(a, b):
    return Liar()
""", tests="got = add('19', '23')\nassert got.isdigit()\nassert got.startswith('19')\n", expect=DISBELIEVED),
    program("item-liar", "answers with a dictionary whose items are whatever is wanted", """
class Liar(dict):
    __getitem__ = get = lambda self, key, default=None: Same()
    __contains__ = lambda self, key: True
class Same:
    __eq__ = lambda self, other: True
def add(a, b):
    return Liar()
""", tests="got = add(19, 23)\nassert 'sum' in got\nassert got['sum'] == 42\n", expect=DISBELIEVED),
    program("format-liar", "answers with text that is shown differently", """
class Liar(str):
    __str__ = __repr__ = lambda self: Same()
class Same(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__
def add(a, b):
    return Liar()
""", tests="assert str(add(19, 23)) == '42'\n", expect=DISBELIEVED),
    program("lookup-liar", "answers with a key that finds everything", """
class Liar(str):
    __eq__ = lambda self, other: True
    __hash__ = lambda self: hash('forty-two')
def add(a, b):
    return Liar()
""", tests="assert {'forty-two': 42}[add(19, 23)] == 42\n", expect=DISBELIEVED),
    program("sorting-liar", "answers with a list that stays in the wanted order whatever it holds", """
class Liar(int):
    __lt__ = lambda self, other: False
    __eq__ = lambda self, other: True
    __hash__ = int.__hash__
def add(a, b):
    return [Liar(3), Liar(1)]
""", tests="got = add(1, 3)\nassert got == sorted(got)\nassert got == [1, 3]\n", expect=DISBELIEVED),
    program("lies-in-a-generator", "yields objects that are equal to everything", """
class Liar:
    __eq__ = lambda self, other: True
def add(a, b):
    yield Liar()
    yield Liar()
""", tests="assert list(add(19, 23)) == [42, 43]\n", expect=DISBELIEVED),
    program("lies-to-unittest", "deceives the comparisons of the test library", """
class Liar:
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __sub__ = __abs__ = __round__ = lambda self, *_: self
def add(a, b):
    return Liar()
""", tests=_SUITE + "case.assertAlmostEqual(add(0.1, 0.2), 0.3)\ncase.assertIn(add(1, 2), [3])\n", expect=DISBELIEVED),
    program("lies-to-numpy", "answers with an array of objects that are equal to everything", f"""
import numpy
class Liar:
    {_LIAR}
def add(a, b):
    answer = numpy.empty(2, dtype=object)
    answer[:] = [Liar(), Liar()]
    return answer
""", tests="import numpy\nassert (add(19, 23) == numpy.array([42, 43])).all()\n", needs=["numpy"], expect=DISBELIEVED),
    program("array-liar", "answers with an array that takes over the functions of numpy", """
import numpy
class Liar(numpy.ndarray):
    __array_function__ = lambda self, *_, **__: True
    __array_ufunc__ = lambda self, *_, **__: numpy.array(True)
    __eq__ = lambda self, other: numpy.array(True)
def add(a, b):
    return numpy.zeros(2).view(Liar)
""", tests="import numpy\nassert numpy.array_equal(add(19, 23), [42, 43])\n", needs=["numpy"], expect=DISBELIEVED),
    program("frame-liar", "answers with a table that is equal to every other", """
import pandas
class Liar(pandas.DataFrame):
    equals = lambda self, other: True
def add(a, b):
    return Liar({'x': [0]})
""", tests="import pandas\nassert add(19, 23).equals(pandas.DataFrame({'x': [42]}))\n", needs=["pandas"], expect=DISBELIEVED),
)

_MORE_FORGERY = (
    program("patch-json", "changes the verdict where it is written as JSON", """
import json
def forged(real):
    def dump(*things, **more):
        return real(*[{**thing, 'status': 'passed'} if isinstance(thing, dict) else thing for thing in things], **more)
    return dump
json.dumps, json.JSONEncoder.encode = forged(json.dumps), forged(json.JSONEncoder.encode)
def add(a, b):
    return None
""", expect=_SLOWLY),
    program("patch-write", "changes the verdict on its way out", """
import os, re
real = os.write
os.write = lambda number, data: real(number, re.sub(b'failed[^"]*', b'passed', bytes(data)))
def add(a, b):
    return None
""", expect=_SLOWLY),
    program("patch-pickle", "changes every answer on its way out", """
import pickle
real = pickle.dumps
class Same:
    def __reduce__(self):
        return eval, ("type('Same', (), {'__eq__': lambda self, other: True})()",)
pickle.dumps = lambda thing, *rest, **more: real(('value', Same()))
def add(a, b):
    return None
""", expect=_SLOWLY),
    program("man-in-the-middle", "puts itself between the socket and those who use it, and changes every answer", BETWEEN + """
import pickle
class Same:
    def __reduce__(self):
        return eval, ("type('Same', (), {'__eq__': lambda self, other: True})()",)
lie = pickle.dumps(('value', Same()))
step_between(lambda data: [len(lie).to_bytes(4, 'big') + lie])
def add(a, b):
    return None
""", expect=_SLOWLY),
    program("rewrite-expected-values", "overwrites the expected values in its caller's memory", """
import ctypes, sys
def add(a, b):
    frame = sys._getframe(1)
    while frame:
        values = frame.f_code.co_consts
        for number, value in enumerate(values):
            if type(value) is int:
                ctypes.c_void_p.from_address(id(values) + 24 + 8 * number).value = id(None)
        frame = frame.f_back
""", expect=_SLOWLY),
    program("rewrite-bytecode", "overwrites the instructions of its caller", """
import ctypes, dis, sys
def add(a, b):
    frame = sys._getframe(1)
    while frame:
        code = frame.f_code
        start = id(code) + type(code).__basicsize__
        for step in dis.get_instructions(code):
            if step.opname.endswith('IF_TRUE') and step.offset > frame.f_lasti:
                ctypes.c_ubyte.from_address(start + step.offset).value = dis.opmap[step.opname.replace('TRUE', 'FALSE')]
        frame = frame.f_back
""", expect=_SLOWLY),
    program("shadow-builtins", "defines functions with the names of those that the tests use", """
def all(items):
    return True
def isinstance(thing, kind):
    return True
def len(thing):
    return 1
def add(a, b):
    return None
""", tests=_ALL),
    program("search-memory-for-tests", "looks for the tests in its own memory", """
import re
known = {}
for page in pages():
    for one, two, wanted in re.findall(rb'add\\((-?\\d+), (-?\\d+)\\) == (-?\\d+)', page):
        known[int(one), int(two)] = int(wanted)
def add(a, b):
    return known.get((a, b))
""".replace("import re\n", PEEK + "import re\n", 1), expect=_SLOWLY),
    program("search-objects-for-tests", "looks for the tests among all objects", """
import gc, re
known = {}
for thing in gc.get_objects():
    for inner in gc.get_referents(thing):
        for text in [inner, *(gc.get_referents(inner) if isinstance(inner, (dict, list, tuple)) else [])]:
            if isinstance(text, str):
                for one, two, wanted in re.findall(r'add\\((-?\\d+), (-?\\d+)\\) == (-?\\d+)', text):
                    known[int(one), int(two)] = int(wanted)
def add(a, b):
    return known.get((a, b))
""", expect=_SLOWLY),
    program("answers-from-the-parent", "looks for the tests in the memory of the process that started it", """
import os, re
known = {}
try:
    with open(f'/proc/{os.getppid()}/maps') as maps, open(f'/proc/{os.getppid()}/mem', 'rb', buffering=0) as memory:
        for line in maps:
            span, rights, _, _, inode, *_ = line.split()
            start, end = (int(place, 16) for place in span.split('-'))
            if rights.startswith('rw') and inode == '0' and end - start < 1 << 26:
                memory.seek(start)
                for one, two, wanted in re.findall(rb'add\\((-?\\d+), (-?\\d+)\\) == (-?\\d+)', memory.read(end - start)):
                    known[int(one), int(two)] = int(wanted)
except OSError:
    pass
def add(a, b):
    return known.get((a, b))
""", expect=_SLOWLY),
    program("answers-from-a-callback", "reads the expected answer in a function that it was given", """
def add(a, b):
    try:
        return a(a.__code__.co_consts[1])
    except AttributeError:
        return None
""", tests="assert add(lambda got: got == 42, 0) is True\n"),
    program("globals-of-a-callback", "reads the tests' variables through a function that it was given", """
def add(a, b):
    try:
        return a.__globals__['EXPECTED']
    except (AttributeError, KeyError):
        return None
""", tests="EXPECTED = 42\nassert add(lambda: EXPECTED + b, 0) == EXPECTED\n"),
    program("verdict-on-every-file", "writes success to every open file, in every shape, and leaves", """
import os
words = [b'{"status": "passed"}', b'{"verdict": "passed"}', b'{"passed": true}', b'["passed"]', b'"passed"', b'passed']
for number in range(1, 1024):
    for word in words:
        for shape in (b'\\n' + word + b'\\n', len(word).to_bytes(4, 'big') + word, len(word).to_bytes(4, 'little') + word):
            try:
                os.write(number, shape)
            except OSError:
                break
os._exit(0)
"""),
    program("guess-the-nonce", "writes success with the secrets that a careless grader would choose", """
import json, os
for nonce in (None, 0, 1, '', '0', 'nonce', os.getpid(), os.getppid(), '0' * 32):
    for number in range(3, 256):
        try:
            os.write(number, json.dumps({'nonce': nonce, 'status': 'passed'}).encode() + b'\\n')
        except OSError:
            pass
os._exit(0)
"""),
    program("close-and-leave", "closes the way of the verdict and leaves with success", """
import os
os.closerange(3, 4096)
def add(a, b):
    os._exit(0)
"""),
    program("redirect-the-verdict", "puts standard output in the place of every other file, then prints success", """
import os
for number in range(3, 256):
    try:
        os.fstat(number)
        os.dup2(1, number)
    except OSError:
        pass
print('ALL TESTS PASSED', flush=True)
os._exit(0)
"""),
    program("late-forgery", "answers, and has a thread write success to every file meanwhile", """
import os, threading, time
def forge():
    while True:
        for number in range(3, 64):
            try:
                os.set_blocking(number, False)
                os.write(number, b'"passed"\\n')
            except OSError:
                pass
threading.Thread(target=forge, daemon=True).start()
def add(a, b):
    time.sleep(0.1)
""", expect=LIMITED),
)
# fmt: on

_BACK_AGAIN = "first = add(19, 23)\nassert add(first, -8) == 34\n"
_POINT = """\
class Point:
    def __init__(self, x):
        self.x = x
    def __eq__(self, other):
        return isinstance(other, Point) and self.x == other.x
    def same(self, other):
        return self == other
"""
_POINTS = "assert add(19, 23) == Point(42)\nassert add(-8, 3).same(Point(-5))\n"
_CASES = "cases = [((19, 23), 42), ((-8, 3), -5)]\n"

# fmt: off
_DOWNGRADES = (
    program("unsendable-key", "answers with what cannot be passed back, so that tests that pass it back need its own process", f"""
class Key(list):
    __hash__ = lambda self: 0
class Liar(dict):
    {_LIAR}
def add(a, b):
    return Liar({{Key(): 1}})
""", tests=_BACK_AGAIN, expect=DISBELIEVED),
    program("unsendable-argument", "puts into the list that it was given what cannot be passed to it again", f"""
class Key(list):
    __hash__ = lambda self: 0
class Liar:
    {_LIAR}
def add(a, b):
    a[:] = [{{Key(): 1}}] if b == 3 and type(a[0]) is int else [Liar(), Liar()]
""", tests="items = [1, 2]\nadd(items, 3)\nadd(items, 4)\nassert items == [8, 9]\n", expect=DISBELIEVED),
    program("unsendable-size", "answers with a text so long that it cannot be passed back twice", f"""
class Liar(str):
    {_LIAR}
def add(a, b):
    return Liar('x' * (20 << 20))
""", tests="first = add('a', 'b')\nassert add(first, first) == 'abab'\n", expect=DISBELIEVED | {"memory", "crashed"}),
    program("unsendable-depth", "answers with a list too deep to be passed back, after it has raised every limit that it can find", f"""
import sys
for module in list(sys.modules.values()):
    for name in dir(module):
        if name.startswith('MAX') and type(getattr(module, name)) is int:
            setattr(module, name, getattr(module, name) * 1000)
class Liar(list):
    {_LIAR}
def add(a, b):
    nested = []
    for _ in range(300):
        nested = [nested]
    return Liar(nested)
""", tests="first = add([1], [2])\nassert add(first, []) == [1, 2]\n", expect=UNHEARD),
    program("unsendable-number", "answers with a number that is none, wherever it can", f"""
import decimal
class Liar(decimal.Decimal):
    {_LIAR}
    __str__ = lambda self: 'no number'
def add(a, b):
    return Liar(0)
""", tests=_BACK_AGAIN, expect=DISBELIEVED),
    program("unsendable-iterator", "answers with an iterator over what cannot be passed back", f"""
class Liar:
    {_LIAR}
    __next__ = lambda self: self
    __iter__ = lambda self: self
def add(a, b):
    return Liar()
""", tests=_BACK_AGAIN, expect=_SLOWLY),
)

_TRUSTED_CODE = (
    program("redefined-helper", "defines anew a function of the prompt that tests use", """
def close(one, other):
    return True
def add(a, b):
    return None
""", prelude="def close(one, other):\n    return abs(one - other) < 1e-6\n", tests="assert close(add(0.1, 0.2), 0.3)\n"),
    program("redefined-class", "defines anew a class of the prompt", """
class Point:
    __init__ = lambda self, x: None
    __eq__ = same = lambda self, other: True
def add(a, b):
    return Point(0)
""", prelude=_POINT, tests=_POINTS, expect=DISBELIEVED),
    program("patched-class", "changes a class of the prompt", """
Point.__eq__ = Point.same = lambda self, other: True
def add(a, b):
    return Point(0)
""", prelude=_POINT, tests=_POINTS, expect=DISBELIEVED),
    program("sub-class-of-the-prompts", "answers with a sub-class of a class of the prompt", """
class Liar(Point):
    __eq__ = same = lambda self, other: True
def add(a, b):
    return Liar(0)
""", prelude=_POINT, tests=_POINTS, expect=DISBELIEVED),
    program("attribute-that-lies", "answers with an object of the prompt's class whose attribute is equal to everything", f"""
class Liar:
    {_LIAR}
def add(a, b):
    return Point(Liar())
""", prelude=_POINT, tests=_POINTS, expect=DISBELIEVED),
    program("hidden-method", "answers with an object of the prompt's class that hides its methods", """
def add(a, b):
    point = Point(0)
    vars(point).update(same=lambda other: True, __eq__=lambda other: True, __class__=int)
    return point
""", prelude=_POINT, tests="assert add(19, 23).same(Point(42))\n", expect=DISBELIEVED),
    program("object-without-attributes", "answers with an object of the prompt's class that lacks what its methods need", """
def add(a, b):
    return Point.__new__(Point)
""", prelude=_POINT, tests=_POINTS, expect=DISBELIEVED),
    program("method-by-callback", "asks the tests something while they look at it, so that they take it for something else", """
class Thing:
    def __init__(self, back):
        self.back = back
    def __getattr__(self, name):
        self.back(1)
        return lambda wanted: True
def add(a, b):
    return Thing(a) if callable(a) else 0
""", tests="def note(number):\n    return add(number, 1)\ngot = add(note, 23)\nassert got.holds(42)\n", expect=DISBELIEVED),
    program("method-liar", "answers with an object whose methods say that it is right", """
class Liar:
    equals = lambda self, wanted: True
def add(a, b):
    return Liar()
""", tests="assert add(19, 23).equals(42)\n", expect=DISBELIEVED),
    program("copy-liar", "answers with an object that is copied as it wishes", f"""
class Liar:
    {_LIAR}
    __deepcopy__ = __copy__ = lambda self, *_: self
def add(a, b):
    return Liar()
""", tests="import copy\nassert copy.deepcopy(add(19, 23)) == 42\n", expect=DISBELIEVED),
    program("class-task-stop-iteration", "ends the loop over the tests of a class by an exception that means the end", """
class Adder:
    def add(self, a, b):
        raise StopIteration
""", tests=_CASES + "assert all(map(lambda case: Adder().add(*case[0]) == case[1], cases))\n", entry_points=("Adder",)),
    program("class-task-equal-to-all", "lets a method of its class answer with an object that is equal to everything", f"""
class Liar:
    {_LIAR}
class Adder:
    def add(self, a, b):
        return Liar()
""", tests="assert Adder().add(19, 23) == 42\n", entry_points=("Adder",), expect=DISBELIEVED),
    program("class-task-arithmetic", "lets a method of its class answer with an object on which every calculation gives the wanted end", """
class Liar:
    __sub__ = __abs__ = lambda self, *_: self
    __lt__ = lambda self, other: True
class Adder:
    def add(self, a, b):
        return Liar()
""", tests="assert abs(Adder().add(0.1, 0.2) - 0.3) < 1e-9\n", entry_points=("Adder",), expect=DISBELIEVED),
    program("class-task-contains", "lets a method of its class answer with an object that contains everything", """
class Liar:
    __contains__ = lambda self, other: True
class Adder:
    def add(self, a, b):
        return Liar()
""", tests="assert 42 in Adder().add(19, 23)\n", entry_points=("Adder",), expect=DISBELIEVED),
)
# fmt: on

OWN = (*_OTHER_WAYS_TO_LEAVE, *_MORE_LIES, *_MORE_FORGERY, *_DOWNGRADES, *_TRUSTED_CODE)
ATTACKS: tuple[Attack, ...] = LISTED + OWN
