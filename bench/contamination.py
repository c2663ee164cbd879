"""How long it takes to match 100,000 training rows with 10,000 items, and how much memory: `python bench/contamination.py`.

Rows and items are texts of the bundled suites' words and characters, each following another as it does there (a Markov chain of order
one), half Chinese and half English; every hundredth row holds an item's prompt, with one word in forty changed, and must be found again.
"""

import argparse
import re
import resource
import time
from collections import defaultdict
from itertools import pairwise

import numpy as np

from harness.suite import bundled_names, find_suite, load_suite
from sft_train.contamination import Probe, item_probes, match_probes
from sft_train.data.record import Row, Turn

Chain = dict[str, list[str]]


def learn_chains() -> list[Chain]:
    """Of each language the words or characters that follow one."""
    chains: list[Chain] = [defaultdict(list), defaultdict(list)]
    for name in bundled_names():
        for item in load_suite(find_suite(name)).items:
            for probe in item_probes(name, item):
                pieces = re.findall(r"\S+" if item.lang == "en" else r"\S", probe.text)
                for one, other in pairwise(pieces):
                    chains[item.lang == "en"][one].append(other)
    return chains


def sentences(random: np.random.Generator, chains: list[Chain], count: int, mean: int) -> list[list[str]]:
    """`count` texts as lists of words or characters; lengths are geometric around `mean` words, or twice as many characters."""
    made = []
    starts = [list(chain) for chain in chains]
    for number, size in enumerate(random.geometric(1 / mean, count) + 8):
        chain, length = chains[number % 2], int(size) if number % 2 else 2 * int(size)
        words: list[str] = []
        for draw in random.random(length):
            following = chain.get(words[-1]) if words else None
            choices = following or starts[number % 2]
            words.append(choices[int(draw * len(choices))])
        made.append(words)
    return made


def joined(words: list[str]) -> str:
    return ("" if len(words[0]) == 1 else " ").join(words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=10_000)
    arguments = parser.parse_args()
    random, chains = np.random.default_rng(0), learn_chains()
    items = sentences(random, chains, arguments.items, 40)
    probes = [Probe("bench", str(number), "prompt", joined(words)) for number, words in enumerate(items)]
    probes += [
        Probe("bench", str(number), "reference", joined(words))
        for number, words in enumerate(sentences(random, chains, arguments.items, 25))
    ]
    asked, answered = sentences(random, chains, arguments.rows, 30), sentences(random, chains, arguments.rows, 60)
    planted = {}
    for number in range(0, arguments.rows, 100):
        item = int(random.integers(arguments.items))
        changed = [word if random.random() > 0.025 else "changed" for word in items[item]]
        asked[number] = asked[number][:10] + changed
        planted[number] = item
    rows = [
        Row("bench", number, (Turn("user", joined(one)), Turn("assistant", joined(other))))
        for number, (one, other) in enumerate(zip(asked, answered, strict=True))
    ]
    characters = sum(len(part) for row in rows for part in row.parts)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    start, start_cpu = time.perf_counter(), time.process_time()
    matches = match_probes(rows, probes)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    found = {(match.row.number, int(match.probe.item)) for match in matches}
    again = sum((number, item) in found for number, item in planted.items())
    size = f"{len(rows)} rows ({characters / 1e6:.0f} M characters), {arguments.items} items ({len(probes)} texts)"
    print(f"{size}: {seconds:.1f} s ({cpu:.1f} s of CPU)")
    print(f"peak memory {peak:.2f} GB, of which {before:.2f} GB are the rows themselves")
    print(f"{again} of {len(planted)} planted items found again, {len(found) - again} others")


if __name__ == "__main__":
    main()
