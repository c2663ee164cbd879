"""Hostile answers survive as text, names are masked on all sides, and what a row does not show can be read elsewhere."""

import random
import subprocess
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.review.columns import SCREEN, columns_of
from reports.review.cues import SUSPICIOUS, separability
from reports.review.fitting import TALLEST, height, pieces
from reports.review.leaks import MASK, Masker, is_distinctive
from reports.review.pen import HEADER, Book, Pen, ShownRow
from reports.review.records import Layout, text_hash
from reports.review.rubric import Language, Sheet, load_rubric
from reports.review.shown import CELL, LINES, cell_text, cells, strip_template
from reports.review.workbook import write_workbook

HOSTILE = [
    "=1+1", "=HYPERLINK(\"http://a.b\",\"x\")", "{=SUM(A1:A9)}", "+1", "-1", "@SUM(1)", "0012", "1-2", "1E5", "TRUE", "#REF!", "http://a.b/c",
    "mailto:a@b.c", "_x0041_ is not A", "'quoted", "<b>&amp;</b>", "NA", "None", "]]>", "\t tab", " space ", "línea\nlínea", "😀" * 50,
]  # fmt: skip


def book_of(texts: list[tuple[str, str]], **changes: object) -> Book:
    rows = [
        ShownRow(f"ID{number}", number, "SIG", {"prompt": "p", "answer_1": one, "answer_2": other})
        for number, (one, other) in enumerate(texts, 1)
    ]
    fields: dict[str, object] = {"rating": rows, "diversity": [], "exit": [ShownRow("ID", 1, "SIG", {"question": "?"})]}
    return Book("B", "R1", "en", "pairwise", load_rubric(), "hash", "hash", fields | changes)  # type: ignore[arg-type]


def read_back(path: Path, sheet: str = "Rating") -> list[dict[str, str]]:
    """Rows of a sheet by column, every cell a string; fails on a formula in a text's column."""
    table = openpyxl.load_workbook(path)[sheet]
    names = [cell.value for cell in table[HEADER + 1]]
    made = []
    for row in table.iter_rows(min_row=HEADER + 2):
        assert all(cell.data_type in ("s", "n") for cell in row)
        assert all(cell.value is None or isinstance(cell.value, str) for cell in row)
        made.append({str(name): str(cell.value or "") for name, cell in zip(names, row, strict=True)})
    return made


def joined(row: dict[str, str], column: str) -> str:
    return row[column] + "".join(row[name] for name in row if name.startswith(f"{column}."))


@pytest.mark.slow
def test_answers_that_a_spreadsheet_would_run_link_or_count_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_workbook(path, book_of([(text, text[::-1]) for text in HOSTILE]))
    for text, row in zip(HOSTILE, read_back(path), strict=True):
        # openpyxl does not undo the escape of what looks like an escape.
        assert row["answer_1"].replace("_x005F_", "_") == text
    assert openpyxl.load_workbook(path)["Rating"]._hyperlinks == []


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(texts=st.lists(st.text(alphabet=st.characters(), max_size=80), min_size=10, max_size=30))
def test_any_text_can_be_written_and_is_read_back_as_it_was_shown(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    pairs = [(cell_text(text) or "x", cell_text(f"{text}\ud800\x00\x1b\ufffe")) for text in texts]
    path = tmp_path_factory.mktemp("any") / "book.xlsx"
    write_workbook(path, book_of(pairs))
    for pair, row in zip(pairs, read_back(path), strict=True):
        for column, whole in zip(("answer_1", "answer_2"), pair, strict=True):
            assert text_hash(joined(row, column).replace("_x005F_", "_")) == text_hash(whole)


@pytest.mark.parametrize("text", ["y" * 30_000, "字" * 70_000, "😀" * 40_000, "line\n" * 2_000, "ends on a break\n" * LINES])
def test_long_answers_are_split_and_nothing_is_lost(tmp_path: Path, text: str) -> None:
    assert "".join(cells(text)) == text
    assert all(len(part.encode("utf-16-le")) // 2 <= CELL and part.count("\n") <= LINES for part in cells(text))
    path = tmp_path / "book.xlsx"
    write_workbook(path, book_of([(text, "short")]))
    (row,) = read_back(path)
    assert joined(row, "answer_1") == text
    assert joined(row, "answer_2") == "short"
    # As many columns for one side as for the other, or the longer side would show.
    assert len([name for name in row if name.startswith("answer_1.")]) == len([name for name in row if name.startswith("answer_2.")])


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="ab 字。\n", max_size=4000), width=st.integers(120, 600))
def test_pieces_for_reading_hold_all_that_is_not_white_space_and_each_fits_a_row(text: str, width: int) -> None:
    made = pieces(text, width)
    assert text_hash("".join(made)) == text_hash(text)
    assert all(height(piece, width) <= TALLEST + 0.01 for piece in made)


def test_what_a_row_does_not_show_stands_whole_on_the_reading_sheet(tmp_path: Path) -> None:
    long = "\n\n".join(f"Paragraph {number}. " + "words and more words " * 30 for number in range(12))
    path = tmp_path / "book.xlsx"
    write_workbook(path, book_of([("short", "also short"), (long, "short")]))
    sheet = openpyxl.load_workbook(path)["Reading"]
    assert sheet["A3"].value == "Rating 2"
    assert text_hash("".join(str(cell.value or "") for cell in sheet["C"][2:])) == text_hash(long)
    linked = openpyxl.load_workbook(path)["Rating"]
    assert linked.cell(HEADER + 3, 1).hyperlink.location == "'Reading'!A3"
    assert linked.cell(HEADER + 2, 1).hyperlink is None


@pytest.mark.slow
@pytest.mark.usefixtures("libreoffice")
def test_libreoffice_runs_nothing_and_counts_finished_rows(tmp_path: Path) -> None:
    path, saved = tmp_path / "book.xlsx", tmp_path / "saved"
    write_workbook(path, book_of([(text, text[::-1]) for text in HOSTILE]))
    filled = openpyxl.load_workbook(path)
    names = [cell.value for cell in filled["Rating"][HEADER + 1]]
    for column in range(names.index("A1_follow"), names.index("confidence") + 1):
        filled["Rating"].cell(HEADER + 2, column + 1).value = "2"
    filled.save(path)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", saved, path], check=True, capture_output=True)
    table = openpyxl.load_workbook(saved / path.name)["Rating"]
    assert all(cell.data_type != "f" for row in table.iter_rows(min_row=HEADER + 1) for cell in row)
    answers = [table.cell(row, 3).value for row in range(HEADER + 2, HEADER + 2 + len(HOSTILE))]
    # openpyxl, which saved it in between, keeps the escape of what looks like an escape.
    assert [text_hash(str(answer).replace("_x005F_", "_")) for answer in answers] == [text_hash(text) for text in HOSTILE]
    assert openpyxl.load_workbook(saved / path.name, data_only=True)["Rating"]["C1"].value == f"1 / {len(HOSTILE)}"


@pytest.mark.parametrize("layout", ["pairwise", "single"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("sheet", ["rating", "diversity"])
def test_all_that_is_needed_fits_a_laptop_screen_and_both_answers_have_the_same_room(
    tmp_path: Path, layout: Layout, language: Language, sheet: Sheet
) -> None:
    pen = Pen(tmp_path / "book.xlsx", replace(book_of([]), layout=layout, language=language))
    for references in (False, True):
        columns = columns_of(pen, sheet, references)
        assert sum(column.width for column in columns) <= SCREEN
        widths = [column.width for column in columns if column.name.startswith("answer_")]
        assert len(set(widths)) == 1
        assert widths[0] >= 230


def test_a_row_is_as_high_as_its_longer_answer_whichever_side_that_is_on(tmp_path: Path) -> None:
    texts = [("short", "word " * count) for count in (10, 60, 120)]
    heights = []
    for number, pairs in enumerate((texts, [pair[::-1] for pair in texts])):
        path = tmp_path / f"{number}.xlsx"
        write_workbook(path, book_of(pairs))
        sheet = openpyxl.load_workbook(path)["Rating"]
        heights.append([sheet.row_dimensions[HEADER + 2 + row].height for row in range(3)])
    assert heights[0] == heights[1]
    assert heights[0] == sorted(set(heights[0]))


# Names.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("I am Qwen2.5-7B-Instruct.", f"I am {MASK}."),
        ("I am Claude.", f"I am {MASK}."),
        ("I'm an AI assistant developed by Acme Labs. Ask me.", f"{MASK}. Ask me."),
        ("我是由某某公司开发的大语言模型，很高兴认识你。", f"{MASK}，很高兴认识你。"),
        ("我是通义千问。", f"我是{MASK}。"),
        ("as run sft-v2 says", f"as run {MASK} says"),
        ("Gemini 1.5 is newer", f"{MASK} is newer"),
    ],
)
def test_names_are_masked(text: str, shown: str) -> None:
    masked = Masker(["sft-v2", "base"]).mask(text)
    assert masked.text == shown
    assert sum(masked.counts.values()) == 1


@pytest.mark.parametrize(
    "text",
    ["Palm oil and a bombardment.", "Gemini is a sign of the zodiac.", "A llama eats grass, at the base of the hill.", "They cohere well.",
     "I am a nurse trained by nuns.", "我是一名软件开发工程师。", "The algorithm is called minimax search.", "Claude Monet painted."],
)  # fmt: skip
def test_ordinary_words_are_left_alone(text: str) -> None:
    masked = Masker(["base", "run"]).mask(text)
    assert masked.text == text
    assert not masked.counts


def test_a_name_that_the_prompt_has_stays_in_its_answers() -> None:
    masked = Masker().mask("Qwen is a family of models; so is DeepSeek.", prompt="What is Qwen?")
    assert masked.text == f"Qwen is a family of models; so is {MASK}."


@pytest.mark.parametrize(
    ("text", "clean"),
    [("Yes.<|im_end|>", "Yes."), ("<think>Yes", "Yes"), ("</s>Yes", "Yes"), ("assistant\nYes", "Yes"), ("[INST] Yes", " Yes"),
     ("<start_of_turn>model\nYes", "Yes"), ("<｜end▁of▁sentence｜>Yes", "Yes")],
)  # fmt: skip
def test_residue_of_templates_is_taken_out_and_counted(text: str, clean: str) -> None:
    assert strip_template(text) == (clean, 1)


def test_code_and_markup_are_no_residue() -> None:
    text = "<p>a</p> if a < b | c > d: x = [INSTALL]\nassistant to the minister"
    assert strip_template(text) == (text, 0)


def test_only_names_that_can_be_no_word_are_distinctive() -> None:
    assert [name for name in ("base", "run", "v2", "12345", "sft-v2", "llama3", "my_model") if is_distinctive(name)] == [
        "sft-v2", "llama3", "my_model",
    ]  # fmt: skip


# Style.


def test_a_style_is_found_and_chance_is_not() -> None:
    dice = random.Random(1)
    words = ["alpha", "beta", "gamma", "delta", "zeta"]
    plain = [" ".join(dice.choices(words, k=dice.randrange(5, 60))) for _ in range(240)]
    clusters = [f"c{number}" for number in range(120)]
    same = separability([*zip(plain[:120], plain[120:], strict=True)], clusters)
    styled = separability([(one, f"**Certainly!**\n- {other}") for one, other in zip(plain[:120], plain[120:], strict=True)], clusters)
    assert same is not None
    assert same < 0.65
    assert styled is not None
    assert styled > SUSPICIOUS
    mirrored = separability([(f"**Certainly!**\n- {other}", one) for one, other in zip(plain[:120], plain[120:], strict=True)], clusters)
    assert mirrored == pytest.approx(styled)
    assert separability([("a", "b")] * 30, ["one cluster"] * 30) is None
