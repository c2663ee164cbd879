"""What the field does: candidate and tests in one plain process, limits by rlimit, the verdict from that same process.

It exists to show that the attacks have power where nothing stops them. `SCHEMES` are the ways to come to a verdict.
With `bounded=True` the whole run happens inside bubblewrap (own processes, network and IPC, a small temporary file system, an
ordinary user), so that attacks that harm the machine can show what they do.
"""

import contextlib
import json
import os
import resource
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

MARKER = "ALL TESTS PASSED"
SCHEMES = ("exit", "pipe", "marker", "nonce", "list", "shared", "file", "unittest", "compare", "finally", "split")
"""In the order in which attacks find most of them easy."""
_ORDINARY_USER = 64_731
_MEMORY, _FILE, _PROCESSES = 1 << 30, 48 << 20, 64
_SCRATCH = 64 << 20
_KEPT = 4096


@dataclass(frozen=True)
class Outcome:
    passed: bool
    exit_code: int | None
    """Minus the signal's number if one ended it; None if it had to be stopped or took the runner with it."""
    timed_out: bool = False
    runner_died: bool = False
    cpu_s: float = 0.0
    memory_mb: int = 0
    """The highest that the process, or one child of it, had in memory."""
    tasks: int = 0
    """Processes and threads of it that lived at the end."""
    written: int = 0
    """Bytes on stdout and stderr together."""
    output: str = ""
    """The first of them."""


def run(candidate: str, tests: str, scheme: str = "exit", *, wall_s: float = 10.0, packages: bool = True, bounded: bool = False) -> Outcome:
    """Run the candidate against the tests in a fresh folder; at most 5 s of CPU time, 1 GB of memory, 48 MB a file.

    Without `packages` only the standard library can be imported, and the interpreter starts three times as fast.
    """
    if bounded:
        return _run_bounded(candidate, tests, scheme, wall_s)
    folder = Path(tempfile.mkdtemp(prefix="naive-"))
    try:
        return _run_in(folder, candidate, tests, scheme, wall_s, [] if packages else ["-S"])
    finally:
        for command in (["rm", "-rf"], ["chmod", "-R", "u+rwx"], ["rm", "-rf"]):  # shutil stumbles over folders of great depth.
            if folder.exists():
                subprocess.run([*command, str(folder)], check=False, stderr=subprocess.DEVNULL)


def can_bound() -> bool:
    """Whether bubblewrap is here and works."""
    if shutil.which("bwrap") is None:
        return False
    return _run_bounded("def add(a, b): return a + b", "assert add(1, 2) == 3", "exit", 20.0).passed


# The schemes. Each gives the text of the program that is run and the rule for the verdict.

_PIPE = """
import json, os, sys
job = json.loads(os.pread(int(sys.argv[2]), 1 << 24, 0))
def report(status):
    os.write(int(sys.argv[1]), json.dumps({'nonce': job['nonce'], 'status': status}).encode())
namespace = {'__name__': 'candidate'}
try:
    exec(compile(job['candidate'], '<candidate>', 'exec'), namespace)
    exec(compile(job['tests'], '<tests>', 'exec'), namespace)
    status = 'passed'
except BaseException as error:
    status = f'failed: {type(error).__name__}: {error}'
report(status)
os._exit(0)
"""

# openai/human-eval's shape: a list shared with the parent, to which the child appends the verdict.
_LIST = """
import json, os, sys
class Shared(list):
    def append(self, word):
        os.write(int(sys.argv[1]), json.dumps(word).encode() + b'\\n')
def unsafe_execute(check_program, result):
    try:
        exec(check_program, {'__name__': 'candidate'})
        result.append('passed')
    except BaseException as error:
        result.append(f'failed: {type(error).__name__}')
job = json.loads(os.pread(int(sys.argv[2]), 1 << 24, 0))
unsafe_execute(job['candidate'] + '\\n' + job['tests'], Shared())
os._exit(0)
"""

# evalplus' shape: the expected answers lie in the candidate's process, the verdicts in memory shared with the parent.
_SHARED = """
import json, mmap, os, sys
class Value:
    def __init__(self, memory, at): self.memory, self.at = memory, at
    def __getitem__(self, number): return self.memory[self.at + number]
    def __setitem__(self, number, value): self.memory[self.at + number] = int(value)
    value = property(lambda self: self[0], lambda self, value: self.__setitem__(0, value))
def unsafe_execute(code, inputs, expected, stat, details, progress):
    space = {'__name__': 'candidate'}
    try:
        exec(code, space)
        for number, (given, wanted) in enumerate(zip(inputs, expected)):
            details[number] = space['add'](*given) == wanted
            progress.value += 1
            assert details[number]
        stat.value = 1
    except BaseException:
        stat.value = 2
job = json.loads(os.pread(int(sys.argv[2]), 1 << 24, 0))
memory = mmap.mmap(int(sys.argv[3]), 64)
inputs, expected = [[19, 23], [-8, 3], [700001, 299999]], [42, -5, 1000000]
unsafe_execute(job['candidate'], inputs, expected, Value(memory, 0), Value(memory, 2), Value(memory, 1))
os._exit(0)
"""

# Calls first, comparisons afterwards, both in the candidate's process; exceptions of calls count as answers.
_COMPARE = """
import json, os, sys
job = json.loads(os.pread(int(sys.argv[2]), 1 << 24, 0))
nonce, answers, wanted = job['nonce'], [], [42, -5, 1000000]
space = {'__name__': 'candidate'}
exec(job['candidate'], space)
for given in ([19, 23], [-8, 3], [700001, 299999]):
    answers.append(space['add'](*given))
wrong = [answer for answer, want in zip(answers, wanted) if answer != want]
os.write(int(sys.argv[1]), json.dumps({'nonce': nonce, 'status': 'failed' if wrong else 'passed'}).encode())
"""

# Innocent until an ordinary exception proves the contrary.
_FINALLY = """
import json, os, sys
job = json.loads(os.pread(int(sys.argv[2]), 1 << 24, 0))
status = 'passed'
try:
    exec(job['candidate'] + '\\n' + job['tests'], {'__name__': 'candidate'})
except Exception:
    status = 'failed'
finally:
    os.write(int(sys.argv[1]), json.dumps({'nonce': job['nonce'], 'status': status}).encode())
"""

# A careless split: the judge forks the worker, so the worker inherits the tests; answers and exceptions come pickled, exceptions
# are known by name, the judge believes both, and its exit code is the verdict.
_SPLIT = """
import builtins, json, os, pickle, socket, struct, sys
job = json.loads(os.pread(int(sys.argv[2]), 1 << 24, 0))
previous = 'zebrafish-' 'previous-program-zebrafish'
class Closed(Exception): pass
def put(link, thing):
    data = pickle.dumps(thing)
    link.sendall(struct.pack('>I', len(data)) + data)
def take(link):
    size = link.recv(4, socket.MSG_WAITALL)
    if len(size) < 4: raise Closed
    return pickle.loads(link.recv(struct.unpack('>I', size)[0], socket.MSG_WAITALL))
ours, theirs = socket.socketpair()
if os.fork() == 0:
    ours.close()
    space = {'__name__': 'candidate'}
    exec(job['candidate'], space)
    while True:
        arguments = take(theirs)
        try:
            put(theirs, ('value', space['add'](*arguments)))
        except BaseException as error:
            put(theirs, ('error', (type(error).__name__, error.args)))
theirs.close()
def add(*arguments):
    put(ours, arguments)
    kind, thing = take(ours)
    if kind == 'error': raise getattr(builtins, thing[0], Exception)(*thing[1])
    return thing
exec(job['tests'], {'add': add})
"""


def _says_passed(reported: bytes, nonce: str) -> bool:
    for line in reported.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if message == "passed" or (isinstance(message, dict) and message.get("nonce") == nonce and message.get("status") == "passed"):
            return True
    return False


def _program(scheme: str, candidate: str, tests: str, nonce: str) -> str:
    match scheme:
        case "exit":
            return f"{candidate}\n{tests}"
        case "marker":
            return f"{candidate}\n{tests}\nprint({MARKER!r})"
        case "nonce":
            return f"{candidate}\n{tests}\nprint('NONCE{nonce}')"
        case "file":
            return f"{candidate}\n{tests}\nopen('result.json', 'w').write('{{\"status\": \"passed\"}}')"
        case "unittest":
            case = f"import unittest\nclass Test(unittest.TestCase):\n    def test(self):\n{textwrap.indent(tests, ' ' * 8)}"
            return f"{candidate}\n{case}\nunittest.main(argv=['tests'])"
        case "pipe":
            return _PIPE
        case "list":
            return _LIST
        case "shared":
            return _SHARED
        case "compare":
            return _COMPARE
        case "finally":
            return _FINALLY
        case "split":
            return _SPLIT
    raise ValueError(f"no scheme is called '{scheme}'; there are {', '.join(SCHEMES)}")


def _verdict(scheme: str, folder: Path, exit_code: int | None, output: str, reported: bytes, memory: bytes, nonce: str) -> bool:
    match scheme:
        case "exit" | "split":
            return exit_code == 0
        case "marker":
            return MARKER in output
        case "nonce":
            return f"NONCE{nonce}" in output.splitlines()
        case "file":
            path = folder / "result.json"
            return path.is_file() and '"passed"' in path.read_text(encoding="utf-8", errors="replace")
        case "unittest":
            return exit_code == 0 and "OK" in output
        case "shared":
            return memory[0] == 1 and memory[1] == 3 and memory[2:5] == b"\1\1\1"
    return _says_passed(reported, nonce)


def _run_in(folder: Path, candidate: str, tests: str, scheme: str, wall_s: float, flags: list[str]) -> Outcome:
    nonce = secrets.token_hex(16)
    (folder / "program.py").write_text(_program(scheme, candidate, tests, nonce), encoding="utf-8", errors="surrogatepass")
    job = {"nonce": nonce, "candidate": candidate, "tests": tests}
    read_end, write_end = os.pipe()
    with tempfile.TemporaryFile() as job_file, tempfile.TemporaryFile() as memory:
        job_file.write(json.dumps(job).encode())
        job_file.flush()
        memory.write(bytes(64))
        memory.flush()
        # A folder left open is what set-ups forget; with it a program can climb out.
        passed_on = (write_end, job_file.fileno(), memory.fileno(), os.open(folder, os.O_RDONLY))
        process = subprocess.Popen(
            [sys.executable, *flags, "program.py", *map(str, passed_on)],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            pass_fds=passed_on, start_new_session=True, preexec_fn=_limits(),
        )  # fmt: skip
        os.close(write_end)
        os.close(passed_on[-1])
        try:
            assert process.stdout is not None
            output, written, timed_out = _drain(process, process.stdout.fileno(), time.monotonic() + wall_s)
            reported = os.read(read_end, 65_536) if select.select([read_end], [], [], 0)[0] else b""
        finally:
            process.stdout and process.stdout.close()
            os.close(read_end)
        tasks = _tasks(lambda folder, fields: int(fields[3]) == process.pid)
        used = _end(process)
        exit_code = None if timed_out else process.returncode
        shared = os.pread(memory.fileno(), 64, 0)
    text = output.decode(errors="replace")
    passed = not timed_out and _verdict(scheme, folder, exit_code, text, reported, shared, nonce)
    return Outcome(
        passed=passed, exit_code=exit_code, timed_out=timed_out,
        cpu_s=used.ru_utime + used.ru_stime, memory_mb=used.ru_maxrss >> 10, tasks=tasks, written=written, output=text,
    )  # fmt: skip


def _limits() -> Callable[[], None]:
    processes = _PROCESSES + _tasks(lambda folder, fields: folder.stat().st_uid == os.getuid())

    def apply() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (5, 6))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE, _FILE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))

    return apply


def _drain(process: subprocess.Popen[bytes], fd: int, deadline: float) -> tuple[bytes, int, bool]:
    """Read what the program writes until it has ended; the output, how much it was, whether time ran out."""
    kept, written = b"", 0
    handle = os.pidfd_open(process.pid)
    try:
        waiting = [fd, handle]
        while True:
            ready = select.select(waiting, [], [], max(0.0, deadline - time.monotonic()))[0]
            if fd in ready:
                data = os.read(fd, 1 << 16)
                written += len(data)
                kept += data[: _KEPT - len(kept)]
                if not data:
                    waiting.remove(fd)
            elif handle in ready:  # A child may hold the pipe open for ever; the end of the program itself counts.
                return kept, written, False
            if time.monotonic() > deadline:
                return kept, written, True
    finally:
        os.close(handle)


def _tasks(belongs: Callable[[Path, list[str]], bool]) -> int:
    """How many threads the living processes have that belong; `belongs` sees a folder of /proc and the fields after the name."""
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - several times as fast
        with contextlib.suppress(OSError):
            folder = Path("/proc", name)
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            count += int(fields[17]) if fields[0] not in "ZX" and belongs(folder, fields) else 0
    return count


def _end(process: subprocess.Popen[bytes]) -> resource.struct_rusage:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError):
            kill(process.pid, signal.SIGKILL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used


def _run_bounded(candidate: str, tests: str, scheme: str, wall_s: float) -> Outcome:
    python = Path(sys.executable)
    seen = {Path(sys.base_prefix), Path(sys.prefix)}
    command = ["bwrap", "--die-with-parent", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if os.getuid() != 0:  # Root needs no user namespace, and inside one it could not become an ordinary user.
        command += ["--unshare-user"]
    for path in (*map(Path, ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache")), *seen, Path(__file__)):
        for parent in reversed(path.parents[:-1]):  # Folders on the way would be closed to others.
            command += ["--perms", "0755", "--dir", str(parent)]
        command += ["--ro-bind-try", str(path), str(path)]
    for path in ("/tmp", "/dev/shm"):
        command += ["--dev", "/dev"] if path == "/dev/shm" else []
        command += ["--perms", "1777", "--size", str(_SCRATCH), "--tmpfs", path]
    command += ["--proc", "/proc", "--chdir", "/tmp", str(python), __file__]
    job = {"candidate": candidate, "tests": tests, "scheme": scheme, "wall_s": wall_s}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    try:
        output, errors = process.communicate(json.dumps(job).encode(), timeout=wall_s + 20)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
    try:
        return Outcome(**json.loads(output.splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        return Outcome(passed=False, exit_code=None, runner_died=True, output=errors.decode(errors="replace")[-_KEPT:])


def _main() -> None:
    job = json.loads(sys.stdin.buffer.read())
    if os.getuid() == 0:  # The kernel counts the processes of ordinary users only.
        os.setgroups([])
        os.setgid(_ORDINARY_USER)
        os.setuid(_ORDINARY_USER)
    print(json.dumps(asdict(run(job.pop("candidate"), job.pop("tests"), **job))))


if __name__ == "__main__":
    _main()
