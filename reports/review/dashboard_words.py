"""Words and look of the dashboard."""

from reports.review.rubric import Language

STYLE = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 0 auto; max-width: 1180px; padding: 1.5rem;
  color: #1d2733; background: #fff; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; } .faint { color: #5b6875; }
table { border-collapse: collapse; margin: .5rem 0; } th, td { border: 1px solid #d5dbe1; padding: .25rem .6rem; text-align: right; }
th { background: #eef2f6; font-weight: 600; } td:first-child, th:first-child, td.text { text-align: left; }
.verdict { display: inline-block; padding: .15rem .7rem; border-radius: .3rem; color: #fff; font-weight: 700; background: #8a6d00; }
.BETTER, .NOT { background: #1b7a3d; } .WORSE { background: #b3261e; }
progress { width: 9rem; } .warning { color: #8a3b00; }
.pair { border: 1px solid #d5dbe1; border-radius: .4rem; padding: .8rem; margin: 1rem 0; }
.answers { display: grid; grid-template-columns: 1fr 1fr; gap: .8rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; background: #f6f8fa; padding: .6rem; margin: .3rem 0;
  max-height: 22rem; overflow: auto; }
@media (max-width: 700px) { .answers { grid-template-columns: 1fr; } }
"""
WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Blind review",
        "state": "state",
        "verdict": "Verdict by people",
        "no_verdict": "No verdict yet: harness review verdict gives it.",
        "blind": "Not unblinded yet: nothing on this page says which model wrote what.",
        "against": "against",
        "progress": "Progress",
        "rater": "rater",
        "rows": "rows",
        "back": "came back",
        "waiting": "waiting",
        "replaced": "replaced",
        "agreement": "Agreement of raters",
        "dimension": "dimension",
        "answers": "answers",
        "raw": "raw",
        "alpha": "Krippendorff's alpha",
        "ac": "Gwet's AC",
        "unsafe": "on unsafe",
        "disagree": "Where raters disagree most",
        "prompt": "Prompt",
        "answer": "Answer",
        "row": "row",
        "preference": "preference",
        "comment": "comment",
        "n": "n",
        "baseline": "baseline",
        "candidate": "candidate",
        "difference": "difference",
        "limits": "95 % limits",
        "margin": "margin",
        "outcome": "outcome",
        "warnings": "Worth asking about",
        "none": "Nobody disagrees, or nothing has come back yet.",
        "elsewhere": "The text is kept elsewhere.",
        "order": "Answers stand in the order of the hashes of their texts, whoever wrote them; below 0: the first one is preferred.",
        "partial": "PARTIAL",
        "missing": "missing raters",
        "unsettled": "open conflicts",
        "reason": "reason given",
        "sensitivity": "Otherwise",
        "unsafe_counts": "unsafe answers",
        "at_most": "increase at most",
        "written": "written",
    },
    "zh": {
        "title": "盲评",
        "state": "状态",
        "verdict": "人工评审结论",
        "no_verdict": "尚无结论：请执行 harness review verdict。",
        "blind": "尚未揭盲：本页不含任何可以看出哪个模型写了哪个回答的信息。",
        "against": "对比",
        "progress": "进度",
        "rater": "评分人",
        "rows": "行数",
        "back": "返回时间",
        "waiting": "等待中",
        "replaced": "替换次数",
        "agreement": "评分人一致性",
        "dimension": "维度",
        "answers": "回答数",
        "raw": "原始一致率",
        "alpha": "Krippendorff α",
        "ac": "Gwet AC",
        "unsafe": "“不安全”一致率",
        "disagree": "分歧最大的条目",
        "prompt": "用户输入",
        "answer": "回答",
        "row": "行",
        "preference": "偏好",
        "comment": "备注",
        "n": "n",
        "baseline": "基线",
        "candidate": "候选",
        "difference": "差值",
        "limits": "95 % 区间",
        "margin": "界限",
        "outcome": "结果",
        "warnings": "需要询问的情况",
        "none": "没有分歧，或尚无评分返回。",
        "elsewhere": "文本保存在别处。",
        "order": "回答按其文本哈希值排序，与作者无关；小于 0 表示偏好第一个回答。",
        "partial": "不完整",
        "missing": "缺少的评分人",
        "unsettled": "未裁定的分歧",
        "reason": "理由",
        "sensitivity": "其他算法",
        "unsafe_counts": "不安全回答",
        "at_most": "增幅至多",
        "written": "生成时间",
    },
}
TERMS: dict[Language, dict[str, str]] = {
    "en": {},
    "zh": {
        "better": "更好",
        "no worse": "未超出界限",
        "worse": "更差",
        "open": "未定",
        "not asked": "未评",
        "composite": "加权综合",
        "without failed raters": "不含未通过检查的评分人",
        "without masked answers": "不含有遮盖的条目",
        "unadjudicated": "不采用裁定",
        "length-adjusted": "按长度校正",
        "raters like these": "推广到同类评分人",
    },
}
"""What the record says in English, in the words of the page; what is not listed stays as it is."""
