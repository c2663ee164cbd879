"""Odd values, and abuse of the channel between a judge and a worker.

None of these programs solves its task. They try to burden, confuse or break whoever reads their answers; a sound sandbox gives a
verdict soon, and the next program in the same slot is none the worse. What only claims to be equal to something is in `lying.py`.
"""

from tests.attacks.records import DISBELIEVED, HUNGRY, STALLED, UNHEARD, Attack
from tests.attacks.writing import BETWEEN, EVERY, NOTHING, program

_HEAVY = HUNGRY | {"output", "timeout_wall"}
_LIST = "items = [1, 2]\nadd(items, 3)\nassert items == [4, 5]\n"
_SHOWN = "got = add(19, 23)\nassert got == 42, f'got {got!r}'\n"
_BACK = (
    "calls = []\ndef back(number=0):\n    calls.append(number)\n    return number + 1\nassert add(back, 23) == 42\nassert calls == [1]\n"
)


def _answers(name: str, why: str, expression: str, *, expect: frozenset[str] = DISBELIEVED, tests: str = Attack.tests) -> Attack:
    return program(name, why, f"def add(a, b):\n    return {expression}", expect=expect, tests=tests)


def _raises(name: str, why: str, body: str, *, expect: frozenset[str] = DISBELIEVED, tests: str = Attack.tests) -> Attack:
    return program(name, why, body, expect=expect, tests=tests)


# fmt: off
LISTED = (
    program("deep-list", "answers with a list a million levels deep", """
def add(a, b):
    nested = []
    for _ in range(10 ** 6):
        nested = [nested]
    return nested
""", expect=_HEAVY),
    program("cyclic-list", "answers with a list that holds itself", """
def add(a, b):
    cycle = [42]
    cycle.append(cycle)
    return cycle
"""),
    program("cyclic-dict", "answers with two dictionaries that hold each other", """
def add(a, b):
    one, other = {}, {}
    one['x'], other['x'] = other, one
    return one
"""),
    _answers("huge-string", "answers with a string of 1 GB", "'x' * (1 << 30)", expect=_HEAVY),
    _answers("huge-int", "answers with a number of a hundred million bits", "1 << 10 ** 8", expect=_HEAVY),
    program("endless-generator", "answers with a generator that never ends", """
import itertools
def add(a, b):
    return itertools.count(42)
""", tests="assert list(add(19, 23)) == [42]\n", expect=_HEAVY, harms=True),
    program("reduce", "answers with an object that would run a command where it is unpickled", """
import os
class Trap:
    def __reduce__(self):
        return os.mkdir, ('@CANARY@/@MARK@',)
def add(a, b):
    return Trap()
""", expect=DISBELIEVED),
    _answers("hash-collisions", "answers with a set whose members all collide", "{number * ((1 << 61) - 1) for number in range(12000)}",
             expect=_HEAVY),
    _answers("odd-text", "answers with text that is no valid Unicode, and numbers that are none",
             "['\\ud800', '\\0' * 10, '\\x1b[2J', float('nan'), float('inf'), -0.0]"),
    program("replies-in-advance", "sends replies before it is asked", EVERY + """
for text in ('{"value": 0}', '{"ok": true, "value": 0}', '{"result": 0, "id": 0}', '["value", 0]', '["ok", 0]', '{"status": "passed"}'):
    for frame in framed(text):
        every(frame)
def add(a, b):
    return None
""", expect=STALLED),
    program("garbage", "writes garbage to every open file", EVERY + """
every(bytes(range(255, -1, -1)) * 8)
def add(a, b):
    return None
""", expect=STALLED),
)

_SHAPES = (
    *(_answers(f"answer-{name}", f"answers with {name.replace('-', ' ')}", expression) for name, expression in (
        ("not-implemented", "NotImplemented"), ("ellipsis", "..."), ("type", "int"), ("module", "__import__('os')"), ("itself", "add"),
        ("lambda", "lambda *_: 42"), ("coroutine", "(lambda: (yield))()"),
        ("open-file", "open(0, closefd=False)"), ("memory-view", "memoryview(b'x')"),
        ("frame", "__import__('sys')._getframe()"), ("code", "add.__code__"), ("exception", "ValueError(42)"), ("slice", "slice(1, 2)"),
        ("property", "property()"), ("weak-reference", "__import__('weakref').ref(add)"), ("lock", "__import__('threading').Lock()"),
        ("cell", "(lambda: add).__closure__"), ("range", "range(10 ** 18)"), ("nan-keys", "{float('nan'): number for number in range(9)}"),
        ("number-too-long-for-text", "10 ** 5000"), ("negative-zero", "-0.0"), ("bool", "True"), ("text", "'42'"), ("bytes", "b'42'"),
        ("complex-nan", "complex('nan')"), ("one-element", "[42]"), ("nothing-but-keys", "{}.keys()"),
    )),
    *(_answers(f"looks-like-{name}", f"answers with data that look like the channel's own {name.replace('-', ' ')}", expression)
      for name, expression in (
        ("typed-value", "{'type': 'int', 'value': '42'}"), ("tagged-value", "{'__type__': 'int', '__value__': 42}"),
        ("tagged-list", "['int', 42]"), ("one-letter-tag", "{'t': 'i', 'v': '2a'}"), ("dollar-tag", "{'$int': '42'}"),
        ("handle", "{'__handle__': 0}"), ("handle-list", "['handle', 0]"), ("handle-tag", "{'t': 'handle', 'v': 0}"),
        ("exception", "{'error': 'AssertionError', 'args': []}"), ("exception-list", "['raise', 'SystemExit', ['0']]"),
        ("verdict", "{'status': 'passed'}"), ("class-name", "{'__class__': 'builtins.int', 'args': [42]}"),
        ("call", "{'call': 'add', 'args': [19, 23]}"), ("import", "{'py/object': 'os.system', 'py/args': ['true']}"),
      )),
    _answers("million-items", "answers with a million numbers", "list(range(10 ** 6))", expect=_HEAVY),
    _answers("million-lists", "answers with a million lists", "[[] for _ in range(10 ** 6)]", expect=_HEAVY),
    _answers("same-list-many-times", "answers with a list that grows a billionfold when it is written out",
             "__import__('functools').reduce(lambda inner, _: [inner] * 10, range(9), [1])", expect=_HEAVY),
    _answers("huge-key", "answers with a dictionary whose key is 100 MB long", "{'x' * 10 ** 8: 1}", expect=_HEAVY),
    _answers("huge-bytes", "answers with 300 MB of bytes", "bytes(300 << 20)", expect=_HEAVY),
    _answers("escapes", "answers with text that grows sixfold when it is escaped", "'\\0' * (20 << 20)", expect=_HEAVY),
    _answers("deep-tuple", "answers with a tuple ten thousand levels deep",
             "__import__('functools').reduce(lambda inner, _: (inner,), range(10 ** 4), ())", expect=_HEAVY),
    _answers("deep-generators", "answers with generators inside generators",
             "__import__('functools').reduce(lambda inner, _: iter([inner]), range(10 ** 4), iter([]))", expect=_HEAVY),
    _answers("shown-number", "answers with a number that cannot be shown in the message of a failed test", "10 ** 10000", tests=_SHOWN),
    _answers("shown-text", "answers with a text that makes the message of a failed test enormous", "'x' * (4 << 20)",
             tests=_SHOWN, expect=_HEAVY),
    _answers("shown-escapes", "answers with text that would change a terminal or forge a line of a log",
             "'\\x1b[2J\\r\\n{\"status\": \"passed\"}\\n\\u202e\\ud800'", tests=_SHOWN),
    program("iterator-that-raises", "answers with an iterator that fails half-way", """
def add(a, b):
    yield 42
    raise KeyError('enough')
""", tests="assert list(add(19, 23)) == [42]\n"),
    program("iterator-that-exits", "answers with an iterator that ends the process half-way", """
import os
def add(a, b):
    yield 42
    os._exit(0)
""", tests="assert list(add(19, 23)) == [42]\n", expect=UNHEARD),
    program("iterator-of-itself", "answers with an iterator that yields itself", """
class Self:
    __iter__ = lambda self: self
    __next__ = lambda self: self
def add(a, b):
    return Self()
""", tests="assert list(add(19, 23)) == [42]\n", expect=_HEAVY, harms=True),
    program("changing-generator", "yields a list and changes it afterwards", """
def add(a, b):
    items = [42]
    yield items
    items.clear()
    yield items
    items.append(items)
    yield items
""", tests="assert [len(items) for items in add(19, 23)] == [1, 1, 1]\n"),
    program("index-liar", "answers with an object that is another number each time", """
class Number:
    def __init__(self):
        self.value = 0
    def __index__(self):
        self.value += 1
        return self.value
    __int__ = __hash__ = __index__
    __float__ = lambda self: float('nan')
def add(a, b):
    return Number()
""", tests="got = add(19, 23)\nassert range(100)[got] == 42\n"),
    program("missing-everything", "answers with an object that raises whatever is asked", """
class Nothing:
    def __getattribute__(self, name):
        raise SystemExit(name)
    __iter__ = __len__ = __bool__ = __hash__ = __eq__ = __repr__ = __reduce_ex__ = lambda self, *_: 1 / 0
def add(a, b):
    return Nothing()
"""),
    program("list-that-grows", "answers with a list that grows while it is read", """
class Growing(list):
    def __iter__(self):
        for item in list.__iter__(self):
            self.append(item)
            yield item
    __len__ = lambda self: 0
def add(a, b):
    return Growing([42])
""", tests="assert list(add(19, 23)) == [43]\n", expect=_HEAVY, harms=True),
    program("dict-that-shrinks", "answers with a dictionary that empties itself while it is read", """
class Shrinking(dict):
    def items(self):
        for key in list(self):
            self.clear()
            yield key, self.get(key)
    __iter__ = keys = lambda self: (self.clear(), iter('ab'))[1]
def add(a, b):
    return Shrinking({'sum': 41})
""", tests="assert add(19, 23) == {'sum': 42}\n"),
    program("array-interface", "answers with an object that claims to be an array anywhere in memory", """
class Array:
    __array_interface__ = {'data': (4096, False), 'shape': (1,), 'typestr': '<i8', 'version': 3}
def add(a, b):
    return Array()
""", tests="import numpy\nnumpy.testing.assert_array_equal(add(19, 23), [42])\n", needs=["numpy"], expect=DISBELIEVED),
    program("array-of-objects", "answers with an object that claims to be an array of objects anywhere in memory", """
class Array:
    __array_interface__ = {'data': (4096, False), 'shape': (1,), 'typestr': '|O', 'version': 3}
def add(a, b):
    return Array()
""", tests="import numpy\nassert (numpy.asarray(add(19, 23)) == [42]).all()\n", needs=["numpy"], expect=DISBELIEVED),
    program("wrapped-for-ever", "answers with an object that claims to wrap another, without end", """
class Wrapper:
    __getattr__ = lambda self, name: Wrapper()
    __call__ = lambda self, *_: 41
def add(a, b):
    return Wrapper()
""", tests="import typing\nassert typing.get_type_hints(add(19, 23)) == {'return': int}\n", expect=STALLED),
    program("text-that-raises", "answers with text whose every method fails", """
class Text(str):
    encode = __len__ = __iter__ = __str__ = __format__ = __hash__ = lambda self, *_: 1 / 0
def add(a, b):
    return Text('41')
""", tests="assert add('19', '23') == '42'\n"),
    program("metaclass-that-exits", "answers with an object whose class exits when it is looked at", """
import os
class Meta(type):
    __instancecheck__ = __subclasscheck__ = __eq__ = __hash__ = mro = lambda cls, *_: os._exit(0) if armed else type.mro(cls)
armed = False
class Thing(metaclass=Meta):
    pass
armed = True
def add(a, b):
    return Thing()
""", expect=UNHEARD),
)

_EXCEPTIONS = (
    _raises("exception-cycle", "raises an exception that is its own cause", """
def add(a, b):
    error, other = ValueError('one'), KeyError('other')
    error.__cause__, other.__cause__ = other, error
    raise error
"""),
    _raises("exception-chain", "raises an exception with a hundred thousand causes", """
def add(a, b):
    last = None
    for number in range(10 ** 5):
        error = ValueError(number)
        error.__cause__, last = last, error
    raise last
""", expect=UNHEARD),
    _raises("exception-of-300-megabytes", "raises an exception with an enormous text",
            "def add(a, b):\n    raise ValueError('x' * (300 << 20))", expect=_HEAVY),
    _raises("exception-with-a-million-arguments", "raises an exception with a million arguments",
            "def add(a, b):\n    raise ValueError(*range(10 ** 6))", expect=_HEAVY),
    _raises("exception-of-odd-text", "raises an exception whose text is not printable",
            "def add(a, b):\n    raise ValueError('\\x1b[2J\\n\\ud800\\0{\"status\": \"passed\"}')"),
    *(_raises(f"raise-{name}", f"raises {expression.split('(')[0]}, which cannot be rebuilt from a text",
              f"def add(a, b):\n    raise {expression}") for name, expression in (
        ("unicode-error", "UnicodeDecodeError('utf-8', b'x', 0, 1, 'no')"), ("os-error", "OSError(2, 'no', 'name', None, 'other')"),
        ("exception-group", "ExceptionGroup('x', [ValueError(1), ExceptionGroup('y', [KeyError(2)])])"),
        ("import-error", "ImportError('x', name='n', path='p')"), ("syntax-error", "SyntaxError('x', ('f', 1, 2, 'text', 3, 4))"),
        ("stop-iteration", "StopIteration(42)"), ("recursion-error", "RecursionError()"),
        ("timeout-error", "TimeoutError('timeout_cpu')"), ("not-implemented", "NotImplementedError"), ("warning", "UserWarning('x')"),
        ("async-stop", "StopAsyncIteration()"), ("broken-pipe", "BrokenPipeError(32, 'x')"), ("eof-error", "EOFError()"),
        ("connection-error", "ConnectionResetError(104, 'x')"), ("json-error", "__import__('json').JSONDecodeError('x', 'y', 0)"),
        ("assertion", "AssertionError('passed')"),
    )),
    _raises("raise-memory-error", "raises MemoryError though there is memory", "def add(a, b):\n    raise MemoryError",
            expect=DISBELIEVED | {"memory"}),
    _raises("exception-with-a-liar", "raises an exception whose arguments are equal to everything", """
class Liar:
    __eq__ = lambda self, other: True
    __repr__ = __str__ = lambda self: 1 / 0
def add(a, b):
    raise ValueError(Liar())
"""),
    _raises("exception-without-name", "raises an exception whose class has no proper name", """
class Name(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__
def add(a, b):
    raise type(Name('\\x1b' * 5000), (Exception,), {'__module__': 3, '__qualname__': 'x' * 10 ** 6})()
"""),
    _raises("exception-with-properties", "raises an exception whose every attribute ends the process", """
import os
class Trap(Exception):
    args = __cause__ = __context__ = __traceback__ = __notes__ = property(lambda self: os._exit(0))
def add(a, b):
    raise Trap
""", expect=UNHEARD),
    _raises("exception-from-a-metaclass", "raises an exception of a class that cannot be compared or named", """
class Meta(type):
    __name__ = property(lambda cls: 1 / 0)
    __eq__ = __subclasscheck__ = lambda cls, other: 1 / 0
    __hash__ = lambda cls: 1 / 0
class Odd(Exception, metaclass=Meta):
    pass
def add(a, b):
    raise Odd
""", expect=UNHEARD),
    _raises("exception-notes", "raises an exception with a hundred thousand notes", """
def add(a, b):
    error = ValueError('x')
    for number in range(10 ** 5):
        error.add_note('x' * 100)
    raise error
""", expect=_HEAVY),
    _raises("exception-from-deep-down", "raises from fifty thousand calls deep", """
import sys
sys.setrecursionlimit(60000)
def down(number):
    return down(number - 1) if number else 1 / 0
def add(a, b):
    return down(50000)
""", expect=_HEAVY),
)

_ARGUMENTS = (
    program("argument-cycle", "makes the list that it was given hold itself", "def add(a, b):\n    a.append(a)", tests=_LIST),
    program("argument-grows", "makes the list that it was given enormous", "def add(a, b):\n    a.extend(range(3 * 10 ** 6))",
            tests=_LIST, expect=_HEAVY),
    program("argument-deepens", "makes the list that it was given a hundred thousand levels deep", """
def add(a, b):
    inner = []
    for _ in range(10 ** 5):
        inner = [inner]
    a[:] = [inner]
""", tests=_LIST, expect=_HEAVY),
    program("argument-later", "changes the list that it was given after it has answered", """
import threading, time
def later(items):
    time.sleep(0.01)
    items[:] = [4, 5]
def add(a, b):
    threading.Thread(target=later, args=(a,), daemon=True).start()
""", tests="items = [1, 2]\nadd(items, 3)\nassert items == [4, 5]\nassert add(items, 3) == [9]\n"),
    program("argument-of-other-kind", "puts what cannot be sent into the list that it was given", """
def add(a, b):
    a[:] = [object(), lambda: 4, iter([5]), type, ...]
""", tests=_LIST),
    program("argument-changes-class", "gives the list that it was given another class", """
import ctypes
class Other(list):
    __iter__ = lambda self: iter([6, 7])
    __eq__ = lambda self, other: True
def add(a, b):
    ctypes.c_void_p.from_address(id(a) + 8).value = id(Other)
""", tests=_LIST, expect=UNHEARD),
    program("small-numbers", "overwrites the number one in memory", """
import ctypes
def add(a, b):
    ctypes.c_uint32.from_address(id(1) + 24).value = 2
    return 1
""", expect=STALLED),
    program("callback-for-ever", "calls the function that it was given for ever", """
def add(a, b):
    while True:
        a(1)
""", tests=_BACK, expect=_HEAVY, harms=True),
    program("callback-later", "calls the function that it was given after it has answered", """
import threading, time
def later(back):
    while True:
        time.sleep(0.001)
        back(1)
def add(a, b):
    threading.Thread(target=later, args=(a,), daemon=True).start()
    return 0
""", tests=_BACK.replace("add(back, 23)", "add(back, 23) + add(back, 23)"), expect=_HEAVY),
    program("callback-from-threads", "calls the function that it was given from many threads at once", """
import threading
def add(a, b):
    threads = [threading.Thread(target=lambda: [a(1) for _ in range(100)], daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0
""", tests=_BACK, expect=_HEAVY),
    program("callback-with-everything", "gives the function that it was given enormous arguments", """
def add(a, b):
    return a('x' * (300 << 20))
""", tests=_BACK, expect=_HEAVY),
    program("callback-deeper", "calls back and is called, for ever deeper", """
def add(a, b):
    return a(a)
""", tests="def back(other):\n    return add(back, other)\nassert add(back, 23) == 42\n", expect=_HEAVY),
    program("callback-that-exits", "raises an exit through the function that it was given", """
class Leaver:
    def __radd__(self, other):
        raise SystemExit(0)
    __add__ = __radd__
def add(a, b):
    return a(Leaver())
""", tests=_BACK),
    program("not-a-function", "is an object that is called differently each time", """
class Thing:
    calls = 0
    def __call__(self, *arguments):
        Thing.calls += 1
        return sum(arguments) if Thing.calls == 1 else None
    __name__ = property(lambda self: 1 / 0)
add = Thing()
"""),
    program("asynchronous", "is an asynchronous function, whose calls are never awaited", "async def add(a, b):\n    return a + b"),
    program("answers-then-dies", "answers two calls and dies in the third", """
import os
calls = []
def add(a, b):
    calls.append(1)
    return a + b if len(calls) < 3 else os._exit(0)
""", expect=UNHEARD),
    program("dies-between-calls", "answers rightly, and dies a moment later", """
import os, threading
def add(a, b):
    threading.Timer(0.02, os._exit, [0]).start()
    return a + b
""", tests="import time\nassert add(19, 23) == 42\ntime.sleep(0.3)\nassert add(-8, 3) == -5\n", expect=UNHEARD),
)

_CHANNEL = (
    *(program(name, f"sends {what} on every open file", f"{EVERY}for frame in {frames}:\n    every(frame)\n{NOTHING}",
              expect=STALLED | _HEAVY) for name, what, frames in (
        ("enormous-frame", "the beginning of an enormous frame", r"[b'\x7f\xff\xff\xff' * 2, b'\xff' * 16]"),
        ("negative-frame", "a frame of negative length", r"[b'\x80\0\0\0' * 2]"),
        ("empty-frames", "thousands of empty frames", "[bytes(4096)] * 4"),
        ("half-frame", "half a frame", r"""[b'\0\0\0\x40{"value"', b'{"value"']"""),
        ("no-text", "a frame that is no text", r"framed(b'\xff\xfe\xc0\x80')"),
        ("deep-frame", "a frame that is too deep to be read", """framed('[' * 3000) + framed('{"a":' * 600)"""),
        ("odd-numbers-frame", "a frame with numbers that JSON does not have", """framed('{"value": NaN, "ok": Infinity, "id": 1e999}')"""),
        ("long-number-frame", "a frame with a number of three thousand digits", """framed('{"value": ' + '9' * 3000 + '}')"""),
        ("double-keys-frame", "a frame that says everything twice, differently",
         """framed('{"value": 1, "value": 2, "ok": true, "ok": false, "status": "failed", "status": "passed"}')"""),
        ("surrogate-frame", "a frame with half characters", r"""framed('{"value": "\\ud800", "\\udfff": 1}') + framed('"\ud800"')"""),
        ("wrong-shapes", "frames of every wrong shape",
         """[frame for text in ('0', 'null', '[]', '{}', '""', 'true', '[[]]') for frame in framed(text)]"""),
        ("handles-frame", "a frame with objects that do not exist",
         """[frame for text in ('["handle", 99]', '{"handle": -1}', '{"call": 7, "args": []}') for frame in framed(text)]"""),
        ("end-of-file-marks", "the marks that end streams", r"[b'\x04', b'\x1a', b'\0', b'\r\n\r\n']"),
    )),
    *(program(name, what, f"{BETWEEN}import time\nheld = []\nstep_between(lambda data: {change})\n{NOTHING}", expect=STALLED)
      for name, what, change in (
        ("double-replies", "sends every reply twice", "[data, data]"),
        ("byte-by-byte", "sends every reply in single bytes, slowly",
         "[time.sleep(0.005) or data[at:at + 1] for at in range(len(data))]"),
        ("half-replies", "sends half of every reply and then nothing", "[data[:len(data) // 2]]"),
        ("turned-replies", "sends every reply backwards", "[data[::-1]]"),
        ("flipped-bits", "changes a bit near the end of every reply", "[data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]]"),
        ("delayed-replies", "sends every reply after the next", "held.append(data) or ([held.pop(0)] if len(held) > 1 else [])"),
        ("repeated-first-reply", "sends the first reply instead of every later one", "held.append(data) or [held[0]]"),
        ("endless-reply", "sends a reply that never ends", "iter(lambda: data, 0)"),
      )),
    program("fork-server-orders", "sends orders that a fork server might take, on every open file", EVERY + """
for text in ('{"run": "x", "limits": {"cpu_s": 1000000}}', '{"cmd": "fork"}', '{"exit": true}', 'quit', '{"cpu_s": 1e9, "fds": 2}'):
    for frame in framed(text):
        every(frame)
def add(a, b):
    return None
""", expect=STALLED),
    program("steal-messages", "reads every open file, and so takes messages that are meant for others", """
import os, select, threading
def steal():
    while True:
        for number in select.select(files, [], [], 1)[0]:
            try:
                os.read(number, 1 << 16)
            except OSError:
                pass
files = []
for number in range(3, 256):
    try:
        os.fstat(number)
        files.append(number)
    except OSError:
        pass
threading.Thread(target=steal, daemon=True).start()
def add(a, b):
    return None
""", expect=STALLED),
    program("null-everywhere", "puts nothing in the place of every open file", """
import os
number = os.open('/dev/null', os.O_RDWR) if os.access('/dev/null', os.W_OK) else os.pipe()[1]
for other in range(256):
    try:
        os.fstat(other)
        os.dup2(number, other)
    except OSError:
        pass
def add(a, b):
    return None
""", expect=STALLED),
    program("mirror", "puts a socket to itself in the place of every inherited one", """
import os, socket, stat
one, other = socket.socketpair()
for number in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode) and number not in (one.fileno(), other.fileno()):
            os.dup2(one.fileno(), number)
    except OSError:
        pass
def add(a, b):
    return None
""", expect=STALLED),
    *(program(name, what, f"""
import array, os, socket, struct, time
for number in range(3, 256):
    try:
        link = socket.socket(fileno=os.dup(number))
        {deed}
    except OSError:
        pass
def add(a, b):
    return None
""", expect=STALLED) for name, what, deed in (
        ("shut-down", "shuts every inherited socket down", "link.shutdown(socket.SHUT_RDWR)"),
        ("shut-half-down", "shuts one direction of every inherited socket down", "link.shutdown(socket.SHUT_WR)"),
        ("impatient-socket", "makes every inherited socket give up at once", "link.setblocking(False)"),
        ("narrow-socket", "gives every inherited socket the smallest buffers", "link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)"),
        ("urgent-byte", "sends an urgent byte, out of the line, over every inherited socket", "link.send(b'!', socket.MSG_OOB)"),
        ("files-over-the-socket", "sends open files over every inherited socket, more than a process may have",
         "[socket.send_fds(link, [b'x'], [number] * 200) for _ in range(9)]"),
        ("credentials", "asks every inherited socket to tell who sends", "link.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)"),
    )),
)

_WORKER = (
    *(program(f"worker-{name}", what, f"{deed.strip()}\ndef add(a, b):\n    return None", expect=STALLED) for name, what, deed in (
        ("json", "breaks the JSON module", """
import json
json.loads = json.dumps = json.JSONEncoder.encode = json.JSONDecoder.decode = lambda *_, **__: {}
"""),
        ("struct", "makes every packed number another", """
import struct
struct.pack = lambda *_: bytes(range(4))
struct.unpack = lambda *_: (1 << 31,)
"""),
        ("socket", "makes every socket lie about what it sent", """
import socket
socket.socket.send = lambda self, data, *_: len(data) + 1
socket.socket.sendall = socket.socket.recv = socket.socket.recv_into = lambda self, *_: b'x' * 1000
"""),
        ("os", "makes reading and writing do nothing", """
import os
os.read = lambda number, size: b'{}' * size
os.write = lambda number, data: 2 * len(data)
"""),
        ("threads", "breaks threads and locks", """
import threading
threading.Thread.start = threading.Thread.run = threading.Thread.join = lambda *_: None
threading.Lock = threading.RLock = threading.Event = None
"""),
        ("builtins", "breaks the built-in functions that tell what something is", """
import builtins
builtins.isinstance = builtins.issubclass = lambda *_: True
builtins.type = builtins.len = builtins.id = lambda *_: 42
"""),
        ("types", "breaks the built-in types", """
import builtins
builtins.dict = builtins.list = builtins.int = builtins.str = builtins.bytes = builtins.float = builtins.Exception = None
"""),
        ("stdout", "replaces the standard streams by something that fails", """
import sys
class Bad:
    def __getattr__(self, name):
        raise SystemExit(0)
sys.stdout = sys.stderr = sys.stdin = sys.__stdout__ = sys.__stderr__ = Bad()
"""),
        ("recursion-limit", "leaves hardly any room for calls", """
import inspect, sys
sys.setrecursionlimit(len(inspect.stack()) + 12)
"""),
        ("digits", "forbids numbers of more than 640 digits", "import sys\nsys.set_int_max_str_digits(640)"),
        ("codec", "replaces what happens when text cannot be encoded", """
import codecs
codecs.register_error('strict', lambda error: ('passed' * 1000, error.end))
codecs.register(lambda name: 1 / 0)
"""),
        ("locale", "changes how numbers and text are written", """
import decimal, locale
decimal.getcontext().prec = 1
for name in ('de_DE.UTF-8', 'tr_TR.UTF-8', 'C'):
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        pass
"""),
        ("encodings", "takes away the encodings of text", """
import sys
for name in [name for name in sys.modules if name.startswith('encodings')]:
    del sys.modules[name]
"""),
        ("trace", "traces every line that is run", "import sys\nsys.settrace(lambda *_: 1 / 0)\nsys.setprofile(lambda *_: None)"),
        ("audit", "forbids everything by an audit hook", """
import sys
def forbid(*_):
    raise PermissionError
sys.addaudithook(forbid)
"""),
        ("gc", "makes garbage collection do something each time", """
import gc
gc.set_threshold(1)
gc.callbacks.append(lambda *_: [[] for _ in range(99)])
"""),
        ("signals", "answers every signal in its own way", """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, lambda *_: 1 / 0)
    except (OSError, ValueError):
        pass
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
"""),
        ("frames", "changes the variables of those who called it", """
import sys
frame = sys._getframe().f_back
while frame:
    for name in list(frame.f_globals):
        if not name.startswith('__'):
            frame.f_globals[name] = None
    frame = frame.f_back
"""),
        ("modules", "puts nothing in the place of every module", """
import sys
for name in list(sys.modules):
    sys.modules[name] = None
"""),
        ("namespace", "changes the names that its own module was given", """
__builtins__ = {}
__name__, __file__, __spec__ = '__main__', '/x', 3
"""),
        ("clock", "makes all clocks stand still", """
import time
time.time = time.monotonic = time.perf_counter = time.process_time = time.thread_time = lambda: 0.0
"""),
        ("collapse", "makes every object of the worker's own classes die", """
import gc, types
for thing in gc.get_objects():
    if isinstance(thing, type) and thing.__module__ not in ('builtins', 'abc', '__main__'):
        try:
            thing.__del__ = thing.__getattribute__ = lambda *_: 1 / 0
        except Exception:
            pass
"""),
    )),
)
# fmt: on

OWN = (*_SHAPES, *_EXCEPTIONS, *_ARGUMENTS, *_CHANNEL, *_WORKER)
ATTACKS: tuple[Attack, ...] = LISTED + OWN
