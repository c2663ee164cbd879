"""One label out of a list. A response that names no label, or several, is wrong and is counted in a column of its own."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.formulas import Formula, Terms, class_terms, mean_terms
from harness.item import Item
from harness.records import Answer, Check, CorpusFigure, Score
from harness.scorers.labels import named_labels
from harness.scorers.text import Phrase, comparable, contains_phrase

NO_LABEL = "(no label)"
ACCURACY_WEAKNESS = "accuracy follows the frequent classes"
MACRO_WEAKNESS = "a macro average weighs rare and frequent classes alike, so that a few items of a rare class move it"
_Judged = Sequence[tuple[Item, Answer, Score]]


class ClassificationTarget(BaseModel):
    """The labels that are to choose from, and the right one."""

    model_config = ConfigDict(extra="forbid")

    labels: tuple[Phrase, ...] = Field(min_length=2)
    """All labels, as the prompt lists them and in its order."""
    answer: str
    """The right one."""
    classes: tuple[str, ...] | None = None
    """What the labels stand for, in the same order, so that 导航 and "navigation" are one class; by default the labels themselves."""
    aliases: dict[str, tuple[Phrase, ...]] = {}
    """Other names by which a response may call a label."""

    @model_validator(mode="after")
    def _consistent(self) -> "ClassificationTarget":
        if self.answer not in self.labels:
            raise ValueError(f"answer '{self.answer}' is not one of the labels ({', '.join(self.labels)})")
        if stray := [label for label in self.aliases if label not in self.labels]:
            raise ValueError(f"aliases are given for '{stray[0]}', which is not one of the labels")
        names = [comparable(name) for name in (*self.labels, *(name for others in self.aliases.values() for name in others))]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"'{twice}' names two labels, or one label twice")
        if self.classes is not None and len(set(self.classes)) != len(self.labels):
            raise ValueError(f"classes must name {len(self.labels)} different classes, one for each label")
        if NO_LABEL in (self.classes or self.labels):
            raise ValueError(f"'{NO_LABEL}' is the name of the column of responses without a label")
        return self

    def class_of(self, label: str) -> str:
        """The class that a label stands for, itself if there are no classes; raises ValueError if it is none of the labels."""
        return label if self.classes is None else self.classes[self.labels.index(label)]


class ClassificationScorer:
    """`correct`: the response names the right label and no other, by the rule of `labels.py`. Tags say which class was predicted.

    Figures of all answers, for each stratum (a task with labels of its own): accuracy, and precision, recall and F1 averaged over
    the classes that have items, each class weighing the same. The confusion matrix is in the details of F1.
    """

    name = "classification"
    version = 1
    libraries = ("scikit-learn",)
    metrics = ("correct",)

    def check_target(self, item: Item) -> None:
        target = ClassificationTarget.model_validate(item.target)
        if missing := next((label for label in target.labels if not contains_phrase(item.given, label)), None):
            raise ValueError(f"label '{missing}' does not stand in the prompt; list all labels there")

    def score(self, item: Item, answer: Answer) -> Score:
        target = ClassificationTarget.model_validate(item.target)
        found = named_labels(answer.text, {label: target.aliases.get(label, ()) for label in target.labels})
        right = found == (target.answer,)
        said = "names no label" if not found else f"names {' and '.join(found)}"
        check = Check("label", right, f"{said}; right is {target.answer}")
        return Score({"correct": float(right)}, (check,), {"label": "one" if len(found) == 1 else "none" if not found else "several"})

    def corpus_figures(self, judged: _Judged) -> dict[str, CorpusFigure]:
        figures: dict[str, CorpusFigure] = {}
        for stratum in dict.fromkeys(item.stratum for item, _, _ in judged):
            rows = {place: row for place, row in enumerate(judged) if row[0].stratum == stratum}
            figures |= {f"{stratum}/{name}": figure for name, figure in _figures([*rows.values()], [*rows]).items()}
        return figures


def predicted_class(item: Item, text: str) -> str:
    """The class of the label that `text` names, or `NO_LABEL`."""
    target = ClassificationTarget.model_validate(item.target)
    found = named_labels(text, {label: target.aliases.get(label, ()) for label in target.labels})
    return target.class_of(found[0]) if len(found) == 1 else NO_LABEL


def _figures(rows: _Judged, places: Sequence[int]) -> dict[str, CorpusFigure]:
    """Of one stratum; `places` are those of its rows among all."""
    import sklearn
    from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

    targets = [ClassificationTarget.model_validate(item.target) for item, _, _ in rows]
    true = [target.class_of(target.answer) for target in targets]
    predicted = [predicted_class(item, answer.text) for item, answer, _ in rows]
    known = dict.fromkeys(name for target in targets for name in target.classes or target.labels)
    classes = sorted(set(true))
    columns = [*classes, *sorted(set(known) - set(classes)), NO_LABEL]

    def macro(chosen: Sequence[int]) -> list[float]:
        some_true, some_predicted = [true[i] for i in chosen], [predicted[i] for i in chosen]
        averages = precision_recall_fscore_support(
            some_true, some_predicted, labels=sorted(set(some_true)), average="macro", zero_division=0
        )
        return [float(value) for value in averages[:3]]

    precision, recall, f1 = macro(range(len(rows)))
    by_lang = {
        lang: macro(chosen)[2] for lang in ("zh", "en") if (chosen := [i for i, (item, _, _) in enumerate(rows) if item.lang == lang])
    }
    each = precision_recall_fscore_support(true, predicted, labels=classes, average=None, zero_division=0)
    details: dict[str, Any] = {
        "rows": classes,
        "columns": columns,
        "confusion": confusion_matrix(true, predicted, labels=columns)[: len(classes)].tolist(),
        "classes": {
            name: dict(zip(("precision", "recall", "f1", "items"), (*map(float, values[:3]), int(values[3])), strict=True))
            for name, values in zip(classes, zip(*each, strict=True), strict=True)
        },
        "macro_f1_by_language": by_lang,
        "no_label": predicted.count(NO_LABEL),
    }
    note = f"{predicted.count(NO_LABEL)} of {len(rows)} without one label"
    if unasked := columns[len(classes) : -1]:
        note += f"; classes without items left out: {', '.join(unasked)}"
    signature = f"scikit-learn:{sklearn.__version__}|average:macro|zero_division:0"
    hits = {place: mean_terms(one == other) for place, one, other in zip(places, true, predicted, strict=True)}
    named: dict[int, Terms] = {place: class_terms(one, other) for place, one, other in zip(places, true, predicted, strict=True)}
    averages: dict[str, tuple[float, Formula]] = {
        "precision": (precision, "macro_precision"), "recall": (recall, "macro_recall"), "macro_f1": (f1, "macro_f1"),
    }  # fmt: skip
    accuracy = float(accuracy_score(true, predicted))
    return {
        "accuracy": CorpusFigure(accuracy, len(rows), signature, f"{note}; {ACCURACY_WEAKNESS}", {}, "ratio", hits),
        **{
            name: CorpusFigure(
                value, len(rows), signature, f"{note}; {MACRO_WEAKNESS}", details if name == "macro_f1" else {}, formula, named
            )
            for name, (value, formula) in averages.items()
        },
    }
