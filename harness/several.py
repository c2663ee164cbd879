"""The runs of one command, one after another: one that fails does not lose the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.engines import Engines
from harness.errors import RunError, UserError
from harness.evaluate import Evaluated, evaluate
from harness.plan import RunPlan
from harness.screen import Screen
from harness.served import AnyModel


@dataclass(frozen=True)
class Failed:
    """A model that could not be scored."""

    model: str
    error: str
    code: int
    """What the command ends with at the least."""


@dataclass
class Runs:
    """Does runs with engines that are kept from one to the next; call `close` in the end."""

    out: Path
    screen: Screen
    models: Sequence[AnyModel]
    """All that runs will be asked of, in order."""
    alone: bool
    """There is only one run: its error is the command's."""
    use_cache: bool = True
    failed: list[Failed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._engines = Engines(self.models, keep=not self.alone)

    def do(self, plan: RunPlan, label: str, plain: Path | None = None) -> Evaluated | None:
        """The finished run, or None if it failed, which is then said and noted. Raises whatever means all runs."""
        try:
            result = evaluate(plan, self.out, label, self.screen, plain, self._engines, self.use_cache)
        except (RunError, UserError) as error:
            if self.alone or isinstance(error.__cause__, KeyboardInterrupt):  # Whoever stops one run means them all.
                raise
            self.fail(label, error)
            return None
        self.screen.say(story(result))
        return result

    def fail(self, model: str, error: RunError | UserError) -> None:
        """Note that a model cannot be scored."""
        self.failed.append(Failed(model, str(error), error.exit_code))
        self.screen.say(f"{model} failed: {error}")

    def tell_failed(self) -> None:
        """Name what failed, for it may have been said long before."""
        if self.failed:
            names = ", ".join(one.model for one in self.failed)
            self.screen.say(f"failed: {names} ({len(self.failed)} in all); the same command tries them again")

    @property
    def code(self) -> int:
        """The worst that happened."""
        return max((one.code for one in self.failed), default=0)

    def close(self) -> None:
        """Close the engines that are still kept, which frees their memory."""
        self._engines.close()


def story(result: Evaluated) -> str:
    """What a run was, in a line: samples, what was generated, what was there already."""
    counts = result.manifest["counts"]
    label, seconds = result.manifest["label"], result.manifest["seconds"]
    if result.cached:
        return f"{label}: unchanged, answered from {result.folder}"
    reused = f", {counts['reused_now']} taken from the run without the condition" if counts["reused_now"] else ""
    asked = counts["cached_now"] + counts["generated_now"]
    cached = f", {counts['cached_now']} from the cache ({counts['cached_now'] / asked:.0%})" if counts["cached_now"] else ""
    return f"{label}: {counts['samples']} samples, {counts['generated_now']} responses generated{cached}{reused}, {seconds:.0f} s"
