"""The words of the page in both languages; what comparisons say in sentences of their own stays English and is marked so."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import TypeAdapter

from harness.compare.records import SuiteComparison, Verdict
from harness.compare.verdicts import ALPHA
from harness.stats.power import needed_items
from reports.page.cases import Outcome

Language = Literal["zh", "en"]
_WORDS = TypeAdapter(dict[str, dict[Language, str]])


@cache
def words(language: Language) -> dict[str, str]:
    """The interface's words by name."""
    text = files("reports").joinpath("templates", "words.yaml").read_text(encoding="utf-8")
    return {name: said[language] for name, said in _WORDS.validate_python(yaml.safe_load(text)).items()}


OUTCOME_WORDS: dict[Language, dict[Outcome, str]] = {
    "en": {
        "lost": "right → wrong",
        "gained": "wrong → right",
        "error": "error",
        "wrong": "wrong",
        "right": "right",
        "measured": "measured",
    },
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
    have = (
        "1 item has an error, and nothing is said of it" if errors == 1 else f"{errors:,} items have errors, and nothing is said of those"
    )
    end = f"; {have}." if errors else ", no errors."
    return f"{suites} {'suite' if suites == 1 else 'suites'}, {items:,} items{end}"
