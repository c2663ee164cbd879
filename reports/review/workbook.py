"""One rater's workbook. It is given rows as the rater sees them and nothing else, so that nothing in it can depend on who wrote what.

Widths are the same for both sides, heights those of the longer text. Metadata are empty, times fixed. Sheets and rows are written in
display order, since a file keeps the order in which its strings came.
"""

from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from reports.review.other_sheets import Reading, plan_lists, write_exit, write_lists, write_practice, write_readme
from reports.review.pen import Book, Pen
from reports.review.rated_sheets import write_rated

A4 = 9
_ALLOWED = {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True}


def write_workbook(path: Path, book: Book) -> None:
    """Write the workbook; raises RunError if the writer refuses anything."""
    pen = Pen(path, book)
    names = ["readme", "practice", "rating", *(["diversity"] if book.rows["diversity"] else []), "reading", "exit", "lists"]
    sheets: dict[str, Worksheet] = {name: pen.file.add_worksheet(pen.name(name)) for name in names}
    lists, reading = plan_lists(pen), Reading(pen)
    write_readme(pen, sheets["readme"])
    write_practice(pen, sheets["practice"])
    write_rated(pen, sheets["rating"], "rating", reading.links, lists)
    if "diversity" in sheets:
        write_rated(pen, sheets["diversity"], "diversity", reading.links, lists)
    reading.write(sheets["reading"])
    write_exit(pen, sheets["exit"], lists)
    write_lists(pen, sheets["lists"], lists)
    for sheet in sheets.values():
        # No password: it keeps off slips, not people; an import looks at every cell.
        sheet.protect("", _ALLOWED)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(0.3, 0.3, 0.4, 0.4)
        sheet.fit_to_pages(1, 0)
    sheets["readme"].activate()
    pen.file.close()
