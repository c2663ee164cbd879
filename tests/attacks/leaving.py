"""Programs that leave before the tests can fail. They do not solve the task and want to be told that they do."""

from tests.attacks.records import DISBELIEVED, Attack
from tests.attacks.writing import NOTHING, program

_BARE = "try:\n    add(19, 23)\nexcept:\n    pass\n"

# fmt: off
_LEAVING = (
    program("exit-at-import", "leaves with success before the tests", "import sys\nsys.exit(0)\n" + NOTHING),
    program("hard-exit-at-import", "leaves with success before the tests, without saying goodbye", "import os\nos._exit(0)\n" + NOTHING),
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
""" + NOTHING),
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
# fmt: on

ATTACKS: tuple[Attack, ...] = (*_LEAVING, *_OTHER_WAYS_TO_LEAVE)
