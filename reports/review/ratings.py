"""Ratings in their long form: one line a value. This is what is kept of a returned file, what is frozen, and what is analysed."""

import csv
import io
from collections.abc import Iterable
from typing import NamedTuple

from reports.review.records import RATING_COLUMNS

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Rating(NamedTuple):
    """One value; the fields are `records.RATING_COLUMNS`."""

    rater: str
    sheet: str
    row_id: str
    side: str
    dimension: str
    value: str


def ratings_csv(ratings: Iterable[Rating]) -> bytes:
    """CSV in UTF-8 with a mark, so that spreadsheets show Chinese; a comment that they would take for a formula gets an apostrophe.

    >>> ratings_csv([Rating("R1", "rating", "BCD", "", "comment", "=1+1")]).decode("utf-8-sig").splitlines()[1]
    "R1,rating,BCD,,comment,'=1+1"
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(RATING_COLUMNS)
    writer.writerows((*rating[:-1], _quoted(rating.value)) for rating in ratings)
    return text.getvalue().encode("utf-8-sig")


def read_ratings(content: bytes) -> list[Rating]:
    """What `ratings_csv` wrote.

    >>> line = Rating("R1", "rating", "BCD", "A1", "comment", "=1+1")
    >>> read_ratings(ratings_csv([line])) == [line]
    True
    """
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    next(rows)
    return [Rating(rater, sheet, row_id, side, dimension, _unquoted(value)) for rater, sheet, row_id, side, dimension, value in rows]


def _quoted(value: str) -> str:
    return value if _is_number(value) or not value.startswith((*_FORMULA, "'")) else f"'{value}"


def _unquoted(value: str) -> str:
    return value.removeprefix("'")


def _is_number(value: str) -> bool:
    return value.lstrip("+-").isdigit()
