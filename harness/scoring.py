"""Judging responses that are there already, without an engine: those of a file, or of a run folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from harness.condition import Step
from harness.item import Item
from harness.judges import Judges
from harness.metrics import metric_figures
from harness.metrics.base import Pair
from harness.records import CorpusFigure, FollowUp, Request, Response, Score
from harness.runner import Sample
from harness.scorers import CorpusScorer, load_scorer
from harness.settings import one_line
from harness.suite import Suite


def stored_sample(
    suite: Suite, item: Item, index: int, responses: Sequence[Response], error: str | None = None, post: tuple[Step, ...] = ()
) -> Sample:
    """A sample with its responses, in the order in which they were asked for, and what is done to the answer before it is judged."""
    requests = [Request(response.request_id, ()) for response in responses]
    return Sample(suite, item, index, requests, {response.request_id: response for response in responses}, error=error, post=post)


def judge(samples: Sequence[Sample], known: Mapping[str, Response]) -> None:
    """Bring every sample without an error to a score or an error; responses to follow-ups are taken from `known` by request id."""
    judges: Judges[_Outcome] = Judges()
    waiting = {judges.submit(partial(_judge, sample, known)): sample for sample in samples if sample.error is None}
    judges.close()
    while waiting:
        judges.wait(waiting)
        for future in [future for future in waiting if future.done()]:
            sample, error = waiting.pop(future), future.exception()
            outcome = future.result() if error is None else _Outcome(error=f"scorer '{sample.item.scorer}' failed: {error}")
            sample.score, sample.error = outcome.score, outcome.error


@dataclass(frozen=True)
class _Outcome:
    score: Score | None = None
    error: str | None = None


def _judge(sample: Sample, known: Mapping[str, Response]) -> _Outcome:
    name = sample.item.scorer
    try:
        while isinstance(result := sample.verdict(), FollowUp):
            request_id = f"{sample.suite.name}/{sample.item.id}/{sample.index}/{len(sample.requests)}"
            if request_id not in known:
                return _Outcome(error=f"scorer '{name}' asks for one more response, number {len(sample.requests)}, which is not stored")
            sample.requests.append(Request(request_id, ()))
            sample.responses[request_id] = known[request_id]
    except Exception as error:  # Whatever a scorer does wrong is this item's error and nobody else's.
        return _Outcome(error=f"scorer '{name}' failed: {type(error).__name__}: {error}")
    return _Outcome(score=result)


def corpus_figures(suite: Suite, samples: Sequence[Sample]) -> dict[str, CorpusFigure]:
    """By name the figures of all answers of the suite together: those its scorers have, then the metrics that it asks for.

    The place of an answer's terms is that of its sample in `samples`. What fails is unavailable, with the reason as its note, since every
    answer was judged nevertheless."""
    own = {
        place: sample
        for place, sample in enumerate(samples)
        if sample.suite.name == suite.name and sample.error is None and sample.score is not None
    }
    found: dict[str, CorpusFigure] = {}
    for name in dict.fromkeys(sample.item.scorer for sample in own.values()):
        scorer = load_scorer(name)
        if isinstance(scorer, CorpusScorer):
            judged = {
                place: (sample.item, sample.judged(), sample.score)
                for place, sample in own.items()
                if sample.item.scorer == name and sample.score is not None
            }
            found |= _available(f"scorer '{name}'", name, [*judged], partial(scorer.corpus_figures, [*judged.values()]))
    pairs = {
        place: Pair(answer.text, sample.item.references, sample.item.lang, answer.reference_logprobs)
        for place, sample in own.items()
        if sample.item.references and (answer := sample.judged()).turns
    }
    if pairs:
        for name in suite.config.corpus_metrics:
            found |= _available(f"metric '{name}'", name, [*pairs], partial(metric_figures, name, suite, [*pairs.values()]))
    return found


def _available(what: str, name: str, places: Sequence[int], figures: Callable[[], dict[str, CorpusFigure]]) -> dict[str, CorpusFigure]:
    """What `figures` gives, their terms by `places`; if it fails, one figure called `name` that is unavailable and says why."""
    try:
        return {key: replace(figure, terms={places[at]: terms for at, terms in figure.terms.items()}) for key, figure in figures().items()}
    except Exception as error:
        reason = one_line(error)[:300]
        return {name: CorpusFigure(None, len(places), note=f"unavailable: {what} failed: {type(error).__name__}: {reason}")}


def given_rows(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """Of each sample what a summary needs to know of its response: the text if there is one, whether it was cut off, the error."""
    answers = [(sample, sample.answer()) for sample in samples]
    return [
        {
            "suite": sample.suite.name, "item": sample.item.id, "sample": sample.index, "response": answer.raw if answer.turns else None,
            "truncated": answer.truncated, "error": sample.error,
        }
        for sample, answer in answers
    ]  # fmt: skip
