"""The `harness review` commands: a blind review from export to verdict. Each imports what it needs only when it is used."""

from typing import Annotated, Literal

import typer

Layout = Literal["pairwise", "single"]
Language = Literal["zh", "en"]

review_app = typer.Typer(help="Blind review by people: workbooks for raters, and a verdict from their ratings.", no_args_is_help=True)


_Batch = Annotated[str, typer.Argument(help="Batch folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")]
_Reason = Annotated[str | None, typer.Option(help="Why; kept in the log and printed in the report.")]


@review_app.command("export")
def review_export(
    runs: Annotated[list[str], typer.Argument(help="Run folders, the baseline first; each other one is compared with it.")],
    raters: Annotated[int, typer.Option(min=1, help="Number of raters; each gets a workbook.")] = 3,
    per_item: Annotated[int | None, typer.Option(min=1, help="Raters of each item; by default three, or all if there are fewer.")] = None,
    items: Annotated[
        int | None,
        typer.Option(min=1, help="Items in all; never fewer than the core items and a tenth of each suite. By default --detect."),
    ] = None,
    detect: Annotated[float, typer.Option(help="Difference in the primary dimension, in levels, to be found with 80 % power.")] = 0.25,
    language: Annotated[Language, typer.Option(help="Language of the interface; items stay as they are.")] = "en",
    layout: Annotated[Layout, typer.Option(help="Two answers side by side, or one answer a row.")] = "pairwise",
    suite: Annotated[
        list[str] | None, typer.Option(help="Suite, by name or folder; repeatable. By default all that the runs share.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="Only items for which this holds in any run, such as 'prompt_strict<1'; repeatable. Core items stay."),
    ] = None,
    only_different: Annotated[bool, typer.Option("--only-different", help="Leave out items whose answers are the same.")] = False,
    stratum: Annotated[list[str] | None, typer.Option(help="Only items of this stratum; repeatable.")] = None,
    lang: Annotated[Language | None, typer.Option(help="Only items in this language.")] = None,
    shortlist: Annotated[int | None, typer.Option(help="Of many runs, take so many with the best automatic scores.")] = None,
    rubric: Annotated[
        str | None, typer.Option(metavar="FILE", help="Dimensions, levels, weights and margins instead of the bundled ones.")
    ] = None,
    gold: Annotated[
        str | None, typer.Option(metavar="FILE", help="Rows with agreed ratings, to check raters: one JSON object a line.")
    ] = None,
    declare: Annotated[list[str] | None, typer.Option(help="A condition that is meant to differ between the runs; repeatable.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Review even if undeclared conditions differ.")] = False,
    out: Annotated[str, typer.Option(help="Parent of batch folders.")] = "reviews",
    as_json: _Json = False,
) -> None:
    """Write a workbook for each rater, in which nothing says which model wrote what, and keep the key apart."""
    from pathlib import Path

    from reports.review.choice import Filters, parse_where
    from reports.review.export import ExportArguments, export
    from reports.review.screen import print_exported

    conditions = tuple(where or ())
    arguments = ExportArguments(
        runs=tuple(Path(run).expanduser() for run in runs), out=Path(out).expanduser(), raters=raters, per_item=per_item, items=items,
        detect=detect, language=language, layout=layout, suites=tuple(suite or ()),
        filters=Filters(tuple(map(parse_where, conditions)), only_different, tuple(stratum or ()), lang), where=conditions,
        shortlist=shortlist, rubric=Path(rubric).expanduser() if rubric else None, gold=Path(gold).expanduser() if gold else None,
        declared=tuple(declare or ()), force=force,
    )  # fmt: skip
    print_exported(export(arguments), as_json)


@review_app.command("status")
def review_status(batch: _Batch, as_json: _Json = False) -> None:
    """Say in which state a batch is, what has come back, and what comes next."""
    from pathlib import Path

    from reports.review.batch import Batch
    from reports.review.screen import print_status

    print_status(Batch.open(Path(batch).expanduser()), as_json)


@review_app.command("import")
def review_import(
    batch: _Batch,
    files: Annotated[list[str], typer.Argument(help="Files that came back: .xlsx, or .csv with one sheet each.")],
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of what the same raters sent before; needs --reason.")] = False,
    reason: _Reason = None,
    as_json: _Json = False,
) -> None:
    """Check returned files and import those without errors; all errors of all files stand in import_report.xlsx.

    Ends with 2 if any file has errors.
    """
    from pathlib import Path

    from reports.review.commands import run_import

    raise typer.Exit(run_import(Path(batch).expanduser(), [Path(file).expanduser() for file in files], replace, reason, as_json))


@review_app.command("freeze")
def review_freeze(
    batch: _Batch,
    partial: Annotated[bool, typer.Option("--partial", help="Although raters are missing; they can not be added later.")] = False,
    as_json: _Json = False,
) -> None:
    """Fix the ratings, once and for all; nothing can be imported afterwards."""
    from pathlib import Path

    from reports.review.commands import run_freeze

    raise typer.Exit(run_freeze(Path(batch).expanduser(), partial, as_json))


@review_app.command("adjudicate")
def review_adjudicate(
    batch: _Batch,
    file: Annotated[str | None, typer.Argument(help="The adjudicator's workbook as it came back; without it, it is written.")] = None,
    as_json: _Json = False,
) -> None:
    """Have a further person settle what raters see differently: write a workbook of the conflicts, or read it back."""
    from pathlib import Path

    from reports.review.commands import run_adjudicate

    raise typer.Exit(run_adjudicate(Path(batch).expanduser(), Path(file).expanduser() if file else None, as_json))


@review_app.command("unblind")
def review_unblind(
    batch: _Batch,
    partial: Annotated[bool, typer.Option("--partial", help="Although raters are missing or conflicts open; needs --reason.")] = False,
    reason: _Reason = None,
    as_json: _Json = False,
) -> None:
    """Check key, plan and ratings against what was committed to, and say which run is which."""
    from pathlib import Path

    from reports.review.commands import run_unblind

    raise typer.Exit(run_unblind(Path(batch).expanduser(), partial, reason, as_json))


@review_app.command("verdict")
def review_verdict(batch: _Batch, as_json: _Json = False) -> None:
    """The verdict by people: BETTER, NOT WORSE, WORSE or INCONCLUSIVE, with all that it rests on; written to verdict.json."""
    from pathlib import Path

    from reports.review.commands import run_verdict

    raise typer.Exit(run_verdict(Path(batch).expanduser(), as_json))


@review_app.command("pairs")
def review_pairs(
    batch: _Batch,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="By default pairs.jsonl beside the key.")] = None,
    as_json: _Json = False,
) -> None:
    """Write what people preferred as data for preference training: prompt, chosen, rejected, as chat messages."""
    from pathlib import Path

    from reports.review.commands import run_pairs

    raise typer.Exit(run_pairs(Path(batch).expanduser(), Path(out).expanduser() if out else None, as_json))


@review_app.command("dashboard")
def review_dashboard(
    batch: _Batch,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="By default dashboard.html in the batch folder.")] = None,
    as_json: _Json = False,
) -> None:
    """Write one HTML page: progress per rater, agreement, the pairs that raters disagree on, and the verdict once there is one."""
    from pathlib import Path

    from reports.review.commands import run_dashboard

    raise typer.Exit(run_dashboard(Path(batch).expanduser(), Path(out).expanduser() if out else None, as_json))
