"""IFBench's instructions that are a task of their own, `custom:*`. They have no arguments; each is judged by its one prompt."""

import csv
import re
import unicodedata
from datetime import date
from itertools import pairwise

from harness.scorers.ifbench_text import lines, lower_words, sentences, words
from harness.scorers.ifeval_kinds import Kind, Outcome

_BIRD = "bald eagle"
_MULTIPLES = [14, 21, 28, 35, 42, 49]
# Latitudes in degrees north, rounded to a tenth; those further north than 45 only.
_CAPITALS = {
    "reykjavik": 64.1, "helsinki": 60.2, "oslo": 59.9, "tallinn": 59.4, "stockholm": 59.3, "riga": 56.9, "moscow": 55.8,
    "copenhagen": 55.7, "vilnius": 54.7, "minsk": 53.9, "dublin": 53.3, "berlin": 52.5, "amsterdam": 52.4, "warsaw": 52.2,
    "london": 51.5, "brussels": 50.9, "kyiv": 50.5, "kiev": 50.5, "prague": 50.1, "luxembourg": 49.6, "luxembourg city": 49.6,
    "paris": 48.9, "vienna": 48.2, "bratislava": 48.1, "budapest": 47.5, "vaduz": 47.1, "chisinau": 47.0, "bern": 46.9, "berne": 46.9,
    "ljubljana": 46.1, "zagreb": 45.8,
}  # fmt: skip
_CAPITAL_COUNT = 28
_AFRICA = {
    "algeria", "angola", "benin", "botswana", "burkina faso", "burundi", "cabo verde", "cape verde", "cameroon",
    "central african republic", "chad", "comoros", "congo", "republic of the congo", "congo republic of the",
    "democratic republic of the congo", "congo democratic republic of the", "dr congo", "djibouti", "egypt", "equatorial guinea",
    "eritrea", "eswatini", "swaziland", "ethiopia", "gabon", "gambia", "the gambia", "ghana", "guinea", "guinea bissau",
    "ivory coast", "cote d ivoire", "kenya", "lesotho", "liberia", "libya", "madagascar", "malawi", "mali", "mauritania", "mauritius",
    "morocco", "mozambique", "namibia", "niger", "nigeria", "rwanda", "sao tome and principe", "senegal", "seychelles",
    "sierra leone", "somalia", "south africa", "south sudan", "sudan", "tanzania", "togo", "tunisia", "uganda", "zambia", "zimbabwe",
    "western sahara",
}  # fmt: skip
_COUNTRIES = 54


class CharacterReverse(Kind):
    """Read backwards, the response names the bald eagle."""

    id = "custom:character_reverse"

    def test(self, text: str) -> Outcome:
        return _BIRD in text[::-1].lower(), f"backwards it reads '{text.strip()[::-1][:60]}'"


class WordReverse(Kind):
    """Read from the last word to the first, the response names the bald eagle."""

    id = "custom:word_reverse"

    def test(self, text: str) -> Outcome:
        backwards = " ".join(lower_words(text)[::-1])
        return _BIRD in backwards, f"backwards it reads '{backwards[:60]}'"


def _table(text: str, delimiter: str) -> list[list[str]]:
    rows = csv.reader(_unfenced(text), delimiter=delimiter, skipinitialspace=True)
    try:
        return [[field.strip() for field in row] for row in rows if row]
    except csv.Error:  # A field of more than 131,072 characters.
        return []


def _unfenced(text: str) -> list[str]:
    """The lines that are not blank, without a code fence around them all."""
    found = lines(text.strip())
    return found[1:-1] if len(found) > 1 and found[0].startswith("```") and found[-1] == "```" else found


def _has_shape(table: list[list[str]], head: list[str], rows: int) -> Outcome:
    shape = f"{len(table) - 1} rows below {table[0] if table else 'nothing'}, {rows} below {head} asked for"
    return len(table) == rows + 1 and table[0] == head and all(len(row) == len(head) for row in table), shape


class CsvCity(Kind):
    """A table of cities with commas, seven rows."""

    id = "custom:csv_city"

    def test(self, text: str) -> Outcome:
        return _has_shape(_table(text, ","), ["ID", "Country", "City", "Year", "Count"], 7)


class CsvSpecialCharacter(Kind):
    """And at least one field that stands in double quotes holds a character that is no letter, digit or blank."""

    id = "custom:csv_special_character"

    def test(self, text: str) -> Outcome:
        shaped, reason = _has_shape(_table(text, ","), ["ProductID", "Category", "Brand", "Price", "Stock"], 14)
        special = any(not (char.isalnum() or char.isspace()) for field in re.findall(r'"([^"\n]*)"', text) for char in field)
        return shaped and special, f"{reason}; {'a' if special else 'no'} quoted field with a special character"


class CsvQuotes(Kind):
    """Between tabs, each field in double quotes, those of the head as well."""

    id = "custom:csv_quotes"

    def test(self, text: str) -> Outcome:
        shaped, reason = _has_shape(_table(text, "\t"), ["StudentID", "Subject", "Grade", "Semester", "Score"], 3)
        fields = [field.strip() for line in _unfenced(text) for field in line.split("\t")]
        quoted = all(len(field) > 1 and field[0] == field[-1] == '"' for field in fields)
        return shaped and quoted, f"{reason}; {'all' if quoted else 'not all'} fields in quotes"


class DateFormatList(Kind):
    """Dates of the calendar written YYYY-MM-DD between commas, two at least, and nothing else."""

    id = "custom:date_format_list"

    def test(self, text: str) -> Outcome:
        found = [part.strip() for part in text.strip().rstrip(".").split(",")]
        wrong = [part for part in found if not _is_date(part)]
        return len(found) > 1 and not wrong, f"'{wrong[0][:40]}' is no date YYYY-MM-DD" if wrong else f"{len(found)} dates"


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class EuropeanCapitals(Kind):
    """All 28 capitals further north than 45 degrees, between commas, from north to south; those a tenth apart may change places."""

    id = "custom:european_capitals_sort"

    def test(self, text: str) -> Outcome:
        found = [_plain(part) for part in text.strip().rstrip(".").split(",")]
        unknown = [name for name in found if name not in _CAPITALS]
        if unknown:
            return False, f"'{unknown[0][:40]}' is no capital above 45 degrees"
        latitudes = [_CAPITALS[name] for name in found]
        ordered = all(a >= b - 0.11 for a, b in pairwise(latitudes))
        return ordered and len(found) == _CAPITAL_COUNT, f"{len(found)} capitals, {'' if ordered else 'not '}in order"


class McqCountLength(Kind):
    """Four questions that begin with the label, each with five options, each longer than the one before."""

    id = "custom:mcq_count_length"

    def test(self, text: str) -> Outcome:
        parts = re.split(r"(?m)^[^\w\n]*Question\b", text)
        questions = [re.split(r"(?m)^[^\S\n]*[A-Ea-e][.):]", part) for part in parts[1:]]
        options, lengths = [len(question) - 1 for question in questions], [len(question[0].strip()) for question in questions]
        longer = all(a < b for a, b in pairwise(lengths))
        right = not parts[0].strip() and options == [5] * 4 and longer
        return right, f"{len(questions)} questions with {options[:9]} options, of {lengths[:9]} characters"


class Multiples(Kind):
    """The multiples of 7 from 10 to 50 in their order, and no other number."""

    id = "custom:multiples"

    def test(self, text: str) -> Outcome:
        found = [int(number) for number in re.findall(r"(?<!\d)\d{1,9}(?!\d)", text)]
        return found == _MULTIPLES, f"numbers {found[:20]}"


class ReverseNewline(Kind):
    """African countries, one a line, from Z to A; all 54 of them at least, by whichever of their names."""

    id = "custom:reverse_newline"

    def test(self, text: str) -> Outcome:
        found = [_plain(line) for line in lines(text)]
        unknown = [name for name in found if name not in _AFRICA]
        if unknown:
            return False, f"'{unknown[0][:40]}' is no country of Africa"
        ordered = all(a > b for a, b in pairwise(found))
        return ordered and len(found) >= _COUNTRIES, f"{len(found)} countries, {'' if ordered else 'not '}in reverse order"


class SentenceAlphabet(Kind):
    """Twenty-six sentences that begin with A to Z in their order."""

    id = "custom:sentence_alphabet"

    def test(self, text: str) -> Outcome:
        initials = "".join(words(sentence)[0][0].upper() for sentence in sentences(text) if words(sentence))
        return initials == "ABCDEFGHIJKLMNOPQRSTUVWXYZ", f"{len(initials)} sentences, which begin {initials[:40]}"


def _plain(name: str) -> str:
    """Small letters without accents, marks and a list's bullet or number."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^a-z]+", " ", bare.lower()).split())
