"""Languages and scripts."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.scorers.language import detect_language

RACE = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from harness.scorers.language import detect_language
barrier = Barrier(4)
def detect(_):
    barrier.wait()
    return detect_language("Please turn on the seat heating for the driver now.")
with ThreadPoolExecutor(4) as pool:
    print(sorted(set(map(str, pool.map(detect, range(4))))))
"""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("请打开空调。", "zh"),
        ("我喜欢 Apple CarPlay", "zh"),
        ("請開啟空調，謝謝", "zh"),
        ("Okay", "en"),
        ("AC is on", "en"),
        ("The driver's window is open and the fan is running.", "en"),
        ("Das Fenster auf der Fahrerseite ist leider noch offen.", "de"),
        ("これは日本語で書かれた文章です。", "ja"),
        ("창문이 열려 있습니다.", "ko"),
        ("24 !!!", None),
        ("", None),
    ],
)
def test_the_language_is_told_by_script_then_by_words(text: str, language: str | None) -> None:
    assert detect_language(text) == language


@pytest.mark.slow
def test_the_language_is_the_same_when_threads_ask_for_the_first_time_together() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", RACE], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "['en']", done.stderr
