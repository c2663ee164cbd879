"""bubblewrap around a fork server: own users, processes, network, mounts; a file system that holds only what Python needs."""

import os
import shutil
import subprocess
from pathlib import Path

from harness.sandbox.paths import PythonFiles

_SYSTEM_LINKS = ("/lib", "/lib64", "/lib32", "/usr/lib64")
FOLDER = "/program"
"""Where programs run: empty, and nothing can be made in it."""
CODE = "/sandbox"


def find() -> str | None:
    """The path of bubblewrap. The system's own is preferred, since some systems grant it namespaces by its path."""
    return shutil.which("bwrap", path=f"/usr/bin:/bin:/usr/local/bin:{os.environ.get('PATH', '')}")


def version(bwrap: str) -> str:
    """Version of the bwrap at this path, or "unknown"."""
    result = subprocess.run([bwrap, "--version"], capture_output=True, text=True, check=False, env={})
    return result.stdout.split()[-1] if result.stdout else "unknown"


def command(bwrap: str, files: PythonFiles, code: Path) -> list[str]:
    """The command line up to the interpreter. No /proc is mounted: it would show bubblewrap's own environment."""
    arguments = [bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--ro-bind", "/usr/lib", "/usr/lib"]
    for path in _SYSTEM_LINKS:
        if Path(path).is_symlink():
            arguments += ["--symlink", os.readlink(path), path]  # noqa: PTH115
        elif Path(path).is_dir():
            arguments += ["--ro-bind", path, path]
    arguments += ["--dev", "/dev"]
    bound = ("/usr/lib", *_SYSTEM_LINKS)
    for path in sorted(files.read):
        if not path.startswith("/dev/") and not any(Path(path).is_relative_to(top) for top in bound):
            arguments += ["--ro-bind", path, path]
    if not Path(files.executable).is_relative_to("/usr/lib"):
        arguments += ["--ro-bind", files.executable, files.executable]
    return [*arguments, "--ro-bind", str(code), f"{CODE}/inside", "--dir", FOLDER, "--remount-ro", "/", "--chdir", FOLDER]
