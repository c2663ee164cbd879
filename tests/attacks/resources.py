"""Programs that ask for too much, never end, or die: memory, disk, output, time, crashes.

The tuples say how the effect shows: `GREEDY` end in a lack of something, `FULL` fill a disk, `LOUD` write without end,
`BUSY` use the processor without end, `IDLE` wait without end, `DEADLY` die by a signal, `ODD_ENDS` end in other ways.
"""

from tests.attacks.records import CPU, FLOOD, STALLED, STOPPED, UNHEARD, WALL, Attack
from tests.attacks.writing import MACHINE_CODE, attempt, program

_NO_MEMORY = frozenset({"memory", "failed", "error", "crashed", "timeout_cpu"})
_CREEPING = frozenset({"memory", "timeout_cpu", "crashed"})
_CRASHED = frozenset({"crashed"})
_ENDLESS = CPU | WALL

# fmt: off
GREEDY = (
    program("fork-bomb", "starts processes that start processes", """
import os
def add(a, b):
    while True:
        try:
            os.fork()
        except OSError:
            pass
""", expect=_ENDLESS | {"crashed"}, harms=True),
    program("thread-bomb", "starts threads without end", """
import threading, time
def add(a, b):
    while True:
        try:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except (RuntimeError, MemoryError):
            pass
""", expect=_ENDLESS | {"memory", "crashed"}, harms=True),
    program("twenty-gigabytes", "fills 20 GB of memory at once", "def add(a, b):\n    return len(b'x' * (20 << 30))",
            expect=_NO_MEMORY, harms=True),
    program("memory-creep", "takes memory piece by piece and goes on when there is none", """
kept = []
def add(a, b):
    while True:
        try:
            kept.append(b'x' * (8 << 20))
        except MemoryError:
            pass
""", expect=_CREEPING, harms=True),
    program("memory-mapped", "takes memory by mapping instead of allocating", """
import mmap
def add(a, b):
    kept = []
    while len(kept) < 100:
        kept.append(mmap.mmap(-1, 64 << 20))
        kept[-1].write(b'x' * (64 << 20))
""", expect=_NO_MEMORY, harms=True),
    program("memory-of-small-things", "takes memory in small objects, until even the error has no room", """
def add(a, b):
    kept = []
    while True:
        kept.append({str(len(kept)): [kept]})
""", expect=_CREEPING | {"failed", "error"}, harms=True),
    program("no-memory-at-import", "takes all memory before the first test, and keeps it", """
kept, size = [], 1 << 28
while size > 1 << 10:
    try:
        kept.append(b'x' * size)
    except MemoryError:
        size //= 2
def add(a, b):
    return [a + b] * 1000000
""", expect=_CREEPING | {"failed", "error"}, harms=True),
    attempt("memory-in-children", "spreads its memory over processes, as limits count each alone", """
import os
kept, (reader, writer) = [], os.pipe()
for number in range(6):
    pid = os.fork()
    if pid == 0:
        try:
            block = b'x' * (220 << 20)
            os.write(writer, b'.')
            import time
            time.sleep(30)
        finally:
            os._exit(0)
    kept.append(pid)
os.close(writer)
count = 0
while count < 6 and os.read(reader, 1):
    count += 1
for pid in kept:
    os.kill(pid, 9)
return count * 220 > 1200
""", expect=STOPPED | _ENDLESS, harms=True),
    attempt("memory-in-nameless-files", "keeps its memory in files that exist in memory only", """
import os
files = [os.memfd_create('x') for number in range(27)]
return sum(os.write(file, b'x' * (40 << 20)) for file in files) > 1 << 30
""", harms=True),
    attempt("memory-in-pipes", "keeps its memory in the buffers of pipes", """
import fcntl, os
total = 0
for number in range(100):
    reader, writer = os.pipe()
    fcntl.fcntl(writer, 1031, 1 << 20)  # F_SETPIPE_SZ
    os.set_blocking(writer, False)
    total += os.write(writer, b'x' * (1 << 20))
return total > 64 << 20
"""),
)

_FILL = """
import os
total = 0
for place in {places}:
    try:
        for number in range(64):
            with open(place + '/@MARK@' + str(number), 'wb') as file:
                total += file.write(b'x' * (32 << 20))
    except OSError:
        pass
print(total >> 20, 'MB')
return total > 1 << 30
"""

FULL = (
    attempt("shm-fill", "fills the file system that lies in memory", _FILL.format(places="['/dev/shm']"), harms=True),
    attempt("disk-fill", "fills the disk", _FILL.format(places="['.', '/tmp', '/var/tmp']"), harms=True),
    attempt("many-files", "makes 200,000 files", """
import os
for number in range(200000):
    os.close(os.open(f'@MARK@{number}', os.O_CREAT | os.O_WRONLY))
return True
""", expect=STOPPED | CPU, harms=True),
    program("deep-folders", "makes folders so deep that those who delete them stumble", """
import os
try:
    for number in range(1500):
        os.mkdir('deep')
        os.chdir('deep')
    print('1500 deep')
except OSError:
    pass
def add(a, b):
    return None
""", expect=STOPPED),
    program("folders-that-stay", "makes folders that nobody may enter, with names that are no text and links to what is not its own", """
import os
try:
    os.makedirs('closed/inner')
    os.symlink('@CANARY@/tree', 'closed/link')
    os.mkdir(b'closed/\\xff\\n')
    os.chmod('closed', 0)
    print('closed')
except OSError:
    pass
def add(a, b):
    return None
""", expect=STOPPED),
)

LOUD = (
    program("stdout-flood", "prints without end", "def add(a, b):\n    while True:\n        print('x' * 10000)", expect=FLOOD),
    program("stderr-flood", "writes to the error stream without end, past Python", """
import os
def add(a, b):
    while True:
        os.write(2, b'x' * 65536)
""", expect=FLOOD),
    program("import-flood", "prints without end before the first test", "while True:\n    print('x' * 100000)", expect=FLOOD),
    program("flood-without-line", "prints one line without end", """
import sys
def add(a, b):
    while True:
        sys.stdout.write('x' * 4096)
""", expect=FLOOD),
    program("flood-from-a-thread", "prints without end in the background while its function waits", """
import threading, time
def flood():
    while True:
        print('x' * 10000, flush=True)
threading.Thread(target=flood, daemon=True).start()
def add(a, b):
    while True:
        time.sleep(1)
""", expect=FLOOD),
    program("flood-both", "prints to both streams in turn without end", """
import sys
def add(a, b):
    while True:
        print('x' * 10000)
        print('y' * 10000, file=sys.stderr)
""", expect=FLOOD),
    program("warning-flood", "warns without end", """
import warnings
warnings.simplefilter('always')
def add(a, b):
    while True:
        warnings.warn('x' * 1000)
""", expect=FLOOD),
)


BUSY = (
    program("loop", "never ends", "def add(a, b):\n    while True:\n        pass", expect=CPU),
    program("stubborn-loop", "never ends, and heeds neither signals nor exceptions", """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, lambda *_: None)
    except (OSError, ValueError):
        pass
def add(a, b):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
""", expect=CPU),
    program("blocking-loop", "never ends, and blocks every signal", """
import signal
try:
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
except OSError:
    pass
def add(a, b):
    while True:
        pass
""", expect=CPU),
    program("regex", "never ends inside the regular expression engine", """
import re
def add(a, b):
    return re.match('(a|aa)+$', 'a' * 200 + 'b')
""", expect=CPU),
    program("big-int", "never ends inside a multiplication", """
def add(a, b):
    number = 3
    while True:
        number = (number * number) % (1 << (1 << 24))
""", expect=CPU | {"memory"}),
    program("huge-power", "raises ten to a power of ten thousand million", "def add(a, b):\n    return 10 ** 10 ** 10",
            expect=_NO_MEMORY),
    program("huge-sum", "never ends inside one call of a built-in function", "def add(a, b):\n    return sum(range(10 ** 13))", expect=CPU),
    program("digits", "turns an enormous number into text", """
import sys
sys.set_int_max_str_digits(0)
def add(a, b):
    return str(7 ** 20000000)
""", expect=CPU),
    program("timers-cleared", "switches off every timer that could stop it, and asks for more time", """
import resource, signal
def add(a, b):
    signal.alarm(0)
    for which in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(which, 0)
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (resource.getrlimit(resource.RLIMIT_CPU)[1],) * 2)
    except (OSError, ValueError):
        pass
    while True:
        pass
""", expect=CPU),
    program("busy-threads", "lets threads work while its function waits", """
import threading
def work():
    while True:
        pass
def add(a, b):
    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    threads[0].join()
""", expect=CPU),
    program("import-hang", "never ends before the first test", "while True:\n    pass", expect=CPU),
    program("hash-loop", "never ends inside a dictionary, whose keys all collide", """
class Key:
    def __hash__(self):
        return 1
    def __eq__(self, other):
        return False
def add(a, b):
    return len({Key(): None for _ in range(10 ** 6)})
""", expect=CPU),
    program("compile-hang", "never ends in the compiler", """
def add(a, b):
    while True:
        compile('[' + 'x,' * 10 ** 5 + ']', 'x', 'eval')
""", expect=CPU),
    program("greedy-switch", "keeps all other threads from running", """
import sys, threading, time
sys.setswitchinterval(1e6)
def work():
    while True:
        pass
threading.Thread(target=work, daemon=True).start()
def add(a, b):
    time.sleep(0.01)
""", expect=CPU | STALLED),
    program("hang-in-str", "never ends when its exception is turned into text", """
class Endless(Exception):
    def __str__(self):
        while True:
            pass
    __repr__ = __str__
def add(a, b):
    raise Endless
""", expect=CPU | STALLED),
    program("hang-in-eq", "never ends when its answer is compared", """
class Endless(int):
    def __eq__(self, other):
        while True:
            pass
    __hash__ = int.__hash__
def add(a, b):
    return Endless(0)
""", expect=CPU | {"failed", "error"}),
    program("hang-in-iteration", "never ends when its answer is iterated", """
class Endless(list):
    def __iter__(self):
        while True:
            yield 1
def add(a, b):
    return Endless([1])
""", expect=STALLED | _NO_MEMORY, harms=True, tests="assert list(add(19, 23)) == [42]\n"),
    program("hang-in-descriptor", "never ends when somebody asks for its class", """
class Endless:
    @property
    def __class__(self):
        while True:
            pass
def add(a, b):
    return Endless()
""", expect=CPU | {"failed", "error"}, tests="assert isinstance(add(19, 23), int)\n"),
    program("hang-in-del", "never ends when an object of it is forgotten", """
class Endless:
    def __del__(self):
        while True:
            pass
def add(a, b):
    Endless()
""", expect=CPU),
)

IDLE = (
    program("sleep", "sleeps", "import time\ndef add(a, b):\n    time.sleep(600)", expect=WALL),
    program("short-sleeps", "sleeps in many small pieces", "import time\ndef add(a, b):\n    while True:\n        time.sleep(0.01)",
            expect=WALL),
    program("sleep-in-c", "sleeps without letting any other thread run", """
import ctypes
def add(a, b):
    ctypes.PyDLL(None).sleep(600)
""", expect=WALL),
    program("deadlock", "waits for a lock that it holds itself", """
import threading
lock = threading.Lock()
def add(a, b):
    with lock, lock:
        return None
""", expect=WALL),
    program("wait-for-a-signal", "waits for a signal that never comes", """
import signal
def add(a, b):
    while True:
        signal.pause()
""", expect=WALL),
    program("wait-for-a-pipe", "waits for data that never come", """
import os
pipe = os.pipe()
def add(a, b):
    return os.read(pipe[0], 1)
""", expect=WALL | UNHEARD),
    program("wait-for-a-thread", "ends its main thread while another waits", """
import threading, time
threading.Thread(target=time.sleep, args=(600,)).start()
raise SystemExit
""", expect=WALL | UNHEARD),
    program("stop-itself", "stops itself without dying", """
import os
def add(a, b):
    os.kill(os.getpid(), 19)
""", expect=WALL | UNHEARD),
    program("sleep-at-import", "sleeps before the first test", "import time\ntime.sleep(600)", expect=WALL),
    program("event-loop", "runs an event loop that never ends", """
import asyncio
def add(a, b):
    asyncio.new_event_loop().run_forever()
""", expect=WALL),
)

DEADLY = (
    program("segfault", "reads where no memory is", "import ctypes\ndef add(a, b):\n    return ctypes.string_at(8)", expect=_CRASHED),
    program("c-stack-overflow", "overflows the stack below Python", """
import sys
def add(a, b):
    sys.setrecursionlimit(10 ** 9)
    one, other = [], []
    for _ in range(10 ** 6):
        one, other = [one], [other]
    return one == other
""", expect=_CRASHED),
    program("abort", "aborts", "import os\ndef add(a, b):\n    os.abort()", expect=UNHEARD),
    program("kill-itself", "kills itself", "import os\ndef add(a, b):\n    os.kill(os.getpid(), 9)", expect=UNHEARD),
    program("look-late", "sends itself the signal for used-up time", """
import signal
def add(a, b):
    signal.raise_signal(signal.SIGXCPU)
""", expect=UNHEARD | CPU),
    program("real-time-signal", "dies by a signal that has no name", """
import os
def add(a, b):
    os.kill(os.getpid(), 40)
""", expect=UNHEARD),
    program("trap", "executes an instruction that does not exist", MACHINE_CODE + """
def add(a, b):
    return execute(bytes.fromhex('0f0b'))
""", expect=_CRASHED, needs=["x86_64"]),
    program("free-nothing", "frees memory that was never taken", """
import ctypes
def add(a, b):
    ctypes.CDLL(None).free(ctypes.c_void_p(16))
""", expect=_CRASHED),
    program("forbid-own-code", "takes the right to run away from its own code", """
import ctypes
def add(a, b):
    libc = ctypes.CDLL(None)
    start = ctypes.cast(libc.mprotect, ctypes.c_void_p).value & ~4095
    libc.mprotect(ctypes.c_void_p(start), 4096, 0)
    return libc.getpid()
""", expect=UNHEARD),
    program("broken-bytecode", "runs bytecode that no compiler makes", """
def broken():
    pass
broken.__code__ = broken.__code__.replace(co_code=bytes([100, 255] * 40 + [83, 0]), co_consts=(), co_stacksize=1)
def add(a, b):
    return broken()
""", expect=UNHEARD),
    program("break-none", "overwrites the type of None", """
import ctypes
def add(a, b):
    ctypes.memset(id(None), 0, 16)
    return [None]
""", expect=UNHEARD),
)

ODD_ENDS = (
    program("recursion", "calls itself for ever", "def add(a, b):\n    return add(a, b)", expect=frozenset({"failed", "error"})),
    program("boundless-recursion", "calls itself for ever, without Python's limit", """
import sys
sys.setrecursionlimit(2 ** 31 - 1)
def add(a, b):
    return add(a, b)
""", expect=_NO_MEMORY, harms=True),
    program("recursion-in-repr", "its exception calls itself for ever when it is turned into text", """
class Deep(Exception):
    def __repr__(self):
        return repr(self)
    __str__ = __repr__
def add(a, b):
    raise Deep
""", expect=UNHEARD),
    program("parser-bomb", "is too deep for the parser", "add = lambda a, b: " + "(" * 20000 + "a" + ")" * 20000,
            expect=frozenset({"error", "crashed", "memory"})),
    program("parser-bomb-of-operators", "is too long for the compiler", "add = lambda a, b: " + "-" * 200000 + "a",
            expect=frozenset({"error", "crashed", "memory"})),
    program("close-everything", "closes every open file at the start", "import os\nos.closerange(0, 4096)\ndef add(a, b):\n    return None",
            expect=UNHEARD),
    program("close-everything-later", "closes every open file in the call", "import os\ndef add(a, b):\n    os.closerange(0, 4096)",
            expect=UNHEARD),
    program("hang-at-exit", "answers wrongly, then hangs at its end", """
import atexit
@atexit.register
def hang():
    while True:
        pass
def add(a, b):
    return None
""", expect=frozenset({"failed"}) | CPU),
    program("threads-at-exit", "answers wrongly and leaves threads that never end", """
import threading, time
for _ in range(8):
    threading.Thread(target=time.sleep, args=(600,)).start()
def add(a, b):
    return None
""", expect=frozenset({"failed"}) | WALL),
    program("no-imports", "takes importing and all modules away", """
import builtins, sys
del builtins.__import__
sys.modules.clear()
def add(a, b):
    return None
""", expect=UNHEARD),
    program("no-builtins", "takes all built-in functions away", """
import builtins
forget = delattr
for name in list(vars(builtins)):
    forget(builtins, name)
def add(a, b):
    return None
""", expect=UNHEARD),
    program("no-streams", "takes the standard streams away, then prints", """
import os, sys
sys.stdout = sys.stderr = sys.stdin = None
for number in range(3):
    os.close(number)
print('x')
def add(a, b):
    return None
""", expect=UNHEARD),
    program("no-files-left", "lowers its own limits to nothing", """
import resource
for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_AS, resource.RLIMIT_DATA, resource.RLIMIT_STACK):
    try:
        resource.setrlimit(kind, (0, 0))
    except (OSError, ValueError):
        pass
def add(a, b):
    return [None] * 1000000
""", expect=_NO_MEMORY),
    program("odd-exit-code", "leaves with a code that looks like a signal", "import os\ndef add(a, b):\n    os._exit(137)", expect=UNHEARD),
    program("interrupt", "interrupts its own main thread", """
import _thread
def add(a, b):
    _thread.interrupt_main()
    while True:
        pass
""", expect=STALLED),
    program("exit-timer", "lets the fault handler end it after a moment", """
import faulthandler, time
def add(a, b):
    faulthandler.dump_traceback_later(0.02, exit=True)
    time.sleep(5)
""", expect=STALLED),
)
# fmt: on

ATTACKS: tuple[Attack, ...] = (*GREEDY, *FULL, *LOUD, *BUSY, *IDLE, *DEADLY, *ODD_ENDS)
