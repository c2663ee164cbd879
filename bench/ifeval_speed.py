"""Our IFEval scorer against lm-eval's reference checker on the same responses, in turn in one process.

Both judge every response strictly and loosely; loading models and profiles is left out. The reference (lm-eval 0.4.13) and immutabledict
come from --reference, a folder made by `pip install --no-deps --target FOLDER lm-eval==0.4.13 immutabledict`; without it they are
installed into a folder that is thrown away.
Usage: python bench/ifeval_speed.py [--data FOLDER] [--reference FOLDER] [--rounds N]
"""

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import punkt

from harness.item import Item
from harness.records import Answer, Response
from harness.scorers.ifeval import IfevalScorer

REFERENCE = ["lm-eval==0.4.13", "immutabledict"]
Verdicts = list[tuple[list[bool], list[bool]]]


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def load_reference(folder: Path, scratch: Path) -> Any:
    """lm-eval's IFEval module alone: the packages around it, which would load much more, are stood in for by empty ones."""
    tables = scratch / "tokenizers" / "punkt_tab" / "english"
    tables.mkdir(parents=True)
    model = punkt.load_model("english")
    rows = {
        "abbrev_types.txt": model.abbrev_types,
        "sent_starters.txt": model.sent_starters,
        "collocations.tab": ("\t".join(pair) for pair in model.collocations),
        "ortho_context.tab": (f"{word}\t{flags}" for word, flags in model.ortho_context.items()),
    }
    for name, lines in rows.items():
        (tables / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.environ["NLTK_DATA"] = str(scratch)
    sys.path.append(str(folder))
    for name in ("lm_eval", "lm_eval.tasks"):
        package = types.ModuleType(name)
        package.__path__ = [str(folder / name.replace(".", "/"))]
        sys.modules[name] = package
    logging.disable(logging.CRITICAL)
    from lm_eval.tasks.ifeval import utils

    return utils


def timed(judge: Callable[[], Verdicts]) -> tuple[float, Verdicts]:
    """Processor seconds, so that other programs on the machine count for neither; both checkers use one thread and no files."""
    begin = time.process_time()
    verdicts = judge()
    return time.process_time() - begin, verdicts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("HARNESS_DATA"), help="folder with ifeval/ and ifeval_results/")
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.data is None:
        sys.exit("Give --data or set HARNESS_DATA: a folder with ifeval/ and ifeval_results/.")
    prompts = read(arguments.data / "ifeval" / "input_data.jsonl")
    files = sorted((arguments.data / "ifeval_results").glob("*.eval_results_strict.jsonl"))
    pairs = [(prompt, row["response"]) for file in files for prompt, row in zip(prompts, read(file), strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        reference = arguments.reference or Path(folder) / "reference"
        if arguments.reference is None:
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(reference), *REFERENCE]
            subprocess.run(command, check=True)
        checker = load_reference(reference, Path(folder) / "nltk_data")
        compare(checker, pairs, arguments.rounds)


def compare(checker: Any, pairs: list[tuple[dict[str, Any], str]], rounds: int) -> None:
    """Judge all responses with both, `rounds` times in turn, and print the processor seconds, their ratio and how often they disagree."""
    scorer = IfevalScorer()
    items = [item_of(prompt) for prompt, _ in pairs]
    inputs = [checker.InputExample(row["key"], row["instruction_id_list"], row["prompt"], row["kwargs"]) for row, _ in pairs]

    def ours() -> Verdicts:
        scores = [scorer.score(item, Answer((Response("a", text),))) for item, (_, text) in zip(items, pairs, strict=True)]
        return [([check.passed for check in score.checks], [bool(check.loose) for check in score.checks]) for score in scores]

    def theirs() -> Verdicts:
        return [
            (
                checker.test_instruction_following_strict(example, text).follow_instruction_list,
                checker.test_instruction_following_loose(example, text).follow_instruction_list,
            )
            for example, (_, text) in zip(inputs, pairs, strict=True)
        ]

    ours(), theirs()  # Models and profiles are loaded at the first use.
    ratios = []
    for number in range(rounds):
        (seconds, mine), (other_seconds, other) = timed(ours), timed(theirs)
        ratios.append(other_seconds / seconds)
        print(f"round {number + 1}: ours {seconds:.2f} s, lm-eval {other_seconds:.2f} s, {ratios[-1]:.2f} times as fast")
    cells = [(a, b) for one, two in zip(mine, other, strict=True) for x, y in zip(one, two, strict=True) for a, b in zip(x, y, strict=True)]
    print(f"{len(pairs)} responses; {sum(a != b for a, b in cells)} of {len(cells)} verdicts differ from lm-eval's")
    print(f"median: {statistics.median(ratios):.2f} times as fast")


def item_of(prompt: dict[str, Any]) -> Item:
    instructions = [{"id": name, "kwargs": kwargs} for name, kwargs in zip(prompt["instruction_id_list"], prompt["kwargs"], strict=True)]
    line = {"id": str(prompt["key"]), "lang": "en", "stratum": "all", "prompt": prompt["prompt"], "pass": ["x"], "fail": ["y"]}
    return Item.model_validate(line | {"target": {"instructions": instructions}})


if __name__ == "__main__":
    main()
