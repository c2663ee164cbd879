"""Texts by whose log-probabilities an engine and an adapter are tried: both languages, a program, and one that is long enough for a wrong
position code to show."""

from harness.prompts import Renderer
from harness.records import Request

_SHORT = (
    "The quick brown fox jumps over the lazy dog, and the dog does not mind at all.",
    "请把空调调到二十四度，然后导航去最近的充电站。",
    "def add(a, b):\n    return a + b\n",
)
_LONG = (
    "The car stood beside the river. On Monday its owner took the long road to work, past two schools, a bakery and the old mill, since "
    "the bridge was closed. On Tuesday the bridge was open again, and she was home before six. "
    "星期三下雨，她把车停在车库里，坐公交车去上班。On which day was the bridge closed? "
    "It was closed on Monday, and on Tuesday it was open again. 星期三她怎么去上班？坐公交车去上班。"
)


def adapter_probes(renderer: Renderer) -> list[Request]:
    """A few short texts to score under base and adapter."""
    return _requests(renderer, _SHORT)


def parity_probes(renderer: Renderer) -> list[Request]:
    """The same and a longer one, to score by engine and reference."""
    return _requests(renderer, (*_SHORT, _LONG))


def _requests(renderer: Renderer, texts: tuple[str, ...]) -> list[Request]:
    return [Request(f"probe/{index}", renderer.encode(text), score_from=1) for index, text in enumerate(texts)]
