"""What the attacks aim at: files, a process, listeners, shared memory, a secret; and what was done to them."""

import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECRET_VARIABLE = "SBX_SECRET"
_SEGMENT_BYTES = 4096
_IPC_CREATE, _IPC_REMOVE = 0o1000, 0
_MARKED_PLACES = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))

_libc = ctypes.CDLL(None, use_errno=True)
_libc.shmat.restype = ctypes.c_void_p
_libc.shmat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_libc.shmdt.argtypes = (ctypes.c_void_p,)


@dataclass
class Surroundings:
    """Made by `surroundings`; its placeholders go into the attacks' sources."""

    mark: str
    """A word that occurs nowhere else; what the attacks make carries it in its name."""
    canary: Path
    victim: subprocess.Popen[bytes]
    tcp: socket.socket
    udp: socket.socket
    abstract: socket.socket
    whispers: socket.socket
    named: socket.socket
    segment: int
    key: int
    _before: dict[str, str] = field(default_factory=dict)
    _place: Path = field(default_factory=Path.cwd)

    @property
    def placeholders(self) -> dict[str, str]:
        return {
            "@CANARY@": str(self.canary),
            "@VICTIM@": str(self.victim.pid),
            "@PORT@": str(self.tcp.getsockname()[1]),
            "@UDP@": str(self.udp.getsockname()[1]),
            "@ABSTRACT@": self.mark,
            "@KEY@": str(self.key),
            "@MARK@": self.mark,
        }

    def damage(self) -> list[str]:
        """What was changed, reached or left behind since the start, a sentence each; empty if nothing was."""
        time.sleep(0.01)  # A signal or a connection takes a moment to arrive.
        now = _state(self)
        found = [f"{what} was {self._before.get(what, 'absent')}, is {now.get(what, 'gone')}" for what in _differences(self._before, now)]
        for name, listener in (("TCP", self.tcp), ("abstract unix", self.abstract), ("named unix", self.named)):
            with contextlib.suppress(BlockingIOError):
                listener.accept()[0].close()
                found.append(f"the {name} listener got a connection")
        for name, receiver in (("UDP", self.udp), ("abstract unix datagram", self.whispers)):
            with contextlib.suppress(BlockingIOError):
                found.append(f"the {name} socket got {receiver.recv(64)!r}")
        found += [f"the file {path} was left behind" for path in self._litter()]
        found += [f"process {pid} was left behind" for pid in _marked_processes(self.mark)]
        return found

    def _litter(self) -> list[Path]:
        return [path for place in (*_MARKED_PLACES, self._place) for path in place.glob(f"*{self.mark}*") if path != self.canary]

    def _remove(self) -> None:
        for pid in _marked_processes(self.mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.victim.kill()
        self.victim.wait()
        for listener in (self.tcp, self.udp, self.abstract, self.whispers, self.named):
            listener.close()
        _libc.shmctl(self.segment, _IPC_REMOVE, None)
        for path in (self.canary, *self._litter()):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@contextlib.contextmanager
def surroundings(parent: Path | None = None) -> Iterator[Surroundings]:
    """Make everything the attacks aim at, its folder inside `parent` (the temporary folder if None); remove it all at the end.

    The environment of this process holds `SBX_SECRET` meanwhile.
    """
    mark = f"sbx{secrets.token_hex(4)}"  # Short enough for a process's name.
    canary = Path(tempfile.mkdtemp(prefix=f"canary-{mark}-", dir=parent))
    _fill_folder(canary)
    kept = os.environ.get(SECRET_VARIABLE)
    os.environ[SECRET_VARIABLE] = "swordfish"
    victim = subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL, start_new_session=True)
    key = secrets.randbelow(1 << 30) + 1
    made = Surroundings(
        mark, canary, victim, _listener(socket.AF_INET, ("127.0.0.1", 0)), _listener(socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_DGRAM),
        _listener(socket.AF_UNIX, f"\0{mark}"), _listener(socket.AF_UNIX, f"\0{mark}-datagram", socket.SOCK_DGRAM),
        _listener(socket.AF_UNIX, str(canary / "sock")),
        _libc.shmget(key, _SEGMENT_BYTES, _IPC_CREATE | 0o600), key,
    )  # fmt: skip
    try:
        made._before = _state(made)
        yield made
    finally:
        made._remove()
        if kept is None:
            del os.environ[SECRET_VARIABLE]
        else:
            os.environ[SECRET_VARIABLE] = kept


def _fill_folder(canary: Path) -> None:
    canary.chmod(0o755)
    (canary / "secret.txt").write_text("SECRET", encoding="utf-8")
    (canary / "tests.txt").write_text("CANARY_EXPECTED_ANSWERS = {(19, 23): 42}\n", encoding="utf-8")
    (canary / "link").symlink_to("SECRET")
    for name in ("one", "two/three"):
        path = canary / "tree" / name / "leaf.txt"
        path.parent.mkdir(parents=True)
        path.write_text(name, encoding="utf-8")


def _listener(family: int, address: tuple[str, int] | str, kind: int = socket.SOCK_STREAM) -> socket.socket:
    made = socket.socket(family, kind)
    made.bind(address)
    if kind == socket.SOCK_STREAM:
        made.listen()
    made.setblocking(False)
    return made


def _differences(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return sorted(what for what in before.keys() | now.keys() if before.get(what) != now.get(what))


def _state(made: Surroundings) -> dict[str, str]:
    """Everything about the surroundings that an attack could change, as text."""
    state = {str(path): _describe(path) for path in (made.canary, *made.canary.rglob("*"))}
    pid = made.victim.pid
    alive = made.victim.poll() is None
    state["the victim"] = _describe_process(pid) if alive else "dead"
    address = _libc.shmat(made.segment, None, 0)
    if address in (None, ctypes.c_void_p(-1).value):
        state["the shared memory"] = "gone"
    else:
        state["the shared memory"] = repr(ctypes.string_at(address, 16))
        _libc.shmdt(address)
    return state


def _describe(path: Path) -> str:
    info = path.lstat()
    parts = [oct(info.st_mode), str(info.st_uid), str(info.st_gid), str(info.st_nlink)]
    if not path.is_dir():
        parts.append(f"modified {info.st_mtime_ns}")
    if path.is_file():
        parts.append(repr(path.read_bytes()[:80]))
        parts += sorted(os.listxattr(path))
    return " ".join(parts)


def _describe_process(pid: int) -> str:
    """What a neighbour could change about a process: whether it runs, its priority, CPUs, limits and tracer."""
    folder = Path(f"/proc/{pid}")
    with contextlib.suppress(FileNotFoundError):  # No /proc: then only life and death count.
        fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        lines = (folder / "status").read_text(encoding="utf-8").splitlines()
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        files = next(line for line in (folder / "limits").read_text(encoding="utf-8").splitlines() if line.startswith("Max open files"))
        state = "asleep" if fields[0] in "SRD" else f"in state {fields[0]}"  # A tracee or stopped process would be t or T.
        out_of_memory = (folder / "oom_score_adj").read_text(encoding="utf-8").strip()
        return f"{state}, nice {fields[16]}, CPUs {status['Cpus_allowed'].strip()}, {files}, OOM {out_of_memory}"
    return "alive"


def _marked_processes(mark: str) -> list[int]:
    """Processes other than this one that carry the mark in their name, arguments or environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            texts = [(folder / name).read_bytes() for name in ("comm", "cmdline", "environ")]
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            dead = stat.rpartition(")")[2].split()[0] in "ZX"
            if any(mark.encode() in text for text in texts) and int(folder.name) != os.getpid() and not dead:
                found.append(int(folder.name))
    return sorted(found)
