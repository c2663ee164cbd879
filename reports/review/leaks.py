"""What would tell raters which model wrote an answer: names, and words in which a model says who it is. Masked on all sides alike.

Names are matched as whole words, not as parts of words: "palm oil" holds no Palm, "bombard" no Bard; Chinese names wherever
they stand. Masked too: sentences in which a model says who made it ("I am … developed by …", "我是由…开发的"). Where the prompt itself
names a model, its name stays in the answers to that prompt: they are about it, and raters know it anyway.

Not covered: a style, which no mask takes away; `cues.py` measures it.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

MASK = "[NAME]"
_NAMES = (
    "openai", "chatgpt", "gpt", "anthropic", "deepmind", "vicuna", "mixtral", "qwen", "qwq", "tongyi", "deepseek", "chatglm", "zhipu",
    "baichuan", "internlm", "moonshot ai", "hunyuan", "ernie bot", "smollm", "tinyllama", "stablelm", "oasst", "openassistant", "wizardlm",
    "starcoder", "codellama", "olmo", "huggingface", "hugging face", "alibaba cloud", "meta ai", "mosaicml", "doubao",
)  # fmt: skip
_AMBIGUOUS = (
    "llama", "alpaca", "claude", "gemini", "gemma", "palm", "mistral", "glm", "kimi", "minimax", "falcon", "phi", "yi", "dolly", "koala",
    "grok", "cohere", "bard", "ernie",
)  # fmt: skip
"""Ordinary words too: names with a number behind them ("Gemini 1.5"), or where somebody says who he is."""
_CHINESE = (
    "通义千问", "通义", "千问", "文心一言", "讯飞星火", "智谱清言", "智谱", "混元", "百川智能", "书生浦语", "月之暗面", "深度求索",
    "阿里云", "豆包", "达摩院", "商汤",
)  # fmt: skip
_SELF = (
    r"\b(?:I am|I'm|I’m)\s[^.!?\n]{0,80}?\b(?:developed|created|trained|made|built)\s+by\s+[^.!?\n]{1,80}",
    r"\bAs an AI(?: language)? model,? (?:developed|created|trained|made) by [^,.!?\n]{1,80}",
    r"\bmy knowledge cutoff is [\w ,.-]{1,40}",
    r"我(?:是|叫)[^。！？\n]{0,40}?(?:开发|研发|训练|推出|打造)的[^。！？\n,，]{0,30}",
    r"由[^。！？\n,，]{1,30}(?:开发|研发|训练|推出)的(?:大?语言模型|人工智能|AI|智能)?(?:助手|模型)?",
)
_SELF_RE = re.compile("|".join(_SELF), re.IGNORECASE)
_AI_RE = re.compile(
    r"(?-i:(?<![A-Za-z])AI(?![A-Za-z]))|人工智能|语言模型|大模型|助手|assistant|language model|chatbot|my knowledge", re.IGNORECASE
)


@dataclass(frozen=True)
class Masked:
    """A text without the names that would give its author away."""

    text: str
    counts: Counter[str]
    """Places masked, by kind: "name", "self"."""


class Masker:
    """Masks the well-known names and those of these runs."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        """`own`: labels, folders and model ids of the runs; of them those are masked that can be no ordinary word (`is_distinctive`)."""
        latin = sorted({*_NAMES, *(name.casefold() for name in own if is_distinctive(name))}, key=len, reverse=True)
        words = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in latin)
        ambiguous = "|".join(_AMBIGUOUS)
        version = r"[- ]?v?\d[A-Za-z0-9]*(?:[.-][A-Za-z0-9]+)*"
        self._names = re.compile(
            rf"(?<![A-Za-z0-9])(?:{words})(?:{version})?(?![A-Za-z])|(?<![A-Za-z0-9])(?:{ambiguous}){version}"
            rf"|(?:(?<=I am )|(?<=I'm )|(?<=I’m )|(?<=my name is )|(?<=我是)|(?<=我叫))(?:{ambiguous})(?![A-Za-z])|{'|'.join(_CHINESE)}",
            re.IGNORECASE,
        )

    def names_in(self, text: str) -> set[str]:
        """Names that occur in a text, case-folded."""
        return {found[0].casefold() for found in self._names.finditer(text)}

    def mask(self, text: str, prompt: str = "") -> Masked:
        """Mask an answer to `prompt`.

        >>> Masker().mask("I am Qwen, made with palm oil.").text
        'I am [NAME], made with palm oil.'
        """
        counts: Counter[str] = Counter()
        known = self.names_in(prompt)

        def of_self(found: re.Match[str]) -> str:
            if not _AI_RE.search(found[0]) and not self._names.search(found[0]):
                return found[0]
            counts["self"] += 1
            return MASK

        def of_name(found: re.Match[str]) -> str:
            if found[0].casefold() in known:
                return found[0]
            counts["name"] += 1
            return MASK

        return Masked(self._names.sub(of_name, _SELF_RE.sub(of_self, text)), counts)


def is_distinctive(name: str) -> bool:
    """Whether a run's name is none that occurs by chance: at least four characters, with a digit, a dash or an underscore between letters.

    >>> [is_distinctive(name) for name in ("base", "sft-v2", "run_7", "zh")]
    [False, True, True, False]
    """
    return len(name) >= 4 and re.search(r"\d|[A-Za-z][-_][A-Za-z]", name) is not None and not name.isdigit()
