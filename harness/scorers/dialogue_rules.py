"""Rules of the scorer `dialogue` beside those of `constraints`: what a response states, and whether it asks back."""

import re
from typing import Literal

from pydantic import Field, field_validator

from harness.scorers.clauses import Sentence, split_sentences
from harness.scorers.constraint_rules import Outcome, Rule
from harness.scorers.quantities import Quantity, quantities
from harness.scorers.statements import is_question, stated_names, stated_quantities
from harness.scorers.text import Phrase, comparable, contains_phrase

# A request for an answer without a question mark.
_REQUEST_RE = re.compile(
    r"请问|请(?:您|你)?(?:告诉|告知|说明|明确|确认|选择|指定|提供|说一?下)|"
    r"\bplease (?:tell|specify|confirm|choose|clarify|say|provide|let)\b|\blet me know\b|\btell me (?:which|what|when|who|where|how)\b|"
    r"\bi (?:need to know|need the)\b"
)
# What polite assistants end with; it asks for nothing that the request left open.
_CLOSING_RE = re.compile(
    r"还有(?:什么|其他|别的|啥)|还需要|还要(?:我)?(?:做|别的|什么)|有什么(?:可以|能|需要)|需要(?:我)?(?:帮|其他)|可以吗|好吗|行吗|满意|"
    r"\banything else\b|\bhelp (?:you )?with\b|\bhow (?:else )?(?:can|may) i\b|"
    r"\bis (?:that|this|it) (?:ok|okay|fine|all right|comfortable)\b|"
    r"\bneed anything\b|\bwould you like (?:anything|more)\b|\bsound good\b"
)
_DONE = (
    r"打开|开启|关闭|关掉|关上|设[为成置定到]|调[到至成高低为大小]|拨[打通出]|呼叫|添加|加入|切换|播放|导航|预约|创建|记下|订好|发送|取消|"
    r"开始|完成|启动|加热"
)
_EN_DONE = (
    r"set|turned|switched|started|called|added|opened|closed|booked|created|scheduled|changed|moved|cancell?ed|sent|saved|reserved|activated|"
    r"adjusted|raised|lowered|increased|decreased|enabled|disabled|dialled|dialed"
)
_ACTS_RE = re.compile(
    rf"(?:已经?|正在|马上|立即|这就)(?:为|给|帮|替|将|把|按|向)?[^,。]{{0,14}}?(?:{_DONE})|(?:{_DONE})(?:好了|完毕|成功)|"
    rf"\b(?:i(?:'ve| have)|(?:has|have) been|(?:is|are|it's) now)(?: now| just| been)? (?:{_EN_DONE}|on\b|off\b)|\bdone\b|"
    r"^(?:(?:ok(?:ay)?|sure|alright|all right|certainly|of course|got it)[, ]+)?(?:now )?"
    r"(?:setting|turning|switching|calling|dialling|dialing|playing|starting|navigating|opening|closing|adding|booking|sending|saving|heating)\b"
)


class Value(Rule):
    """A quantity is stated, and no other one: "26" is in "from 24 to 26" and "26, not 24", and not in "not 26"."""

    kind: Literal["value"]
    is_: Phrase = Field(alias="is")
    """A number, or with a unit: then only quantities of its dimension, and numbers without any unit, are looked at."""
    allow: tuple[Phrase, ...] = ()
    """Other quantities that may be stated beside it."""

    @field_validator("is_", "allow")
    @classmethod
    def _one_quantity(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for text in (given,) if isinstance(given, str) else given:
            if len(quantities(comparable(text))) != 1:
                raise ValueError(f"'{text}' is not one quantity")
        return given

    def test(self, text: str) -> Outcome:
        wanted, *allowed = [quantities(comparable(each))[0] for each in (self.is_, *self.allow)]
        found = [quantity for quantity in stated_quantities(text) if _comparable(quantity, wanted)]
        other = next((quantity for quantity in found if not any(_same(quantity, each) for each in (wanted, *allowed))), None)
        if other is not None:
            return False, f"says {_shown(other)}, it is {self.is_}"
        if not any(_same(quantity, wanted) for quantity in found):
            return False, f"does not say {self.is_}"
        return True, f"says {self.is_}"


class Names(Rule):
    """One of the names is stated, and none of the others."""

    kind: Literal["names"]
    is_: tuple[Phrase, ...] = Field(alias="is", min_length=1)
    not_: tuple[Phrase, ...] = Field(alias="not", default=())

    def test(self, text: str) -> Outcome:
        found = stated_names(text, (*self.is_, *self.not_))
        wrong = next((each for each in found if each.name in self.not_), None)
        if wrong is not None:
            return False, f"says '{wrong.name}' ('{wrong.clause[:60]}'), it is '{self.is_[0]}'"
        return (True, f"says '{found[0].name}'") if found else (False, f"does not say '{self.is_[0]}'")


class Asks(Rule):
    """The response asks for what the request left open, and does not claim to have acted already."""

    kind: Literal["asks"]
    about: tuple[Phrase, ...] = Field(min_length=1)
    """Words of which one stands in a question about what is missing."""

    def test(self, text: str) -> Outcome:
        asked = [sentence for sentence in split_sentences(text) if _asks(sentence)]
        fitting = next((each for each in asked if any(contains_phrase(each.text, word) for word in self.about)), None)
        if fitting is None:
            listed = ", ".join(f"'{word}'" for word in self.about[:4])
            return False, f"{'its question is not about' if asked else 'does not ask about'} {listed}"
        acted = next((clause for each in split_sentences(text) for clause in _told(each) if _ACTS_RE.search(clause)), None)
        return (True, f"asks '{fitting.text[:60]}'") if acted is None else (False, f"asks, but acts already: '{acted[:60]}'")


class AsksNot(Rule):
    """The response does not ask back, since nothing was left open; a polite closing question is none."""

    kind: Literal["asks_not"]

    def test(self, text: str) -> Outcome:
        asked = next((each.text for each in split_sentences(text) if _asks(each) and not _CLOSING_RE.search(each.text)), None)
        return (True, "does not ask back") if asked is None else (False, f"asks back though nothing is open: '{asked[:60]}'")


def _asks(sentence: Sentence) -> bool:
    return is_question(sentence) or _REQUEST_RE.search(sentence.text) is not None


def _told(sentence: Sentence) -> list[str]:
    """Its clauses, without the last one where that asks."""
    return sentence.clauses[:-1] if _asks(sentence) else sentence.clauses


def _comparable(quantity: Quantity, wanted: Quantity) -> bool:
    """Whether it may be the quantity that is wanted: it has the same dimension, or one of both has no unit."""
    dimensions = {unit.dimension for unit in wanted.units}
    return not dimensions or not quantity.units or any(unit.dimension in dimensions for unit in quantity.units)


def _same(quantity: Quantity, other: Quantity) -> bool:
    for unit in other.units:
        given = quantity.unit_in(unit.dimension)
        if given is not None:
            quantity = quantity.expressed_in(unit)
            break
    return abs(quantity.low - other.low) < 1e-6 and abs(quantity.high - other.high) < 1e-6


def _shown(quantity: Quantity) -> str:
    ends = f"{quantity.low:g}" if quantity.low == quantity.high else f"{quantity.low:g} to {quantity.high:g}"
    return f"{ends} {quantity.units[0].symbol}" if quantity.units else ends
