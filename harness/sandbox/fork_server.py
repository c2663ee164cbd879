"""The harness's end of a fork server: starting it, giving it jobs, hearing what became of them."""

import contextlib
import json
import marshal
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from harness.sandbox import bubblewrap, seatbelt
from harness.sandbox.paths import PythonFiles

_START_S = 30.0
_INSIDE = Path(__file__).parent / "inside"
# Whatever modules have done in a forked child, `threading` and `random` above all, takes as long as a short program, and is to
# make children differ or to free locks of threads that are not there: these are to begin alike, from a process of one thread.
_RUN = "import os, sys; os.register_at_fork = lambda **_: None; sys.path.insert(0, sys.argv[1]); from inside.zygote import main; main()"
# Nothing of the harness's own environment; one thread a library, so that a program's CPU time does not depend on the machine.
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "TZ": "UTC",
}  # fmt: skip


class Gone(Exception):
    """The fork server ended or could not be started; the message says what it said last."""


@dataclass(frozen=True)
class Layers:
    """What keeps a program in."""

    bubblewrap: str | None
    """Path of bwrap, or None."""
    landlock: bool
    seccomp: bool
    seatbelt: str | None = None
    """Path of macOS's sandbox-exec, or None."""


class ForkServer:
    """One fork server process. Not thread-safe; must be made by a thread that outlives it, since it dies with its parent."""

    def __init__(self, layers: Layers, files: PythonFiles, core: int | None = None) -> None:
        """Start it and wait until it is ready. Raises Gone."""
        self._files, self._core = files, core
        self._buffer = b""
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._folder: str | None = None
        ours, theirs = socket.socketpair()
        self.control = ours
        try:
            command = self._command(layers, theirs.fileno())
            self.process = subprocess.Popen(
                command, pass_fds=(theirs.fileno(),), env=_ENVIRONMENT, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=self._said, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            ours.close()
            self._remove_folder()
            raise Gone(f"cannot be started: {error}") from error
        finally:
            theirs.close()
        try:
            self.read(time.monotonic() + _START_S)
        except Gone:
            self.close()
            raise

    def _command(self, layers: Layers, fd: int) -> list[str]:
        files, code, prefix = self._files, str(_INSIDE.parent), list[str]()
        if layers.bubblewrap is not None:
            # Only the folder `inside` is there, not the harness's part beside it.
            prefix = bubblewrap.command(layers.bubblewrap, files, _INSIDE)
            code, folder, site = bubblewrap.CODE, bubblewrap.FOLDER, sorted({str(Path(path).parent) for path in files.packages})
        else:
            self._folder = tempfile.mkdtemp(prefix="harness-program-")
            folder, site = _make_folders(Path(self._folder), files.packages)
            if layers.seatbelt is not None:
                prefix = seatbelt.command(layers.seatbelt, files, code, [*site, folder])
        config = {
            "landlock": layers.landlock, "seccomp": layers.seccomp, "own_pids": layers.bubblewrap is not None, "core": self._core,
            "folder": folder, "read": files.read, "list": [*files.list, *site, folder], "path": site,
        }  # fmt: skip
        return [*prefix, self._files.executable, "-s", "-P", "-S", "-B", "-c", _RUN, code, str(fd), json.dumps(config)]

    def submit(self, job: dict[str, Any], fds: Sequence[int]) -> None:
        """Have a job done. Raises Gone."""
        try:
            socket.send_fds(self.control, [json.dumps(job).encode() + b"\n"], fds)
        except OSError as error:
            raise Gone(self._last_words(str(error))) from None

    def cancel(self, number: int) -> None:
        """End a job, if it has not ended."""
        with contextlib.suppress(OSError):  # A dead server is noticed when its report is read.
            self.control.sendall(json.dumps({"cancel": number}).encode() + b"\n")

    def pending(self) -> bool:
        """Whether a report has been received and not been read."""
        return b"\n" in self._buffer

    def read(self, deadline: float) -> dict[str, Any]:
        """The next report. Raises Gone if there is none by `deadline`, in seconds of time.monotonic."""
        while not self.pending():
            self.control.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self.control.recv(65_536)
            except OSError as error:
                raise Gone(self._last_words(str(error) or "it does not answer")) from None
            if not data:
                raise Gone(self._last_words("it ended"))
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        report: dict[str, Any] = json.loads(line)
        return report

    def _last_words(self, otherwise: str) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):  # What it says, it says before it ends.
            self.process.wait(0.5)
        self._said.seek(0)
        lines = self._said.read(65_536).decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else otherwise

    def close(self) -> None:
        """End it. A job that is running is killed."""
        self.control.close()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._said.close()
        self._remove_folder()

    def _remove_folder(self) -> None:
        if self._folder is not None:
            for path in (self._folder, f"{self._folder}/site", f"{self._folder}/program"):
                Path(path).chmod(0o755)
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _make_folders(top: Path, packages: Sequence[str]) -> tuple[str, list[str]]:
    """An empty folder to run programs in, and one that shows the packages that they may import and no others: a package
    that is seen but cannot be read is a PermissionError where programs expect an ImportError."""
    program, site = top / "program", top / "site"
    program.mkdir()
    site.mkdir()
    for package in packages:
        (site / Path(package).name).symlink_to(package)
    program.chmod(0o555)
    site.chmod(0o555)
    top.chmod(0o555)
    return str(program), [str(site)]


def payload(content: dict[str, Any] | str) -> int:
    """A descriptor of an unnamed file that holds `content`, to be read from its beginning.

    A job goes in by marshal, which is quickest to read: both sides are the same Python, and nothing of a program comes back this way.
    """
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else marshal.dumps(content)
    if sys.platform == "linux":
        fd = os.memfd_create("harness", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
