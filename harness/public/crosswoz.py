"""CrossWOZ (Zhu et al., 2020), the user's side, one slot at a time: what is the value of this slot in what the user just said?

Only slots that the user informs of and whose value stands in the utterance word for word: what is written there is the answer. Slots
that are had or not (是, 否) have no such value.
"""

from typing import Any

from harness.public.rows import Row

_STRATA = {"餐馆": "restaurant", "景点": "attraction", "酒店": "hotel", "地铁": "metro", "出租": "taxi"}
_NO_VALUES = ("", "是", "否")
_ASKED = {"metro": "地铁行程", "taxi": "打车行程"}


def read(row: Row, number: int) -> list[dict[str, Any]]:
    """Items from a dialogue with `messages`, each with `role`, `content` and `dialog_act`; the dialogue's number is the cluster.

    An id is dialogue, message from 0 and number of the slot in it. A slot with two values in one utterance is left out.
    """
    items = []
    for turn, message in enumerate(row["messages"]):
        if message["role"] != "usr":
            continue
        told = [(domain, slot, value) for act, domain, slot, value in message["dialog_act"] if act == "Inform" and value not in _NO_VALUES]
        slots = [(domain, slot) for domain, slot, _ in told]
        for place, (domain, slot, value) in enumerate(told):
            if slots.count((domain, slot)) == 1 and value in message["content"]:
                items.append(_item(row["_key"], turn, place, message["content"], domain, slot, value))
    return items


def _item(dialogue: str, turn: int, place: int, said: str, domain: str, slot: str, value: str) -> dict[str, Any]:
    stratum = _STRATA[domain]
    return {
        "id": f"{dialogue}/{turn}/{place}",
        "cluster": dialogue,
        "lang": "zh",
        "stratum": stratum,
        "prompt": f"用户说：“{said}”\n\n用户要的{_ASKED.get(stratum, domain)}，“{slot}”是什么？只写用户原话里的词，不要写别的。",
        "target": {"answers": [value], "match": "equals"},
    }
