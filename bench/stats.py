"""How long each function of harness.stats takes for 500 and for 100,000 items, on one core.

Seconds are of the processor, the best of some repeats. The corpus tests also as they are used: 541 items with ten figures each.
Usage: python bench/stats.py
"""

import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from harness.stats.agreement import krippendorff_alpha, positive_agreement, raw_agreement
from harness.stats.arguments import Floats
from harness.stats.bonett_price import bonett_price_limits
from harness.stats.bootstrap_t import bootstrap_t
from harness.stats.bradley_terry import bradley_terry
from harness.stats.clustered import design_effect, mean_interval
from harness.stats.composite import composite
from harness.stats.corpus import paired_bootstrap, randomisation_test
from harness.stats.correlation import kendall, pairwise_agreement, spearman
from harness.stats.ewma import ewma
from harness.stats.gwet import gwet_ac
from harness.stats.kappa import cohen_kappa, fleiss_kappa
from harness.stats.mcnemar import mcnemar_exact, mcnemar_midp
from harness.stats.mean_at_n import mean_at_n
from harness.stats.multiplicity import benjamini_hochberg, holm
from harness.stats.noninferiority import margin_binary, margin_graded
from harness.stats.paired_binary import paired_binary
from harness.stats.paired_graded import paired_t
from harness.stats.pass_at_k import pass_at_k_interval
from harness.stats.power import minimum_detectable, needed_items
from harness.stats.proportion import clopper_pearson_interval, wilson_interval
from harness.stats.raters import item_mean_t, two_way_t
from harness.stats.signflip import sign_flip
from harness.stats.tango import tango_limits

SIZES = (500, 100_000)


def ratio(sums: Floats) -> Floats:
    """A score with a logarithm and a root, as costly as BLEU's."""
    return np.asarray(np.exp(np.log(sums[:, :4] / sums[:, 4:8]).mean(axis=1)))


def calls(n: int) -> dict[str, Callable[[], object]]:
    chance = np.random.default_rng(n)
    old, new = (chance.random((2, n)) < 0.6).astype(float)
    graded = chance.normal(0.01, 0.3, n)
    steps = chance.integers(-2, 3, n).astype(float)
    clusters = [f"c{i // 4}" for i in range(n)]
    figures = chance.integers(1, 30, (n, 10)).astype(float)
    other = np.maximum(1, figures + chance.integers(-1, 2, (n, 10)))
    gained, lost = n // 20, n // 16
    people = chance.integers(0, 3, (3, n)).tolist()
    items = [f"i{i // 2}" for i in range(n)]
    names = np.array(["A", "B", "C", "D"])
    first = chance.integers(0, 4, n)
    second = (first + chance.integers(1, 4, n)) % 4
    left, right = names[first].tolist(), names[second].tolist()
    levels = [0, 1, 2]
    shares = chance.random(n).tolist()
    passed = [(20, int(c)) for c in chance.integers(0, 21, n)]
    samples = list(chance.random((n, 4)))
    return {
        "wilson_interval": lambda: wilson_interval(gained, n),
        "clopper_pearson_interval": lambda: clopper_pearson_interval(gained, n),
        "mean_interval": lambda: mean_interval(graded),
        "mean_interval, clusters": lambda: mean_interval(graded, clusters),
        "design_effect": lambda: design_effect(graded, clusters),
        "bootstrap_t, 5,000 draws": lambda: bootstrap_t(graded),
        "mcnemar_midp": lambda: mcnemar_midp(gained, lost, n),
        "mcnemar_exact": lambda: mcnemar_exact(gained, lost, n),
        "tango_limits": lambda: tango_limits(gained, lost, n),
        "bonett_price_limits": lambda: bonett_price_limits(gained, lost, n),
        "paired_binary": lambda: paired_binary(old, new),
        "paired_t": lambda: paired_t(graded),
        "paired_t, clusters": lambda: paired_t(graded, clusters),
        "sign_flip, exact": lambda: sign_flip(steps),
        "sign_flip, exact, clusters": lambda: sign_flip(steps, clusters),
        "sign_flip, 10,000 draws": lambda: sign_flip(graded),
        "randomisation_test, 10,000 draws": lambda: randomisation_test(figures, other, ratio),
        "randomisation_test, clusters": lambda: randomisation_test(figures, other, ratio, clusters),
        "paired_bootstrap, 10,000 draws": lambda: paired_bootstrap(figures, other, ratio),
        "pass_at_k_interval": lambda: pass_at_k_interval(passed, 10),
        "mean_at_n": lambda: mean_at_n(samples),
        "margin_binary": lambda: margin_binary(gained, lost, n, 0.05),
        "margin_graded, clusters": lambda: margin_graded(graded, 0.05, clusters),
        "holm": lambda: holm(shares),
        "benjamini_hochberg": lambda: benjamini_hochberg(shares),
        "minimum_detectable": lambda: minimum_detectable(0.1, n),
        "needed_items": lambda: needed_items(0.1, 0.01),
        "composite": lambda: composite(graded, np.abs(graded), np.full(n, 1 / n)),
        "ewma": lambda: ewma(graded, np.abs(graded), 0.01),
        "bradley_terry": lambda: bradley_terry(left, right, old),
        "bradley_terry, items": lambda: bradley_terry(left, right, old, items),
        "raw_agreement, 2,000 draws": lambda: raw_agreement(people, levels),
        "positive_agreement, 2,000 draws": lambda: positive_agreement(people, levels, 1),
        "krippendorff_alpha, 2,000 draws": lambda: krippendorff_alpha(people, levels, "ordinal"),
        "gwet_ac, 2,000 draws": lambda: gwet_ac(people, levels, "ordinal"),
        "cohen_kappa, 2,000 draws": lambda: cohen_kappa(people[:2], levels),
        "fleiss_kappa, 2,000 draws": lambda: fleiss_kappa(people, levels),
        "item_mean_t": lambda: item_mean_t(graded, items),
        "two_way_t": lambda: two_way_t(graded, items, [i % 2 for i in range(n)]),
        "spearman": lambda: spearman(graded, steps),
        "kendall": lambda: kendall(graded, steps),
        "pairwise_agreement": lambda: pairwise_agreement(graded, steps),
    }  # fmt: skip


def seconds(call: Callable[[], object]) -> float:
    """The best of up to five calls, no more than about a second of them."""
    best, spent = float("inf"), 0.0
    for _ in range(5):
        begin = time.process_time()
        call()
        best = min(best, time.process_time() - begin)
        spent += best
        if spent > 1:
            break
    return best


def main() -> None:
    small, large = (calls(n) for n in SIZES)
    print(f"{'milliseconds':34}{f'n = {SIZES[0]:,}':>14}{f'n = {SIZES[1]:,}':>14}")
    for name, call in small.items():
        call()  # Libraries are imported at first use.
        print(f"{name:34}{1000 * seconds(call):14.2f}{1000 * seconds(large[name]):14.1f}", flush=True)
    corpus = calls(541)
    for name in ("randomisation_test, 10,000 draws", "paired_bootstrap, 10,000 draws"):
        print(f"{name}, 541 items: {seconds(corpus[name]):.3f} s")


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
