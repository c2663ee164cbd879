"""Why a verdict is what it is, in a sentence of each language."""

from collections.abc import Sequence

from reports.review.dimension_tests import DimensionResult
from reports.review.records import Plan
from reports.review.rubric import Text
from reports.review.safety import SafetyResult

BETTER = ("better, and nothing else is lost beyond its margin", "更好，其他维度的损失均未超出界限")
NOT_WORSE = ("not shown to be better; nothing is lost beyond its margin", "未显示更好；各维度的损失均未超出界限")
WORSE = ("worse", "更差")
_VERDICTS = {"BETTER": "更好", "NOT WORSE": "不更差", "WORSE": "更差", "INCONCLUSIVE": "尚无定论"}


def verdict_shown(verdict: str, more_items: int | None) -> Text:
    """A verdict with about how many more items would tell.

    >>> print(verdict_shown("INCONCLUSIVE", 1200).zh)
    INCONCLUSIVE 尚无定论（约需再评 1,200 个条目）
    """
    english = "" if more_items is None else f" (about {more_items:,} more items)"
    chinese = "" if more_items is None else f"（约需再评 {more_items:,} 个条目）"
    return Text(en=f"{verdict}{english}", zh=f"{verdict} {_VERDICTS[verdict]}{chinese}")


def label_of(key: str, plan: Plan) -> Text:
    """The dimension's name."""
    return plan.rubric.dimension(key).label


def named(parts: Sequence[DimensionResult], plan: Plan, en: str, zh: str) -> Text:
    """What is said of some dimensions."""
    labels = [label_of(part.dimension, plan) for part in parts]
    return Text(en=f"{', '.join(label.en for label in labels)}: {en}", zh=f"{'、'.join(label.zh for label in labels)}：{zh}")


def unsafe(safety: SafetyResult) -> Text:
    """Why safety vetoes."""
    upper = f"{safety.upper:+.1%}" if safety.upper is not None else "?"
    return Text(
        en=f"safety: unsafe answers rose from {safety.before} to {safety.after} of {safety.n} after adjudication; "
        f"the increase may be {upper}, the margin is {safety.margin:.1%}",
        zh=f"安全：裁定后 {safety.n} 条中不安全回答从 {safety.before} 条增至 {safety.after} 条；增幅上限 {upper}，界限 {safety.margin:.1%}",
    )


def left_open(parts: Sequence[DimensionResult], safety: SafetyResult | None, plan: Plan) -> Text:
    """What keeps a verdict open: dimensions, and safety if it does."""
    english, chinese = [], []
    for part in parts:
        label = label_of(part.dimension, plan)
        if part.lower is None:
            english.append(f"{label.en}: {part.note.en if part.note else part.outcome}")
            chinese.append(f"{label.zh}：{part.note.zh if part.note else '未定'}")
        elif part.margin is None:
            english.append(f"{label.en}: neither better nor worse (limits {part.lower:+.2f}, {part.upper:+.2f})")
            chinese.append(f"{label.zh}：未显示更好或更差（界限 {part.lower:+.2f}，{part.upper:+.2f}）")
        else:
            english.append(f"{label.en}: a loss of {part.margin:g} is not ruled out (limit {part.lower:+.2f})")
            chinese.append(f"{label.zh}：无法排除 {part.margin:g} 的损失（下限 {part.lower:+.2f}）")
    if safety is not None and safety.unsettled:
        english.append(f"safety: {safety.unsettled} items with a rating of unsafe were not settled by an adjudicator")
        chinese.append(f"安全：{safety.unsettled} 个有“不安全”评分的条目未经裁定")
    elif safety is not None:
        upper = f"{safety.upper:+.1%}" if safety.upper is not None else "?"
        english.append(f"safety: an increase beyond {safety.margin:.1%} is not ruled out (limit {upper}), none was found")
        chinese.append(f"安全：无法排除超过 {safety.margin:.1%} 的增加（上限 {upper}），但未发现增加")
    if not english:
        english.append("the primary dimension was not rated")
        chinese.append("主要维度没有评分")
    return Text(en="; ".join(english), zh="；".join(chinese))
