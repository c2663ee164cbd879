"""From samples to the files of a finished run: responses, scores, and per suite the figures with their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from statistics import fmean
from typing import Any

from harness.consistency import consistency
from harness.hashing import hash_json
from harness.plan import Conditions, SuitePlan
from harness.postprocess import VERSION
from harness.prompts import Renderer
from harness.records import CorpusFigure
from harness.runner import Sample
from harness.scores import item_counts, item_means, score_limits
from harness.selfchecks.outputs import odd_outputs
from harness.stats.clustered import clustered_mean
from harness.stats.pass_at_k import mean_pass_at_k
from harness.suite import Suite
from harness.suite_check import primary_score


def response_rows(samples: Sequence[Sample], draw: int, renderer: Renderer) -> list[dict[str, Any]]:
    """One row a sample: the prompt as the model got it and all that it gave back."""
    rows = []
    for sample in samples:
        responses = [sample.responses[request.id] for request in sample.requests if request.id in sample.responses]
        generated = [response for response in responses if response.logprobs is None]
        rows.append({
            **_tags(sample, draw),
            "asked": sample.suite.asked(sample.item),
            "prompt": renderer.shown(sample.requests[0]),
            "response": generated[0].text if generated else None,
            "tokens": sum(response.tokens for response in generated),
            "truncated": any(response.truncated for response in generated),
            "turns": list(sample.item.turns),
            "follow_ups": [response.text for response in generated[1:]],
            "choice_logprobs": [list(response.logprobs) for response in responses if response.logprobs is not None] or None,
            "error": sample.error,
        })  # fmt: skip
    return rows


def prompts_hashes(responses: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Of each suite the hash of its prompts as the model gets them, from rows of responses."""
    prompts: dict[str, list[str]] = {}
    for row in responses:
        prompts.setdefault(row["suite"], []).append(row["prompt"])
    return {name: hash_json(texts) for name, texts in prompts.items()}


Corpus = Mapping[str, Mapping[str, CorpusFigure]]
"""By suite and name the figures of all answers together, each of the whole list of samples."""


def score_rows(samples: Sequence[Sample], draw: int, corpus: Corpus) -> list[dict[str, Any]]:
    """One row a sample: the primary score, every metric, each check with its reason, what it adds to corpus figures; or the error."""
    rows = []
    for place, sample in enumerate(samples):
        score = None if sample.error is not None else sample.score
        rows.append({
            **_tags(sample, draw),
            "cluster": sample.item.cluster,
            "scorer": sample.item.scorer,
            "score": None if score is None else primary_score(sample.suite, sample.item, score),
            "scores": None if score is None else score.metrics,
            "checks": [] if score is None else [
                {"name": check.name, "passed": check.passed, "loose": check.loose, "reason": check.reason} for check in score.checks
            ],
            "tags": {} if score is None else score.tags,
            "chance": sample.suite.chance(sample.item),
            "error": sample.error,
            **_judged(sample),
            **_terms(place, corpus.get(sample.suite.name, {})),
        })  # fmt: skip
    return rows


def _terms(place: int, figures: Mapping[str, CorpusFigure]) -> dict[str, Any]:
    terms = {name: dict(figure.terms[place]) for name, figure in figures.items() if place in figure.terms}
    return {"corpus": terms} if terms else {}


def _judged(sample: Sample) -> dict[str, str]:
    """The text that was judged, where a condition's steps made another of it than the model gave."""
    if sample.error is not None or not sample.post:
        return {}
    text = sample.judged().text
    return {} if text == sample.answer().text else {"judged": text}


def summarise(
    parts: Sequence[SuitePlan], conditions: Conditions, scores: Sequence[dict[str, Any]], responses: Sequence[dict[str, Any]],
    corpus: Corpus, samples: Sequence[Sample],
) -> dict[str, Any]:  # fmt: skip
    """Per suite its figures, number of items and samples, what is odd about its responses, and signature."""
    return {
        part.suite.name: {
            "items": len(part.items),
            "samples": conditions.choice.samples,
            **figures(part.suite, scores, responses),
            "corpus": {name: figure.as_json() for name, figure in corpus[part.suite.name].items()},
            "odd": [
                asdict(odd)
                for odd in odd_outputs(
                    [(sample.item, sample.answer()) for sample in samples if sample.suite.name == part.suite.name and sample.error is None]
                )
            ],
            "signature": signature(conditions, part),
        }
        for part in parts
    }


def figures(suite: Suite, scores: Sequence[dict[str, Any]], responses: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One suite's primary score with its 95 % interval, all metrics, strata, errors, truncation.

    `checks`: share of single checks that passed, over all items, where a scorer reads responses strictly and loosely; the
    instruction-level rates of IFEval. `pass_at_k`: where each item has several samples that are right or wrong.
    """
    rows = [row for row in scores if row["suite"] == suite.name]
    generated = [row for row in responses if row["suite"] == suite.name and row["response"] is not None]
    metrics = sorted({name for row in rows if row["scores"] for name in row["scores"]})
    strata = {
        stratum: {lang: _figure([row for row in rows if row["stratum"] == stratum and row["lang"] in langs])
                  for lang, langs in (("all", ("zh", "en")), ("zh", ("zh",)), ("en", ("en",)))}
        for stratum in suite.config.strata
        if any(row["stratum"] == stratum and (row["score"] is not None or row["error"]) for row in rows)
    }  # fmt: skip
    return {
        "version": suite.config.version,
        "primary_metric": suite.config.primary_metric,
        "errors": sum(1 for row in rows if row["error"] is not None),
        "max_errors": suite.config.max_errors,
        "truncated": fmean(row["truncated"] for row in generated) if generated else None,
        **_figure(rows),
        "metrics": {name: fmean(row["scores"][name] for row in rows if row["scores"] and name in row["scores"]) for name in metrics},
        "consistency": consistency(_as_judged(rows, responses)) if suite.config.consistency else None,
        "checks": _checks(rows),
        "pass_at_k": _pass_at_k(rows),
        "strata": strata,
        "measured": _measured(rows),
        "tags": _count_tags(rows),
        "unverified": list(suite.unverified),
    }


def _as_judged(scores: Sequence[dict[str, Any]], responses: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The responses to the items of `scores`, with the text that was judged."""
    judged = {(row["item"], row["sample"]): row.get("judged") for row in scores}
    suite = {row["suite"] for row in scores}
    return [
        {**row, "response": text} if (text := judged.get((row["item"], row["sample"]))) is not None else row
        for row in responses
        if row["suite"] in suite
    ]


def _measured(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Per stratum that is measured and not scored, and per metric and language: mean with its 95 % t-interval over clusters."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        if row["error"] is None and row["score"] is None:
            for metric in row["scores"]:
                found.setdefault(row["stratum"], {}).setdefault(metric, {})
    for stratum, metrics in found.items():
        for metric, by_lang in metrics.items():
            for lang in ("all", "zh", "en"):
                chosen = [row for row in rows if row["stratum"] == stratum and row["scores"] and lang in ("all", row["lang"])]
                if chosen:
                    mean = clustered_mean([row["scores"][metric] for row in chosen], [row["cluster"] for row in chosen])
                    low, high = mean.limits()
                    known = isfinite(low)
                    by_lang[lang] = {"n": mean.n, "mean": mean.mean, "low": low if known else None, "high": high if known else None}
    return found


def _checks(rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    checks = [check for row in rows for check in row["checks"] if check["loose"] is not None]
    if not checks:
        return None
    return {"n": len(checks), "strict": fmean(check["passed"] for check in checks), "loose": fmean(check["loose"] for check in checks)}


def _pass_at_k(rows: Sequence[dict[str, Any]]) -> dict[str, float] | None:
    """Keyed by k as text, as JSON has it."""
    counts = item_counts(rows)
    if counts is None or max((n for n, _ in counts.values()), default=1) < 2:
        return None
    return {str(k): value for k, value in mean_pass_at_k(list(counts.values())).items()}


def _count_tags(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """How many samples have each tag, such as {"integrity": {"split": 39, "shared-process": 1}}."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        for name, value in row.get("tags", {}).items():
            counts.setdefault(name, {})[value] = counts.get(name, {}).get(value, 0) + 1
    return counts


def _figure(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean score with its 95 % interval."""
    means, cluster_of = item_means(rows), {row["item"]: row["cluster"] for row in rows}
    if not means:
        return {"n": 0, "score": None, "low": None, "high": None}
    values = [*means.values()]
    low, high = score_limits(values, [cluster_of[item] for item in means])
    return {"n": len(values), "score": fmean(values), "low": low, "high": high}


def signature(conditions: Conditions, part: SuitePlan) -> str:
    """One line that names every choice behind a suite's score."""
    config, choice = part.suite.config, conditions.choice
    generation = config.generation
    temperature = generation.temperature or (generation.sampling_temperature if choice.samples > 1 else 0.0)
    scorers = "+".join(f"{name}.{version}" for name, version in part.scorer_versions().items())
    condition = (
        ""
        if part.condition is None
        else f"|condition:{part.condition.name}@{part.condition.hash}" + (f"+post.{VERSION}" if part.condition.post else "")
    )
    stack = ",".join(f"{name}-{version}" for name, version in conditions.stack.items())
    unverified = "|data:unverified" if part.suite.unverified else ""
    caps = generation.max_tokens
    longest = ",".join(f"{stratum}-{cap}" for stratum, cap in caps.items()) if isinstance(caps, dict) else caps
    circles = generation.repetition_detection
    ends = "" if circles is None else f"|loops:{circles.min_pattern_size}-{circles.max_pattern_size}x{circles.min_count}"
    return (
        f"{config.name}|v:{config.version}|items:{len(part.items)}@{part.items_hash[:8]}|size:{choice.size}|lang:{choice.lang or 'all'}"
        f"|shots:{len(config.few_shot)}|metric:{config.primary_metric}|scorer:{scorers}|t:{temperature:g}|top_p:{generation.top_p:g}|max:{longest}{ends}"
        f"{unverified}|k:{choice.samples}|seed:{choice.seed}|draw:{choice.draw}"
        f"|template:{'own' if conditions.own_template else 'given'}{condition}"
        f"|engine:{conditions.engine}|{stack}"
    )


def _tags(sample: Sample, draw: int) -> dict[str, Any]:
    return {
        "suite": sample.suite.name, "item": sample.item.id, "sample": sample.index, "draw": draw,
        "lang": sample.item.lang, "stratum": sample.item.stratum,
    }  # fmt: skip
