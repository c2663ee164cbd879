"""What a run found about itself and about responses that are none, as sentences for a terminal and for pages."""

from typing import Any, Literal

Language = Literal["zh", "en"]
_ODD: dict[Language, dict[str, str]] = {
    "en": {
        "empty": "empty", "in circles": "running in circles", "cut off": "cut off", "all the same": "one and the same",
        "other language": "in another language than the answers that pass",
    },
    "zh": {
        "empty": "为空", "in circles": "原地打转", "cut off": "被截断", "all the same": "完全相同",
        "other language": "语言与合格回答不同",
    },
}  # fmt: skip
_CHECKS: dict[Language, dict[str, str]] = {
    "en": {"passed": "passed", "not checked": "not checked", "warning": "WARNING"},
    "zh": {"passed": "通过", "not checked": "未检", "warning": "警告"},
}


def odd_lines(part: dict[str, Any], language: Language = "en") -> list[str]:
    """What is odd about a suite's responses: a sentence each, with examples. What hides in a response is shown escaped."""
    lines = []
    for odd in part.get("odd", ()):
        examples = ", ".join(f"{each['item']} {each['response']!r}" if each["response"] else each["item"] for each in odd["examples"])
        kind, share = _ODD[language][odd["kind"]], f"{odd['share']:.0%}"
        en, zh = (
            f"WARNING: {share} of {odd['n']} responses are {kind}, such as {examples}",
            f"警告：{odd['n']} 个回答中 {share} {kind}，如 {examples}",
        )
        lines.append(zh if language == "zh" else en)
    return lines


def check_lines(manifest: dict[str, Any], language: Language = "en") -> list[str]:
    """A line for each warning, then one with what passed and what was not checked; none for runs that know of no checks."""
    words, checks = _CHECKS[language], manifest.get("self_checks", [])
    passed = ", ".join(check["name"] for check in checks if check["status"] == "passed")
    skipped = ", ".join(f"{check['name']} ({check['said']})" for check in checks if check["status"] == "not checked")
    found = [f"{words[status]}: {names}" for status, names in (("passed", passed), ("not checked", skipped)) if names]
    return [
        *(f"{words['warning']}: {check['said']}" for check in checks if check["status"] == "warned"),
        *(["; ".join(found)] if found else []),
    ]
