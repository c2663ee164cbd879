"""A night as JUnit XML, which CI systems show: a test suite a comparison, a test case a suite of items."""

from xml.etree import ElementTree

from harness.nightly.records import Against, Night, Row
from reports.nightly import People, regression

_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def junit(night: Night, people: People) -> str:
    """Confirmed regressions fail, what could not be judged is an error, what does not decide is skipped, and the rest passes.

    What people found is a property of the comparison.
    """
    root = ElementTree.Element("testsuites", name=f"night {night.night}")
    for against in night.against:
        suite = ElementTree.SubElement(root, "testsuite", name=f"{against.model} against {against.kind}", timestamp=night.started)
        if found := people.get(against.runs):
            properties = ElementTree.SubElement(suite, "properties")
            for line in found:
                ElementTree.SubElement(properties, "property", name="people", value=line)
        kinds = [_uncompared(suite, against)] if against.error or against.missing else [_case(suite, against, row) for row in against.rows]
        suite.set("tests", str(len(kinds)))
        for kind, name in _COUNTED.items():
            suite.set(name, str(kinds.count(kind)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _uncompared(suite: ElementTree.Element, against: Against) -> str:
    case = ElementTree.SubElement(suite, "testcase", name="runs", classname=f"{against.model}.{against.kind}")
    kind = "error" if against.error and against.blocks else "skipped"
    ElementTree.SubElement(case, kind, message=str(against.error or against.missing))
    return kind


def _case(suite: ElementTree.Element, against: Against, row: Row) -> str:
    case = ElementTree.SubElement(suite, "testcase", name=row.suite, classname=f"{against.model}.{against.kind}")
    message = f"{row.verdict}: {row.reason}"
    if row.is_red:
        ElementTree.SubElement(case, "failure", message="confirmed regression").text = regression(against, row)
        return "failure"
    if row.blocks and row.verdict in ("ERROR", "NOT COMPARABLE"):
        ElementTree.SubElement(case, "error", message=message)
        return "error"
    if not row.blocks:
        ElementTree.SubElement(case, "skipped", message=message)
        return "skipped"
    ElementTree.SubElement(case, "system-out").text = message
    return "passed"
