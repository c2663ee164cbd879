"""The models of one command: descriptions, and patterns such as `checkpoints/*`, become models that are there, each once."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import UserError
from harness.model import ModelOptions, parse_model, split_models
from harness.served import AnyModel

_PATTERN = re.compile(r"[*?\[]")
_SHOWN = 3
"""Names of folders that are left out, as examples."""


@dataclass(frozen=True)
class Asked:
    """One model as it was asked for."""

    text: str
    """As `parse_model` takes it."""
    matched: bool
    """A pattern matched it; it was not named."""


@dataclass
class Found:
    """What became of the models that were asked for."""

    models: list[AnyModel] = field(default_factory=list)
    broken: list[tuple[str, UserError]] = field(default_factory=list)
    """Checkpoints that a pattern matched and that cannot be used, with the reason."""


def asked_models(texts: Iterable[str]) -> list[Asked]:
    """Every model that `texts` ask for, in order; matches of a pattern in the order in which people count, 500 before 1000.

    Raises UserError for a pattern that matches nothing.
    """
    return [one for text in texts for word in split_models(text) for one in _matches(word)]


def _matches(word: str) -> list[Asked]:
    source, comma, options = word.partition(",")
    source = source.strip()
    if not _PATTERN.search(source) or Path(source).expanduser().exists():
        return [Asked(word, matched=False)]
    base, paths = "", _glob(source)
    if not paths and "+" in source:
        base, plus, adapters = source.rpartition("+")
        base, paths = base + plus, _glob(adapters)
    if not paths:
        raise UserError(f"MODEL '{word}' matches nothing (looked from {Path.cwd()}).")
    return [Asked(f"{base}{path}{comma}{options}", matched=True) for path in sorted(paths, key=_counted)]


def _glob(pattern: str) -> list[str]:
    path = Path(pattern).expanduser()
    anchor = Path(path.anchor)
    try:
        return [str(found) for found in anchor.glob(str(path.relative_to(anchor)))]
    except ValueError:  # Such as a**b, which stands for nothing.
        return []


def _counted(path: str) -> list[tuple[int, str]]:
    """A key that sorts numbers in names by their size.

    >>> sorted(["run/checkpoint-1000", "run/checkpoint-500", "run/best"], key=_counted)
    ['run/best', 'run/checkpoint-500', 'run/checkpoint-1000']
    """
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path)]


def find_models(
    asked: Sequence[Asked], find: Callable[[str], AnyModel], tell: Callable[[str], None], baseline: AnyModel | None = None
) -> Found:
    """Find the models by `find`; says what a pattern matched that is none, or the baseline, and what has the same contents as another.

    Raises UserError for a model that was named and cannot be used, and if patterns matched no model at all.
    """
    found, passed = Found(), list[str]()
    texts: dict[tuple[str, ModelOptions], str] = {}
    for one in asked:
        if one.matched and not _may_be_model(one.text):
            passed.append(Path(parse_model(one.text).source).name)
            continue
        try:
            model = find(one.text)
        except UserError as error:
            if not one.matched:
                raise
            found.broken.append((one.text, error))
            continue
        key = (model.identity, model.spec.options)
        if one.matched and baseline is not None and key == (baseline.identity, baseline.spec.options):
            tell(f"{one.text} is the baseline: not compared with itself")
            continue
        if key in texts:
            tell(f"{one.text} has the same contents as {texts[key]}: scored once")
            continue
        texts[key] = one.text
        found.models.append(model)
    if passed:
        more = "" if len(passed) <= _SHOWN else ", …"
        tell(f"no models, left out: {', '.join(passed[:_SHOWN])}{more}" + (f" ({len(passed)} in all)" if len(passed) > _SHOWN else ""))
    if not found.models and not found.broken:
        if len(passed) < len(asked):
            raise UserError("MODEL matches nothing but the baseline; there is nothing to compare with it.")
        patterns = " ".join(dict.fromkeys(one.text for one in asked[:_SHOWN]))
        raise UserError(
            f"MODEL matches {len(asked)} files and folders, and none is a checkpoint or an adapter ({patterns}"
            f"{' …' if len(asked) > _SHOWN else ''}): none has a config.json or an adapter_config.json."
        )
    return found


def _may_be_model(text: str) -> bool:
    """Whether a match of a pattern looks like a checkpoint or an adapter, whole or not."""
    spec = parse_model(text)
    folder = Path(spec.adapter or spec.source)
    return any((folder / name).is_file() for name in ("config.json", "adapter_config.json")) or any(folder.glob("*.safetensors"))
