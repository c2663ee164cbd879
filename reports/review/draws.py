"""Random choices of a batch: a cryptographic stream that only the salt can repeat.

Nothing is drawn from what others know (item ids, run names, seeds in a config): whoever has the project and the workbooks could draw it
again. Ids that appear in workbooks come from `secrets` and not from the salt at all.
"""

import hashlib
import hmac
import random
import secrets
from collections.abc import Sequence
from typing import TypeVar

from reports.review.records import consonants

_T = TypeVar("_T")
SALT_BYTES = 32


class Draws(random.Random):
    """Python's `shuffle`, `sample` and `choice` over HMAC-SHA256(salt, purpose | counter) in place of the Mersenne twister.

    >>> one, other = Draws(bytes(32), "order"), Draws(bytes(32), "order")
    >>> one.sample(range(100), 5) == other.sample(range(100), 5)
    True
    """

    def __new__(cls, salt: bytes, purpose: str) -> "Draws":
        return super().__new__(cls)

    def __init__(self, salt: bytes, purpose: str) -> None:
        if len(salt) != SALT_BYTES:
            raise ValueError(f"salt: {SALT_BYTES} bytes are needed, not {len(salt)}")
        self._salt, self._purpose, self._counter = salt, purpose.encode(), 0
        super().__init__()

    def seed(self, *_: object, **__: object) -> None:
        """Python's own state is never used."""

    def random(self) -> float:
        """A number from 0 to below 1, in steps of 2 to the power of -53."""
        return self.getrandbits(53) / (1 << 53)

    def getrandbits(self, k: int, /) -> int:
        """A number of `k` bits from the next blocks of the stream; what is left of the last block is thrown away."""
        content = b""
        while len(content) * 8 < k:
            content += hmac.new(self._salt, self._purpose + b"|" + str(self._counter).encode(), hashlib.sha256).digest()
            self._counter += 1
        return int.from_bytes(content, "big") >> (len(content) * 8 - k)

    def shuffled(self, values: Sequence[_T]) -> list[_T]:
        """A new list of the same values in drawn order; the argument stays as it is."""
        made = list(values)
        self.shuffle(made)
        return made


def new_salt() -> bytes:
    """A secret of 256 bits, from the system."""
    return secrets.token_bytes(SALT_BYTES)


class Ids:
    """Row ids of a batch, none of them twice."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def new(self) -> str:
        """A random id that tells nothing of its row, not given before."""
        while True:
            made = consonants(secrets.token_bytes(16), 10)
            if made not in self._used:
                self._used.add(made)
                return made
