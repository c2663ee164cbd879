"""One process at a time: a lock on a file. A process that dies, however it dies, lets go of it."""

import datetime
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InUse(Exception):
    """Another process holds the lock; the text says which, since when."""


@contextmanager
def sole(path: Path) -> Iterator[None]:
    """Hold the lock on the file `path`, which is made if need be and stays: only a living process makes it a lock.

    Raises InUse if another process holds it, OSError if the file cannot be written.
    """
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise InUse(file.read().strip() or "another process") from error
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.datetime.now(datetime.UTC).isoformat(timespec='seconds')}")
        file.flush()
        yield
