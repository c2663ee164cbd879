"""How often the nightly rule raises a false alarm in a month, and how soon it finds a drop: simulated nights, vectorised.

    python bench/nightly_calibration.py [--months 2000]

Each suite has 200 items with chances of their own of being answered rightly, which last for a month. The baseline's screening responses
are drawn once a month, as nightly runs reuse them; tonight's are drawn anew each night, one an item. Tests and levels are those of the
nightly run; what is beyond the level of the second look but within the margin is no alarm. Flagged suites are looked at again in one of
two ways:

- fresh draws: the same items, three times each on both sides; t over items.
- reserve items, where decoding is greedy: other items of the suite, once each. One checkpoint always answers an item in the same way, so
  that what is random is which items a checkpoint of the same quality gets right: each night has a new checkpoint, the baseline is one for
  the month, on the reserve too. McNemar's mid-p with Tango's limit.
"""

import argparse
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from harness.stats.mcnemar import mcnemar_midp
from harness.stats.tango import tango_limits
from harness.stats.two_stage import confirmation_level

SUITES, ITEMS, NIGHTS, DRAWS = 10, 200, 30, 3
TARGET, SCREEN, MARGIN = 0.05, 0.05, 0.05
DROP_NIGHT = 10
RESERVES = (200, 400, 800, 1600)
Look = Literal["fresh draws", "baseline reused", "reserve items"]
LOOKS: dict[str, Look] = {"fresh draws on both sides": "fresh draws", "the baseline's responses reused": "baseline reused"}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Months:
    """What came of so many months."""

    alarms: NDArray[np.bool_]
    """Shape (months, nights, suites): red."""
    flags: float
    """Share of suites that were flagged."""

    @property
    def rate(self) -> float:
        """Share of months with at least one alarm."""
        return float(self.alarms.any(axis=(1, 2)).mean())

    def delays(self, suite: int, night: int) -> Floats:
        """Nights from `night` to the first alarm of `suite` since then, infinite where there is none; shape (months,)."""
        found = self.alarms[:, night:, suite]
        return np.where(found.any(axis=1), found.argmax(axis=1), np.inf)


def simulate(months: int, seed: int, *, drop: float = 0.0, look: Look = "fresh draws", reserve: int = 0, unsettled: float = 1.0) -> Months:
    """Simulate months of nights; suite 0 loses `drop` from `DROP_NIGHT` on.

    `look`: "baseline reused" is what the nightly run does not do: the baseline's screening responses serve in the second look, too.
    `reserve`: items that the screening leaves out. `unsettled`: the share of items that two checkpoints may answer differently; of the
    others each is answered by all in one way.
    """
    random = np.random.default_rng(seed)
    level = confirmation_level(TARGET, SUITES, NIGHTS, SCREEN)
    alarms = np.zeros((months, NIGHTS, SUITES), dtype=bool)
    flags = 0
    for month in range(months):
        every = chances(random, ITEMS + reserve, unsettled)
        chance, aside = every[:, :ITEMS], every[:, ITEMS:]
        tonight = np.repeat(chance[None], NIGHTS, axis=0)
        if drop:
            tonight[DROP_NIGHT:, 0] = lowered(chance[0], drop)
        kept = random.random((SUITES, reserve)) < aside
        baseline = random.random((SUITES, ITEMS)) < chance
        candidate = random.random((NIGHTS, SUITES, ITEMS)) < tonight
        gained, lost = (candidate & ~baseline).sum(axis=2), (~candidate & baseline).sum(axis=2)
        flagged = worse(gained, lost, ITEMS) <= SCREEN
        flags += int(flagged.sum())
        for night, suite in np.argwhere(flagged):
            if look == "reserve items":
                fallen = drop and suite == 0 and night >= DROP_NIGHT
                new = random.random(reserve) < (lowered(aside[suite], drop) if fallen else aside[suite])
                alarms[month, night, suite] = confirmed_aside(kept[suite], new, level)
                continue
            reused = look == "baseline reused"
            before = baseline[suite].astype(float) if reused else random.binomial(DRAWS, chance[suite]) / DRAWS
            after = random.binomial(DRAWS, tonight[night, suite]) / DRAWS
            alarms[month, night, suite] = confirmed(after - before, level)
    return Months(alarms, flags / alarms.size)


def chances(random: np.random.Generator, items: int, unsettled: float) -> Floats:
    """Of each suite's items the chance of being answered rightly, shape (suites, items)."""
    found = random.beta(1.2, 0.8, (SUITES, items))
    settled = random.random((SUITES, items)) >= unsettled
    return np.where(settled, random.random((SUITES, items)) < 0.6, found).astype(np.float64)


def lowered(chance: Floats, drop: float) -> Floats:
    """Chances whose mean is lower by `drop`: every item loses the same share of its own."""
    return chance * (1 - drop / chance.mean())


@cache
def _worse(gained: int, lost: int, n: int) -> float:
    return mcnemar_midp(lost, gained, n).pvalue_greater


def worse(gained: NDArray[np.int64], lost: NDArray[np.int64], n: int) -> Floats:
    """One-sided mid-p of "worse" of every pair of counts among `n` items; each pair that occurs is worked out once."""
    pairs, places = np.unique(np.stack([gained.ravel(), lost.ravel()]), axis=1, return_inverse=True)
    values = np.array([_worse(up, down, n) for up, down in pairs.T.tolist()])
    return np.asarray(values[places.ravel()].reshape(gained.shape))


def confirmed(differences: Floats, level: float) -> bool:
    """The second look: worse at `level`, and a loss beyond the margin is not ruled out."""
    mean, error = float(differences.mean()), float(differences.std(ddof=1)) / len(differences) ** 0.5
    if error == 0:
        return False
    worse_by = float(t.cdf(mean / error, len(differences) - 1))
    lower = mean - float(t.ppf(0.95, len(differences) - 1)) * error
    return worse_by <= level and lower <= -MARGIN


def confirmed_aside(before: NDArray[np.bool_], after: NDArray[np.bool_], level: float) -> bool:
    """The same on items that are right or wrong."""
    gained, lost, n = int((after & ~before).sum()), int((~after & before).sum()), len(before)
    return _worse(gained, lost, n) <= level and tango_limits(gained, lost, n, 0.90).interval.low <= -MARGIN


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--months", type=int, default=2000)
    months = parser.parse_args().months
    level = confirmation_level(TARGET, SUITES, NIGHTS, SCREEN)
    print(f"{SUITES} suites, {ITEMS} items, {NIGHTS} nights, flagged at {SCREEN}, confirmed at {level:.4f}")
    for name, look in LOOKS.items():
        print_alarms(f"no change, {name}", simulate(months, 1, look=look))
    for drop in (0.03, 0.05, 0.08):
        print_found(f"drop of {drop:.2f}", simulate(months, 2, drop=drop))
    for unsettled, flips in ((1.0, 32), (0.35, 11)):
        for reserve in RESERVES:
            kind = f"greedy, about {flips} % of items differ, {reserve} reserve items"
            print_alarms(f"no change, {kind}", simulate(months, 3, look="reserve items", reserve=reserve, unsettled=unsettled))
            for drop in (0.05, 0.08):
                result = simulate(months, 4, drop=drop, look="reserve items", reserve=reserve, unsettled=unsettled)
                print_found(f"drop of {drop:.2f}, {kind}", result)


def print_alarms(what: str, result: Months) -> None:
    months = len(result.alarms)
    error = (result.rate * (1 - result.rate) / months) ** 0.5
    print(
        f"{what}: {result.rate:.4f} of {months} months with a false alarm (± {error:.4f}); {result.flags:.4f} of suites flagged", flush=True
    )


def print_found(what: str, result: Months) -> None:
    delays = result.delays(0, DROP_NIGHT)
    found = delays[np.isfinite(delays)]
    print(f"{what}: found in {len(found) / len(delays):.3f} of months; nights until then: median {np.median(found):.0f}, "
          f"90 % within {np.quantile(found, 0.9):.0f}; the same night in {np.mean(delays == 0):.3f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
