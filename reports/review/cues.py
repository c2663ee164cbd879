"""Can the answers of two runs be told apart without being read? Length, lines, marks and refusals, and how well they foretell the run.

A logistic regression is fitted on features of the form alone and judged on answers it has not seen (five folds; answers to items of one
cluster are in one fold). Its area under the ROC curve is 0.5 where form says nothing. Above `SUSPICIOUS`, raters may come to know each
model by its style: nothing can mask that, but it must be known.
"""

import re
import warnings
from collections.abc import Sequence
from statistics import fmean

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SUSPICIOUS = 0.75
FEWEST = 20
"""Pairs below which nothing is said: the estimate would be noise."""
_MARKDOWN_RE = re.compile(r"\*\*|^#{1,6} |```|^\|.*\|$", re.MULTILINE)
_BULLET_RE = re.compile(r"^\s*(?:[-*•]|\d+[.、)])\s", re.MULTILINE)
_CHINESE_RE = re.compile(r"[\u4e00-\u9fff]")
_REFUSAL_RE = re.compile(
    r"\b(?:I can(?:no|')t|I'm sorry|I apologize|As an AI)\b|抱歉|对不起|我无法|作为(?:一个)?(?:AI|人工智能|语言模型)", re.I
)
_POLITE_RE = re.compile(r"\b(?:Certainly|Sure|Of course|Great question|hope this helps)\b|当然|好的|希望(?:这|以上)|如果您", re.I)


def style(text: str) -> list[float]:
    """Features of an answer's form, none of its contents."""
    size = max(len(text), 1)
    return [
        np.log1p(len(text)), np.log1p(text.count("\n")), np.log1p(len(_MARKDOWN_RE.findall(text))), np.log1p(len(_BULLET_RE.findall(text))),
        len(_CHINESE_RE.findall(text)) / size, float(bool(_REFUSAL_RE.search(text))), float(bool(_POLITE_RE.search(text))),
        float(text.rstrip()[-1:] in ".。!！?？"), text.count("!") + text.count("！"), sum(char > "\U0001f000" for char in text) / size,
    ]  # fmt: skip


def separability(pairs: Sequence[tuple[str, str]], clusters: Sequence[str]) -> float | None:
    """Area under the ROC curve with which form tells the first of each pair from the second; None for fewer than `FEWEST` clusters.

    The same whichever run stands first.
    """
    if len(set(clusters)) < FEWEST:
        return None
    # Differences within a pair: what is due to the prompt falls out. Both ways round, so that nothing hangs on the order.
    difference = np.array([np.subtract(style(one), style(other)) for one, other in pairs])
    features = np.vstack([difference, -difference])
    labels = np.repeat([1, 0], len(pairs))
    groups = np.tile(np.unique(clusters, return_inverse=True)[1], 2)
    model = make_pipeline(StandardScaler(), LogisticRegression(fit_intercept=False))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = cross_val_predict(model, features, labels, groups=groups, cv=GroupKFold(5), method="predict_proba")[:, 1]
    return float(roc_auc_score(labels, told))


def length_ratio(pairs: Sequence[tuple[str, str]]) -> float:
    """Mean length of the second answers over that of the first ones, in characters."""
    return fmean(len(other) for _, other in pairs) / max(fmean(len(one) for one, _ in pairs), 1.0)
