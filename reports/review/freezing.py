"""`harness review freeze` and `unblind`: ratings are fixed before anybody may learn who wrote what; the key must be the committed one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import RunError, UserError
from reports.review.batch import Batch
from reports.review.collected import collected
from reports.review.complaints import Complaint
from reports.review.conflicts import adjudicated, open_conflicts
from reports.review.ratings import Rating, ratings_csv, read_ratings
from reports.review.records import Key, Plan, sha256, signature
from reports.review.rubric import Text

_PARTIAL = Text(
    en="Use --partial with --reason, which will be printed in the report",
    zh="如需继续，请使用 --partial 并用 --reason 给出理由，理由会写入报告",
)


@dataclass(frozen=True)
class Frozen:
    """What was frozen: whose ratings, how many values, and their hash."""

    raters: tuple[str, ...]
    missing: tuple[str, ...]
    values: int
    sha256: str


def freeze(batch: Batch, *, partial: bool = False) -> Frozen:
    """Write all ratings to `ratings.frozen.csv`, once; nothing can be imported afterwards.

    Raises UserError (E16) if raters are missing and `partial` does not say that this is meant.
    """
    batch.require("freeze")
    plan, there = batch.plan(), collected(batch)
    missing = tuple(rater for rater in plan.raters if rater not in there)
    if missing and not partial:
        how = Text(
            en="Wait for them, or use --partial; unblind then asks for a reason, which will be printed in the report",
            zh="请等待收齐；如不再等待，请使用 --partial，之后揭盲时需要给出理由，理由会写入报告",
        )
        raise UserError(_missing(missing, plan, how).line(plan.language))
    ratings = [rating for rater in plan.raters if rater in there for rating in there[rater].ratings()]
    content = ratings_csv(ratings)
    batch.frozen.unlink(missing_ok=True)  # What an interrupted freeze left, which cannot be written to.
    batch.frozen.write_bytes(content)
    batch.frozen.chmod(0o444)
    raters = tuple(there)
    batch.log("freeze", "frozen", sha256=sha256(content), raters=raters, missing=missing)
    return Frozen(raters, missing, len(ratings), sha256(content))


def frozen_ratings(batch: Batch) -> list[Rating]:
    """The frozen ratings; raises RunError if the file is not the one that was frozen."""
    content = batch.frozen.read_bytes() if batch.frozen.is_file() else b""
    if sha256(content) != frozen_details(batch).get("sha256"):
        raise RunError(batch.say(
            en=f"{batch.frozen} is not the file that was frozen (its SHA-256 differs); restore it from a copy.",
            zh=f"{batch.frozen} 不是冻结时的文件（SHA-256 不同）；请用备份恢复。",
        ))  # fmt: skip
    return read_ratings(content)


def frozen_details(batch: Batch) -> dict[str, Any]:
    """What the log says of the freezing: sha256, raters, missing."""
    return next((line["details"] for line in batch.audit() if line["action"] == "freeze"), {})


def unblind(batch: Batch, *, partial: bool = False, reason: str | None = None) -> Key:
    """Check everything and release the key: from now on it may be known who wrote what.

    Raises UserError (E16) before freezing, and unless `partial` for a `reason` if raters are missing or conflicts are not settled;
    RunError (E15) if key, frozen ratings or signatures are not those that were committed to.
    """
    plan = batch.plan()
    batch.require("unblind")
    ratings, details = frozen_ratings(batch), frozen_details(batch)
    _check_key(batch, plan)
    key = batch.key()
    _check_signatures(batch, key)
    missing, unsettled = tuple(details["missing"]), open_conflicts(ratings, plan, key, adjudicated(batch))
    if (missing or unsettled) and not (partial and reason and reason.strip()):
        complaint = _missing(missing, plan, _PARTIAL) if missing else _unsettled(len(unsettled))
        raise UserError(complaint.line(plan.language))
    batch.log("unblind", "unblinded", key=sha256(batch.key_file.read_bytes()), ratings=details["sha256"], missing=missing,
              unsettled=len(unsettled), reason=reason if missing or unsettled else None)  # fmt: skip
    return key


def unblinding(batch: Batch) -> dict[str, Any]:
    """What the log says of the unblinding: key, ratings (SHA-256 each), missing, unsettled, reason."""
    return next((line["details"] for line in batch.audit() if line["action"] == "unblind"), {})


def _check_key(batch: Batch, plan: Plan) -> None:
    committed = batch.manifest().sha256
    for path in (batch.key_file, batch.answers_file):
        if not path.is_file():
            raise UserError(batch.say(
                en=f"Batch {batch.id}: {path} is missing; bring it from where it was kept apart.",
                zh=f"批次 {batch.id}：缺少 {path}；请从单独保管处取回。",
            ))  # fmt: skip
        found = sha256(path.read_bytes())
        if found != committed.get(path.name):
            facts = {"what": path.name, "found": found[:8], "expected": committed.get(path.name, "-")[:8]}
            raise RunError(Complaint("E15", facts=facts).line(plan.language))


def _check_signatures(batch: Batch, key: Key) -> None:
    """The released rows must carry the signatures that only the key's salt makes."""
    salt = bytes.fromhex(key.salt)
    for row in batch.rows():
        made = signature(salt, batch.id, row.rater, row.sheet, row.row_id, list(row.texts.values()))
        if made != row.sig:
            raise RunError(batch.say(
                en=f"E15 row {row.row_id} of rater {row.rater} does not carry the signature of this key; unblinding refused.",
                zh=f"E15 评分人 {row.rater} 的行 {row.row_id} 的签名与该密钥不符；拒绝揭盲。",
            ))  # fmt: skip


def _missing(missing: Sequence[str], plan: Plan, how: Text) -> Complaint:
    names, count, total = ", ".join(missing), len(missing), len(plan.raters)
    return Complaint("E16", facts={
        "found": Text(en=f"{count} of {total} raters missing ({names})", zh=f"{total} 位评分人中缺少 {count} 位（{names}）"),
        "expected": how,
    })  # fmt: skip


def _unsettled(count: int) -> Complaint:
    return Complaint("E16", facts={
        "found": Text(en=f"{count} conflicts between raters are not settled", zh=f"评分人之间有 {count} 处分歧尚未裁定"),
        "expected": Text(
            en="harness review adjudicate comes first, or use --partial with a reason, which will be printed in the report",
            zh="请先执行 harness review adjudicate，或使用 --partial 并给出理由，理由会写入报告",
        ),
    })  # fmt: skip
