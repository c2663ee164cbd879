"""`sft-train` against TRL's SFTTrainer on the same model, tokens, labels, order and settings: tokens/s and peak memory, in pairs.

TRL is no dependency. It comes from --trl, a folder made by `pip install --no-deps --target FOLDER -r requirements/bench-trl.txt`, beside
which its own needs are those of the project; without the option it is installed into a folder that is removed afterwards.
Usage: python bench/sft_against_trl.py [--pairs N] [--steps N] [--methods lora full] [--trl FOLDER]
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from sft_pairs import mean_ratio, once

PINS = Path("requirements/bench-trl.txt")


def compare(method: str, pairs: int, steps: int, trl: Path) -> None:
    """Train in turn with both and print the ratios."""
    settings = {"method": method, "steps": steps, "validate_every": steps, "batch": 4, "accumulation": 2, "max_length": 512}
    ratios, extra, apart = [], [], 0.0
    for number in range(pairs):
        # Who begins changes from pair to pair.
        sides = ("ours", "trl") if number % 2 == 0 else ("trl", "ours")
        done = {side: once(side, settings, ["--trl", str(trl)]) for side in sides}
        ours, theirs = done["ours"], done["trl"]
        ratios.append(ours.speed / theirs.speed)
        extra.append(ours.peak / theirs.peak)
        apart = max(apart, *(abs(one - other) for one, other in zip(ours.losses, theirs.losses, strict=True)))
        print(
            f"{method} {number + 1}: ours {ours.speed:.1f} tokens/s, {ours.peak:.2f} GiB; TRL {theirs.speed:.1f} tokens/s, "
            f"{theirs.peak:.2f} GiB; speed {ratios[-1]:.3f}, memory {extra[-1]:.3f}",
            flush=True,
        )
    print(f"{method}, {pairs} pairs: speed {mean_ratio(ratios)}, memory {mean_ratio(extra)} of TRL's; losses at most {apart:.1e} apart")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--methods", nargs="+", choices=["lora", "full"], default=["lora", "full"])
    parser.add_argument("--trl", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trl = arguments.trl or Path(folder)
        if arguments.trl is None:
            install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, "-r", str(PINS)]
            subprocess.run(install, check=True)
        for method in arguments.methods:
            compare(method, arguments.pairs, arguments.steps, trl)


if __name__ == "__main__":
    main()
