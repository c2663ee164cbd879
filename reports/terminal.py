"""Tables for a terminal, written to stdout so that they can be piped."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from harness.compare import Comparison, SuiteComparison

_COLOURS = {"IMPROVED": "green", "PASS": "green", "REGRESSED": "red", "ERROR": "red", "NOT COMPARABLE": "magenta"}


def console(stderr: bool = False) -> Console:
    """Stdout, or stderr; wide enough for the tables when it is no terminal."""
    made = Console(highlight=False, stderr=stderr)
    return made if made.is_terminal else Console(highlight=False, width=160, stderr=stderr)


def print_summary(folder: Path, manifest: dict[str, Any], summary: dict[str, Any]) -> None:
    """One run: a row a suite with n, score, 95 % interval, truncation and errors, then where it lies."""
    table = Table(title=f"{manifest['label']} ({manifest['model']['identity'][:8]})", title_justify="left")
    for name, justify in (("suite", "left"), ("metric", "left"), ("n", "right"), ("score", "right"), ("95 % interval", "left"),
                          ("truncated", "right"), ("errors", "right")):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for name, part in summary.items():
        truncated = "–" if part["truncated"] is None else f"{part['truncated']:.0%}"
        table.add_row(name, part["primary_metric"], str(part["n"]), _number(part["score"]), _interval(part["low"], part["high"]),
                      truncated, str(part["errors"]))  # fmt: skip
    out = console()
    out.print(table)
    details = (line for name, part in summary.items() for line in _details(name, part))
    for line in [*_condition(manifest), *details, *_isolation(manifest, summary)]:
        out.print(line, soft_wrap=True, markup=False)
    out.print(f"run folder: {folder}", soft_wrap=True, markup=False)


def print_scored(name: str, part: dict[str, Any], extent: str, to_stderr: bool) -> None:
    """One suite's figures for responses from a file: a row a metric, the primary one first and with its interval."""
    table = Table(title=f"{name}, {extent}", title_justify="left")
    for column, justify in (("metric", "left"), ("n", "right"), ("score", "right"), ("95 % interval", "left"), ("truncated", "right"),
                            ("errors", "right")):  # fmt: skip
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    primary = part["primary_metric"]
    truncated = "–" if part["truncated"] is None else f"{part['truncated']:.0%}"
    table.add_row(primary, str(part["n"]), _number(part["score"]), _interval(part["low"], part["high"]), truncated, str(part["errors"]))
    for metric, value in part["metrics"].items():
        if metric != primary:
            table.add_row(metric, str(part["n"]), _number(value), "", "", "")
    out = console(to_stderr)
    out.print(table)
    for line in _details(name, part):
        out.print(line, soft_wrap=True, markup=False)


def _details(name: str, part: dict[str, Any]) -> list[str]:
    """What some suites have besides their scores: pass@k, the rates of single checks, and data that no recipe knows."""
    lines = []
    if unverified := part.get("unverified"):
        lines.append(
            f"{name}: data unverified: the recipe knows no hash of {len(unverified)} files, first {unverified[0]}; pinned at first use"
        )
    if part.get("pass_at_k"):
        lines.append(f"{name}: " + ", ".join(f"pass@{k} {value:.4f}" for k, value in part["pass_at_k"].items()))
    if checks := part.get("checks"):
        lines.append(f"{name}: of {checks['n']} single checks {checks['strict']:.4f} passed strictly, {checks['loose']:.4f} loosely")
    if part.get("consistency") is not None:
        lines.append(f"{name}: of the samples of an item, {part['consistency']:.0%} agree with each other")
    for figure, row in part.get("corpus", {}).items():
        value = f"{row['value']:.4f}" if row["value"] is not None else "unavailable"
        remarks = (row["signature"], row["note"].removeprefix("unavailable: "))
        lines.append(f"{name}: {figure} {value}" + "".join(f" ({text})" for text in remarks if text))
    # Figures that are no scores, such as bits per byte: a line a stratum and metric.
    for stratum, metrics in part.get("measured", {}).items():
        for metric, by_lang in metrics.items():
            shown = (f"{lang} {_number(row['mean'])} ({_interval(row['low'], row['high'])}, n {row['n']})" for lang, row in by_lang.items())
            lines.append(f"{name}, {stratum}: {metric} {'; '.join(shown)}")
    return lines


def _condition(manifest: dict[str, Any]) -> list[str]:
    """The condition that the run was made under, if any."""
    if (condition := manifest.get("condition")) is None:
        return []
    titles = [condition["title"][lang] for lang in ("en", "zh") if lang in condition["title"]]
    return [f"condition {condition['name']}@{condition['hash']}" + (f": {' / '.join(titles)}" if titles else "")]


def _isolation(manifest: dict[str, Any], summary: dict[str, Any]) -> list[str]:
    """What kept the model's programs in, and how many verdicts could have been forged."""
    isolation = manifest.get("isolation")
    if isolation is None:
        return []
    if "refused" in isolation:
        return [f"programs were not run: {isolation['refused']}"]
    counts = [part.get("tags", {}).get("integrity", {}) for part in summary.values()]
    shared, total = sum(part.get("shared-process", 0) for part in counts), sum(sum(part.values()) for part in counts)
    line = f"isolation of programs: {isolation['summary']}"
    return [f"{line}; {shared} of {total} verdicts made in a process shared with the program" if shared else line]


def print_comparison(comparison: Comparison) -> None:
    """Baseline against candidate: a row a suite with both scores, difference, interval, p-value, flips, verdict; then the reasons."""
    table = Table(title=f"baseline {comparison.baseline} → candidate {comparison.candidate}", title_justify="left")
    for name, justify in (("suite", "left"), ("n", "right"), ("baseline", "right"), ("candidate", "right"), ("difference", "right"),
                          ("95 % interval", "left"), ("p", "right"), ("+/−", "right"), ("verdict", "left")):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for suite in comparison.suites:
        colour = _COLOURS.get(suite.verdict, "yellow")
        table.add_row(
            suite.suite, str(suite.n), _number(suite.baseline), _number(suite.candidate), _signed(suite.difference),
            _interval(suite.low, suite.high, signed=True), "–" if suite.pvalue is None else f"{suite.pvalue:.3f}",
            f"{len(suite.gained)}/{len(suite.lost)}", f"[{colour}]{suite.verdict}[/{colour}]",
        )  # fmt: skip
    out = console()
    out.print(table)
    for suite in comparison.suites:
        out.print(_explain(suite), soft_wrap=True, markup=False)


def _explain(suite: SuiteComparison) -> str:
    lines = [f"{suite.suite}: {suite.verdict}: {suite.reason}"]
    if suite.verdict not in ("IMPROVED", "REGRESSED") and suite.detectable is not None:
        lines[0] += f" (a true difference of {suite.detectable:.3f} would be found in 80 % of cases)"
    if suite.declared:
        lines.append(f"  differs, as declared or forced: {'; '.join(suite.declared)}")
    for title, items in (("wrong → right", suite.gained), ("right → wrong", suite.lost)):
        if items:
            lines.append(f"  {title}: {', '.join(items[:12])}{' …' if len(items) > 12 else ''}")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}"


def _interval(low: float | None, high: float | None, signed: bool = False) -> str:
    if low is None or high is None:
        return "–"
    return f"{low:+.3f} … {high:+.3f}" if signed else f"{low:.3f} … {high:.3f}"
