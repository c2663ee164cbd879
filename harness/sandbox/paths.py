"""Which files a program may read: the standard library, the shared libraries of the system, and chosen packages. Nothing else.

Other packages are left out because hidden tests may be installed among them.
"""

import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("numpy", "numpy.libs", "pandas", "pandas.libs", "dateutil", "pytz", "six.py", "tzdata")
"""Third-party packages that programs may import, with what they need."""
_NOT_LIBRARY = {"site-packages", "dist-packages", "test", "__pycache__"}
_SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64")
_OTHERS = ("/usr/share/zoneinfo", "/etc/ld.so.cache", "/dev/null", "/dev/zero", "/dev/urandom")


@dataclass(frozen=True)
class PythonFiles:
    """What of this Python a program may see."""

    executable: str
    """The interpreter itself, symbolic links resolved."""
    read: tuple[str, ...]
    """Files and folders that can be read, with all that is in them."""
    list: tuple[str, ...]
    """Folders whose names can be seen: Python lists a folder before it imports from it."""
    packages: tuple[str, ...]
    """Third-party packages and single modules, also in `read`."""


def python_files() -> PythonFiles:
    """Where this interpreter and its packages lie."""
    library = sorted({os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")})
    site = sorted({os.path.realpath(sysconfig.get_path(name)) for name in ("purelib", "platlib")})
    packages = tuple(str(path) for folder in site for name in PACKAGES if (path := Path(folder) / name).exists())
    read = [path for path in _SYSTEM + _OTHERS if Path(path).exists()]
    for folder in library:
        if not _inside_system(folder):
            read += [str(path) for path in sorted(Path(folder).iterdir()) if path.name not in _NOT_LIBRARY]
    for folder in {str(Path(path).parent) for path in library}:
        if not _inside_system(folder):  # libpython, and what extension modules of a conda environment link to.
            read += [str(path) for path in sorted(Path(folder).glob("*.so*")) if path.is_file()]
    return PythonFiles(os.path.realpath(sys.executable), tuple(dict.fromkeys([*read, *packages])), tuple(library), packages)


def _inside_system(folder: str) -> bool:
    return any(Path(folder).is_relative_to(os.path.realpath(path)) for path in _SYSTEM)
