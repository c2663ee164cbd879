"""How often the nightly rule raises a false alarm in a month, and how soon it finds a drop: simulated nights, vectorised.

    python bench/nightly_calibration.py [--months 2000]

Each suite has 200 items with chances of their own of being answered rightly, which last for a month. The baseline's screening responses
are drawn once a month, as nightly runs reuse them; tonight's are drawn anew each night, one an item. Flagged suites are answered three
times an item on both sides. Tests and levels are those of the nightly run: McNemar's mid-p, then t over items, at
`harness.stats.two_stage`'s level; what is beyond the level but within the margin is no alarm.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from harness.stats.mcnemar import mcnemar_midp
from harness.stats.two_stage import confirmation_level

SUITES, ITEMS, NIGHTS, DRAWS = 10, 200, 30, 3
TARGET, SCREEN, MARGIN = 0.05, 0.05, 0.05
DROP_NIGHT = 10
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


def simulate(months: int, seed: int, *, drop: float = 0.0, redraw: bool = True) -> Months:
    """Simulate months of nights; suite 0 loses `drop` from `DROP_NIGHT` on.

    `redraw`: as the nightly run does it. Without, the second look reuses the baseline's screening responses, as a plain rerun would.
    """
    random = np.random.default_rng(seed)
    level = confirmation_level(TARGET, SUITES, NIGHTS, SCREEN)
    alarms = np.zeros((months, NIGHTS, SUITES), dtype=bool)
    flags = 0
    for month in range(months):
        chance = random.beta(1.2, 0.8, (SUITES, ITEMS))
        tonight = np.repeat(chance[None], NIGHTS, axis=0)
        if drop:
            tonight[DROP_NIGHT:, 0] = lowered(chance[0], drop)
        baseline = random.random((SUITES, ITEMS)) < chance
        candidate = random.random((NIGHTS, SUITES, ITEMS)) < tonight
        gained, lost = (candidate & ~baseline).sum(axis=2), (~candidate & baseline).sum(axis=2)
        flagged = worse(gained, lost) <= SCREEN
        flags += int(flagged.sum())
        for night, suite in np.argwhere(flagged):
            before = random.binomial(DRAWS, chance[suite]) / DRAWS if redraw else baseline[suite].astype(float)
            after = random.binomial(DRAWS, tonight[night, suite]) / DRAWS
            alarms[month, night, suite] = confirmed(after - before, level)
    return Months(alarms, flags / alarms.size)


def lowered(chance: Floats, drop: float) -> Floats:
    """Chances whose mean is lower by `drop`: every item loses the same share of its own."""
    return chance * (1 - drop / chance.mean())


_KNOWN: dict[tuple[int, int], float] = {}


def worse(gained: NDArray[np.int64], lost: NDArray[np.int64]) -> Floats:
    """One-sided mid-p of "worse" of every pair of counts; each pair that occurs is worked out once."""
    pairs, places = np.unique(np.stack([gained.ravel(), lost.ravel()]), axis=1, return_inverse=True)
    for up, down in pairs.T.tolist():
        if (up, down) not in _KNOWN:
            _KNOWN[up, down] = mcnemar_midp(down, up, ITEMS).pvalue_greater
    values = np.array([_KNOWN[up, down] for up, down in pairs.T.tolist()])
    return np.asarray(values[places.ravel()].reshape(gained.shape))


def confirmed(differences: Floats, level: float) -> bool:
    """The second look: worse at `level`, and a loss beyond the margin is not ruled out."""
    mean, error = float(differences.mean()), float(differences.std(ddof=1)) / len(differences) ** 0.5
    if error == 0:
        return False
    worse_by = float(t.cdf(mean / error, len(differences) - 1))
    lower = mean - float(t.ppf(0.95, len(differences) - 1)) * error
    return worse_by <= level and lower <= -MARGIN


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--months", type=int, default=2000)
    months = parser.parse_args().months
    level = confirmation_level(TARGET, SUITES, NIGHTS, SCREEN)
    print(f"{SUITES} suites, {ITEMS} items, {NIGHTS} nights, flagged at {SCREEN}, confirmed at {level:.4f}")
    for name, redraw in (("fresh draws on both sides", True), ("the baseline's responses reused", False)):
        result = simulate(months, 1, redraw=redraw)
        error = (result.rate * (1 - result.rate) / months) ** 0.5
        print(f"no change, {name}: {result.rate:.4f} of {months} months with a false alarm (± {error:.4f})")
        print(f"  {result.flags:.4f} of suites flagged")
    for drop in (0.03, 0.05, 0.08):
        delays = simulate(months, 2, drop=drop).delays(0, DROP_NIGHT)
        found = delays[np.isfinite(delays)]
        print(f"drop of {drop:.2f}: found in {len(found) / months:.3f} of months; nights until then: median {np.median(found):.0f}, "
              f"90 % within {np.quantile(found, 0.9):.0f}; the same night in {np.mean(delays == 0):.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
