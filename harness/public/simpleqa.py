"""Chinese SimpleQA (He et al., 2024): short questions about facts, each with one answer."""

import re
from typing import Any

from harness.public.rows import Row

_REQUEST = "请简短作答；不知道就说“不知道”。"
# Another name of the same thing in brackets at the end: 托马斯·马尔萨斯（Thomas Malthus）
_OTHER_NAME_RE = re.compile(r"(?P<name>[^（(]*\S)\s*[（(](?P<other>[^（()）]*\w)\s*[）)]\s*")
_STRATA = {
    "中华文化": "chinese_culture", "人文与社会科学": "humanities", "工程、技术与应用科学": "engineering",
    "生活、艺术与文化": "life_and_art", "社会": "society", "自然与自然科学": "natural_science",
}  # fmt: skip


def read(row: Row, number: int) -> dict[str, Any]:
    """An item from a row with `id`, `primary_category`, `question` and `answer`."""
    answer = row["answer"].strip()
    named = _OTHER_NAME_RE.fullmatch(answer)
    return {
        "id": row["id"],
        "lang": "zh",
        "stratum": _STRATA[row["primary_category"]],
        "prompt": f"{row['question'].strip()}\n{_REQUEST}",
        "target": {"answers": [answer, named["name"], named["other"]] if named else [answer], "abstain": False},
    }
