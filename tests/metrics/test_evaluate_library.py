"""Metrics of the `evaluate` library: ours, really loaded from its folder; what is not there is named; hub names offline are unavailable."""

import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest

from harness.errors import UserError
from harness.metrics.base import Pair
from harness.metrics.hub import EvaluateMetric
from harness.suite import bundled_folder

OURS = bundled_folder() / "generation"
PAIRS = [Pair("打开车窗", ("打开车门", "关"), "zh"), Pair("a b", ("ab",), "en"), Pair("", ("abcd",), "en")]
SCRIPT = """
import datasets
import evaluate


class Plain(evaluate.Metric):
    def _info(self):
        features = datasets.Features({"predictions": datasets.Value("string"), "references": datasets.Value("string")})
        return evaluate.MetricInfo(description="", citation="", inputs_description="", features=features)

    def _compute(self, predictions, references):
        return RESULT
"""


def write_metric(folder: Path, result: str) -> Path:
    folder.mkdir()
    (folder / f"{folder.name}.py").write_text(SCRIPT.replace("RESULT", result), encoding="utf-8")
    return folder


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any connection fails; and what the library copies goes to one folder of the test session, not to the user's."""
    import evaluate  # type: ignore[import-untyped]

    monkeypatch.setattr(evaluate.config, "HF_MODULES_CACHE", tmp_path_factory.getbasetemp() / "evaluate-modules")

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise OSError("a test asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.slow
@pytest.mark.usefixtures("no_network")
def test_our_metric_is_loaded_by_the_library_from_its_folder_offline() -> None:
    figures = EvaluateMetric("evaluate:./edit_similarity", OURS).figures(PAIRS)
    assert {name: figure.value for name, figure in figures.items()} == {"edit_similarity_zh": 0.75, "edit_similarity_en": 0.5}
    assert [figure.n for figure in figures.values()] == [1, 2]
    for figure in figures.values():
        assert figure.signature.startswith("evaluate:edit_similarity@")
        assert "another order" in figure.note


@pytest.mark.slow
@pytest.mark.usefixtures("no_network")
def test_every_number_is_a_figure_and_single_references_are_given_singly(tmp_path: Path) -> None:
    folder = write_metric(tmp_path / "plain", "{'seen': len(references[0]), 'plain': 0.5, 'words': 'x', 'sure': True}")
    figures = EvaluateMetric(f"evaluate:{folder}", OURS).figures(PAIRS[:1])
    assert {name: figure.value for name, figure in figures.items()} == {"plain_seen_zh": 4.0, "plain_zh": 0.5}
    nothing = EvaluateMetric(f"evaluate:{write_metric(tmp_path / 'silent', '{}')}", OURS).figures(PAIRS[:1])["silent_zh"]
    assert (nothing.value, nothing.note) == (None, "unavailable: 'silent' gave no number")


@pytest.mark.slow
@pytest.mark.usefixtures("no_network")
def test_a_hub_name_without_a_network_is_unavailable_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import evaluate  # type: ignore[import-untyped]

    def absent(*_: Any, **__: Any) -> NoReturn:
        raise FileNotFoundError("Couldn't find a module script")

    monkeypatch.setattr(evaluate, "load", absent)
    figures = EvaluateMetric("evaluate:someone/their_metric", OURS).figures(PAIRS)
    assert {figure.value for figure in figures.values()} == {None}
    assert list(figures) == ["their_metric_zh", "their_metric_en"]
    assert figures["their_metric_en"].note.startswith("unavailable: 'someone/their_metric' cannot be loaded")
    assert figures["their_metric_en"].note.endswith("offline, copy the metric into a folder and name that")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("evaluate:./absent", r"there is no '.*/generation/absent/absent\.py'"),
        ("evaluate:", "names no metric"),
        ("evaluate:  ", "names no metric"),
    ],
)
def test_a_folder_without_a_metric_is_named(name: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        EvaluateMetric(name, OURS)


def test_its_identity_is_its_code_and_not_its_place(tmp_path: Path) -> None:
    one, other = write_metric(tmp_path / "same", "{}"), tmp_path / "elsewhere" / "same"
    other.parent.mkdir()
    write_metric(other, "{}")
    assert EvaluateMetric(f"evaluate:{one}", OURS).identity == EvaluateMetric("evaluate:./same", other.parent).identity
    (other / "same.py").write_text("changed", encoding="utf-8")
    assert EvaluateMetric(f"evaluate:{one}", OURS).identity != EvaluateMetric(f"evaluate:{other}", OURS).identity
    assert EvaluateMetric("evaluate:hub/name", OURS).identity == "evaluate:hub/name"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("", "", 1.0), ("ab", "", 0.0), ("kitten", "sitting", 1 - 3 / 7), ("打开车窗", "打开 车门", 0.75), ("abc", "cab", 1 - 2 / 3)],
)
def test_edit_similarity_counts_characters(one: str, other: str, expected: float) -> None:
    source = (OURS / "edit_similarity" / "edit_similarity.py").read_text(encoding="utf-8")
    # Its functions alone, without the library, whose import takes seconds.
    names: dict[str, Any] = {}
    exec(source[source.index("def similarity") :], names)
    assert names["similarity"](one, other) == pytest.approx(expected)
