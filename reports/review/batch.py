"""The folder of a review batch, its states, and the log of who did what.

    <parent>/<batch>/            may be handed around as a whole: nothing in it says which model wrote what
      plan.json                  what will be tested (its SHA-256 is in the manifest)
      manifest.json              what was released, and the SHA-256 of everything, the key included
      rows.jsonl                 every row of every workbook: id, signature, hashes of texts
      out/<batch>_<rater>.xlsx   the workbooks to send
      in/                        returned files, byte for byte
      audit.jsonl                one line an action; each holds the hash of the line before
      lock                       held by the command that changes the batch
      ratings.frozen.csv         written once; unblinding refuses to run without it
    <parent>/SECRET/<batch>/     folder 0700, files 0600
      key.json                   salt, runs, and who wrote what
      answers.jsonl              every answer by run, as shown

States: exported → collecting → frozen → unblinded → verdict (`steps.py`). The state is that of the last line of the log.
"""

import datetime
import getpass
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harness.errors import RunError, UserError
from harness.settings import first_error
from harness.sole import InUse, sole
from harness.store import write_atomic
from reports.review.records import FORMAT_VERSION, Key, Manifest, Plan, SheetRow, ShownAnswer, canonical, sha256
from reports.review.rubric import Language, Text
from reports.review.steps import STATES, Action, State, refusal

_PLAN, _MANIFEST, _ROWS, _AUDIT, _KEY, _ANSWERS = "plan.json", "manifest.json", "rows.jsonl", "audit.jsonl", "key.json", "answers.jsonl"
SECRET = "SECRET"
_LOCK = "lock"
_ADVICE = "make room and start again"
_Record = TypeVar("_Record", bound=BaseModel)


class Batch:
    """A batch in its folder. Nothing is remembered between calls: what the files say is what counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, folder: Path) -> "Batch":
        """The batch in `folder`; raises UserError if there is none."""
        if not (folder / _MANIFEST).is_file():
            raise UserError(f"'{folder}' is no review batch: it has no {_MANIFEST}; harness review export makes one.")
        return cls(folder)

    @property
    def id(self) -> str:
        """Name of its folder."""
        return self.folder.name

    @property
    def out(self) -> Path:
        """What is sent to raters."""
        return self.folder / "out"

    @property
    def returned(self) -> Path:
        """Where returned files are kept, byte for byte."""
        return self.folder / "in"

    @property
    def frozen(self) -> Path:
        """The ratings that count; there is no such file before they are frozen."""
        return self.folder / "ratings.frozen.csv"

    @property
    def secret(self) -> Path:
        """The folder that is never shared."""
        return self.folder.parent / SECRET / self.id

    @property
    def plan_file(self) -> Path:
        """What was decided before anybody rated."""
        return self.folder / _PLAN

    @property
    def rows_file(self) -> Path:
        """The rows as raters see them, one JSON object a line."""
        return self.folder / _ROWS

    @property
    def key_file(self) -> Path:
        """Who wrote what; among the secret files."""
        return self.secret / _KEY

    @property
    def answers_file(self) -> Path:
        """The answers shown, with their origins; among the secret files."""
        return self.secret / _ANSWERS

    # States.

    @property
    def state(self) -> State:
        """Raises RunError if the log is damaged."""
        named = next((line["state"] for line in reversed(self.audit()) if line["state"]), None)
        for state in STATES:
            if state == named:
                return state
        raise RunError(self.say(
            en=f"{self.folder / _AUDIT} names no state; restore it from a copy.",
            zh=f"{self.folder / _AUDIT} 未记录任何状态；请用备份恢复。",
        ))  # fmt: skip

    def require(self, action: Action) -> None:
        """Raise UserError (E16), with the reason and what comes next, unless `action` may be done in the batch's state."""
        if (refused := refusal(action, self.state, self.folder, self.id)) is not None:
            raise UserError(refused.line(self.language))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other command that changes the batch out; raises RunError if one is at work.

        A process that dies lets go of it.
        """
        with ExitStack() as held:
            try:
                held.enter_context(sole(self.folder / _LOCK))
            except InUse as error:
                raise RunError(self.say(
                    en=f"Batch {self.id}: another command is at work on it ({error}); wait for it to end, then start this one again.",
                    zh=f"批次 {self.id}：另一条命令正在处理该批次（{error}）；请等它结束后再执行。",
                )) from error  # fmt: skip
            except OSError as error:
                raise UserError(self.say(
                    en=f"Batch {self.id}: '{self.folder}' cannot be written ({error.strerror}); make it writable first.",
                    zh=f"批次 {self.id}：无法写入“{self.folder}”（{error.strerror}）；请先设为可写。",
                )) from error  # fmt: skip
            yield

    # Words.

    @property
    def language(self) -> Language:
        """In which the batch speaks to raters and to whoever runs the review."""
        return self.manifest().language

    def say(self, *, en: str, zh: str) -> str:
        """The one of two sentences that is in the batch's language."""
        return Text(en=en, zh=zh)[self.language]

    # The log.

    def audit(self) -> list[dict[str, Any]]:
        """Lines of the log, oldest first: time, user, action, state (null: unchanged), details, previous (SHA-256 of the line before).

        Raises RunError, naming the line, if one was changed, taken out or cut short.
        """
        lines, previous = [], ""
        path = self.folder / _AUDIT
        for number, raw in enumerate(path.read_bytes().splitlines() if path.is_file() else [], start=1):
            try:
                line: dict[str, Any] = json.loads(raw)
                intact = line["previous"] == previous
            except (ValueError, KeyError, TypeError) as error:
                raise RunError(self.say(
                    en=f"{path}, line {number} is damaged; restore the file from a copy.",
                    zh=f"{path} 第 {number} 行已损坏；请用备份恢复该文件。",
                )) from error  # fmt: skip
            if not intact:
                raise RunError(self.say(
                    en=f"{path}, line {number} does not follow from the line before: the log was changed; restore it from a copy.",
                    zh=f"{path} 第 {number} 行与上一行不衔接：日志被改动过；请用备份恢复。",
                ))  # fmt: skip
            lines.append(line)
            previous = sha256(raw)
        return lines

    def log(self, action: str, state: State | None = None, **details: Any) -> None:
        """Append a line: an action, the state it led to if it led to another, and whatever else is to be known later."""
        path = self.folder / _AUDIT
        self.audit()
        raw = path.read_bytes().splitlines() if path.is_file() else []
        line = {
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), "user": _user(), "action": action, "state": state,
            "details": details, "previous": sha256(raw[-1]) if raw else "",
        }  # fmt: skip
        write_atomic(path, [*(part.decode() for part in raw), json.dumps(line, ensure_ascii=False)], _ADVICE)

    # Records.

    def plan(self) -> Plan:
        """Raises RunError if it is not the plan that was committed to."""
        return self._committed(self.plan_file, _PLAN, Plan)

    def manifest(self) -> Manifest:
        """Read the manifest; raises RunError if it is damaged or of a newer format."""
        return _parse(self.folder / _MANIFEST, (self.folder / _MANIFEST).read_bytes(), Manifest)

    def rows(self) -> list[SheetRow]:
        """All released rows; raises RunError if they are not those that were committed to."""
        return [_parse(self.rows_file, line, SheetRow) for line in self.committed_bytes(self.rows_file, _ROWS).splitlines()]

    def key(self) -> Key:
        """Read the key: the caller unblinds, or does what cannot be done without (and shows none of it).

        Raises UserError if it is not there, RunError (E15) if it is not the key that was committed to.
        """
        return self._committed(self.key_file, _KEY, Key)

    def answers(self) -> list[ShownAnswer]:
        """All answers by run, as shown; for the same callers as the key."""
        return [_parse(self.answers_file, line, ShownAnswer) for line in self.committed_bytes(self.answers_file, _ANSWERS).splitlines()]

    def committed_bytes(self, path: Path, name: str) -> bytes:
        """Contents of a file whose SHA-256 stands in the manifest under `name`.

        Raises UserError if it is missing, RunError if it is another.
        """
        if not path.is_file():
            raise UserError(self.say(
                en=f"Batch {self.id}: {path} is missing; put it back (it was written at export).",
                zh=f"批次 {self.id}：缺少 {path}；请放回（导出时已生成）。",
            ))  # fmt: skip
        content = path.read_bytes()
        if sha256(content) != self.manifest().sha256.get(name):
            raise RunError(self.say(
                en=f"E15 Batch {self.id}: {path} does not match the hash committed at export; restore it from a copy.",
                zh=f"E15 批次 {self.id}：{path} 与导出时承诺的哈希值不一致；请用备份恢复。",
            ))  # fmt: skip
        return content

    def _committed(self, path: Path, name: str, form: type[_Record]) -> _Record:
        return _parse(path, self.committed_bytes(path, name), form)

    # Writing, at export.

    def write_plan(self, plan: Plan) -> str:
        """Write the plan; returns its SHA-256."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return _write(self.plan_file, [canonical(plan)])

    def write_secret(self, key: Key, answers: Iterable[ShownAnswer]) -> dict[str, str]:
        """Write what is kept apart, readable by its owner only; returns name to SHA-256."""
        for folder in (self.secret.parent, self.secret):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        (self.secret.parent / ".gitignore").write_text("*\n", encoding="utf-8")
        with _private():
            return {
                _KEY: _write(self.key_file, [canonical(key)]),
                _ANSWERS: _write(self.answers_file, (answer.model_dump_json() for answer in answers)),
            }

    def write_rows(self, rows: Iterable[SheetRow]) -> str:
        """Replace the file of rows; returns its SHA-256."""
        return _write(self.rows_file, (row.model_dump_json() for row in rows))

    def write_manifest(self, manifest: Manifest) -> None:
        """Release the batch: from now on it is exported."""
        self.returned.mkdir(exist_ok=True)
        digest = _write(self.folder / _MANIFEST, [canonical(manifest)])
        self.log("export", "exported", manifest=digest)


def _write(path: Path, lines: Iterable[str]) -> str:
    write_atomic(path, lines, _ADVICE)
    return sha256(path.read_bytes())


class _private:
    """While it lasts, files that are made are readable by their owner only."""

    def __enter__(self) -> None:
        self._mask = os.umask(0o077)

    def __exit__(self, *_: object) -> None:
        os.umask(self._mask)


def _parse(path: Path, content: bytes, form: type[_Record]) -> _Record:
    try:
        if (version := json.loads(content).get("format_version", FORMAT_VERSION)) > FORMAT_VERSION:
            raise RunError(f"{path} has format version {version}; this harness reads up to {FORMAT_VERSION}: update it.")
        return form.model_validate_json(content)
    except ValidationError as error:
        raise RunError(f"{path} is damaged: {first_error(error)}") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise RunError(f"{path} is damaged; restore it from a copy.") from error


def _user() -> str:
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return str(os.getuid())
