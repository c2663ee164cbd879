"""How much room a text takes in a cell, and where to cut it so that each part fits a row: estimates, the same for every side and program.

A Latin letter is taken as 6.6 pixels wide and a Chinese one as 13.4, of a type of 10 points, which includes what wrapping wastes. How many
are wide is read off the bytes of UTF-8: Chinese characters have three, Latin letters one; what has two or four lies between.
"""

from math import ceil

LATIN, WIDE, PADDING = 6.6, 13.4, 8
LINE, WIDE_LINE = 13.5, 15.0
"""Heights of a line in points, without and with Chinese."""
TALLEST = 300.0
"""Greatest height of a row in points: a taller one does not fit a laptop's screen, and programs scroll by rows."""
SMALLEST = 48.0


def lines(text: str, width: int) -> int:
    """Lines of a text in a cell so many pixels wide.

    >>> lines("one\\ntwo", 100)
    2
    """
    return sum(max(1, ceil(_extent(part) / (width - PADDING))) for part in text.split("\n"))


def height(text: str, width: int) -> float:
    """Height of the text in points."""
    return 4 + lines(text, width) * _line(text)


def row_height(cells: list[tuple[str, int]]) -> tuple[float, bool]:
    """Height of a row with these texts in cells of these widths, in points, and whether all of each text is seen."""
    needed = max(height(text, width) for text, width in cells)
    return max(SMALLEST, min(TALLEST, needed)), needed <= TALLEST


def pieces(text: str, width: int) -> list[str]:
    """Cut a text so that each piece fits a row of the greatest height; for reading only, white space at the cuts is lost.

    >>> " ".join(pieces("word " * 2000, 400)).split() == ["word"] * 2000
    True
    """
    most = int((TALLEST - 4) / _line(text))
    made: list[str] = []
    current: list[str] = []
    used = 0
    for paragraph in text.split("\n"):
        rest = paragraph
        while True:
            needed = lines(rest, width)
            if used + needed <= most:
                current.append(rest)
                used += needed
                break
            if used >= most // 2 and needed <= most:  # A paragraph that would fit a row of its own is kept whole.
                head, tail = "", rest
            else:
                head, tail = _cut(rest, (most - used) * (width - PADDING))
            made.append("\n".join([*current, head] if head else current))
            current, used, rest = [], 0, tail
    return [piece for piece in [*made, "\n".join(current)] if piece.strip()] or [""]


def _cut(text: str, extent: float) -> tuple[str, str]:
    """Cut where the first part is about so many pixels long, at white space if there is some near."""
    share = extent / max(_extent(text), 1.0)
    at = max(1, min(len(text) - 1, int(len(text) * share * 0.95)))
    space = text.rfind(" ", max(0, at - 30), at)
    at = space if space > 0 else at
    return text[:at], text[at:].lstrip(" ")


def _extent(text: str) -> float:
    wide = 0.0 if text.isascii() else (len(text.encode()) - len(text)) / 2
    return wide * WIDE + (len(text) - wide) * LATIN


def _line(text: str) -> float:
    return LINE if text.isascii() else WIDE_LINE
