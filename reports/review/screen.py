"""What export and status print, in the language of the batch."""

from collections.abc import Iterator
from typing import Any

from harness.machine import print_json
from reports.console import console
from reports.review.batch import Batch
from reports.review.export import Exported
from reports.review.records import SHEET_NAMES
from reports.review.report_words import term
from reports.review.rubric import Language, Text
from reports.review.steps import STATE_WORDS, next_step

_ACTIONS = {
    "export": "导出",
    "import": "导入",
    "freeze": "冻结",
    "adjudicate": "裁定",
    "unblind": "揭盲",
    "verdict": "结论",
    "pairs": "偏好对",
}


def print_exported(done: Exported, as_json: bool = False) -> None:
    """What was chosen, for whom, what is doubtful, and where everything lies."""
    if as_json:
        print_json(_exported_json(done))
        return
    out = console()
    for text in _exported(done):
        out.print(text[done.plan.language], markup=False, soft_wrap=True)


def _exported(done: Exported) -> Iterator[Text]:
    plan, batch = done.plan, done.batch
    baseline, candidates = done.runs[0].label, ", ".join(run.label for run in done.runs[1:])
    layout = Text(en=plan.layout, zh=term(plan.layout, "zh"))
    yield from (Text(en=f"shortlist: {line.en}", zh=f"初选：{line.zh}") for line in done.shortlisted)
    yield Text(
        en=f"batch {batch.id}: {layout.en}, {len(plan.raters)} raters, {plan.per_item} an item, {plan.runs} runs: {candidates} "
        f"against {baseline}",
        zh=f"批次 {batch.id}：{layout.zh}，{len(plan.raters)} 位评分人，每个条目 {plan.per_item} 人，{plan.runs} 个运行："
        f"{candidates} 对比基线 {baseline}",
    )
    yield from _chosen(done)
    for rater, sheets in done.rows.items():
        counts = {sheet: count for sheet, count in sheets.items() if count}
        yield Text(
            en=f"  {rater}: " + ", ".join(f"{count} rows of {sheet}" for sheet, count in counts.items()),
            zh=f"  {rater}：" + "，".join(f"{SHEET_NAMES[sheet]['zh']} {count} 行" for sheet, count in counts.items()),
        )
    checks = ", ".join(f"{kind} {count}" for kind, count in plan.catch.kinds.items())
    yield Text(
        en=f"  rows that check a rater: {checks or 'none'}; {plan.catch.needed} must be judged as expected",
        zh=f"  检查评分人的行：{checks or '无'}；须有 {plan.catch.needed} 行符合预期",
    )
    yield Text(
        en=f"  detectable with 80 % power: a difference of {plan.detectable:.2f} levels in '{plan.primary}'",
        zh=f"  以 80 % 的功效可检出：“{plan.rubric.dimension(plan.primary).label.zh}”相差 {plan.detectable:.2f} 级",
    )
    yield from (Text(en=f"warning: {line}", zh=f"警告：{line}") for line in done.warnings)
    yield Text(en=f"workbooks to send: {batch.out}", zh=f"待分发的工作簿：{batch.out}")
    yield Text(
        en=f"key (never send it; keep it where raters cannot come): {batch.key_file}",
        zh=f"密钥（切勿发送，放在评分人看不到的地方）：{batch.key_file}",
    )
    yield Text(en=f"next: {next_step('exported', batch.folder, 'en')}", zh=f"下一步：{next_step('exported', batch.folder, 'zh')}")


def _chosen(done: Exported) -> Iterator[Text]:
    """Items by suite, and what is not there and why."""
    for name, share in done.plan.suites.items():
        strata = ", ".join(f"{stratum} {count}" for stratum, count in sorted(share.sampled.items()))
        yield Text(
            en=f"  {name}: {share.reviewed} of {share.items} items are reviewed, {share.core} of them core ({strata or 'none'})",
            zh=f"  {name}：{share.items} 个条目中评审 {share.reviewed} 个，其中核心 {share.core} 个（{strata or '无'}）",
        )
        for reason, count in share.dropped.items():
            yield Text(en=f"    left out by the filter '{reason}': {count}", zh=f"    被筛选条件去掉（{reason_in(reason, 'zh')}）：{count}")
    for run in done.runs:
        for reason, count in run.dropped.items():
            yield Text(en=f"  {run.label}: {reason}: {count}", zh=f"  {run.label}：{reason_in(reason, 'zh')}：{count}")
        if run.masked:
            masked = sorted(run.masked.items())
            yield Text(
                en=f"  {run.label}: taken out of its answers: " + ", ".join(f"{kind} {count}" for kind, count in masked),
                zh=f"  {run.label}：从回答中隐去：" + "，".join(f"{term(kind, 'zh')} {count}" for kind, count in masked),
            )
    if done.ties:
        yield Text(
            en=f"  {done.ties} pairs are the same on both sides: they count as ties, and nobody is asked",
            zh=f"  {done.ties} 对回答两边相同：按平局计，不再询问",
        )


def _exported_json(done: Exported) -> dict[str, Any]:
    batch, workbooks = done.batch, done.manifest.workbooks
    return {
        "batch": batch.id, "folder": str(batch.folder), "workbooks": {rater: str(batch.out / name) for rater, name in workbooks.items()},
        "key": str(batch.key_file), "rows": done.rows, "ties": done.ties, "detectable": done.plan.detectable,
        "suites": {name: share.model_dump(mode="json") for name, share in done.plan.suites.items()},
        "shortlisted": [line[done.plan.language] for line in done.shortlisted], "warnings": done.warnings,
    }  # fmt: skip


def reason_in(reason: str, language: Language) -> str:
    """Why items are left out, as plan and key hold it, in the words of a report.

    >>> reason_in("arith: not score<1", "zh"), reason_in("same answers", "zh")
    ('arith：不满足 score<1', '回答相同')
    """
    if language == "en":
        return reason
    suite, colon, what = reason.rpartition(": ")
    words = f"不满足 {what.removeprefix('not ')}" if what.startswith("not ") else term(what, language)
    return f"{suite}：{words}" if colon else words


def print_status(batch: Batch, as_json: bool = False) -> None:
    """State, what was released, what was done when, what comes next."""
    out, state, manifest = console(), batch.state, batch.manifest()
    language, books = manifest.language, ", ".join(manifest.workbooks.values())
    following = next_step(state, batch.folder, language)
    if as_json:
        print_json(
            {"batch": batch.id, "state": state, "manifest": manifest.model_dump(mode="json"), "log": batch.audit(), "next": following}
        )
        return
    head = (
        Text(en=f"batch {batch.id}: {state}", zh=f"批次 {batch.id}：{STATE_WORDS[state].zh}"),
        Text(
            en=f"{manifest.layout}, released {manifest.created}; workbooks: {books}",
            zh=f"{term(manifest.layout, 'zh')}，发放于 {manifest.created}；工作簿：{books}",
        ),
    )
    for text in head:
        out.print(text[language], markup=False, soft_wrap=True)
    for line in batch.audit():
        details = ", ".join(f"{name} {value}" for name, value in line["details"].items() if isinstance(value, str | int | float))
        action = _ACTIONS[line["action"]] if language == "zh" else line["action"]
        out.print(f"  {line['time']}  {line['user']}: {action}  {details}", markup=False, soft_wrap=True)
    out.print(Text(en=f"next: {following}", zh=f"下一步：{following}")[language], markup=False, soft_wrap=True)
