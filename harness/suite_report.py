"""What `harness suite check` found: small records that know no scorer, so that reports may print them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about a suite."""

    rule: str
    """Name of the rule, as in docs/suites.md."""
    items: tuple[str, ...]
    """Ids of the items it is about; empty if it is about a stratum or the suite."""
    text: str


@dataclass(frozen=True, slots=True)
class SkeletonCount:
    """How many prompts there are, and how many different ones once slots are masked."""

    prompts: int
    distinct: int
    largest: int
    """Most prompts that share one skeleton."""

    @property
    def share(self) -> float:
        """Different ones among all prompts; 1 if there are no prompts."""
        return self.distinct / self.prompts if self.prompts else 1.0


@dataclass(frozen=True, slots=True)
class PositionCount:
    """Where the right choices stand, in one stratum and language, among items with the same number of choices."""

    stratum: str
    lang: str
    counts: tuple[int, ...]
    """Items whose right choice is the first, the second, …"""
    pvalue: float
    """How often even positions would be as uneven by chance."""


@dataclass(frozen=True, slots=True)
class LengthCount:
    """How often the right choice is strictly the longest, in one stratum."""

    stratum: str
    items: int
    longest: int
    chance: float
    """Share to expect if length said nothing: the mean of 1 / choices."""

    @property
    def share(self) -> float:
        """Items whose right choice is strictly the longest, among all."""
        return self.longest / self.items


@dataclass(frozen=True, slots=True)
class Audit:
    """What the items of a suite are like, apart from how their examples are judged."""

    groups: dict[tuple[str, str], int]
    """Number of items by stratum and language."""
    cluster_sizes: dict[int, int]
    """Number of clusters by the number of their items."""
    skeletons: SkeletonCount
    skeletons_by_stratum: dict[str, SkeletonCount]
    positions: tuple[PositionCount, ...]
    lengths: tuple[LengthCount, ...]
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class SuiteCheck:
    """All that was found about one suite."""

    name: str
    version: int
    folder: str
    content_hash: str
    items: int
    examples: int
    """Number of responses in `pass` and `fail`."""
    audit: Audit
    problems: tuple[Finding, ...]
    """Of the examples, then of the audit; the suite is sound if there are none."""

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What the audit found that a person should look at."""
        return self.audit.warnings
