"""The table and the pictures of the READMEs, from two finished runs: the first screen of their report, and the row of each suite.

Usage: python bench/readme.py BASELINE-RUN CANDIDATE-RUN. Writes docs/images and, between the marks, README.md and README.zh.md.
Needs Chromium (make setup-system).
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from harness.command_report import run_report
from harness.compare import Comparison, compare_runs
from reports.numbers import interval, number, probability, signed

ROOT = Path(__file__).parent.parent
WIDTH, HEIGHT = 1200, 860
BEGIN, END = "<!-- results: written by bench/readme.py from two runs -->", "<!-- end of results -->"
HEADS = {
    "en": "suite | items | {0} | {1} | difference, 95 % interval | p (Holm) | would be found | verdict",
    "zh": "套件 | 题数 | {0} | {1} | 差值及 95 % 区间 | p（Holm 校正） | 可检出的差异 | 结论",
}
PAGES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}


def table(found: Comparison, language: str) -> str:
    """The table of a comparison, in Markdown."""
    head = HEADS[language].format(*(side.rsplit(" ", 1)[0] for side in (found.baseline, found.candidate)))
    rows = [
        f"`{suite.suite}` | {suite.n} | {number(suite.baseline)} | {number(suite.candidate)} | "
        f"{signed(suite.difference)} ({interval(suite.low, suite.high, with_signs=True)}) | {probability(suite.pvalue_adjusted)} | "
        f"{number(suite.detectable)} | `{suite.verdict}`"
        for suite in found.suites
    ]
    return "\n".join((f"| {head} |", "|" + "---|" * 8, *(f"| {row} |" for row in rows)))


def take_pictures(runs: list[str]) -> None:
    """Write the first screen of the report in each language."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for language in ("en", "zh"):
            out = Path(folder) / language
            run_report(runs, str(out), language, (), False)
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
            page.goto((out / "report.html").as_uri())
            page.screenshot(path=ROOT / "docs" / "images" / f"report-{language}.png")
        browser.close()


def main() -> None:
    """Write all of it."""
    runs = sys.argv[1:]
    if len(runs) != 2:
        sys.exit(__doc__)
    found = compare_runs(Path(runs[0]), Path(runs[1]))
    for language, page in PAGES.items():
        text = page.read_text(encoding="utf-8")
        written = f"{BEGIN}\n{table(found, language)}\n{END}"
        page.write_text(re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _, new=written: new, text, flags=re.DOTALL), "utf-8")
    (ROOT / "docs" / "images").mkdir(exist_ok=True)
    take_pictures(runs)


if __name__ == "__main__":
    main()
