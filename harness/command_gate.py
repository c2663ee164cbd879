"""`harness gate` and `harness gate plan`: from arguments to a verdict or a proposal, and an exit code."""

import json
from pathlib import Path

from harness.compare import compare_runs
from harness.compare.runs import read_run
from harness.errors import UserError
from harness.gate import decide_gate
from harness.gate_config import check_names, read_gate
from harness.gate_plan import propose
from harness.store import write_atomic


def run_gate(config: Path, baseline: Path, candidate: Path, release: bool, json_file: Path | None) -> int:
    """Judge a pair of runs and print why; returns the verdict's exit code.

    Raises UserError for whatever is wrong with the file or the runs, RunError if a run is incomplete.
    """
    from reports.gate import print_gate
    from reports.people import people_json, people_lines

    gate = read_gate(config)
    if release and gate.vault is None:
        raise UserError(f"{config}: a release is judged by a vault suite, too, and this gate names none: add `vault: SUITE`.")
    there = {name: None for folder in (baseline, candidate) for name in read_run(folder).suites}
    check_names(gate, there, "these runs")
    comparison = compare_runs(baseline, candidate, declared=gate.declared)
    result = decide_gate(gate, comparison, release=release)
    verdicts = {part.suite: part.verdict for part in result.suites}
    if json_file is not None:
        told = {"people": people_json(baseline, candidate, verdicts), **result.as_json()}
        write_atomic(json_file, [json.dumps(told, ensure_ascii=False, indent=1)], "name another file with --json")
    print_gate(result, people_lines(baseline, candidate, verdicts))
    return result.exit_code


def plan_gate(runs: list[Path], out: Path | None) -> None:
    """Write the gate that earlier runs suggest to `out`, or to stdout; raises UserError if `out` exists or the runs tell nothing."""
    import typer

    text = propose([read_run(folder) for folder in runs])
    if out is None:
        typer.echo(text, nl=False)
        return
    if out.exists():
        raise UserError(f"'{out}' exists; margins that were set are not overwritten: name another file with --out.")
    write_atomic(out, text.splitlines(), "name another file with --out")
    typer.echo(f"wrote {out}; read it, and decide on the tiers", err=True)
