"""Which part of a response is the program."""

import pytest

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
