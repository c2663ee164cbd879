"""The report in a real browser: it opens, filters, searches and turns pages; answers stay text; nobody is kept out."""

from pathlib import Path
from typing import Any

import pytest

from harness.command_report import run_report
from reports.page import write
from tests.many_nights import many_nights
from tests.report_origins import reviewed, trained
from tests.report_runs import hostile_pair, pair

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ordinary")
    run_report([str(path) for path in pair(folder)], str(folder / "out"), "en", (), False)
    return folder / "out"


def shown(page: Any) -> list[str]:
    """Ids of the items that can be seen."""
    ids: list[str] = page.eval_on_selector_all(".case:not([hidden]) .id", "found => found.map(one => one.textContent)")
    return ids


def test_the_page_opens_without_complaints_or_requests(ordinary: Path, open_page: Any) -> None:
    opened = open_page(ordinary / "report.html")
    assert "base (base-ide) → tuned (tuned-id)" in opened.page.title()
    assert opened.page.locator("h2").first.is_visible()
    assert opened.page.locator("svg.forest circle.dot").count() > 2
    # The policy lets our own style in: the table's rows have their line.
    assert opened.page.eval_on_selector("td", "cell => getComputedStyle(cell).borderBottomWidth") == "1px"
    assert opened.complaints == []
    assert opened.outside(ordinary) == []


def test_filters_search_and_pages_find_items(ordinary: Path, open_page: Any) -> None:
    opened = open_page(ordinary / "report.html")
    page = opened.page
    assert len(shown(page)) == 50
    assert shown(page)[:5] == ["q068", "q069", "q070", "q071", "q072"]
    page.get_by_role("button", name="next").click()
    assert len(shown(page)) == 23
    page.get_by_label("outcome").select_option("gained")
    assert shown(page) == [f"q{at:03}" for at in range(60, 68)]
    page.get_by_label("language", exact=False).and_(page.locator("select")).select_option("zh")
    assert shown(page) == ["q060", "q062", "q064", "q066"]
    page.get_by_label("stratum").and_(page.locator("select")).select_option(label="hard")
    assert shown(page) == ["q060", "q066"]
    page.get_by_label("search").fill("第66题 PLUS")
    assert shown(page) == ["q066"]
    assert page.get_by_role("status").inner_text().startswith("1 shown of 73")
    page.get_by_label("search").fill("nothing of that kind")
    assert shown(page) == []
    assert page.get_by_text("Nothing fits.").is_visible()
    assert opened.complaints == []


def test_an_item_opens_by_keyboard_and_shows_both_answers_with_marks(ordinary: Path, open_page: Any) -> None:
    page = open_page(ordinary / "report.html").page
    page.locator(".case summary").first.focus()
    page.keyboard.press("Enter")
    first = page.locator(".case").first
    assert first.locator("pre").nth(1).is_visible()
    assert first.locator("del").inner_text() == "68"
    assert first.locator("ins").inner_text() == "69"


def test_the_first_key_leads_past_the_header(ordinary: Path, open_page: Any) -> None:
    page = open_page(ordinary / "report.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_everything_can_be_read_without_the_script(ordinary: Path, open_page: Any) -> None:
    page = open_page(ordinary / "report.html", java_script_enabled=False).page
    assert page.locator(".case").count() == 73
    assert page.locator(".case").last.is_visible()
    assert not page.locator(".filters").first.is_visible()
    assert not page.locator("#theme").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system_and_the_button(ordinary: Path, open_page: Any, scheme: str) -> None:
    page = open_page(ordinary / "report.html", color_scheme=scheme).page
    colour = "getComputedStyle(document.body).backgroundColor"
    light, dark = "rgb(255, 255, 255)", "rgb(20, 24, 29)"
    assert page.evaluate(colour) == (light if scheme == "light" else dark)
    page.emulate_media(media="print")
    ink = "getComputedStyle(document.body).color"
    assert (page.evaluate(colour), page.evaluate(ink)) == (light, "rgb(0, 0, 0)"), "on paper it is light, whatever the system is"
    page.emulate_media(media="screen")
    page.locator("#theme").click()
    assert page.evaluate(colour) == (dark if scheme == "light" else light)
    page.emulate_media(media="print")
    assert page.evaluate(colour) == light


def test_a_phone_scrolls_tables_and_not_the_page(ordinary: Path, open_page: Any) -> None:
    page = open_page(ordinary / "report.html", viewport={"width": 390, "height": 844}).page
    page.locator(".case summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    left, right = page.locator(".case").first.locator(".side").all()
    assert left.bounding_box()["y"] < right.bounding_box()["y"]


@pytest.mark.parametrize("script", [True, False])
def test_hostile_answers_stay_text(tmp_path: Path, open_page: Any, script: bool) -> None:
    out = tmp_path / "out"
    run_report([str(path) for path in hostile_pair(tmp_path)], str(out), "zh", (), False)
    opened = open_page(out / "report.html", java_script_enabled=script)
    page = opened.page
    for summary in page.locator(".case > summary").all():
        summary.click()
    assert page.title().startswith("评测报告")
    assert page.locator("img, iframe, base, link, main script, main style").count() == 0
    assert page.locator("a:not([href^='#'])").count() == 0
    assert page.locator(".case").first.is_visible()
    assert opened.complaints == []
    assert opened.outside(out) == []


def test_the_policy_stops_a_script_that_got_in_all_the_same(ordinary: Path, tmp_path: Path, open_page: Any) -> None:
    text = (ordinary / "report.html").read_text(encoding="utf-8")
    smuggled = "<script>document.title='owned'</script><img src='https://example.com/x.png' onerror=\"document.title='owned'\">"
    (tmp_path / "report.html").write_text(text.replace("<main", smuggled + "<main", 1), encoding="utf-8")
    opened = open_page(tmp_path / "report.html")
    opened.page.wait_for_timeout(200)
    assert opened.page.title() != "owned"
    assert len([line for line in opened.complaints if "Content Security Policy" in line]) >= 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_axe_finds_nothing_serious(tmp_path: Path, open_page: Any, scheme: str, language: str) -> None:
    base, tuned = pair(tmp_path)
    trained(tuned, tmp_path / "checkpoint")
    reviewed(base, tuned)
    run_report([str(base), str(tuned)], str(tmp_path / "out"), language, (), False)  # type: ignore[arg-type]
    # Axe measures what is on the screen; content-visibility hides what is below, so that a high window shows it all.
    page = open_page(tmp_path / "out" / "report.html", color_scheme=scheme, viewport={"width": 1280, "height": 6000}).page
    for details in page.locator("details:not(.cases details)").all() + page.locator(".cases details").all()[:6]:
        details.evaluate("one => { one.open = true; }")
    assert serious(page) == []


def serious(page: Any) -> list[tuple[str, str, str]]:
    """What axe-core finds, small matters left out."""
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page).response["violations"]
    return [(found["id"], found["impact"], found["nodes"][0]["html"]) for found in violations if found["impact"] != "minor"]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nights")
    many_nights(folder / "nightly", 240)
    run_report([str(folder / "nightly")], str(folder / "out"), "zh", (), False)
    return folder / "out"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_nights_opens_for_everybody(nights: Path, open_page: Any, scheme: str) -> None:
    opened = open_page(nights / "report.html", color_scheme=scheme, viewport={"width": 1280, "height": 6000})
    page = opened.page
    assert page.locator(".calendar g").count() == 240
    # The style is let in by the policy: a red night's cell is filled.
    assert page.eval_on_selector(".c-red rect", "cell => getComputedStyle(cell).fill") != "rgb(0, 0, 0)"
    assert not page.get_by_text("2025-10-05", exact=True).is_visible()
    page.get_by_text("2025-10", exact=True).click()
    assert page.get_by_text("2025-10-05", exact=True).is_visible()
    assert serious(page) == []
    assert opened.complaints == []
    assert opened.outside(nights) == []


def test_nights_fit_a_phone(nights: Path, open_page: Any) -> None:
    page = open_page(nights / "report.html", viewport={"width": 390, "height": 844}).page
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_where_a_model_comes_from_fits_a_phone_and_can_be_selected(tmp_path: Path, open_page: Any) -> None:
    base, tuned = pair(tmp_path)
    trained(tuned, tmp_path / "checkpoint")
    reviewed(base, tuned)
    run_report([str(base), str(tuned)], str(tmp_path / "out"), "zh", (), False)
    opened = open_page(tmp_path / "out" / "report.html", viewport={"width": 390, "height": 844})
    page = opened.page
    for details in page.locator("section[aria-labelledby=contamination] details").all():
        details.evaluate("one => { one.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    # Text of a plot is text: it can be selected and copied.
    label = page.locator("section[aria-labelledby=training] svg.plot text").first
    copied = label.evaluate("one => { getSelection().selectAllChildren(one); return getSelection().toString().trim(); }")
    assert copied
    assert copied == label.text_content().strip()
    assert opened.complaints == []


def test_pages_of_items_work_by_themselves_and_lead_back(tmp_path: Path, open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "ONE_PAGE", 50)
    out = tmp_path / "out"
    run_report([str(path) for path in pair(tmp_path)], str(out), "en", (), False)
    opened = open_page(out / "report.html")
    page = opened.page
    assert len(shown(page)) == 13
    page.get_by_role("link", name="1", exact=True).click()
    page.get_by_label("search").fill("q003")
    assert shown(page) == ["q003"]
    page.get_by_role("link", name="back to the report").first.click()
    assert page.url.endswith("report.html")
    assert opened.complaints == []
    assert opened.outside(out) == []
