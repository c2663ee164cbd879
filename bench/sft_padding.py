"""Packing and grouping by length against padded batches on rows of uneven length (30 to 270 tokens): real tokens/s, in turn.

A packed step has the rows of the padded one, so each of its losses must be the same. Grouping puts other rows together: there only the
means over a whole epoch can be compared (--way grouped --steps 38).
Usage: python bench/sft_padding.py [--pairs N] [--steps N] [--way packed|grouped]
"""

import argparse
from typing import Any

from sft_pairs import mean_ratio, once

WAYS: dict[str, dict[str, Any]] = {"packed": {"packing": True}, "grouped": {"group_by_length": True}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, default="packed")
    arguments = parser.parse_args()
    settings = {"batch": 16, "accumulation": 1, "max_length": 512, "steps": arguments.steps, "validate_every": arguments.steps}
    ratios, memory, apart = [], [], 0.0
    for number in range(arguments.pairs):
        ways = {"padded": settings, arguments.way: settings | WAYS[arguments.way]}
        order = list(ways) if number % 2 == 0 else [*reversed(ways)]
        done = {way: once("ours", ways[way]) for way in order}
        padded, other = done["padded"], done[arguments.way]
        ratios.append(other.speed / padded.speed)
        memory.append(other.peak / padded.peak)
        apart = max(apart, *(abs(one - two) for one, two in zip(padded.losses, other.losses, strict=True)))
        print(
            f"{number + 1}: padded {padded.speed:.1f} tokens/s, {padded.peak:.2f} GiB; {arguments.way} {other.speed:.1f} tokens/s, "
            f"{other.peak:.2f} GiB; speed {ratios[-1]:.3f}",
            flush=True,
        )
    means = [sum(done[way].losses) / arguments.steps for way in ("padded", arguments.way)]
    print(f"{arguments.way}, {arguments.pairs} pairs: speed {mean_ratio(ratios)}, memory {mean_ratio(memory)} of padded batches")
    print(f"steps' losses at most {apart:.1e} apart, means {means[0]:.4f} and {means[1]:.4f}")


if __name__ == "__main__":
    main()
