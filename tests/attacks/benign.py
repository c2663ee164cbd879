"""Honest programs that a careless sandbox might forbid, misjudge or slow down. All must pass."""

from tests.attacks.records import PASSED, Attack
from tests.attacks.writing import program

_SUM = "def add(a, b):\n    return a + b\n"


def _honest(name: str, why: str, source: str, *, tests: str = Attack.tests, needs: tuple[str, ...] = ()) -> Attack:
    return program(name, why, source, expect=PASSED, tests=tests, needs=needs)


def _inside(name: str, why: str, steps: str, answer: str = "a + b", *, tests: str = Attack.tests, needs: tuple[str, ...] = ()) -> Attack:
    """A program that takes the steps in every call."""
    lines = "\n".join(f"    {line}" for line in steps.strip("\n").splitlines())
    return _honest(name, why, f"def add(a, b):\n{lines}\n    return {answer}", tests=tests, needs=needs)


def _returns(name: str, why: str, expression: str, tests: str, *, needs: tuple[str, ...] = ()) -> Attack:
    return _honest(name, why, f"def add(a, b):\n    return {expression}", tests=tests, needs=needs)


# fmt: off
_PLAIN = (
    _honest("plain", "does what was asked", _SUM),
    _honest("typed", "has types, a docstring, defaults and assertions of its own", '''
from typing import Optional, TypeVar
Number = TypeVar("Number", int, float)
def add(a: Number, b: Optional[Number] = None, *, debug: bool = False) -> Number:
    """Adds.

    >>> add(1, 2)
    3
    """
    assert b is not None, "b is missing"
    return a + b
assert add(1, 2) == 3
'''),
    _honest("lambda", "is a lambda expression", "add = lambda a, b: a + b"),
    _honest("built-in", "is a function of the standard library", "from operator import add"),
    _honest("partial", "is a partial application", "from functools import partial\nadd = partial(lambda zero, a, b: zero + a + b, 0)"),
    _honest("method", "is a bound method", """
class Adder:
    def __init__(self, zero):
        self.zero = zero
    def add(self, a, b):
        return self.zero + a + b
add = Adder(0).add
"""),
    _honest("class-level", "is a class whose instances come out as numbers", """
class add(int):
    def __new__(cls, a, b):
        return int.__new__(cls, a + b)
"""),
    _honest("main-guard", "asks for input when it is run as a script", _SUM + """
if __name__ == '__main__':
    print(add(int(input()), int(input())))
    raise SystemExit(3)
"""),
    _honest("unicode", "is written in many scripts", """
def 加(数, число):
    'Ünïcödé 🧮'
    return 数 + число
add = 加
print('和', add(1, 2), '🧮')
"""),
    _honest("windows-lines", "has the line ends of another system and no final line end", _SUM.replace("\n", "\r\n").strip()),
    _honest("tabs", "is indented by tabs, with comments at the end", "def add(a, b):\n\treturn a + b  # the sum\n\n\n# end"),
    _honest("from-the-future", "switches on what later versions do", """
from __future__ import annotations
def add(a: Missing, b: Missing) -> Missing:
    return a + b
"""),
)

_LIBRARIES = (
    _honest("many-imports", "imports what model-written programs import, stars too", """
import bisect, collections, copy, datetime, decimal, enum, fractions, functools, heapq, itertools, json, math, operator, os, random, re
import statistics, string, sys, time, unittest
from collections import *
from math import *
from typing import *
from itertools import permutations, combinations
def add(a, b):
    return a + b
"""),
    _inside("lazy-imports", "imports rarer modules only when it is called", """
import array, ast, base64, binascii, calendar, cmath, codecs, colorsys, csv, ctypes, difflib, dis, email, fnmatch, gettext, glob
import graphlib, gzip, hashlib, hmac, html, inspect, io, ipaddress, keyword, linecache, locale, logging, lzma, multiprocessing, numbers
import pathlib, pickle, platform, pprint, queue, secrets, shlex, shutil, signal, socket, sqlite3, ssl, struct, subprocess, tempfile
import textwrap, threading, timeit, tokenize, traceback, types, unicodedata, urllib.parse, uuid, weakref, xml.etree.ElementTree, zlib
"""),
    _inside("asyncio", "runs coroutines", """
import asyncio
async def later():
    await asyncio.sleep(0.001)
    return a + b
async def both():
    return (await asyncio.gather(later(), later()))[0]
""", "asyncio.run(both())"),
    _inside("threads", "lets threads work", """
import threading
found = []
threads = [threading.Thread(target=lambda: found.append(a + b)) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
""", "found[-1]"),
    _inside("thread-pool", "uses a pool of threads", """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    found = list(pool.map(sum, [(a, b)] * 20))
""", "found[0]"),
    _inside("queue", "passes work through a queue", """
import queue, threading
work = queue.Queue()
threading.Thread(target=lambda: work.put(a + b), daemon=True).start()
""", "work.get(timeout=5)"),
    _inside("time-and-chance", "looks at the clock, sleeps a moment and draws random numbers", """
import datetime, random, secrets, time, uuid
random.seed(7)
first = random.random()
random.seed(7)
assert first == random.random()
time.sleep(0.01)
assert time.time() > 1e9 and time.perf_counter() > 0 and datetime.datetime.now().year > 2000
assert len(secrets.token_hex(8)) == 16 and uuid.uuid4() != uuid.uuid4()
"""),
    _inside("same-random-numbers", "draws the random numbers that a seed has always given", """
import random
made = random.Random(1)
assert [made.randint(1, 100) for _ in range(3)] == [18, 73, 98]
"""),
    _inside("dates", "counts days and changes time zones", """
import datetime, zoneinfo
day = datetime.date(2024, 2, 28) + datetime.timedelta(days=2)
assert day.isoformat() == '2024-03-01' and day.strftime('%Y/%m/%d') == '2024/03/01'
try:
    zone = zoneinfo.ZoneInfo('Europe/Paris')
except zoneinfo.ZoneInfoNotFoundError:
    zone = datetime.timezone(datetime.timedelta(hours=1))
assert datetime.datetime(2024, 1, 1, 12, tzinfo=zone).astimezone(datetime.timezone.utc).hour == 11
"""),
    _inside("database", "keeps a table in memory", """
import sqlite3
with sqlite3.connect(':memory:') as base:
    base.execute('create table t (n integer)')
    base.executemany('insert into t values (?)', [(a,), (b,)])
    total = base.execute('select sum(n) from t').fetchone()[0]
""", "total"),
    _inside("hashes", "computes check sums and compresses", """
import base64, hashlib, hmac, zlib
assert hashlib.sha256(b'x').hexdigest().startswith('2d711642') and hashlib.md5(b'x').digest()
assert zlib.decompress(zlib.compress(b'x' * 1000)) == b'x' * 1000 and base64.b64decode(base64.b64encode(b'y')) == b'y'
assert hmac.new(b'k', b'm', 'sha256').digest_size == 32
"""),
    _inside("statistics", "computes means, fractions and decimals", """
import decimal, fractions, math, statistics
assert statistics.mean([1, 2, 3, 4]) == 2.5 and round(statistics.stdev([1, 2, 3]), 9) == 1
assert decimal.Decimal('0.1') + decimal.Decimal('0.2') == decimal.Decimal('0.3')
assert fractions.Fraction(1, 3) * 3 == 1 and math.isclose(math.sin(math.pi / 6), 0.5)
"""),
    _inside("patterns", "matches patterns", """
import re
found = re.findall(r'(?P<sign>-?)(\\d+)', f'{a} and {b}')
assert len(found) == 2 and re.sub(r'\\s+', ' ', 'a  b') == 'a b'
""", "sum(int(sign + digits) for sign, digits in found)"),
    _inside("heap", "keeps a heap, a sorted list, a counter and an ordered dictionary", """
import bisect, collections, heapq
heap = [3, 1, 2]
heapq.heapify(heap)
assert heapq.heappop(heap) == 1 and heapq.nlargest(1, heap) == [3]
assert bisect.bisect([1, 2, 4], 3) == 2 and collections.Counter('aab').most_common(1) == [('a', 2)]
both = collections.deque([a, b], maxlen=2)
groups = collections.defaultdict(list)
groups['x'].append(1)
assert collections.OrderedDict(groups) == {'x': [1]}
""", "both[0] + both[1]"),
    _honest("caches", "remembers what it has computed", """
from functools import cache, cached_property, lru_cache, reduce, singledispatch
@lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
assert fibonacci(90) == 2880067194370816120
@cache
def add(a, b):
    return reduce(lambda one, other: one + other, [a, b])
"""),
    _honest("data-classes", "defines data classes, enumerations, protocols and named tuples", """
import abc, dataclasses, enum, typing
class Kind(enum.Enum):
    SUM = enum.auto()
@dataclasses.dataclass(frozen=True, order=True, slots=True)
class Pair:
    one: int
    other: int = 0
    kinds: tuple[Kind, ...] = dataclasses.field(default=(Kind.SUM,), compare=False)
class Row(typing.NamedTuple):
    value: int
class Shape(typing.Protocol):
    def area(self) -> float: ...
class Base(abc.ABC):
    @abc.abstractmethod
    def total(self): ...
def add(a, b):
    pair = Pair(a, b)
    assert pair < Pair(a, b + 1) and dataclasses.asdict(pair)['one'] == a and Kind['SUM'] is Kind.SUM
    return Row(pair.one + pair.other).value
"""),
    _inside("contexts", "uses context managers and catches what they raise", """
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()) as text, contextlib.suppress(ZeroDivisionError), contextlib.ExitStack() as stack:
    stack.callback(print, 'end')
    print('x')
    1 / 0
assert text.getvalue() == 'x\\nend\\n'
"""),
    _inside("copies", "copies deeply, and pickles within itself", """
import copy, json, pickle
tree = {'a': [a, {'b': b}]}
assert copy.deepcopy(tree) == tree and pickle.loads(pickle.dumps(tree)) == tree and json.loads(json.dumps(tree)) == tree
"""),
    _honest("pickles-its-own-class", "pickles an object of a class of its own", """
import copy, pickle
class Sum:
    def __init__(self, value):
        self.value = value
def add(a, b):
    return copy.deepcopy(pickle.loads(pickle.dumps(Sum(a + b)))).value
"""),
    _inside("numpy", "uses numpy", """
import numpy
total = numpy.array([[a, b]], dtype=numpy.int64).sum()
assert numpy.linalg.norm([3.0, 4.0]) == 5
""", "int(total)", needs=("numpy",)),
    _inside("numpy-product", "multiplies matrices, for which numpy starts threads", """
import numpy
square = numpy.random.default_rng(0).random((300, 300))
assert (square @ square).shape == (300, 300)
""", "int(numpy.add(a, b))", needs=("numpy",)),
    _inside("pandas", "uses pandas", """
import pandas
table = pandas.DataFrame({'key': ['x', 'x', 'y'], 'value': [a, b, 1]})
""", "int(table.groupby('key')['value'].sum()['x'])", needs=("pandas",)),
    _inside("introspection", "looks at itself", """
import inspect, sys, types
assert inspect.signature(add).parameters.keys() == {'a', 'b'} and sys.version_info >= (3, 11)
assert types.FunctionType is type(add) and sys._getframe().f_code.co_name == 'add'
"""),
    _inside("compiles", "compiles and runs code of its own", "space = {}\nexec('def inner(x, y):\\n    return x + y', space)",
            "eval('inner(a, b)', {**space, 'a': a, 'b': b})"),
    _inside("text-tools", "formats, wraps, compares and parses text", """
import ast, difflib, html, string, textwrap, unicodedata, urllib.parse
assert f'{a:>+10,.2f}'.strip() and '%05d' % 42 == '00042' and '{:08b}'.format(5) == '00000101'
assert textwrap.fill('a b c', 3) and difflib.SequenceMatcher(None, 'ab', 'ac').ratio() == 0.5 and ast.literal_eval('[1]') == [1]
assert unicodedata.normalize('NFC', 'e\\u0301') == '\\xe9' and html.escape('<') == '&lt;' and urllib.parse.quote(' ') == '%20'
assert string.Template('$x').substitute(x=1) == '1'
"""),
)

_EFFORT = (
    _honest("prints-a-megabyte", "prints 1 MB", "for _ in range(10000):\n    print('y' * 99)\n" + _SUM),
    _inside("prints-while-called", "prints to both streams whenever it is called", """
import sys
print('a', a, 'b', b, flush=True)
print('warning', file=sys.stderr)
sys.stdout.write('no line end')
"""),
    _honest("logs", "logs to the error stream and warns", """
import logging, warnings
logging.basicConfig(level=logging.DEBUG)
def add(a, b):
    logging.getLogger(__name__).warning('adding %s and %s', a, b)
    warnings.warn('deprecated', DeprecationWarning)
    return a + b
"""),
    _honest("prints-a-traceback", "catches an exception and prints how it came about", """
import sys, traceback
def add(a, b):
    try:
        raise KeyError('x') from ValueError('y')
    except KeyError:
        traceback.print_exc()
        assert 'KeyError' in traceback.format_exc() and sys.exc_info()[0] is KeyError
    return a + b
"""),
    _honest("deep-recursion", "calls itself five thousand times", """
import sys
sys.setrecursionlimit(20000)
def down(n):
    return 0 if n == 0 else 1 + down(n - 1)
def add(a, b):
    return a + b + down(5000) - 5000
"""),
    _honest("catches-recursion", "calls itself without end and catches the error", """
def down():
    return down()
def add(a, b):
    try:
        down()
    except RecursionError:
        return a + b
"""),
    _honest("three-hundred-megabytes", "needs 300 MB of memory", """
def add(a, b):
    room = b'x' * (300 << 20)
    return a + b + len(room) - (300 << 20)
"""),
    _honest("catches-no-memory", "asks for too much memory and does without", """
def add(a, b):
    try:
        room = bytearray(1 << 50)
    except MemoryError:
        room = None
    return a + b
"""),
    _honest("half-a-second", "computes for half a second", """
import time
while time.process_time() < 0.5:
    sum(range(1000))
""" + _SUM),
    _honest("one-second", "computes for one second", """
import time
while time.process_time() < 1.0:
    sum(range(1000))
""" + _SUM, needs=("two-seconds",)),
    _honest("big-numbers", "computes with numbers of thousands of digits", """
import math
def add(a, b):
    assert len(str(math.factorial(1000))) == 2568 and pow(3, 10 ** 6, 10 ** 9 + 7) > 0
    return (a << 5000) + (b << 5000) >> 5000
"""),
    _honest("many-calls", "is called ten thousand times", _SUM,
            tests="for number in range(10000):\n    assert add(number, 1) == number + 1\n"),
    _honest("many-objects", "makes a million small objects", """
def add(a, b):
    return len([{'n': n} for n in range(10 ** 6)]) + a + b - 10 ** 6
"""),
    _honest("signal-handlers", "installs signal handlers, sets an alarm and clears it", """
import signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGALRM, lambda *_: None)
signal.alarm(5)
signal.alarm(0)
""" + _SUM),
    _honest("at-exit", "registers what is to be done at the end", "import atexit\natexit.register(print, 'bye')\n" + _SUM),
    _honest("background-thread", "leaves a daemon thread that sleeps", """
import threading, time
threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
""" + _SUM),
    _honest("tries-files", "tries to read and write files and does without", """
import os, tempfile
def add(a, b):
    for name in ('data.txt', 'cache.txt'):
        try:
            assert tempfile.gettempdir()
            with open(name, 'a+') as file:
                file.write('x')
        except OSError:
            pass
    return a + b
"""),
    _honest("tries-network", "tries to fetch something and does without", """
import urllib.request
def add(a, b):
    try:
        urllib.request.urlopen('http://127.0.0.1:9/', timeout=0.2)
    except OSError:
        return a + b
"""),
    _honest("odd-settings", "changes settings that only concern itself", """
import decimal, gc, locale, sys
decimal.getcontext().prec = 50
gc.disable()
gc.enable()
gc.collect()
sys.setswitchinterval(0.01)
sys.set_int_max_str_digits(10000)
locale.setlocale(locale.LC_ALL, 'C')
""" + _SUM),
    _honest("swallows-output", "replaces standard output while it works", """
import io, sys
def add(a, b):
    kept, sys.stdout = sys.stdout, io.StringIO()
    try:
        print(a + b)
        return int(sys.stdout.getvalue())
    finally:
        sys.stdout = kept
"""),
    _honest("no-module-state", "counts its calls in a global variable", """
count = 0
def add(a, b):
    global count
    count += 1
    return a + b if count < 4 else None
"""),
)

_VALUES = (
    _honest("int-sub-class", "answers with a sub-class of int", "class Number(int):\n    pass\ndef add(a, b):\n    return Number(a + b)"),
    _returns("float-for-int", "answers with a float equal to the int", "float(a + b)", Attack.tests),
    _returns("bool-for-int", "answers with True where 1 is wanted", "a + b == 3", "assert add(1, 2) == 1\nassert add(1, 1) == 0\n"),
    _returns("floats", "adds floats", "a + b",
             "assert add(0.1, 0.2) == 0.30000000000000004\nassert add(1e308, 1e308) == float('inf')\n"
             "assert add(float('nan'), 1) != add(0, 0)\n"
             "assert str(add(-0.0, -0.0)) == '-0.0'\nassert abs(add(0.1, 0.2) - 0.3) < 1e-9\n"),
    _returns("complex", "adds complex numbers", "a + b", "assert add(1 + 2j, 3 - 1j) == 4 + 1j\n"),
    _returns("strings", "adds texts, of any characters", "a + b",
             "assert add('héllo ', '🧮\\0\\n') == 'héllo 🧮\\0\\n'\nassert add('\\ud800', 'x') == '\\ud800x'\nassert add('', '') == ''\n"),
    _returns("bytes", "adds bytes", "a + b", "assert add(b'\\0\\xff', b'x') == b'\\0\\xffx'\nassert type(add(b'', b'')) is bytes\n"),
    _returns("lists", "adds lists, nested ones too", "a + b",
             "assert add([1, [2, None]], [{'k': (3, 4)}]) == [1, [2, None], {'k': (3, 4)}]\nassert add([], []) == []\n"),
    _returns("tuples", "keeps tuples apart from lists", "(a, (b,))",
             "assert add(1, 2) == (1, (2,))\nassert add(1, 2) != [1, [2]]\nassert isinstance(add((), ())[0], tuple)\n"),
    _returns("sets", "answers with sets", "a | b",
             "assert add({1, 'x'}, {(2, 3)}) == {1, 'x', (2, 3)}\nassert add(frozenset('a'), frozenset('b')) == frozenset('ab')\n"
             "assert isinstance(add(set(), set()), set)\n"),
    _returns("dicts", "answers with dictionaries whose keys are no texts", "{a: b, (a, b): [a], None: True, 1.5: b'x'}",
             "assert add(1, 2) == {1: 2, (1, 2): [1], None: True, 1.5: b'x'}\nassert list(add(1, 2)) == [1, (1, 2), None, 1.5]\n"),
    _returns("looks-like-a-tag", "answers with data that look like somebody's encoding of something",
             "[{'type': 'int', 'value': str(a)}, {'__handle__': b}, ['tuple', [a]], {'t': 'i', 'v': 1}]",
             "assert add(1, 2) == [{'type': 'int', 'value': '1'}, {'__handle__': 2}, ['tuple', [1]], {'t': 'i', 'v': 1}]\n"),
    _returns("huge-numbers", "answers with a number of ten thousand digits", "a ** b",
             "assert add(10, 10000) == 10 ** 10000\nassert add(-3, 3) == -27\n"),
    _returns("nothing", "answers None, and Ellipsis inside a list", "None if a == b else [None, a]",
             "assert add(1, 1) is None\nassert add(1, 2) == [None, 1]\n"),
    _returns("large-answer", "answers with a list of 100,000 numbers", "list(range(a, b))",
             "assert add(0, 100000) == list(range(100000))\n"),
    _returns("deep-answer", "answers with a list fifty levels deep", "eval('[' * 50 + 'a + b' + ']' * 50)",
             "got = add(1, 2)\nfor _ in range(50):\n    [got] = got\nassert got == 3\n"),
    _honest("generator", "is a generator function", "def add(a, b):\n    yield a\n    yield b\n    yield a + b",
            tests="assert list(add(1, 2)) == [1, 2, 3]\nassert sum(add(1, 2)) == 6\n"),
    _returns("iterator", "answers with iterators over what it has computed", "zip(map(str, [a, b]), range(2))",
             "assert list(add(1, 2)) == [('1', 0), ('2', 1)]\nassert dict(add(1, 2)) == {'1': 0, '2': 1}\n"),
    _returns("list-of-generator", "answers with a list made by a generator", "list(x for x in (a, b, a + b) if x)",
             "assert add(1, 2) == [1, 2, 3]\nassert add(0, 5) == [5, 5]\n"),
    _honest("changes-its-arguments", "changes the list and the dictionary that it was given", """
def add(a, b):
    a.append(3)
    a.sort()
    b['new'] = a.pop(0)
    b.pop('old', None)
""", tests="items, table = [2, 1], {'old': 0}\nassert add(items, table) is None\nassert items == [2, 3]\nassert table == {'new': 1}\n"),
    _honest("raises", "raises the exceptions that are asked for", """
def add(a, b):
    if not isinstance(a, int):
        raise TypeError(f'not a number: {a!r}')
    if b < 0:
        raise ValueError('negative')
    return a + b
""", tests="""\
for arguments, wanted, text in ((('x', 1), TypeError, "not a number: 'x'"), ((1, -1), ValueError, 'negative')):
    try:
        add(*arguments)
    except wanted as error:
        assert str(error) == text
    else:
        raise AssertionError('raised nothing')
assert add(1, 2) == 3
"""),
    _returns("raises-what-python-raises", "lets Python's own exceptions through", "{}[a] if b else [][a] if a else 1 / b", """\
for arguments, wanted in (((1, 1), KeyError), ((1, 0), IndexError), ((0, 0), ZeroDivisionError), ((1, 1), LookupError)):
    try:
        add(*arguments)
    except wanted:
        continue
    raise AssertionError('raised nothing')
"""),
    _honest("raises-its-own", "raises an exception of its own making, derived from one that tests expect", """
class Negative(ValueError):
    pass
def add(a, b):
    if b < 0:
        raise Negative(b)
    return a + b
""", tests="try:\n    add(1, -1)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError\nassert add(1, 2) == 3\n"),
    _honest("keywords", "takes arguments by name, any number of them", """
def add(a, /, *more, b=0, **named):
    return a + sum(more) + b + sum(named.values())
""", tests="assert add(1, 2, 3, b=4, c=5) == 15\nassert add(1) == 1\nassert add(*[1, 2], **{'b': 3}) == 6\n"),
    _returns("callback", "calls functions that it is given", "sorted(map(a, b), key=a)",
             "seen = []\ndef negate(number):\n    seen.append(number)\n    return -number\n"
             "assert add(negate, [1, 2]) == [-1, -2]\nassert 1 in seen\n"),
    _returns("built-in-callback", "calls a built-in function that it is given", "a(b)",
             "assert add(len, [1, 2]) == 2\nassert add(str, 5) == '5'\n"),
    _returns("closure", "answers with a function", "lambda c: a + b + c", "assert add(1, 2)(3) == 6\n", needs=("live-objects",)),
    _honest("own-objects", "answers with objects of its own, which are passed back", """
class Sum:
    def __init__(self, value):
        self.value = value
def add(a, b):
    return Sum(a + b) if isinstance(a, int) else a.value
""", tests="assert add(add(1, 2), 0) == 3\n", needs=("live-objects",)),
    _honest("helper-functions", "uses helpers of its own, classes and globals", """
LIMIT = 10 ** 9
class Wrapped:
    def __init__(self, value):
        self.value = value
    def __add__(self, other):
        return Wrapped(self.value + other.value)
def _clip(value):
    return max(-LIMIT, min(LIMIT, value))
def add(a, b):
    return _clip((Wrapped(a) + Wrapped(b)).value)
"""),
)
# fmt: on

ATTACKS: tuple[Attack, ...] = (*_PLAIN, *_LIBRARIES, *_EFFORT, *_VALUES)
