"""What a judge found: how many pairs each side won, how much of that survives the swap, and how far it agrees with gold."""

from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from harness.tables import print_table
from reports.console import console
from reports.numbers import interval, number, probability


def print_judgement(folder: Path, judgement: dict[str, Any]) -> None:
    """Print the contents of judgement.json as a table, then what was left out, what a judge cannot see, and where it lies."""
    out = console()
    names = " and ".join(f"{run['side']} {run['label']} ({run['model'][:8]})" for run in judgement["runs"])
    judge, rubric = judgement["judge"], judgement["rubric"]
    title = f"{names}, judged by {judge['label']} ({judge['identity'][:8]}), rubric {rubric['name']}@{rubric['hash'][:8]}"
    table = Table(title=escape(title), title_justify="left")
    for name, justify in (("", "left"), ("n", "right"), ("", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    figures = judgement["statistics"]
    if figures is not None:
        for row in _pair_rows(figures) if judgement["kind"] == "pairwise" else _rating_rows(figures):
            table.add_row(*row)
    table.add_row("no verdict: an error, never a tie", str(judgement["errors"]), "")
    print_table(out, table)
    for why, count in judgement["left_out"].items():
        out.print(f"not asked about: {why}: {count}", markup=False)
    if any(run["model"] == judge["identity"] for run in judgement["runs"]):
        out.print("the judge is one of the models that it judges", markup=False)
    out.print(f"known weakness: {judgement['weakness']}", soft_wrap=True, markup=False)
    out.print(f"judgement folder: {folder}", soft_wrap=True, markup=False)


def _pair_rows(figures: dict[str, Any]) -> list[tuple[str, str, str]]:
    n = figures["n"]
    lost = n - figures["a"] - figures["b"] - figures["tie"]
    shares = (("a is better, in both orders", "a"), ("b is better, in both orders", "b"), ("tie, in both orders", "tie"))
    rows = [(text, str(figures[name]), _share(figures[name] / n)) for text, name in shares]
    rows.append(("verdict changes with the order", str(lost), _share(lost / n)))
    rows.append(("position consistency", str(n), _share(figures["consistency"])))
    rows.append(("kappa between the orders", str(n), _estimate(figures["kappa"])))
    moved = figures["first"] + figures["second"]
    rows.append(
        (
            f"went with the place: first {figures['first']}, second {figures['second']}",
            str(moved),
            f"p {probability(figures['position_pvalue'])}",
        )
    )
    if (gold := figures["gold"]) is not None:
        named = (("average", "agrees with gold, mean of both orders"), ("both", "agrees with gold in both orders"))
        rows += [(text, str(gold["n"]), _share(gold[name])) for name, text in named]
        rows.append(("kappa with gold, a first", str(gold["n"]), _estimate(gold["kappa_as_given"])))
        rows.append(("kappa with gold, b first", str(gold["n"]), _estimate(gold["kappa_swapped"])))
    return rows


def _rating_rows(figures: dict[str, Any]) -> list[tuple[str, str, str]]:
    rows = [("mean rating", str(figures["n"]), f"{figures['mean']:.2f}")]
    rows += [(f"rated {rating}", str(count), _share(count / figures["n"])) for rating, count in figures["counts"].items()]
    if (gold := figures["gold"]) is not None:
        rows.append(("rank correlation with gold (Spearman)", str(gold["n"]), _estimate(gold["spearman"])))
    return rows


def _share(value: float) -> str:
    return f"{value:.1%}"


def _estimate(figure: dict[str, Any]) -> str:
    """A figure with its limits, or the reason why there is none."""
    if figure["estimate"] is None:
        return str(figure["status"])
    return number(figure["estimate"]) + (f" ({interval(*figure['interval'])})" if figure["interval"] is not None else "")
