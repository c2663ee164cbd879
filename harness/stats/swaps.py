"""Verdicts on pairs of answers that were shown in both orders: which verdicts survive the swap, and do they agree with gold?

A verdict is "a", "b" or "tie", always about the answers themselves and never about their places: "a" in the swapped order means that the
answer shown second was chosen.

References
----------
.. [1] Zheng et al. (2023). Judging LLM-as-a-judge with MT-Bench and Chatbot Arena. arXiv:2306.05685 (both orders; position consistency).
.. [2] Zeng et al. (2024). Evaluating large language models at evaluating instruction following. arXiv:2310.07641 (LLMBar).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from scipy.stats import binomtest

from harness.stats.kappa import cohen_kappa
from harness.stats.result import Estimate

Verdict = Literal["a", "b", "tie"]


@dataclass(frozen=True)
class SwapStatistics:
    """Result of `swap_statistics`."""

    n: int
    """Pairs."""
    a: int
    """Pairs with this verdict in both orders; likewise `b` and `tie`."""
    b: int
    tie: int
    first: int
    """Pairs in which the answer shown first was chosen both times: the verdict went with the place, not with the answer."""
    second: int
    """Likewise the answer shown second."""
    kappa: Estimate
    """Cohen's kappa between the two orders."""

    @property
    def consistent(self) -> int:
        """Pairs whose verdict survives the swap."""
        return self.a + self.b + self.tie

    @property
    def consistency(self) -> float:
        """Their share."""
        return self.consistent / self.n

    @property
    def position_pvalue(self) -> float:
        """Two-sided exact p-value of "no place is preferred": among pairs that went with the place, both places are as likely."""
        moved = self.first + self.second
        return 1.0 if moved == 0 else float(binomtest(self.first, moved).pvalue)


@dataclass(frozen=True)
class GoldAgreement:
    """Result of `gold_agreement`: shares of pairs whose verdict is gold's, and Cohen's kappa with gold."""

    n: int
    as_given: float
    swapped: float
    both: float
    """In both orders, so that a verdict that does not survive the swap is never right."""
    kappa_as_given: Estimate
    kappa_swapped: Estimate

    @property
    def average(self) -> float:
        """Mean of the shares in both orders."""
        return (self.as_given + self.swapped) / 2


def swap_statistics(as_given: Sequence[Verdict], swapped: Sequence[Verdict]) -> SwapStatistics:
    """What becomes of verdicts when the two answers change places.

    Parameters
    ----------
    as_given : shape (n,), verdicts with answer a shown first
    swapped : shape (n,), verdicts on the same pairs with answer b shown first

    Examples
    --------
    >>> swaps = swap_statistics(["a", "a", "b", "tie"], ["a", "b", "b", "tie"])
    >>> swaps.consistency, swaps.first, swaps.second
    (0.75, 1, 0)
    """
    pairs = _pairs(as_given, swapped)
    same = [one for one, other in pairs if one == other]
    return SwapStatistics(
        len(pairs), same.count("a"), same.count("b"), same.count("tie"), pairs.count(("a", "b")), pairs.count(("b", "a")),
        _kappa(as_given, swapped),
    )  # fmt: skip


def gold_agreement(as_given: Sequence[Verdict], swapped: Sequence[Verdict], gold: Sequence[Verdict]) -> GoldAgreement:
    """How far verdicts in either order agree with what people found.

    Examples
    --------
    >>> gold_agreement(["a", "b"], ["a", "a"], ["a", "b"]).both
    0.5
    """
    pairs = _pairs(as_given, swapped)
    if len(gold) != len(pairs):
        raise ValueError(f"gold ({len(gold)}) and as_given ({len(pairs)}) must be equally long")
    n = len(pairs)
    return GoldAgreement(
        n,
        sum(one == right for one, right in zip(as_given, gold, strict=True)) / n,
        sum(other == right for other, right in zip(swapped, gold, strict=True)) / n,
        sum(one == other == right for (one, other), right in zip(pairs, gold, strict=True)) / n,
        _kappa(as_given, gold),
        _kappa(swapped, gold),
    )


def _kappa(one: Sequence[Verdict], other: Sequence[Verdict]) -> Estimate:
    return cohen_kappa([one, other], levels=get_args(Verdict))


def _pairs(as_given: Sequence[Verdict], swapped: Sequence[Verdict]) -> list[tuple[Verdict, Verdict]]:
    if not as_given or len(as_given) != len(swapped):
        raise ValueError(f"as_given ({len(as_given)}) and swapped ({len(swapped)}) must be equally long and not empty")
    return list(zip(as_given, swapped, strict=True))
