"""IFEval's instructions about marks and layout, each with IFEval's own id and arguments; see `ifeval_kinds` for the rest."""

import json
import re

from pydantic import Field

from harness.scorers.ifeval_kinds import Kind, Number, Outcome, Text, compare

_FENCE_RE = re.compile(r"```(?:json|Json|JSON)?")
_ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_POSTSCRIPTS = {"P.S.": re.compile(r"p\.\s?s\."), "P.P.S": re.compile(r"p\.\s?p\.\s?s")}


class NumberPlaceholders(Kind):
    """At least so many placeholders in square brackets."""

    id = "detectable_content:number_placeholders"
    num_placeholders: Number

    def test(self, text: str) -> Outcome:
        return compare(len(_found(r"\[.*?\]", text, "]")), "at least", self.num_placeholders, "placeholders in [ ]")


class Postscript(Kind):
    """A postscript behind its marker."""

    id = "detectable_content:postscript"
    postscript_marker: Text

    def test(self, text: str) -> Outcome:
        marker = self.postscript_marker.strip()
        pattern = _POSTSCRIPTS.get(marker) or re.compile(re.escape(marker.lower()))
        found = pattern.search(text.lower()) is not None
        return found, f"{'a' if found else 'no'} postscript with {marker}"


class NumberBulletLists(Kind):
    """Lines that begin with one asterisk or with a hyphen; white space after it is not needed."""

    id = "detectable_format:number_bullet_lists"
    num_bullets: Number

    def test(self, text: str) -> Outcome:
        # The character after an asterisk may be a line break; what follows then belongs to the same bullet.
        asterisks = re.findall(r"^[^\S\n]*\*[^*].*$", text, re.MULTILINE)
        hyphens = re.findall(r"^[^\S\n]*-", text, re.MULTILINE)
        found = len(asterisks) + len(hyphens)
        return found == self.num_bullets, f"{found} bullet points, {self.num_bullets} asked for"


class ConstrainedResponse(Kind):
    """One of the three allowed answers stands in it."""

    id = "detectable_format:constrained_response"

    def test(self, text: str) -> Outcome:
        found = next((answer for answer in _ANSWERS if answer in text), None)
        return found is not None, f"contains '{found}'" if found else f"contains none of {', '.join(map(repr, _ANSWERS))}"


class NumberHighlightedSections(Kind):
    """Texts between asterisks, single or double, on one line."""

    id = "detectable_format:number_highlighted_sections"
    num_highlights: Number

    def test(self, text: str) -> Outcome:
        found = re.findall(r"\*[^\n*]*\*", text) + re.findall(r"\*\*[^\n*]*\*\*", text)
        return compare(sum(bool(part.strip("*").strip()) for part in found), "at least", self.num_highlights, "highlights in * *")


class MultipleSections(Kind):
    """At least so many numbered headings."""

    id = "detectable_format:multiple_sections"
    section_spliter: Text
    num_sections: Number

    def test(self, text: str) -> Outcome:
        heading = self.section_spliter.strip()
        found = len(re.findall(rf"{re.escape(heading)}\s?\d+", text))
        return compare(found, "at least", self.num_sections, f"headings '{heading} X'")


class JsonFormat(Kind):
    """JSON of any type, in a code fence or not."""

    id = "detectable_format:json_format"

    def test(self, text: str) -> Outcome:
        plain = text.strip()
        if fence := _FENCE_RE.match(plain):
            plain = plain[fence.end() :]
        try:
            json.loads(plain.removesuffix("```").strip())
        except (ValueError, RecursionError) as error:
            return False, f"not JSON: {error}"
        return True, "JSON"


class Title(Kind):
    """A title in double angle brackets."""

    id = "detectable_format:title"

    def test(self, text: str) -> Outcome:
        found = any(title.lstrip("<").rstrip(">").strip() for title in _found(r"<<[^\n]+>>", text, ">>"))
        return found, f"{'a' if found else 'no'} title in << >>"


class TwoResponses(Kind):
    """Two different responses with six asterisks between them."""

    id = "combination:two_responses"

    def test(self, text: str) -> Outcome:
        parts = [part.strip() for part in text.split("******")]
        if not all(parts[1:-1]):
            return False, "nothing stands between two separators ******"
        responses = [part for part in parts if part]
        if len(responses) == 2 and responses[0] == responses[1]:
            return False, "the two responses are the same"
        return len(responses) == 2, f"{len(responses)} responses between ******, 2 asked for"


class RepeatPrompt(Kind):
    """The request word for word, then the answer."""

    id = "combination:repeat_prompt"
    prompt_to_repeat: str = Field(pattern=r"\S")

    def test(self, text: str) -> Outcome:
        repeated = text.strip().lower().startswith(self.prompt_to_repeat.strip().lower())
        return repeated, f"{'begins' if repeated else 'does not begin'} with the request"


def _found(pattern: str, text: str, end: str) -> list[str]:
    """All matches within lines, looked for only up to the last `end` of a line: a megabyte of opening marks that are never
    closed would otherwise take a second for each thousand."""
    lines = (line[: line.rfind(end) + len(end)] for line in text.split("\n") if end in line)
    return [match for line in lines for match in re.findall(pattern, line)]
