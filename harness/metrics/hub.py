"""Metrics of the `evaluate` library, by hub name (online) or from a folder (offline): `evaluate:bertscore`, `evaluate:./my_metric`.

The code of such a metric runs in this process with the user's rights: name only those you trust.
"""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.hashing import hash_bytes
from harness.metrics.base import Pair, by_lang
from harness.records import CorpusFigure

PREFIX = "evaluate:"


class EvaluateMetric:
    """Predictions are the responses. References are lists where the metric takes lists, otherwise the first of each.

    Every number that the metric returns is a figure: called by the metric's name if it bears it or is the only one, else `<metric>_<key>`.
    """

    def __init__(self, name: str, suite_folder: Path) -> None:
        """`name`: with the prefix. A folder begins with `.`, `/` or `~`; a relative one lies in the suite's folder.

        Raises UserError if the folder holds no metric.
        """
        self._what = name.removeprefix(PREFIX)
        self._script: Path | None = None
        if not self._what or not self._what.startswith((".", "/", "~")):
            if not self._what.strip():
                raise UserError(f"'{name}' names no metric; write {PREFIX}<hub name or folder>.")
            return
        folder = (suite_folder / Path(self._what).expanduser()).resolve()
        self._script = folder / f"{folder.name}.py"
        if not self._script.is_file():
            raise UserError(f"'{name}': there is no '{self._script}'; a metric's folder holds a script of the folder's name.")

    @property
    def identity(self) -> str:
        """What figures depend on: the hub name, or the folder's name with a hash of its script."""
        if self._script is None:
            return PREFIX + self._what
        return f"{PREFIX}{self._script.stem}@{hash_bytes(self._script.read_bytes())[:8]}"

    def figures(self, pairs: Sequence[Pair]) -> dict[str, CorpusFigure]:
        label = self._script.stem if self._script else self._what.rpartition("/")[2]
        signature = f"{self.identity}|version:{version('evaluate')}"
        try:
            metric = self._load()
        except (OSError, ImportError) as error:
            reason = f"unavailable: '{self._what}' cannot be loaded ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
            if self._script is None:
                reason += "; a hub name needs a network: offline, copy the metric into a folder and name that"
            return {f"{label}_{lang}": CorpusFigure(None, len(chosen), signature, reason) for lang, chosen in by_lang(pairs).items()}
        note = " ".join(getattr(metric, "weakness", "").split()) or f"what {label} cannot see is in its own description"
        figures = {}
        for lang, members in by_lang(pairs).items():
            chosen = [*members.values()]
            many = _takes_lists(metric)
            references = [list(pair.references) if many else pair.references[0] for pair in chosen]
            result = metric.compute(predictions=[pair.response for pair in chosen], references=references) or {}
            numbers = {key: float(value) for key, value in result.items() if isinstance(value, int | float) and not isinstance(value, bool)}
            if not numbers:
                figures[f"{label}_{lang}"] = CorpusFigure(None, len(chosen), signature, f"unavailable: '{label}' gave no number")
            for key, value in numbers.items():
                name = label if len(numbers) == 1 or key == label else f"{label}_{key}"
                figures[f"{name}_{lang}"] = CorpusFigure(value, len(chosen), signature, note)
        return figures

    def _load(self) -> Any:
        import evaluate  # type: ignore[import-untyped]

        # In memory: the library would otherwise write every response to a folder of its own.
        return evaluate.load(str(self._script or self._what), keep_in_memory=True)


def _takes_lists(metric: Any) -> bool:
    """Whether the metric may be given several references for a response."""
    forms = metric.features if isinstance(metric.features, list) else [metric.features]
    return any("references" in form and "feature" in vars(form["references"]) for form in forms)
