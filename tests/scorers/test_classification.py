"""One label of a list: which one a response names, and the figures of all responses together."""

from typing import Any

import pytest

from harness.item import Item
from harness.records import Answer, CorpusFigure, Response
from harness.scorers import CorpusScorer
from harness.scorers.classification import NO_LABEL, ClassificationScorer
from harness.scorers.labels import named_labels
from harness.suite_audit import audit_suite
from harness.suite_check import example_answer
from tests.conftest import item_line, write_suite

EN: dict[str, list[str]] = {"navigation": [], "music": [], "phone": ["call"]}
ZH: dict[str, list[str]] = {"导航": [], "音乐": [], "电话": []}
URGENCY: dict[str, list[str]] = {"urgent": [], "not urgent": []}
URGENCY_ZH: dict[str, list[str]] = {"紧急": [], "不急": ["不紧急"]}


@pytest.mark.parametrize(
    ("response", "labels", "named"),
    [
        ("navigation", EN, ["navigation"]),
        ("**Navigation**.", EN, ["navigation"]),
        ("Label: navigation", EN, ["navigation"]),
        ("The label is “NAVIGATION”.", EN, ["navigation"]),
        ("call", EN, ["phone"]),
        ("It wants the phone to call: phone.", EN, ["phone"]),
        ("It mentions music, but that is not the point. Label: navigation", EN, ["navigation"]),
        ("I would classify it as phone because music is only mentioned", EN, ["phone"]),
        ("Navigation\n\nThe driver wants the music off.", EN, ["navigation"]),
        ("It's not navigation but music", EN, ["music"]),
        ("It is about navigation rather than music.", EN, ["navigation"]),
        ("Neither navigation nor music; it is phone.", EN, ["phone"]),
        ("Not navigation or music. I say phone", EN, ["phone"]),
        ("It is not navigation or music but phone", EN, ["phone"]),
        ("Navigation is wrong. It has to be phone.", EN, ["phone"]),
        ("The label cannot be music.", EN, []),
        ("It is not navigation.", EN, []),
        ("It is not only music.", EN, ["music"]),
        ("telephones, musical, navigations", EN, []),
        ("", EN, []),
        ("Turn left after the bridge.", EN, []),
        ("navigation, music", EN, ["navigation", "music"]),
        ("Label: navigation or music", EN, ["navigation", "music"]),
        ("Labels: navigation, music, phone", EN, ["navigation", "music", "phone"]),
        ("Label: navigation, music, phone\nLabel: phone", EN, ["phone"]),
        ("Label: navigation. Label: music.", EN, ["navigation", "music"]),
        ("navigation\nmusic", EN, ["navigation", "music"]),
        ("I mean the phone book", {"phone": [], "phone book": []}, ["phone book"]),
        ("not urgent", URGENCY, ["not urgent"]),
        ("It is urgent!", URGENCY, ["urgent"]),
        ("It isn't urgent", URGENCY, []),
        ("It is not so urgent", URGENCY, []),
        ("标签：音乐", ZH, ["音乐"]),
        ("“音乐”", ZH, ["音乐"]),
        ("【标签】导航", ZH, ["导航"]),
        ("这句话属于导航类。", ZH, ["导航"]),
        ("虽然提到音乐，但应归为导航。", ZH, ["导航"]),
        ("标签：导航，因为司机没有提到音乐的事", ZH, ["导航"]),
        ("不是导航，是音乐", ZH, ["音乐"]),
        ("不是导航而是音乐", ZH, ["音乐"]),
        ("不属于导航、音乐，应归为电话。", ZH, ["电话"]),
        ("音乐不对，应该选电话", ZH, ["电话"]),
        ("这是导航请求，与音乐无关", ZH, ["导航"]),
        ("排除音乐，选导航", ZH, ["导航"]),
        ("并非电话", ZH, []),
        ("导航或音乐", ZH, ["导航", "音乐"]),
        ("导航、音乐、电话", ZH, ["导航", "音乐", "电话"]),
        ("好的，马上为您处理。", ZH, []),
        ("这件事不紧急", URGENCY_ZH, ["不急"]),
        ("这件事不太紧急", URGENCY_ZH, []),
        ("非常紧急", URGENCY_ZH, ["紧急"]),
    ],
)
def test_the_labels_that_a_response_names(response: str, labels: dict[str, list[str]], named: list[str]) -> None:
    assert named_labels(response, labels) == tuple(named)


def item(identifier: str, answer: str, lang: str = "en", stratum: str = "easy", **target: Any) -> Item:
    labels = target.pop("labels", list(EN if lang == "en" else ZH))
    target = {"labels": labels, "answer": answer, **target}
    return Item.model_validate(item_line(identifier, lang=lang, stratum=stratum, prompt=" / ".join(labels) + "?", target=target))


@pytest.mark.parametrize(
    ("response", "correct", "tag"), [("music", 1.0, "one"), ("phone", 0.0, "one"), ("music or phone", 0.0, "several"), ("", 0.0, "none")]
)
def test_right_is_the_right_label_and_no_other(response: str, correct: float, tag: str) -> None:
    one = item("a", "music")
    score = ClassificationScorer().score(one, example_answer(one, response))
    assert (score.metrics, score.tags) == ({"correct": correct}, {"label": tag})


def figures(*rows: tuple[Item, str]) -> dict[str, CorpusFigure]:
    scorer = ClassificationScorer()
    assert isinstance(scorer, CorpusScorer)
    answers = [(one, Answer((Response("r", text),))) for one, text in rows]
    return scorer.corpus_figures([(one, answer, scorer.score(one, answer)) for one, answer in answers])


def test_figures_of_all_answers_by_hand() -> None:
    found = figures(
        (item("a", "navigation"), "navigation"),
        (item("b", "navigation"), "music"),
        (item("c", "music"), "music"),
        (item("d", "music"), "no idea"),
        (item("e", "phone"), "phone or music"),
    )
    assert found["easy/accuracy"].value == pytest.approx(2 / 5)
    assert found["easy/precision"].value == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert found["easy/recall"].value == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)
    f1 = found["easy/macro_f1"]
    assert f1.value == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert f1.n == 5
    assert f1.details["rows"] == ["music", "navigation", "phone"]
    assert f1.details["columns"] == ["music", "navigation", "phone", NO_LABEL]
    assert f1.details["confusion"] == [[1, 0, 0, 1], [1, 1, 0, 0], [0, 0, 0, 1]]
    assert f1.details["classes"]["navigation"] == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "items": 2}
    assert f1.details["no_label"] == 2
    assert "2 of 5 without one label" in f1.note
    assert f1.signature.startswith("scikit-learn:")


def test_a_constant_answer_has_a_low_f1_whatever_the_accuracy() -> None:
    found = figures(*((item(f"a{n}", "music"), "music") for n in range(8)), (item("b", "phone"), "music"))
    assert found["easy/accuracy"].value == pytest.approx(8 / 9)
    assert found["easy/macro_f1"].value == pytest.approx((16 / 17) / 2)
    assert "left out: navigation" in found["easy/macro_f1"].note


def test_languages_share_classes_and_tasks_do_not() -> None:
    classes = ["navigation", "music", "phone"]
    found = figures(
        (item("a", "音乐", "zh", classes=classes), "音乐"),
        (item("b", "music"), "phone"),
        (item("c", "urgent", stratum="urgency", labels=["urgent", "not urgent"]), "urgent"),
    )
    assert found["easy/macro_f1"].details["confusion"] == [[1, 0, 1, 0]]
    assert found["easy/macro_f1"].details["macro_f1_by_language"] == {"zh": 1.0, "en": 0.0}
    assert found["urgency/accuracy"].value == 1.0
    assert figures() == {}


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ({"answer": "radio"}, "answer 'radio' is not one of the labels"),
        ({"answer": "phone", "labels": ["phone", "Phone"]}, "'phone' names two labels"),
        ({"answer": "phone", "aliases": {"radio": ["fm"]}}, "'radio', which is not one of the labels"),
        ({"answer": "phone", "aliases": {"phone": ["music"]}}, "'music' names two labels"),
        ({"answer": "phone", "classes": ["x", "y"]}, "classes must name 3 different classes"),
        ({"answer": "phone", "classes": ["x", "y", "y"]}, "classes must name 3 different classes"),
        ({"answer": "phone", "classes": ["x", "y", NO_LABEL]}, "the column of responses without a label"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(target: dict[str, Any], complaint: str) -> None:
    answer = target.pop("answer")
    with pytest.raises(ValueError, match=complaint):
        ClassificationScorer().check_target(item("a", answer, **target))


def test_labels_must_stand_in_the_prompt() -> None:
    one = item("a", "music").model_copy(update={"prompt": "navigation or phone?"})
    with pytest.raises(ValueError, match="label 'music' does not stand in the prompt"):
        ClassificationScorer().check_target(one)


def test_suite_check_counts_where_right_labels_stand(tmp_path: Any) -> None:
    from harness.suite import load_suite

    def line(n: int) -> dict[str, Any]:
        target = {"labels": ["music", "phone"], "answer": "music"}
        prompt = f"Song or caller, {'very ' * n}plainly? music / phone"
        return item_line(f"q{n}", scorer="classification", prompt=prompt, target=target, **{"pass": ["music"], "fail": [f"phone {n}"]})

    audit = audit_suite(load_suite(write_suite(tmp_path / "s", [line(n) for n in range(12)])))
    assert [group.counts for group in audit.positions] == [(12, 0)]
    assert [finding.rule for finding in audit.problems if finding.rule == "positions"] == ["positions"]
