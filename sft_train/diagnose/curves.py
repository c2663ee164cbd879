"""Findings from a training's curves alone. Each rule says nothing rather than something doubtful: healthy curves have no finding.

Losses are in nats per token. The learning rate has no influence on the size of gradients; what is said about gradients is read from their
logged norms.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from sft_train.diagnose.record import Cause, Finding, Training

_SPIKE = 0.5
"""Nats by which a step's loss must exceed the median of those around it to be a spike, besides a third of that median and six times the
median distance from it: steps of a few rows of several tasks differ much without being unstable."""
_WINDOW = 9
_RISE = 0.03
"""Share by which validation must have risen above its best."""
_SUSTAINED = 3
"""Measurements in a row that must get worse."""
_GENERAL_LOSS = 0.03
"""Share by which bits per byte must have risen since the start."""
_END_LOSS = 1.0
"""Nats of the end-of-turn token above which an answer is more likely to go on than to stop (p < 0.37)."""


def curve_findings(training: Training) -> list[Finding]:
    """All findings that the curves give."""
    broken = unstable(training)
    found = [broken, None if broken else not_falling(training), overfitting(training), forgetting(training), contamination_jump(training),
             end_not_learned(training)]  # fmt: skip
    if not any(each is not None and each.kind in ("not_falling", "unstable", "overfitting") for each in found):
        found.append(lora_weak(training))
    return [each for each in found if each is not None]


def unstable(training: Training) -> Finding | None:
    """The loss jumps up again and again, or ends well above where it began (F01, F03, T07)."""
    steps, losses = training.series("loss")
    if len(losses) < 6:
        return None
    usual = _medians(losses)
    noise = median(abs(loss - level) for loss, level in zip(losses, usual, strict=True))
    spikes = [step for step, loss, level in zip(steps, losses, usual, strict=True) if loss > level + max(_SPIKE, level / 3, 6 * noise)]
    start, end = median(losses[:3]), median(losses[-3:])
    diverged = not math.isfinite(end) or end > start + max(0.3, 0.15 * start)
    if not diverged and len(spikes) < max(2, 0.04 * len(losses)):
        return None
    _, norms = training.series("grad_norm")
    evidence = {
        "spikes": spikes[:10],
        "start": round(start, 4),
        "end": round(end, 4),
        "largest_grad_norm": round(max(norms, default=0.0), 2),
    }
    return Finding("unstable", evidence, _causes_of_noise(training))


def not_falling(training: Training) -> Finding | None:
    """After the first fifth, neither the training loss nor the validation loss has fallen by 2 % (F01, F02, F04)."""
    _, losses = training.series("loss")
    if len(losses) < 10:
        return None
    part = max(3, len(losses) // 5)
    start, end = _mean(losses[:part]), _mean(losses[-part:])
    _, validation = training.series("eval_loss")
    improved = bool(validation) and min(validation) < 0.98 * validation[0]
    if end < 0.98 * start or improved:
        return None
    _, norms = training.series("grad_norm")
    typical = median(norms) if norms else 0.0
    causes: list[Cause] = []
    if typical < 1e-4 or training.trainable < 1e-5:
        causes.append("frozen")
    causes += _rate_causes(training) or ["rate_low"]
    if training.rows_a_step < 8:
        causes.append("small_batch")
    causes.append("data")
    return Finding("not_falling", {"start": round(start, 4), "end": round(end, 4), "median_grad_norm": typical}, tuple(causes))


def overfitting(training: Training) -> Finding | None:
    """Validation rises while the training loss goes on falling, or training is nearly perfect and validation far from it (T08, T09)."""
    steps, validation = training.series("eval_loss")
    _, losses = training.series("loss")
    if len(validation) < 3 or len(losses) < 6:
        return None
    best = min(range(len(validation)), key=validation.__getitem__)
    last = _mean(validation[-2:]) if best < len(validation) - 2 else validation[-1]
    part = max(3, len(losses) // 5)
    train_end, falling = _mean(losses[-part:]), _mean(losses[-part:]) < _mean(losses[:part])
    signs = []
    if falling and len(validation) - 1 - best >= 2 and last > validation[best] * (1 + _RISE):
        signs.append("validation_rises")
    if train_end < 0.25 * validation[-1] and validation[-1] - train_end > 0.5:
        signs.append("gap")
    if not signs:
        return None
    causes: list[Cause] = []
    if training.rows < 200:
        causes.append("few_rows")
    if training.epochs > 3:
        causes.append("many_epochs")
    if _rate_high(training):
        causes.append("rate_high")
    causes.append("distribution")
    evidence = {
        "signs": signs, "best": round(validation[best], 4), "best_step": steps[best], "last": round(validation[-1], 4),
        "training_loss": round(train_end, 4),
    }  # fmt: skip
    return Finding("overfitting", evidence, tuple(causes))


def forgetting(training: Training) -> Finding | None:
    """The general probe gets worse and worse: three times in a row at least, and by more than 3 % in all (E08)."""
    steps, bits = training.series("probe_bits_per_byte")
    if len(bits) <= _SUSTAINED:
        return None
    run = 0
    while run + 1 < len(bits) and bits[-1 - run] > bits[-2 - run]:
        run += 1
    if run < _SUSTAINED or bits[-1] < bits[0] * (1 + _GENERAL_LOSS):
        return None
    _, choice = training.series("probe_choice")
    evidence = {"since_step": steps[-1 - run], "start": round(bits[0], 4), "end": round(bits[-1], 4)}
    evidence |= {"choice_start": round(choice[0], 3), "choice_end": round(choice[-1], 3)} if choice else {}
    causes: list[Cause] = [] if training.general_rows else ["no_general"]
    causes += ["rate_high"] if _rate_high(training) or training.method == "full" else []
    return Finding("forgetting", evidence, (*causes, "many_epochs"))


def contamination_jump(training: Training) -> Finding | None:
    """From one validation to the next the loss falls by far more than ever, late in the training: it may have met its own rows (D31)."""
    steps, validation = training.series("eval_loss")
    if len(validation) < 6:
        return None
    drops = [before - after for before, after in pairwise(validation)]
    # The first ones are always large.
    late = range(max(2, len(drops) // 3), len(drops))
    at = max(late, key=drops.__getitem__)
    others = [abs(drops[other]) for other in late if other != at]
    if drops[at] < 0.25 * validation[at] or drops[at] < 5 * max(median(others), 0.01):
        return None
    return Finding(
        "contamination_jump",
        {"step": steps[at + 1], "before": round(validation[at], 4), "after": round(validation[at + 1], 4)},
        ("overlap",),
    )


def end_not_learned(training: Training) -> Finding | None:
    """The end-of-turn token is not trained, or still unlikely where an answer ends."""
    _, ends = training.series("eval_end_loss")
    if training.ends_trained and (not ends or ends[-1] < _END_LOSS):
        return None
    evidence = {"end_loss": round(ends[-1], 3) if ends else None, "trained": training.ends_trained}
    return Finding("end_not_learned", evidence, ("masked_end",) if not training.ends_trained else ("rate_low", "data"))


def lora_weak(training: Training) -> Finding | None:
    """An adapter that is trained without fault and yet changes validation by less than 5 % (F13-F15)."""
    _, validation = training.series("eval_loss")
    steps, losses = training.series("loss")
    if training.method != "lora" or len(validation) < 3 or len(losses) < 10 or min(validation) < 0.95 * validation[0]:
        return None
    causes: list[Cause] = []
    if training.learning_rate < 1e-4:
        causes.append("rate_low")
    if training.rank < 16:
        causes.append("rank")
    if training.targets != "all-linear":
        causes.append("targets")
    if training.rows < 200:
        causes.append("few_rows")
    if validation[0] > 4:
        causes.append("base")
    return Finding(
        "lora_weak", {"start": round(validation[0], 4), "best": round(min(validation), 4), "steps": steps[-1]}, (*causes, "data")
    )


def _causes_of_noise(training: Training) -> tuple[Cause, ...]:
    causes: list[Cause] = ["rate_high"]
    if training.warmup < 0.05:
        causes.append("no_warmup")
    if training.rows_a_step < 8:
        causes.append("small_batch")
    if training.precision != "float32":
        causes.append("precision")
    if not _rate_high(training):
        causes = [*causes[1:], causes[0]]
    return (*causes, "data", "hardware")


def _rate_causes(training: Training) -> list[Cause]:
    if _rate_high(training):
        return ["rate_high"]
    return ["rate_low"] if training.learning_rate < {"full": 1e-5}.get(training.method, 5e-5) else []


def _rate_high(training: Training) -> bool:
    return training.learning_rate > {"full": 5e-5, "prefix": 1e-1}.get(training.method, 5e-4)


def _medians(values: Sequence[float]) -> list[float]:
    """Of each value the median of those around it."""
    half = _WINDOW // 2
    return [median(values[max(0, at - half) : at + half + 1]) for at in range(len(values))]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
