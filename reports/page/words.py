"""The words of the page in both languages; what comparisons say in sentences of their own stays English and is marked so."""

from collections.abc import Mapping
from typing import Literal

from harness.compare.records import SuiteComparison, Verdict
from harness.compare.verdicts import ALPHA
from harness.stats.power import needed_items
from reports.page.cases import Outcome

Language = Literal["zh", "en"]

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "report": "Evaluation report", "skip": "To the content", "theme": "Light or dark", "contents": "Contents", "overview": "Overview",
        "suite": "suite", "n": "n", "baseline": "baseline", "candidate": "candidate", "difference": "difference", "interval": "95 % interval",
        "forest": "difference, 95 % interval, margin", "p": "p", "corrected": "corrected", "detectable": "detectable", "verdict": "verdict",
        "noise": "noise floor", "unmeasured": "not measured", "people": "People", "metrics_say": "Metrics",
        "disagree": "People and metrics disagree on", "last_word": "People have the last word.", "isolation": "Isolation of programs",
        "no_programs": "no programs were run", "not_comparable": "What was not comparable", "all_comparable": "Every suite was comparable.",
        "declared": "Differs, as declared or forced", "forced": "Compared by force: whatever differs was compared all the same.",
        "families": "p: two-sided, corrected by Holm over all suites and candidates of the comparison. Detectable: the smallest true difference "
        "that would be found in 80 % of cases. Noise floor: share of items whose score changes when the same checkpoint is run again.",
        "legend": "dot: difference; line: 95 % interval; dashed: margin, the largest loss that counts as none; to the right: candidate better",
        "part": "part", "parts": "Strata and languages", "parts_about": "Corrected by Benjamini and Hochberg over all parts; they are for "
        "looking, and no verdict rests on them.", "metrics": "All metrics", "metric": "metric", "score": "score", "remarks": "What to bear in mind",
        "confusion": "Confusion matrix", "truth": "right label", "named": "named label", "lengths": "Length of responses",
        "tokens": "tokens", "share": "share of responses", "truncated": "truncated", "errors": "errors", "items": "Items", "all": "all",
        "stratum": "stratum", "language": "language", "outcome": "outcome", "search": "search", "shown_of": "shown of", "prev": "previous",
        "next": "next", "page": "page", "prompt": "Prompt", "answer": "Answer", "follow_up": "user, later", "judged": "as judged",
        "choices": "log-likelihoods", "reasons": "Reasons", "error": "error", "no_answer": "(empty)", "cut": "cut here; characters left out:",
        "whole": "the whole text", "forgetting": "Forgetting", "forgetting_about": "What the model could do before, and what is left of it.",
        "ability": "ability", "before": "before", "after": "after", "drift": "Measured on running text", "drift_about": "Bits per byte: the "
        "fewer, the better the model predicts the text. Change with its 95 % interval, not corrected.", "history": "Over time",
        "history_about": "Every finished run with this label in the same folder, with 95 % intervals. Lines end where the suite's version, "
        "its size or the condition changes.", "runs": "runs", "run": "run", "training": "Training", "training_about": "As the checkpoint's own "
        "manifest.json has it.", "step": "step", "tested": "Method", "signature": "Signature", "sample": "sample", "no_items": "Nothing fits.",
        "other_items": "Items that are not on this page", "other_about": "did not fit; items.csv has all scores, and this prints one whole:",
        "more_pages": "All items, on pages of their own", "from": "of", "files": "Tables for pandas: items.csv, items.parquet, suites.csv.",
        "unlike": "no marks: the answers are too long or share too little", "latest": "latest", "gained_lost": "better / worse",
        "back": "back to the report", "made": "finished", "untested": "not scored", "noscript": "Filters and search need the page's own script; "
        "everything is readable without.",
    },
    "zh": {
        "report": "评测报告", "skip": "跳到正文", "theme": "浅色或深色", "contents": "目录", "overview": "总览",
        "suite": "套件", "n": "题数", "baseline": "基线", "candidate": "候选", "difference": "差值", "interval": "95 % 区间",
        "forest": "差值、95 % 区间与界限", "p": "p", "corrected": "校正后", "detectable": "可检出差异", "verdict": "结论",
        "noise": "噪声下限", "unmeasured": "未测量", "people": "人工评审", "metrics_say": "自动指标",
        "disagree": "人工与自动指标结论相反的套件", "last_word": "以人工结论为准。", "isolation": "程序隔离级别",
        "no_programs": "没有运行程序", "not_comparable": "不可比的部分", "all_comparable": "所有套件均可比。",
        "declared": "已声明或强制比较的不同条件", "forced": "强制比较：条件不同也照样比较。",
        "families": "p：双侧，按 Holm 法对本次比较的全部套件和候选校正。可检出差异：80 % 的情况下能发现的最小真实差异。"
        "噪声下限：同一检查点再跑一次时得分改变的题目比例。",
        "legend": "圆点：差值；横线：95 % 区间；虚线：界限，即仍算没有损失的最大下降；靠右：候选更好",
        "part": "部分", "parts": "分层与语言", "parts_about": "按 Benjamini–Hochberg 法对所有部分校正；仅供查看，结论不以此为据。",
        "metrics": "全部指标", "metric": "指标", "score": "得分", "remarks": "须注意的情况",
        "confusion": "混淆矩阵", "truth": "正确标签", "named": "模型所答标签", "lengths": "回答长度",
        "tokens": "词元数", "share": "回答占比", "truncated": "被截断", "errors": "错误", "items": "题目", "all": "全部",
        "stratum": "分层", "language": "语言", "outcome": "结果", "search": "搜索", "shown_of": "条，共", "prev": "上一页",
        "next": "下一页", "page": "页", "prompt": "提示", "answer": "回答", "follow_up": "用户后续", "judged": "评分所用文本",
        "choices": "对数似然", "reasons": "理由", "error": "错误", "no_answer": "（空）", "cut": "此处截断，略去字符数：",
        "whole": "查看全文", "forgetting": "遗忘", "forgetting_about": "模型原本会的，以及现在还剩多少。",
        "ability": "能力", "before": "之前", "after": "之后", "drift": "连续文本上的测量", "drift_about": "每字节比特数：越少，模型对文本的预测越好。"
        "变化附 95 % 区间，未校正。", "history": "历次运行",
        "history_about": "同一目录下带此标签的所有已完成运行，附 95 % 区间。套件版本、规模或条件变化处折线断开。",
        "runs": "次运行", "run": "运行", "training": "训练", "training_about": "取自检查点自己的 manifest.json。",
        "step": "步", "tested": "检验方法", "signature": "签名", "sample": "样本", "no_items": "没有符合的题目。",
        "other_items": "不在本页的题目", "other_about": "未能放下；items.csv 有全部得分，完整查看一题：",
        "more_pages": "全部题目，另分页面", "from": "/", "files": "供 pandas 使用的表：items.csv、items.parquet、suites.csv。",
        "unlike": "未标记差异：回答过长或相同之处太少", "latest": "最近", "gained_lost": "变好 / 变差",
        "back": "返回报告", "made": "完成时间", "untested": "不评分", "noscript": "筛选与搜索需要页面自带的脚本；没有脚本也能阅读全部内容。",
    },
}  # fmt: skip
OUTCOME_WORDS: dict[Language, dict[Outcome, str]] = {
    "en": {"lost": "right → wrong", "gained": "wrong → right", "error": "error", "wrong": "wrong", "right": "right", "measured": "measured"},
    "zh": {"lost": "对 → 错", "gained": "错 → 对", "error": "错误", "wrong": "错", "right": "对", "measured": "仅测量"},
}
GRADED_WORDS: dict[Language, dict[Outcome, str]] = {
    "en": {**OUTCOME_WORDS["en"], "lost": "lower", "gained": "higher", "wrong": "below full score", "right": "full score"},
    "zh": {**OUTCOME_WORDS["zh"], "lost": "变低", "gained": "变高", "wrong": "未得满分", "right": "满分"},
}
"""Where scores are not only 0 and 1."""
_SAID: dict[Language, dict[Verdict, str]] = {
    "en": {
        "ERROR": "error, no statement", "NOT COMPARABLE": "not comparable", "REGRESSED": "worse", "IMPROVED": "better",
        "PASS": "no loss beyond the margin", "INCONCLUSIVE": "too few items to tell", "INCONCLUSIVE (floor)": "baseline not above chance",
    },
    "zh": {
        "ERROR": "出错，无法判断", "NOT COMPARABLE": "不可比", "REGRESSED": "变差", "IMPROVED": "变好",
        "PASS": "没有超出界限的损失", "INCONCLUSIVE": "题目太少，无法判断", "INCONCLUSIVE (floor)": "基线不高于随机水平",
    },
}  # fmt: skip


def sentence(suites: Mapping[str, Verdict], language: Language) -> str:
    """All verdicts of a comparison in one sentence, the worst first.

    >>> sentence({"code": "PASS", "dialogue": "REGRESSED", "safety": "PASS"}, "en")
    'Worse: dialogue; no loss beyond the margin: code, safety.'
    """
    comma, colon, semicolon, stop = ("、", "：", "；", "。") if language == "zh" else (", ", ": ", "; ", ".")
    by_verdict = {word: [name for name, verdict in suites.items() if verdict == word] for word in _SAID[language]}
    parts = [f"{_SAID[language][word]}{colon}{comma.join(names)}" for word, names in by_verdict.items() if names]
    text = semicolon.join(parts) + stop
    return text[:1].upper() + text[1:]


def reason(suite: SuiteComparison, language: Language) -> str:
    """Why the verdict is what it is; of errors and differing conditions in the words of the comparison."""
    if language == "en" or suite.margin is None or suite.verdict in ("ERROR", "NOT COMPARABLE") or suite.difference is None:
        return suite.reason
    margin = f"{suite.margin:.3g}"
    if suite.verdict == "IMPROVED" and suite.pvalue_improved is not None:
        return f"校正后在 {ALPHA:.0%} 水平上更好（p = {suite.pvalue_improved:.3g}）"
    if suite.verdict == "INCONCLUSIVE (floor)":
        return "基线不高于随机水平，谈不上损失"
    if suite.verdict == "PASS":
        return f"没有超出界限 {margin} 的损失" + ("；有小的真实损失" if suite.upper is not None and suite.upper < 0 else "")
    if suite.verdict == "REGRESSED":
        return f"在 {ALPHA:.0%} 水平上更差，且不能排除超出界限 {margin} 的损失"
    if suite.variance is None or suite.seeds:
        return suite.reason
    return f"约需 {max(needed_items(suite.variance, suite.margin, sides=1).n, suite.n + 1)} 题才能排除 {margin} 的损失"


def run_sentence(suites: int, items: int, errors: int, language: Language) -> str:
    """What one run is, in one sentence."""
    if language == "zh":
        return f"{suites} 个套件，{items:,} 题" + (f"；{errors:,} 题出错，对这些题不作判断。" if errors else "，没有错误。")
    end = f"; {errors:,} items have errors, and nothing is said of those." if errors else ", no errors."
    return f"{suites} {'suite' if suites == 1 else 'suites'}, {items:,} items{end}"
