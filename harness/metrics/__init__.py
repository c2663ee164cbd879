"""Reference metrics: figures of all responses of a suite against the references of its items. One library a file.

A suite names them in `corpus_metrics`; any suite whose items have references may. Each figure carries the metric's known weakness as
its note. A metric that cannot be had here (no model folder, no network) is "unavailable" with the reason, and hinders no other.
"""

from collections.abc import Sequence
from importlib import import_module

from harness.errors import UserError
from harness.metrics.base import Metric, Pair
from harness.metrics.hub import PREFIX, EvaluateMetric
from harness.records import CorpusFigure
from harness.suite import Suite
from harness.suite_config import PERPLEXITY

_CLASSES = {
    "bert_score": "harness.metrics.bert:BertScore",
    "bleu": "harness.metrics.overlap:Bleu",
    "chrf": "harness.metrics.overlap:ChrF",
    "length_ratio": "harness.metrics.length:LengthRatio",
    PERPLEXITY: "harness.metrics.likelihood:Perplexity",
    "rouge": "harness.metrics.rouge:Rouge",
}


def load_metric(name: str, suite: Suite) -> Metric:
    """The metric that `suite` calls `name`; raises UserError if there is none, or a folder that it names is not there."""
    if name.startswith(PREFIX):
        return EvaluateMetric(name, suite.folder)
    if name not in _CLASSES:
        raise UserError(
            f"Unknown metric '{name}' in corpus_metrics; there are {', '.join(sorted(_CLASSES))}, and {PREFIX}<hub name or folder>."
        )
    module, _, cls = _CLASSES[name].partition(":")
    metric: Metric = getattr(import_module(module), cls)()
    return metric


def check_metrics(suite: Suite) -> None:
    """Raise UserError if a metric of the suite does not exist, or no item has references that it could be measured against."""
    for name in suite.config.corpus_metrics:
        try:
            load_metric(name, suite)
        except UserError as error:
            raise UserError(f"{suite.config_file}: {error}") from error
    if suite.config.corpus_metrics and not any(item.references for item in suite.items):
        raise UserError(f"{suite.config_file}: corpus_metrics need references, and no item has any.")


def metric_identities(suite: Suite) -> list[str]:
    """The suite's metrics by name; one from a folder with a hash of its code, which is what its figures depend on."""
    metrics = [(name, load_metric(name, suite)) for name in suite.config.corpus_metrics]
    return [metric.identity if isinstance(metric, EvaluateMetric) else name for name, metric in metrics]


def metric_figures(name: str, suite: Suite, pairs: Sequence[Pair]) -> dict[str, CorpusFigure]:
    """The figures of one metric; raises whatever the metric raises."""
    return load_metric(name, suite).figures(pairs)
