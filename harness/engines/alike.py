"""Which models one start of an engine can serve, and which requests one step of it answers."""

from collections.abc import Sequence

from harness.model import Model
from harness.records import Request

_HELD = ("config", "generation_config", "tokenizer")
"""Parts of a model that an engine reads when it starts. The chat template is not its business."""
_IN_WEIGHTS = ("weights", "adapter")


def same_frame(running: Model, other: Model) -> bool:
    """Whether the two are alike in all that an engine reads when it starts, but for weights and adapter."""
    loaded = [model.spec.options.model_copy(update={"thinking": None}) for model in (running, other)]
    return loaded[0] == loaded[1] and all(running.hashes.get(part) == other.hashes.get(part) for part in _HELD)


def same_weights(running: Model, other: Model) -> bool:
    """Whether base weights and adapter are the same, by content."""
    return all(running.hashes.get(part) == other.hashes.get(part) for part in _IN_WEIGHTS)


def same_base(running: Model, other: Model) -> bool:
    """Whether the two differ in their adapters at most."""
    return same_frame(running, other) and running.hashes["weights"] == other.hashes["weights"]


def one_token_choices(requests: Sequence[Request]) -> tuple[list[list[Request]], list[Request]]:
    """Groups of requests that score one last token behind the same prompt, which a single step answers, and the rest.

    >>> ask = lambda name, *prompt: Request(name, prompt, score_from=len(prompt) - 1)
    >>> groups, rest = one_token_choices([ask("a", 5, 6, 1), ask("b", 5, 6, 2), ask("c", 5, 7, 1)])
    >>> [[one.id for one in group] for group in groups], [one.id for one in rest]
    ([['a', 'b']], ['c'])
    """
    behind: dict[tuple[int, ...], list[Request]] = {}
    rest = []
    for request in requests:
        # Of a prompt of one token there is nothing before the last.
        if request.score_from == len(request.prompt) - 1 > 0:
            behind.setdefault(request.prompt[:-1], []).append(request)
        else:
            rest.append(request)
    groups = [group for group in behind.values() if len(group) > 1]
    return groups, rest + [group[0] for group in behind.values() if len(group) == 1]
