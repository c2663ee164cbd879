"""The steps of a review in their order, and why one that is out of order is refused, in the words of the batch."""

from typing import Literal

from reports.review.complaints import Complaint
from reports.review.rubric import Language, Text

State = Literal["exported", "collecting", "frozen", "unblinded", "verdict"]
STATES: tuple[State, ...] = ("exported", "collecting", "frozen", "unblinded", "verdict")
STATE_WORDS: dict[State, Text] = {
    "exported": Text(en="exported", zh="已导出"),
    "collecting": Text(en="collecting", zh="收集中"),
    "frozen": Text(en="frozen", zh="已冻结"),
    "unblinded": Text(en="unblinded", zh="已揭盲"),
    "verdict": Text(en="verdict", zh="已有结论"),
}
Action = Literal["import", "freeze", "adjudicate", "unblind", "verdict", "pairs"]
_ALLOWED: dict[Action, tuple[State, ...]] = {
    "import": ("exported", "collecting"),
    "freeze": ("collecting",),
    "adjudicate": ("frozen",),
    "unblind": ("frozen",),
    "verdict": ("unblinded", "verdict"),
    "pairs": ("unblinded", "verdict"),
}
_TOO_EARLY: dict[State, Text] = {
    "exported": Text(en="no workbook has been imported yet", zh="尚未导入任何评分文件"),
    "collecting": Text(en="its ratings are not frozen yet", zh="评分尚未冻结"),
    "frozen": Text(en="it is not unblinded yet", zh="尚未揭盲"),
}
_FROZEN = Text(en="its ratings are frozen, and nothing may be added to them any more", zh="评分已冻结，不能再添加")
_KNOWN = Text(
    en="it is unblinded, and ratings by people who may know the models do not count", zh="已揭盲，可能知道模型的人所作的评分不能计入"
)
_SEEN = Text(en="it is unblinded, and whoever settles conflicts must not know the models", zh="已揭盲，裁定人不得知道模型")
_TWICE = Text(en="that was done before, and is done once only", zh="此步骤已完成，只能执行一次")
_TOO_LATE: dict[tuple[Action, State], Text] = {
    ("import", "frozen"): _FROZEN,
    ("import", "unblinded"): _KNOWN,
    ("import", "verdict"): _KNOWN,
    ("adjudicate", "unblinded"): _SEEN,
    ("adjudicate", "verdict"): _SEEN,
}
NEXT: dict[State, Text] = {
    "exported": Text(
        en="send each rater the workbook in out/, then: harness review import {batch} FILES",
        zh="把 out/ 中的工作簿分发给各评分人，收回后执行：harness review import {batch} FILES",
    ),
    "collecting": Text(
        en="harness review import {batch} FILES for what comes back; when all is there: harness review freeze {batch}",
        zh="收回文件后执行 harness review import {batch} FILES；全部收齐后执行 harness review freeze {batch}",
    ),
    "frozen": Text(
        en="harness review adjudicate {batch} where raters contradict each other, then: harness review unblind {batch}",
        zh="评分人有分歧时先执行 harness review adjudicate {batch}，然后执行 harness review unblind {batch}",
    ),
    "unblinded": Text(en="harness review verdict {batch}", zh="harness review verdict {batch}"),
    "verdict": Text(en="harness review verdict {batch} writes the report anew", zh="harness review verdict {batch} 可重新生成报告"),
}


def next_step(state: State, batch: object, language: Language) -> str:
    """What is to be done in `state`, with the batch's folder in the commands."""
    return NEXT[state][language].format(batch=batch)


def refusal(action: Action, state: State, batch: object, name: str) -> Complaint | None:
    """Why `action` cannot be done in `state`, and what comes next; None if it can. `batch`: its folder.

    >>> print(refusal("verdict", "unblinded", "reviews/B1", "B1"))
    None
    >>> print(refusal("unblind", "verdict", "B1", "B1").line("en"))
    E16 B1: no unblind now; that was done before, and is done once only. Next: harness review verdict B1 writes the report anew.
    """
    allowed = _ALLOWED[action]
    if state in allowed:
        return None
    early = STATES.index(state) < STATES.index(allowed[0])
    why = _TOO_EARLY[state] if early else _TOO_LATE.get((action, state), _TWICE)
    return Complaint("E16", name, facts={
        "found": Text(en=f"no {action} now; {why.en}", zh=f"现在不能执行 {action}：{why.zh}"),
        "expected": Text(en=f"Next: {next_step(state, batch, 'en')}", zh=f"下一步：{next_step(state, batch, 'zh')}"),
    })  # fmt: skip
