"""The later turns of a dialogue, asked one after the other; any scorer that takes dialogues begins with this."""

from harness.item import Item
from harness.records import Answer, FollowUp


def next_turn(item: Item, answer: Answer) -> FollowUp | None:
    """The user's next message, after all that was said so far; None if the item has no more.

    What the model said is given back to it without its thoughts, as chat templates do.
    """
    said = len(answer.turns)
    if said > len(item.turns):
        return None
    later = [
        {"role": role, "content": content}
        for response, message in zip(answer.texts, item.turns, strict=False)
        for role, content in (("assistant", response), ("user", message))
    ]
    return FollowUp(tuple(later), continues=True)
