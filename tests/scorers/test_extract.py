"""Which part of a response is the program."""

import ast
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.scorers.extract import extract_program

GOOD = "def f(x):\n    return x + 1"
BAD = "def f(x):\n    return x - 1"


def fence(code: str, language: str = "python") -> str:
    return f"```{language}\n{code}\n```"


@pytest.mark.parametrize("language", ["python", "", "py", "Python 3", "python title='a.py'"])
def test_the_fenced_block_is_the_program(language: str) -> None:
    assert extract_program(f"Here it is:\n{fence(GOOD, language)}\nIt adds one.", ("f",)) == GOOD


def test_the_last_block_that_defines_the_function_wins_over_the_quoted_one() -> None:
    assert extract_program(f"Yours was\n{fence(BAD)}\nMine is\n{fence(GOOD)}\nUse it:\n{fence('print(f(1))')}", ("f",)) == GOOD


def test_a_last_block_that_does_not_parse_is_passed_over() -> None:
    assert extract_program(f"{fence(GOOD)}\n{fence('def f(x): return +')}", ("f",)) == GOOD


def test_a_block_in_another_language_is_passed_over() -> None:
    assert extract_program(f"{fence(GOOD)}\n{fence('function f(x) { return x }', 'js')}", ("f",)) == GOOD


def test_a_fence_that_is_never_closed_reaches_to_the_end() -> None:
    assert extract_program(f"Yours was\n{fence(BAD)}\nMine is\n```python\n{GOOD}", ("f",)) == GOOD


def test_blocks_that_only_together_define_everything_are_joined_without_those_that_do_not_parse() -> None:
    response = f"{fence('import math')}\n{fence('$ pip install it', 'sh')}\n{fence(GOOD)}\n{fence('def g(): return math.pi')}"
    program = extract_program(response, ("f", "g"))
    assert program == f"import math\n\n{GOOD}\n\ndef g(): return math.pi"


def test_a_function_inside_a_string_or_another_function_does_not_count() -> None:
    decoy = 'TEXT = """\ndef f(x): pass\n"""\ndef outer():\n    def f(x): pass'
    assert extract_program(f"{fence(GOOD)}\n{fence(decoy)}", ("f",)) == GOOD


@pytest.mark.parametrize(
    "definition",
    [
        "class f:\n    pass",
        "async def f(x): return x",
        "f = lambda x: x + 1",
        "@decorate\ndef f(x): return x",
        *(
            definition
            for definition in (
                "f: object = lambda x: x + 1", "f, g = (lambda x: x + 1), None", "from math import sqrt as f",
                "if True:\n    def f(x): return x",
            )
        ),
    ],
)  # fmt: skip
def test_every_way_to_define_the_name_counts(definition: str) -> None:
    assert extract_program(f"{fence(BAD)}\n{fence(definition)}", ("f",)) == definition


@pytest.mark.parametrize("before", ["", "Sure! Here is the function (it's short):\n\n"])
@pytest.mark.parametrize("after", ["", "\n\nThis adds one (see above).\nDon't forget to test it.", "\nExplanation:\n- adds 1"])
def test_without_a_fence_the_program_is_cut_out_of_the_prose(before: str, after: str) -> None:
    assert extract_program(before + GOOD + after, ("f",)).strip() == GOOD


def test_without_a_fence_the_longest_run_is_taken() -> None:
    program = (
        "import math\nSTEP = 1\n\n@cache\ndef helper(): return STEP\n\ndef f(x): return helper() + after()\n\ndef after(): return math.pi"
    )
    assert extract_program(f"Here:\n{program}\nThat is all.", ("f",)).strip() == program


def test_a_run_that_defines_nothing_wanted_is_passed_over() -> None:
    response = f"import that module first.\nimport os\n\nThen comes the function.\n{GOOD}\nDone, really."
    assert extract_program(response, ("f",)).strip() == GOOD


def test_a_helper_cut_off_at_the_end_does_not_cost_the_function() -> None:
    assert extract_program(f"```python\n{GOOD}\n\ndef helper(a,", ("f",)).strip() == GOOD


@pytest.mark.parametrize("response", ["I cannot do that.", "", "def g(x):\n    return x", "nul \0 byte", "(" * 1000])
def test_without_a_program_the_response_is_returned_as_it_is(response: str) -> None:
    assert extract_program(response, ("f",)) == response


def test_windows_line_ends_do_not_hide_the_program() -> None:
    assert extract_program(fence(GOOD).replace("\n", "\r\n"), ("f",)).split() == GOOD.split()


# Fences


@pytest.mark.parametrize(
    "response",
    [
        f"这个函数把参数加一：\n```python\n{GOOD}\n```\n其中 x 是整数。",
        f"```python\r\n{GOOD}\r\n```\r\nDone.".replace("\n", "\r\n").replace("\r\r", "\r"),
        f"```python\n{GOOD}\n```".replace("\n", "\r"),
        f"~~~python\n{GOOD}\n~~~",
        f"````python\n{GOOD}\n````",
        f"~~~\n{GOOD}\n~~~~~\nand more",
        "1. First:\n\n   ```python\n   def f(x):\n       return x + 1\n   ```\n\n2. Then rest.",
        "- item\n\t```python\n\tdef f(x):\n\t    return x + 1\n\t```",
        f"```\n```\n```python\n{GOOD}\n```",
        f"```python\n```\nEmpty above.\n```python\n{GOOD}\n```",
        f"```python\n{GOOD}\n```\n```\n",
        f"\u200f```python\n{GOOD}\n```",
        f"```python\n{GOOD}",
        f"```python\n{GOOD}\n``",
        f"Call ```f``` like so:\n```python\n{GOOD}\n```",
        f"```bash\npip install x\n```\n```python\n{GOOD}\n```\n```text\n2\n```",
        f"<answer>\n```python\n{GOOD}\n```\n</answer>",
    ],
)
def test_fences_of_every_kind_are_read(response: str) -> None:
    assert extract_program(response, ("f",)) == GOOD


def test_a_fence_is_closed_by_its_own_kind_only() -> None:
    program = 'def f(x):\n    """\n    ```\n    f(1)\n    ```\n    """\n    return x + 1'
    assert extract_program(f"~~~python\n{program}\n~~~\n~~~\nelse\n~~~", ("f",)) == program
    assert extract_program(f"{fence(BAD)}\n~~~python\n{program}\n~~~", ("f",)) == program
    assert extract_program(f"````python\n{program}\n````\nOutput:\n```\n2\n```", ("f",)) == program


def test_of_several_blocks_the_last_that_defines_everything_wins() -> None:
    both = f"{GOOD}\n\ndef g(): return 1"
    assert extract_program(f"{fence(both)}\n{fence(BAD)}\n{fence('def g(): return 2')}", ("f", "g")).split() == both.split()


def test_tabs_are_indentation_like_any_other() -> None:
    program = "def f(x):\n\tif x:\n\t\treturn x\n\treturn 1"
    assert extract_program(fence(program), ("f",)) == program


@pytest.mark.parametrize("mark", ["\u200f", "\u202e", "\ufeff", "\0", "\ud800", "\x85", "\u2028", "\x0c"])
def test_marks_and_broken_characters_in_prose_do_not_hide_the_program(mark: str) -> None:
    assert extract_program(f"{mark}Here{mark}:\n{fence(GOOD)}\n{mark}", ("f",)) == GOOD
    assert extract_program(f"Here{mark} it is\n\n{GOOD}\n\nThat's{mark} it", ("f",)).strip() == GOOD


# Prose


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("下面是代码：\n\n", "\n\n这个函数返回 x + 1。"),
        ("import 语句不需要。\n", "\n解释：它把 x 加一（见上）。"),
        ("from the start: take x\nclass of its own\n", "\nx = that was all"),
        ("x = 5 would be 6.\n@ you:\n", "\n```"),
        ("<p>\n", "\n</p>"),
        ("Answer:\n", "\nimport notes below"),
    ],
)
def test_prose_that_looks_like_a_program_is_passed_over(before: str, after: str) -> None:
    assert extract_program(before + GOOD + after, ("f",)).strip() == GOOD


def test_the_run_is_the_first_that_has_everything_and_the_longest_from_its_beginning() -> None:
    response = f"import os\nSTEP = 1\n{GOOD}\ndef g(): return STEP\nThat was it.\n{BAD}"
    assert extract_program(response, ("f",)).strip("\n") == GOOD
    assert extract_program(response, ("f", "g")).strip("\n").split("\n")[-1] == "def g(): return STEP"


# Stubs


STUB = 'from typing import List\n\n\ndef f(x: List[int]) -> int:\n    """Add one.\n\n    >>> f(1)\n    2\n    """\n'


@pytest.mark.parametrize(
    "body",
    [
        "    return x + 1", "return x + 1", "\treturn x + 1", "  return x + 1", "        return x + 1", "\n\n    return x + 1\n\n",
        "    # adds\n    return x + 1", "    return x + 1\n\nThis adds one.", "return x + 1\n\n解释：加一。",
        "```python\n    return x + 1\n```",
        "```python\nreturn x + 1\n```\nDone.", "Sure:\n```\n    return x + 1\n```",
    ],
)  # fmt: skip
def test_a_body_alone_continues_the_stub(body: str) -> None:
    program = extract_program(body, ("f",), STUB)
    assert program.startswith(STUB.rstrip())
    assert program.rstrip().split("\n")[-1].strip() == "return x + 1"
    ast.parse(program)


@pytest.mark.parametrize(
    "body",
    [
        "y = x\n    return y + 1",
        "if x:\n    y = x\nreturn x + 1",
        "    if x:\n        y = x\n    return x + 1",
        "for y in x:\n  x = y\nreturn x + 1",
    ],
)
def test_a_body_that_is_indented_in_its_own_way_continues_the_stub(body: str) -> None:
    program = extract_program(body, ("f",), STUB)
    assert program.rstrip().endswith("+ 1")
    ast.parse(program)


def test_a_helper_behind_the_body_is_kept_if_it_is_needed() -> None:
    program = extract_program("    return g(x) + 1\n\ndef g(x):\n    return x\n\nprint(f(1))", ("f",), STUB)
    assert "def g(x):" in program
    assert "print" not in program


@pytest.mark.parametrize("response", [GOOD, fence(GOOD), f"Here:\n{GOOD}\nSo it is.", f"{STUB}    return x + 1"])
def test_a_response_with_the_whole_function_needs_no_stub(response: str) -> None:
    assert extract_program(response, ("f",), STUB).split("\n")[-1].strip() in ("return x + 1", "")
    assert extract_program(response, ("f",), STUB).count("def f(") == 1


@pytest.mark.parametrize("response", ["", "I cannot.", "    # TODO", "    ", "    return +"])
def test_where_nothing_continues_the_stub_the_response_is_returned_as_it_is(response: str) -> None:
    assert extract_program(response, ("f",), STUB) == response


# What the program needs


def test_demonstrations_are_left_out_of_the_program_wherever_they_stand() -> None:
    response = f"```python\nn = int(input())\n{GOOD}\nprint(f(n))\nassert f(1) == 3\n```"
    assert extract_program(response, ("f",)).strip() == GOOD
    assert extract_program(response, ()) == response.removeprefix("```python\n").removesuffix("\n```")


@pytest.mark.parametrize(
    "response", ["print(int(input()) + 1)", "```python\nprint(int(input()) + 1)\n```", "So:\n```\nprint(int(input()) + 1)\n```\n"]
)
def test_a_program_without_entry_points_is_kept_whole(response: str) -> None:
    assert extract_program(response, ()) == "print(int(input()) + 1)"


# Long and broken responses


ENDLESS = [
    "import os\n",
    "x = f(1,\n",
    "x = '''\n",
    "import os\nand then prose goes on\n",
    "class of things: many\n",
    "The quick brown fox. ",
    "```python\nx = 1\n```\n",
    "`",
    "``` ```",
    "    x = (\n",
    "x = 1\n  y = 2\n",
    "def g(x):\n    return x\n\n",
    "\r",
    "\x00",
]
MORE = [
    "x = 1\n",
    "x = [\n1,\n",
    "x = 1 + \\\n",
    "快速的棕色狐狸。\n",
    "```\n",
    "~",
    "    x = 1\n",
    "def f(x):\n    return x\n\n",
    "@",
    "(",
    "- ",
    "a = {",
    "if x:\n",
    "else:\n",
    '"""',
    "\\\n",
    "#\n",
    "\t",
    "def f(x",
    "x = lambda: ",
    "[[[",
    "not ",
    "a.b",
    "f(",
    "import a; ",
]


@pytest.mark.parametrize("unit", [*ENDLESS, *(pytest.param(unit, marks=pytest.mark.slow) for unit in MORE)])
@pytest.mark.parametrize("stub", ["", pytest.param(STUB, marks=pytest.mark.slow)])
def test_a_long_response_is_read_in_no_time(unit: str, stub: str) -> None:
    response = unit * (1_000_000 // len(unit))
    begun = time.process_time()
    program = extract_program(response, ("f",), stub)
    assert time.process_time() - begun < 2
    assert len(program) <= 110_000


PARTS = st.sampled_from([
    GOOD, BAD, "```", "```python\n", "~~~", "\n", "\r\n", "\r", " ", "    ", "\t", "def f(x):", "class f:", "import os", "from x import *",
    "x = 1", "return x",
    "@g", '"""', "'", "(", ")", "[", "#", "\\", "\0", "\ud800", "\u200f", "\u2028", "\x0c", "空调。", "print(f(1))",
    "if __name__ == '__main__':\n", "lambda: 0",
    "Here is the code:", "1. ", "async ", "await x", "type X = int", "match x:\n    case 1: pass\n", "\N{SNOWMAN}", "f = 5",
])  # fmt: skip


@pytest.mark.slow
@settings(max_examples=250, deadline=None)
@given(
    st.lists(PARTS | st.text(max_size=8), max_size=12),
    st.sampled_from(["", STUB, "def f(", "\0"]),
    st.sampled_from([("f",), (), ("f", "g")]),
)
def test_no_response_makes_it_raise(parts: list[str], stub: str, entry_points: tuple[str, ...]) -> None:
    response = "".join(parts)
    program = extract_program(response, entry_points, stub)
    assert isinstance(program, str)
    extract_program(program, entry_points)
