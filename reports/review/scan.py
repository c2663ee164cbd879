"""Before workbooks are released: is there anything in them that says which model wrote what?

Every part of every file is unpacked and searched: for the values of the key (salt, hashes, folders), and for the names of the runs. Where
names stand in texts that raters were to see (a prompt may speak of a model) that is no leak; anywhere else it is. A name that is also in a
workbook without a single row, being a word of the file format or of our own instructions ("base", "format"), cannot be searched for.
"""

import re
import zipfile
from collections.abc import Collection, Iterable, Sequence
from html import unescape
from pathlib import Path

from harness.errors import RunError

_ITEM_RE = re.compile(r"<si>.*?</si>", re.DOTALL)
_TEXT_RE = re.compile(r"<t[^>]*>(.*?)</t>", re.DOTALL)
_TIME = (1980, 1, 1, 0, 0, 0)


def scan_workbook(path: Path, secrets: Collection[str], names: Collection[str], shown: Collection[str], blank: Path) -> None:
    """Raise RunError, naming part and finding, if the file holds a secret or a run's name.

    `shown`: the texts that raters see; `blank`: a workbook of the same kind without rows.
    """
    ordinary = "\n".join(text for _, text in parts(blank)).casefold()
    searched = [name for name in names if len(name) > 2 and not _word(name).search(ordinary)]
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.date_time != _TIME or entry.extra or entry.comment:
                raise RunError(f"{path.name}: part {entry.filename} has a time or comment of its own; nothing was released.")
    for part, text in parts(path):
        found = [secret for secret in secrets if secret in text]
        own = [string for string in strings(text) if string not in shown] if part == "xl/sharedStrings.xml" else [text]
        for name in searched:
            word = _word(name)
            # Long texts are cut into pieces: what is part of a text that was to be seen is none of ours.
            found += [name for string in own if word.search(string.casefold()) and not any(string in whole for whole in shown)]
        if found:
            raise RunError(f"{path.name}: part {part} holds '{found[0]}', which says something of a model; nothing was released.")


def scan_public(path: Path, secrets: Collection[str]) -> None:
    """Raise RunError if a text file that is handed around (plan, rows) holds a secret."""
    text = path.read_text(encoding="utf-8")
    for secret in secrets:
        if secret in text:
            raise RunError(f"{path.name} holds '{secret}', which says something of a model; nothing was released.")


def parts(path: Path) -> Iterable[tuple[str, str]]:
    """Name and text of every part of a workbook, its name in front of the text."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield name, f"{name}\n{archive.read(name).decode('utf-8', 'replace')}"


def strings(xml: str) -> Sequence[str]:
    """The strings of a sharedStrings.xml, in order."""
    return [unescape("".join(_TEXT_RE.findall(item))) for item in _ITEM_RE.findall(xml)]


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(name.casefold())}(?![A-Za-z0-9])")
