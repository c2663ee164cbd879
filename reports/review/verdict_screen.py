"""What import, freeze and verdict print, in the language of the batch. The verdict first, then what it rests on."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from harness.stats.result import Estimate
from harness.tables import print_table
from reports.console import console
from reports.review.complaints import Complaint
from reports.review.conclusion import CandidateVerdict, Conclusion
from reports.review.dimension_tests import level
from reports.review.freezing import Frozen
from reports.review.importing import Imported
from reports.review.records import Plan
from reports.review.report_words import WORDS, term
from reports.review.rubric import Language, Text
from reports.review.verdict_words import verdict_shown

COLOURS = {"BETTER": "green", "NOT WORSE": "green", "WORSE": "red", "INCONCLUSIVE": "yellow"}
_SHOWN = 40
"""Most complaints on a terminal; all are in the report."""


def _print(text: Text, language: Language) -> None:
    console().print(text[language], markup=False, soft_wrap=True)


def print_complaints(complaints: Sequence[Complaint], language: Language) -> None:
    """Errors first, each in one line."""
    ordered = sorted(complaints, key=lambda complaint: not complaint.is_error)
    for complaint in ordered[:_SHOWN]:
        console().print(complaint.line(language), markup=False, soft_wrap=True)
    if (rest := len(ordered) - _SHOWN) > 0:
        _print(Text(en=f"… and {rest} more; all of them stand in the report", zh=f"……另有 {rest} 条，全部见报告"), language)


def complaint_json(complaint: Complaint, language: Language) -> dict[str, Any]:
    """A complaint for programs: its code and place, and the sentence that people read."""
    about = {name: getattr(complaint, name) for name in ("code", "file", "sheet", "cell", "is_error")}
    return {**about, "text": complaint.message(language)}


def imported_json(done: Imported, plan: Plan, there: Sequence[str], report: str) -> dict[str, Any]:
    """What `print_imported` says, for programs."""
    complaints = [complaint_json(each, plan.language) for each in done.complaints]
    missing = [rater for rater in plan.raters if rater not in there]
    found = {"accepted": done.accepted, "unchanged": done.unchanged, "there": list(there), "missing": missing}
    return {**found, "complaints": complaints, "report": report}


def print_imported(done: Imported, plan: Plan, there: Sequence[str], report: str) -> None:
    """What an import found, in the language of the batch."""
    print_complaints(done.complaints, plan.language)
    accepted, unchanged = ", ".join(done.accepted), ", ".join(done.unchanged)
    if done.accepted:
        _print(Text(en=f"imported: {accepted}", zh=f"已导入：{accepted}"), plan.language)
    if done.unchanged:
        _print(Text(en=f"imported before, unchanged: {unchanged}", zh=f"此前已导入，没有变化：{unchanged}"), plan.language)
    errors, warnings = len(done.errors), len(done.complaints) - len(done.errors)
    counts = f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"
    _print(Text(en=f"{counts}: {report}", zh=f"{errors} 个错误，{warnings} 个警告：{report}"), plan.language)
    missing = ", ".join(rater for rater in plan.raters if rater not in there)
    _print(
        Text(
            en=f"{len(there)} of {len(plan.raters)} raters are there" + (f"; missing: {missing}" if missing else ""),
            zh=f"{len(plan.raters)} 位评分人中已收到 {len(there)} 位" + (f"；尚缺：{missing}" if missing else ""),
        ),
        plan.language,
    )


def print_frozen(done: Frozen, open_conflicts: int, language: Language) -> None:
    """What is frozen, who is missing, and whether an adjudicator is needed."""
    raters, missing = ", ".join(done.raters), ", ".join(done.missing)
    without = Text(en=f"; missing, and now left out: {missing}", zh=f"；缺少、因而不计入：{missing}") if missing else Text(en="", zh="")
    _print(
        Text(
            en=f"frozen: {done.values} values of {raters}{without.en}; sha256 {done.sha256}",
            zh=f"已冻结：{raters} 的 {done.values} 个取值{without.zh}；sha256 {done.sha256}",
        ),
        language,
    )
    if open_conflicts:
        _print(
            Text(
                en=f"raters contradict each other, or see something unsafe, in {open_conflicts} places: "
                "harness review adjudicate comes next",
                zh=f"有 {open_conflicts} 处评分人意见冲突，或有人认为不安全：下一步是 harness review adjudicate",
            ),
            language,
        )


def print_conclusion(found: Conclusion, plan: Plan) -> None:
    """The verdict on every candidate, agreement, raters, metrics, and what weakens all that."""
    out, language = console(), plan.language
    for candidate in found.candidates:
        about = Text(
            en=f"people on {candidate.run.label} against {found.baseline.label}",
            zh=f"人工评审：{candidate.run.label} 对比 {found.baseline.label}",
        )[language]
        shown = candidate.judged.shown[language]
        out.print(f"[bold {COLOURS[candidate.judged.verdict]}]{shown}[/]  [bold]{escape(about)}[/]", soft_wrap=True)
        out.print(candidate.judged.reason[language], markup=False, soft_wrap=True)
        print_table(out, _dimensions(candidate, plan))
        for line in _beside(candidate, language):
            out.print(line, markup=False, soft_wrap=True)
    if found.strengths is not None:
        out.print(_strengths(found, language), markup=False, soft_wrap=True)
    print_table(out, _agreements(found, plan))
    for line in remarks(found, plan):
        out.print(line, markup=False, soft_wrap=True)
    if found.metrics:
        print_table(out, _metrics(found, language))


def _table(language: Language, names: Sequence[str], left: Sequence[str], title: str = "") -> Table:
    """`names`: of columns, by their keys in `WORDS`; what has none there is a symbol."""
    words = WORDS[language]
    table = Table(title=words[title] if title else None, title_justify="left")
    for name in names:
        table.add_column(words.get(name, name), justify="left" if name in left else "right")
    return table


def _dimensions(candidate: CandidateVerdict, plan: Plan) -> Table:
    language, words = plan.language, WORDS[plan.language]
    names = ("dimension", "n", "baseline", "candidate", "difference", "limits", "p", "mid-p", "margin", "outcome")
    table = _table(language, names, ("dimension", "outcome"))
    table.columns[names.index("limits")].header = f"{1 - plan.alpha:.0%} {words['limits']}"
    judged = candidate.judged
    for part in (judged.primary, *judged.others, *(row for row in (judged.preference, candidate.composite) if row is not None)):
        outcome = term(part.outcome if part.margin is not None or part is judged.primary else "for information", language)
        note = f" ({part.note[language]})" if part.note else ""
        table.add_row(
            _label(part.dimension, plan), str(part.n), number(part.before), number(part.after), number(part.difference, True),
            interval(part.low, part.high), pvalue(part.pvalue), pvalue(part.pvalue_midp), number(part.margin), outcome + note,
        )  # fmt: skip
    if (safety := judged.safety) is not None:
        most = "–" if safety.upper is None else Text(en=f"at most {safety.upper:+.1%}", zh=f"至多 {safety.upper:+.1%}")[language]
        counts = (str(safety.n), str(safety.before), str(safety.after), f"{safety.gained - safety.lost:+d}")
        table.add_row(words["unsafe_counts"], *counts, most, "", "", f"{safety.margin:.1%}", term(safety.outcome, language))
    return table


def _beside(candidate: CandidateVerdict, language: Language) -> Iterator[str]:
    if ties := candidate.judged.primary.ties:
        yield Text(
            en=f"{ties} of the items have identical answers: differences of 0; the means of baseline and candidate are without them",
            zh=f"其中 {ties} 个条目两边回答相同：差值计为 0；基线和候选的均值不含这些条目",
        )[language]
    if (rate := candidate.judged.win_rate) is not None:
        yield Text(
            en=f"preferred on {rate:.1%} of items, ties counted half", zh=f"在 {rate:.1%} 的条目上更受偏好（平局各计一半）"
        )[language]  # fmt: skip
    for line in candidate.sensitivities:
        gap = "；" if language == "zh" else "; "
        verdict = f"{verdict_shown(line.verdict, line.more_items)[language]}{gap}" if line.verdict else ""
        note = f" ({line.note[language]})" if line.note else ""
        yield f"  {term(line.kind, language)}: {verdict}{number(line.difference, True)} {interval(line.low, line.high)}{note}"


def remarks(found: Conclusion, plan: Plan) -> list[str]:
    """All that weakens or qualifies the verdict, a sentence each."""
    made, missing, language = [], ", ".join(found.missing), plan.language
    if missing:
        made.append(Text(
            en=f"PARTIAL: raters missing: {missing}; reason given: {found.reason}",
            zh=f"不完整：缺少评分人 {missing}；所给理由：{found.reason}",
        ))  # fmt: skip
    if found.unsettled:
        made.append(Text(
            en=f"PARTIAL: {found.unsettled} conflicts were not settled; reason given: {found.reason}",
            zh=f"不完整：{found.unsettled} 处分歧未经裁定；所给理由：{found.reason}",
        ))  # fmt: skip
    made += [Text(en=f"file replaced: {text}", zh=f"文件已替换：{text}") for text in found.replaced]
    if (low := found.low_agreement(plan)) is not None:
        shown = (
            Text(en="undefined", zh="无法计算") if (value := low.deciding.estimate) is None else Text(en=f"{value:.2f}", zh=f"{value:.2f}")
        )
        made.append(Text(
            en=f"WARNING: agreement in the primary dimension is {shown.en}, below the floor of {plan.agreement_floor:g} set beforehand",
            zh=f"警告：主要维度的一致性为 {shown.zh}，低于事先规定的下限 {plan.agreement_floor:g}",
        ))  # fmt: skip
    made += [Text(en=complaint.line("en"), zh=complaint.line("zh")) for complaint in found.warnings]
    if (blind := found.blinding) is not None:
        index = f"{blind.index:+.2f} {interval(blind.low, blind.high)}"
        made.append(Text(
            en=f"blinding index {index}: {blind.right} right, {blind.wrong} wrong, {blind.unknown} unknown"
            f"{'; blinding is doubtful' if blind.doubtful else ''} (guesses after seeing quality are no proof)",
            zh=f"盲性指数 {index}：猜对 {blind.right}，猜错 {blind.wrong}，不知道 {blind.unknown}"
            f"{'；盲性存疑' if blind.doubtful else ''}（看过质量之后的猜测不能作为证据）",
        ))  # fmt: skip
    if (count := len(found.candidates)) > 1:
        made.append(Text(
            en=f"{count} candidates share the level: each is decided at {level(plan):.1%}",
            zh=f"{count} 个候选共用显著性水平：每个按 {level(plan):.1%} 判定",
        ))  # fmt: skip
    made.append(Text(
        en="These are checkpoints, not recipes: another training run of the same recipe may differ.",
        zh="比较的是检查点而不是训练配方：同一配方再训练一次，结果可能不同。",
    ))  # fmt: skip
    return [text[language] for text in made]


def _strengths(found: Conclusion, language: Language) -> str:
    """All runs on one scale."""
    ranks, runs = found.strengths, [found.baseline, *(candidate.run for candidate in found.candidates)]
    assert ranks is not None
    if ranks.strengths is None or ranks.intervals is None:
        return f"Bradley-Terry: {term(str(ranks.status), language)}"
    shown = zip(ranks.sides, ranks.strengths, ranks.intervals, strict=True)
    named = "; ".join(f"{runs[int(str(side))].label} {strength:+.2f} {interval(*limits)}" for side, strength, limits in shown)
    return Text(
        en=f"strength by preference (Bradley-Terry, log-odds against {found.baseline.label}): {named}",
        zh=f"按偏好估计的强度（Bradley-Terry，相对 {found.baseline.label} 的对数优势）：{named}",
    )[language]


def _agreements(found: Conclusion, plan: Plan) -> Table:
    language = plan.language
    table = _table(language, ("dimension", "answers", "raw", "alpha", "ac", "unsafe"), ("dimension",), "agreement_limits")
    for part in found.agreements:
        figures = [estimate(value, language) for value in (part.raw, part.alpha, part.ac)]
        positive = "" if part.positive is None else estimate(part.positive, language)
        table.add_row(_label(part.dimension, plan), str(part.units), *figures, positive)
    return table


def _metrics(found: Conclusion, language: Language) -> Table:
    names = ("suite", "metric", "answers", "Spearman", "Kendall", "same", "pairs")
    table = _table(language, names, ("suite", "metric"), "metrics")
    for row in found.metrics:
        agreed = "–" if row.agreement is None else f"{row.agreement:.0%} {interval(row.low, row.high, signed=False)}"
        figures = (estimate(row.spearman, language), estimate(row.kendall, language))
        table.add_row(row.suite, row.metric, str(row.answers), *figures, agreed, str(row.pairs))
    return table


def _label(key: str, plan: Plan) -> str:
    labels = {part.key: part.label[plan.language] for part in plan.rubric.dimensions}
    return f"{labels[key]} *" if key == plan.primary else labels.get(key) or term(key, plan.language)


def estimate(value: Estimate, language: Language) -> str:
    """A figure with its limits, or the name of what it is not."""
    if value.estimate is None:
        return term(str(value.status), language)
    return f"{value.estimate:.2f}" + (f" {interval(*value.interval, signed=False)}" if value.interval is not None else "")


def number(value: float | None, signed: bool = False) -> str:
    """Two decimals, or three with the sign, or a dash for None."""
    return "–" if value is None else f"{value:+.3f}" if signed else f"{value:.2f}"


def pvalue(value: float | None) -> str:
    """A p-value with three digits; a dash for none."""
    return "–" if value is None else "<0.001" if value < 0.0005 else f"{value:.3f}"


def interval(low: float | None, high: float | None, signed: bool = True) -> str:
    """Both limits in brackets, or a dash if either is None."""
    if low is None or high is None:
        return "–"
    return f"[{low:+.2f}, {high:+.2f}]" if signed else f"[{low:.2f}, {high:.2f}]"
