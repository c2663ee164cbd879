"""One stream of requests through one engine start: journal, resume, scoring beside generation.

The runner joins engines and scorers, which do not know each other. All requests of all suites go in at once; each response is
journalled when it is finished; when all of a sample's responses are there, its scorer judges it in a thread, and may ask
for a follow-up, which goes into the same stream.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field, replace

from harness.condition import Step
from harness.engines import Engine, Engines, start_engine
from harness.engines.base import TAKES_IMAGES
from harness.errors import RunError, UserError
from harness.item import Item
from harness.judges import Judges
from harness.plan import RunPlan
from harness.postprocess import processed
from harness.prompts import Renderer
from harness.records import Answer, FollowUp, Request, Response, Score
from harness.response_cache import CACHED_ENGINES, ResponseCache
from harness.reuse import Earlier
from harness.scorers import load_scorer
from harness.scorers.sound import sound
from harness.screen import Screen
from harness.selfchecks.adapter import check_adapter
from harness.selfchecks.parity import Parity
from harness.selfchecks.probes import adapter_probes
from harness.selfchecks.record import SelfCheck
from harness.selfchecks.rendering import check_rendering
from harness.store import ENGINE, JOURNAL, SELF_CHECKS, Journal, RunFolder, read_journal
from harness.suite import Suite
from harness.watchdog import Watchdog

_MAX_FOLLOW_UPS = 20
_ATTEMPTS = 2
"""How often a request is tried before its error is the item's."""


@dataclass
class Sample:
    """One sample of one item on its way to a score."""

    suite: Suite
    item: Item
    index: int
    requests: list[Request]
    responses: dict[str, Response] = field(default_factory=dict)
    score: Score | None = None
    error: str | None = None
    post: tuple[Step, ...] = ()
    """What is done to the answer before it is judged."""

    @property
    def waiting(self) -> list[Request]:
        """Requests whose responses have not come yet, in order."""
        return [request for request in self.requests if request.id not in self.responses]

    def answer(self) -> Answer:
        """What the model gave."""
        ordered = [self.responses[request.id] for request in self.requests]
        choices = tuple(response.logprobs for response in ordered if response.logprobs is not None)
        return Answer(tuple(response for response in ordered if response.logprobs is None), choices or None)

    def judged(self) -> Answer:
        """What scorers see of it: the answer after the condition's steps, if there are any."""
        return processed(self.answer(), self.post, self.item)

    def verdict(self) -> Score | FollowUp:
        """What the item's scorer says; raises whatever it raises, and ValueError for what is no verdict."""
        scorer = load_scorer(self.item.scorer)
        return sound(scorer, scorer.score(self.item, self.judged()))


@dataclass
class RunOutcome:
    """What a run came to: its judged samples, and how many responses were made for it."""

    samples: list[Sample]
    generated: int
    """Responses generated now, not taken from the journal."""
    reused: int = 0
    """Responses taken now from the run without the condition."""
    cached: int = 0
    """Responses taken now from the cache of all runs."""
    start_seconds: float = 0.0
    """How long the engine took to be there; 0 if none was needed."""
    stream_seconds: float = 0.0
    """From then to the last verdict."""


def run(
    plan: RunPlan, folder: RunFolder, renderer: Renderer, screen: Screen, unavailable: Mapping[str, str] | None = None,
    earlier: Earlier | None = None, engines: Engines | None = None, use_cache: bool = True,
) -> RunOutcome:  # fmt: skip
    """Bring every sample of `plan` to a score or an error.

    `unavailable` says why a scorer cannot judge; its items end with that error, and nothing is generated for them. What `earlier`
    answered already, to the same tokens and settings, is taken from its journal, and what any run answered from the cache, if
    `use_cache` allows. `engines` gives the engine and takes it back, for the next run; without it the engine is this run's own.

    Raises UserError for what is wrong with the input, before an engine is started, and RunError if the engine fails;
    responses finished by then are in the journal.
    """
    samples = list(samples_of(plan, renderer))
    for sample in samples:
        sample.error = (unavailable or {}).get(sample.item.scorer)
    _check_images(plan, samples)
    _check_lengths(plan, samples)
    rendering = [] if plan.self_checks == "off" else check_rendering(plan.model, renderer)
    known = {response.request_id: response for response in read_journal(folder.path / JOURNAL)}
    journal = Journal(folder.path / JOURNAL)
    try:
        new = {}
        if earlier is not None and earlier.fits(folder):
            new = earlier.answers(request for sample in samples for request in sample.requests if request.id not in known)
        if earlier is not None and new:
            earlier.lend_engine(folder)
        cache = ResponseCache(plan, screen.say) if use_cache and plan.engine.kind in CACHED_ENGINES else None
        stream = _Stream(plan, folder, screen, renderer, samples, known | new, journal, cache, engines or Engines(), rendering)
        stream.journal_all(new.values())
        with screen.hears("harness.engines"):
            return replace(stream.run(), reused=len(new))
    finally:
        journal.close()


class _Stream:
    def __init__(
        self, plan: RunPlan, folder: RunFolder, screen: Screen, renderer: Renderer, samples: list[Sample],
        known: dict[str, Response], journal: Journal, cache: ResponseCache | None, engines: Engines,
        rendering: list[SelfCheck],
    ) -> None:  # fmt: skip
        self._plan, self._folder, self._screen, self._renderer = plan, folder, screen, renderer
        self._samples, self._known, self._journal, self._cache, self._engines = samples, known, journal, cache, engines
        self._rendering = rendering
        self._asked: dict[str, Request] = {}
        """What the engine is at work on."""
        self._restarted = False
        self._owner = {request.id: sample for sample in samples for request in sample.requests}
        self._attempts: dict[str, int] = {}
        self._engine: Engine | None = None
        self._scoring: dict[Future[Score | FollowUp], Sample] = {}
        self._generated = self._cached = 0
        self._start_seconds = 0.0

    def run(self) -> RunOutcome:
        able = [sample for sample in self._samples if sample.error is None]
        missing = self._look_up([request for sample in able for request in sample.requests if request.id not in self._known])
        began = time.monotonic()
        self._judges: Judges[Score | FollowUp] = Judges()
        self._watchdog = Watchdog(self._screen.say)
        try:
            if missing:
                self._start_engine(missing)
            total = sum(len(sample.requests) for sample in able)
            with self._screen.progress(total=total, done=total - len(missing)):
                # Longest first: what takes most steps must not be left for the end.
                for request in sorted(missing, key=lambda request: -request.max_tokens):
                    self._submit(request)
                for sample in self._samples:
                    self._collect_known(sample)
                self._loop()
        except BaseException:
            # What such an engine still works on is nobody's.
            self._engines.close()
            raise
        finally:
            self._judges.close()
            self._watchdog.close()
            if self._cache is not None:
                self._cache.flush()
        if self._engine is not None:
            self._engines.give_back()
        seconds = time.monotonic() - began - self._start_seconds
        return RunOutcome(self._samples, self._generated, cached=self._cached, start_seconds=self._start_seconds, stream_seconds=seconds)

    def _look_up(self, missing: list[Request]) -> list[Request]:
        """What of `missing` the cache does not know either."""
        if self._cache is None or not missing:
            return missing
        found = self._cache.lend(missing, self._folder)
        self._known |= found
        self._cached += len(found)
        self.journal_all(found.values())
        return [request for request in missing if request.id not in found]

    def journal_all(self, responses: Iterable[Response]) -> None:
        for response in responses:
            sample = self._owner[response.request_id]
            tags = {"suite": sample.suite.name, "item": sample.item.id, "sample": sample.index, "draw": self._plan.choice.draw}
            self._journal.append(response, **tags)

    def _start_engine(self, missing: list[Request]) -> None:
        self._screen.say(f"starting {self._plan.engine.kind} with {self._plan.model.label}")
        model, level = self._plan.model, self._plan.self_checks
        probes = [] if model.adapter is None else adapter_probes(self._renderer)
        parity = Parity(model, self._plan.engine, self._renderer, level)
        began = time.monotonic()
        self._engine = self._engines.take(start_engine, model, self._plan.engine, missing, probes)
        acts = [check_adapter(self._engine, model, probes)] if model.adapter is not None and level != "off" else []
        checks = [*self._rendering, *acts, parity.compare(self._engine)]
        self._record_engine(self._engine)
        self._folder.write_json(SELF_CHECKS, [asdict(check) for check in checks])
        self._start_seconds += time.monotonic() - began
        conditions = self._engine.info.conditions
        self._screen.say(
            f"{self._engine.info.kind} is up"
            + "".join(f", {name} {conditions[name]}" for name in ("server", "rendering", "device", "dtype") if name in conditions)
        )

    def _record_engine(self, engine: Engine) -> None:
        """Write down what the engine is; a run that was begun under other conditions is not continued under these."""
        info = asdict(engine.info)
        if self._known and info["kind"] != "replay" and (self._folder.path / ENGINE).is_file():
            begun = self._folder.read_json(ENGINE)
            differing = sorted(name for name in info["conditions"] if info["conditions"][name] != begun["conditions"].get(name))
            if differing:
                was = ", ".join(f"{name} {begun['conditions'].get(name)}" for name in differing)
                raise UserError(f"The run in {self._folder.path} was begun with {was}; finish it there, or give another OUT (--out) here.")
        self._folder.write_json(ENGINE, info)
        if self._cache is not None:
            self._cache.use(engine.info)

    def _submit(self, request: Request) -> None:
        if self._engine is None:  # Only a follow-up was missing.
            self._start_engine([request])
        assert self._engine is not None
        self._attempts[request.id] = self._attempts.get(request.id, 0) + 1
        self._asked[request.id] = request
        self._engine.submit(request)

    def _collect_known(self, sample: Sample) -> None:
        """Take what the journal has for `sample`, and have it scored if that is all it needs."""
        for request in sample.waiting:
            if request.id in self._known:
                sample.responses[request.id] = self._known[request.id]
        if not sample.waiting and sample.error is None:
            self._score(sample)

    def _loop(self) -> None:
        while self._scoring or self._asked:
            for response in self._step():
                self._take(response)
            if self._asked:
                self._judges.give_up_late()
            else:
                self._judges.wait(self._scoring)  # Nothing to generate: wait for a scorer.
            for future in [future for future in self._scoring if future.done()]:
                self._finish(self._scoring.pop(future), future)

    def _step(self) -> list[Response]:
        """What the engine has finished. One that dies is started once more with all that is not answered; a second death ends the run."""
        if self._engine is None or not self._asked:
            return []
        try:
            with self._watchdog.over():
                responses = self._engine.step()
        except RunError as error:
            if self._restarted:
                raise
            self._restarted = True
            self._screen.say(f"{error} It is started once more.")
            self._engines.close()
            unanswered = [*self._asked.values()]
            self._start_engine(unanswered)
            for request in unanswered:
                self._engine.submit(request)
            return []
        if not responses and not self._engine.unfinished:
            # It has nothing left and never gave these: an error of the items, not a wrong answer.
            reason = f"{self._engine.info.kind} never answered the request"
            return [Response(name, finish="error", error=reason) for name in self._asked]
        return responses

    def _take(self, response: Response) -> None:
        request = self._asked.pop(response.request_id, None)
        if request is None:
            raise RunError(f"The engine answered '{response.request_id}', which it was not asked or has answered before.")
        sample = self._owner[response.request_id]
        if response.error is not None:
            if self._attempts[response.request_id] < _ATTEMPTS:
                self._submit(request)
                return
            # Not journalled: the same command again tries it again.
            sample.error = sample.error or response.error
        else:
            self.journal_all([response])
            if self._cache is not None:
                self._cache.keep(request, response)
            self._generated += 1
        sample.responses[response.request_id] = response
        self._screen.advance(1, response.tokens)
        if not sample.waiting and sample.error is None:
            self._score(sample)

    def _score(self, sample: Sample) -> None:
        self._scoring[self._judges.submit(sample.verdict)] = sample

    def _finish(self, sample: Sample, future: "Future[Score | FollowUp]") -> None:
        error = future.exception()
        if error is not None:
            sample.error = f"scorer '{sample.item.scorer}' failed: {type(error).__name__}: {error}"
            return
        result = future.result()
        if isinstance(result, Score):
            sample.score = result
            return
        step = len(sample.requests)
        if step > _MAX_FOLLOW_UPS:
            sample.error = f"scorer '{sample.item.scorer}' asked for more than {_MAX_FOLLOW_UPS} follow-ups"
            return
        choice = self._plan.choice
        try:
            request = self._renderer.follow_up(
                sample.suite, sample.item, result,
                sample=sample.index, samples=choice.samples, step=step, draw=choice.draw, seed=choice.seed,
            )  # fmt: skip
        except UserError as error:
            sample.error = f"the follow-up of scorer '{sample.item.scorer}' cannot be rendered: {error}"
            return
        if _is_too_long(self._plan, request):
            sample.error = (
                f"follow-up {step} of scorer '{sample.item.scorer}' does not fit: {len(request.prompt)} tokens and {request.max_tokens} to "
                f"generate, but the context of '{self._plan.model.label}' is {self._plan.model.context_length}"
            )
            return
        sample.requests.append(request)
        self._owner[request.id] = sample
        if request.id in self._known or not self._look_up([request]):
            self._collect_known(sample)
        else:
            self._submit(request)
            self._screen.advance(0, 0, more=1)


def samples_of(plan: RunPlan, renderer: Renderer) -> Iterator[Sample]:
    """Every sample of `plan` with its requests, in order; raises UserError for what cannot be rendered."""
    choice = plan.choice
    for part in plan.suites:
        for item in part.items:
            # The likelihood of a choice is not drawn: more samples of it would be the same.
            for index in range(1 if item.is_scored else choice.samples):
                requests = renderer.requests(part.suite, item, sample=index, samples=choice.samples, draw=choice.draw, seed=choice.seed)
                yield Sample(part.suite, item, index, requests, post=part.steps(item))


def _check_images(plan: RunPlan, samples: list[Sample]) -> None:
    if plan.engine.kind in TAKES_IMAGES:
        return
    if with_images := [sample for sample in samples if sample.item.has_images]:
        first = with_images[0]
        raise UserError(
            f"Item '{first.item.id}' of suite '{first.suite.name}' shows an image (one of {len(with_images)} such samples), "
            f"which the engine {plan.engine.kind} cannot take. Engines that can: {', '.join(sorted(TAKES_IMAGES))}. "
            "Leave the suite out, or judge responses from elsewhere with `harness score`."
        )


def _check_lengths(plan: RunPlan, samples: list[Sample]) -> None:
    limit = plan.model.context_length
    long = [(sample, request) for sample in samples for request in sample.requests if _is_too_long(plan, request)]
    if long:
        sample, request = max(long, key=lambda pair: len(pair[1].prompt))
        raise UserError(
            f"Item '{sample.item.id}' of suite '{sample.suite.name}' does not fit: its prompt has {len(request.prompt)} tokens and "
            f"{request.max_tokens} may be generated, but the context of '{plan.model.label}' is {limit} "
            f"({len(long)} requests are too long); shorten it, or raise max_model_len if the model allows."
        )


def _is_too_long(plan: RunPlan, request: Request) -> bool:
    """Whether the model cannot take the request; responses that are only replayed need no room."""
    return plan.engine.kind != "replay" and len(request.prompt) + request.max_tokens > plan.model.context_length
