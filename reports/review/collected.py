"""What has come back: returned files in `in/`, byte for byte, beside each its ratings, and which of them count, as the log says."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import RunError
from reports.review.batch import Batch
from reports.review.ratings import Rating, ratings_csv, read_ratings
from reports.review.reading import Returned
from reports.review.records import sha256
from reports.review.rubric import Language, Text


@dataclass(frozen=True)
class Submission:
    """What a rater sent: a workbook, or a CSV file a sheet."""

    rater: str
    files: tuple[Returned, ...]

    @property
    def sha256(self) -> str:
        """The file's own hash; of several files, one of their hashes, whatever their order."""
        if len(self.files) == 1:
            return self.files[0].sha256
        return sha256("".join(sorted(file.sha256 for file in self.files)).encode())


@dataclass(frozen=True)
class Collected:
    """One rater's submission that counts."""

    rater: str
    sha256: str
    ratings_file: Path
    ratings_sha256: str
    time: str
    language: Language

    def ratings(self) -> list[Rating]:
        """Raises RunError if the file is not what was imported."""
        content = self.ratings_file.read_bytes() if self.ratings_file.is_file() else b""
        if sha256(content) != self.ratings_sha256:
            raise RunError(Text(
                en=f"{self.ratings_file} is not what was imported from {self.rater}; restore it from a copy.",
                zh=f"{self.ratings_file} 不是从 {self.rater} 导入的内容；请用备份恢复。",
            )[self.language])  # fmt: skip
        return read_ratings(content)


def collected(batch: Batch) -> dict[str, Collected]:
    """By rater, the submission that counts: the last one that was imported."""
    found, language = {}, batch.language
    for line in batch.audit():
        if line["action"] == "import":
            details: dict[str, Any] = line["details"]
            rater = details["rater"]
            file = batch.returned / details["ratings_file"]
            found[rater] = Collected(rater, details["sha256"], file, details["ratings_sha256"], line["time"], language)
    return found


def collect(batch: Batch, submission: Submission, ratings: Sequence[Rating], replaced: Collected | None, reason: str | None) -> None:
    """Keep a submission: the originals, their ratings, and a line in the log, which makes it count.

    Raises RunError if a file is no longer what was checked.
    """
    batch.returned.mkdir(exist_ok=True)
    stem = f"{submission.rater}.{submission.sha256[:12]}"
    for number, file in enumerate(submission.files):
        original, suffix = file.path.read_bytes(), ".csv" if file.is_csv else ".xlsx"
        if sha256(original) != file.sha256:
            raise RunError(batch.say(
                en=f"{file.path} changed while it was imported; import it again.", zh=f"{file.path} 在导入过程中被改动；请重新导入。"
            ))  # fmt: skip
        (batch.returned / f"{stem}{f'.{number}' if number else ''}{suffix}").write_bytes(original)
    content = ratings_csv(ratings)
    name = f"{stem}.ratings.csv"
    (batch.returned / name).write_bytes(content)
    details: dict[str, Any] = {
        "rater": submission.rater, "sha256": submission.sha256, "files": {file.path.name: file.sha256 for file in submission.files},
        "ratings_file": name, "ratings_sha256": sha256(content),
    }  # fmt: skip
    if replaced is not None:
        details |= {"replaces": replaced.sha256, "reason": reason}
    batch.log("import", "collecting", **details)
