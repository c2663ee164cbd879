"""Programs that try to get out, run through the real path before a level is believed in.

Each defines `attack()`, which returns True if it got out. A probe is contained if its test, that it did not, passes: a probe
that dies or cannot be judged has not shown anything.
"""

import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.sandbox.fork_server import Gone
from harness.sandbox.records import Limits, Program
from harness.sandbox.slot import Slot

_LIMITS = Limits(cpu_s=2.0, wall_s=10.0, memory_mb=512)
_TESTS = "assert attack() is False"

_PROBES = {
    "read a file": "open({file!r}).read(); return True",
    "read the harness's own code": "open({code!r}).read(); return True",
    "write a file": "open({file!r}, 'a').write('x'); return True",
    "change a file's mode": "import os; os.chmod({file!r}, 0o600); return True",
    "make a file here": "open('made', 'w').close(); return True",
    "read a process's environment": "return b'HARNESS_PROBE' in open('/proc/{pid}/environ', 'rb').read() or True",
    "connect by TCP": "import socket; socket.create_connection(('127.0.0.1', {port}), 2); return True",
    "send by UDP": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port})); return True",
    "connect to an abstract socket": "import socket; socket.socket(socket.AF_UNIX).connect({abstract!r}); return True",
    "open a host socket": "import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM); return True",
    "signal another process": "import os; os.kill({pid}, 0); return True",
    # PTRACE_SEIZE: attaching would stop the harness, for good if this program ends before the stop is seen.
    "trace another process": "return libc.ptrace(0x4206, {pid}, 0, 0) == 0",
    "make a process": "import os\n        if os.fork() == 0: os._exit(0)\n        return True",
    "run a command": "import subprocess; return subprocess.run(['/bin/true']).returncode == 0",
    "make a namespace": "return libc.unshare(0x10000000) == 0",
    "set up io_uring": "return libc.syscall(425, 1, ctypes.create_string_buffer(256)) >= 0",
    "raise a limit": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (-1, -1)); return True",
}
_FRAME = """import ctypes
libc = ctypes.CDLL(None)
def attack():
    try:
        {body}
    except BaseException:
        return False
"""
_SPOOFS = {
    "pass by ending with exit code 0": "import os\ndef attack(): os._exit(0)",
    "pass by an object equal to everything": "class E:\n    def __eq__(self, other): return True\ndef attack(): return E()",
}


def run_probes(slot: Slot) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Names of the probes that were contained, of those that got out, and what the first of these did. Raises Gone."""
    works = slot.run(Program("", "def f(x): return x + 1", "assert f(1) == 2", ("f",)), _LIMITS, _LIMITS.cpu_s)
    if works.status != "passed":
        raise Gone(f"a right program does not pass: {works.status}: {works.reason}")
    contained, escaped, detail = [], [], ""
    with _targets() as targets:
        for name, body in _PROBES.items():
            program = Program("", _FRAME.format(body=body.format(**targets)), _TESTS, ("attack",))
            verdict = slot.run(program, _LIMITS, _LIMITS.cpu_s)
            if verdict.status == "passed":
                contained.append(name)
            else:
                escaped.append(name)
                detail = detail or f"{verdict.status}: {verdict.reason}"
    for name, candidate in _SPOOFS.items():
        verdict = slot.run(Program("", candidate, "assert attack() == 5", ("attack",)), _LIMITS, _LIMITS.cpu_s)
        (escaped if verdict.status == "passed" else contained).append(name)
    return tuple(contained), tuple(escaped), detail


@contextmanager
def _targets() -> Iterator[dict[str, object]]:
    with tempfile.TemporaryDirectory(prefix="harness-probe-") as folder, socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix:
        file = Path(folder) / "secret"
        file.write_text("HARNESS_PROBE", encoding="utf-8")
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        abstract = f"\0harness-probe-{secrets.token_hex(8)}"
        if os.name == "posix" and hasattr(os, "memfd_create"):
            unix.bind(abstract)
            unix.listen()
        yield {"file": str(file), "code": __file__, "pid": os.getpid(), "port": tcp.getsockname()[1], "abstract": abstract}
