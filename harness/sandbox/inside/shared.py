"""Objects that can change and that both sides have: the numbers by which messages speak of them."""

import collections
import itertools
from typing import Any

COLLECTIONS: tuple[Any, ...] = (list, dict, set, bytearray, collections.deque)
"""Types that are data and can change."""

Objects = dict[int, Any]
"""Objects that can change, by number."""

_MAX_SHARED = 100_000


class Shared:
    """The objects that both sides have, as far as they are remembered.

    One side gives numbers above 0, the other below. Each forgets as it likes; what is sent always comes with its contents.
    Threads of a program may use this at the same time.
    """

    def __init__(self, sign: int) -> None:
        self._new = itertools.count(sign, sign)
        self._weight = 0
        self._objects: Objects = {}
        self._numbers: dict[int, int] = {}

    def number(self, x: Any) -> int:
        """The number of `x`, a new one if it has none."""
        number = self._numbers.get(id(x))
        if number is None:
            number = next(self._new)
            self.put(number, x)
        return number

    def get(self, number: int) -> Any:
        """The object with this number, or None if it was forgotten or never came."""
        return self._objects.get(number)

    def put(self, number: int, x: Any) -> None:
        """Remember `x` under a number that the other side gave, in place of what had it before."""
        self._drop(number)
        self._objects[number], self._numbers[id(x)] = x, number
        self._weight += _weight(x)

    def forget(self) -> None:
        """Let the oldest go, if there is too much, counted in items."""
        if self._weight <= _MAX_SHARED:
            return
        objects = list(self._objects.items())
        self._weight = sum(_weight(x) for _, x in objects)  # They may have grown or shrunk.
        for number, _ in objects:
            if self._weight <= _MAX_SHARED // 2:
                break
            self._drop(number)

    def _drop(self, number: int) -> None:
        x = self._objects.pop(number, None)
        if x is not None:
            self._weight -= _weight(x)
            if self._numbers.get(id(x)) == number:
                del self._numbers[id(x)]


def _weight(x: Any) -> int:
    size: Any = len(x) if isinstance(x, COLLECTIONS) else getattr(x, "size", 0) if type(x).__module__ == "numpy" else 0
    return 1 + int(size)
