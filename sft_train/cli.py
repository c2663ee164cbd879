"""The `sft-train` command. Each subcommand imports what it needs only when it is used, so that --help is quick."""

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from sft_train.config import DataConfig

app = typer.Typer(
    name="sft-train",
    help="Fine-tune language models: from a data file to a checkpoint that the harness can score.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
review_app = typer.Typer(help="Let people look at a sample of the rows.", no_args_is_help=True)
app.add_typer(review_app, name="review")

EngineName = Literal["vllm", "transformers"]
DeviceName = Literal["auto", "cpu", "cuda"]
Data = Annotated[list[str], typer.Argument(help="Data files or hub data sets (hub:org/name), or one data.yaml that says everything.")]
Suites = Annotated[str | None, typer.Option(help="Suites that will judge the model, by name or path, separated by commas; all; none.")]
Mask = Annotated[bool, typer.Option("--mask", help="Mask personal data and secrets.")]
Spec = Annotated[str | None, typer.Option(help="dataspec.yaml that the data must agree with.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Name every row.")]


@app.command("check")
def check_command(
    data: Data,
    spec: Spec = None,
    suites: Suites = None,
    mask: Mask = False,
    json_file: Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write all that was found to this file.")] = None,
    verbose: Verbose = False,
) -> None:
    """Say everything about training data that can be said before it is used: form, cleanliness, variety, contamination."""
    from pathlib import Path

    from sft_train.check import check_data
    from sft_train.data.writing import write_json
    from sft_train.report import report_json
    from sft_train.show import print_checked

    checked = check_data(_config(data, spec, suites, mask), _say)
    print_checked(checked, verbose)
    if json_file is not None:
        write_json(Path(json_file).expanduser(), report_json(checked))
    raise typer.Exit(2 if checked.errors else 0)


@app.command("build")
def build_command(
    data: Data,
    out: Annotated[str, typer.Option(help="Folder that is made, with train.jsonl, validation.jsonl and the reports.")],
    spec: Spec = None,
    suites: Suites = None,
    mask: Mask = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Leave out rows that hold an item of a suite; otherwise they stop the build.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Check, clean, split and write the data that training starts from."""
    from pathlib import Path

    from sft_train.build import build
    from sft_train.show import print_checked

    config = _config(data, spec, suites, mask)
    if drop:
        config = config.model_copy(update={"contamination": "drop"})
    checked = build(config, Path(out).expanduser(), _say)
    print_checked(checked, verbose)
    if checked.errors:
        typer.echo(f"sft-train: nothing was built for {len(checked.errors)} errors; the report is in {out}.", err=True)
        raise typer.Exit(2)
    typer.echo(f"data set in {out}")


@app.command("augment")
def augment_command(
    data: Annotated[list[str], typer.Argument(help="Data files or hub data sets.")],
    kind: Annotated[
        str,
        typer.Option(
            help="By rule: term_map, wording (--terms), splice, repair; "
            "by a model (--model): paraphrase, back_translation, self_instruct, document_qa."
        ),
    ],
    out: Annotated[str, typer.Option(help="Queue (.jsonl) to write; its rows wait for `sft-train review`.")],
    terms: Annotated[str | None, typer.Option(help="terms.yaml with `terms` or `wordings`.")] = None,
    model: Annotated[str | None, typer.Option(help="Model that writes, as in `harness eval`.")] = None,
    engine: Annotated[EngineName, typer.Option(help="What generates.")] = "vllm",
    device: Annotated[DeviceName, typer.Option(help="auto: cuda where torch sees a GPU.")] = "auto",
    count: Annotated[int, typer.Option(min=1, help="At most this many new rows.")] = 100,
    seed: Annotated[int, typer.Option(help="Seed of what is drawn.")] = 0,
) -> None:
    """Make new rows from old ones, by rule or by a model; they wait in a queue until people have passed them."""
    from pathlib import Path

    from harness.engines.base import EngineSettings
    from sft_train.augment.command import augment

    made = augment(data, kind, Path(out), terms=terms, model=model, settings=EngineSettings(engine, device), count=count, seed=seed)
    typer.echo(f"{made} rows wait in {out}; next: sft-train review make {out} --out SHEET.xlsx --guideline VERSION")


@app.command("diff")
def diff_command(
    before: Annotated[str, typer.Argument(help="Data file, such as train.jsonl of a built folder.")],
    after: Annotated[str, typer.Argument(help="The later version.")],
) -> None:
    """Say which rows two versions of a data set differ in."""
    from sft_train.data.reading import read_rows
    from sft_train.data.versions import compare_versions, data_hash

    old, new = read_rows(before), read_rows(after)
    found = compare_versions(old, new)
    typer.echo(f"{before}: {len(old)} rows, {data_hash(old)[:12]}\n{after}: {len(new)} rows, {data_hash(new)[:12]}")
    typer.echo(f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed, {found.same} the same")
    for task, (added, removed, changed) in found.by_task.items():
        typer.echo(f"  {task}: {added} added, {removed} removed, {changed} changed")


@review_app.command("make")
def review_make(
    data: Annotated[str, typer.Argument(help="Data file, or the queue of an augmentation.")],
    out: Annotated[str, typer.Option(help="Workbook (.xlsx) to write.")],
    guideline: Annotated[str, typer.Option(help="Version of the guideline that annotators follow.")],
    share: Annotated[float, typer.Option(min=0.1, max=1.0, help="Share of the rows, stratified by task and language.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Seed of the sample.")] = 0,
) -> None:
    """Write a sheet with a sample of the rows, in which people say which are right."""
    from pathlib import Path

    from sft_train.data.queue import read_queue
    from sft_train.review import write_sheet

    typer.echo(f"{write_sheet(read_queue(data).rows, Path(out), share, guideline, seed)} rows in {out}")


@review_app.command("apply")
def review_apply(
    data: Annotated[str, typer.Argument(help="The data file that the sheet was made from.")],
    sheets: Annotated[list[str], typer.Argument(help="Workbooks that were filled in.")],
    out: Annotated[str, typer.Option(help="Data file (.jsonl) to write; FILE.review.json beside it holds the report.")],
) -> None:
    """Take wrong rows out, put corrections in, and say how many of the rows are wrong. Of a queue only rows that passed are taken."""
    from pathlib import Path

    from sft_train.review import apply_sheets

    for line in apply_sheets(data, [Path(sheet) for sheet in sheets], Path(out)):
        typer.echo(line)


def _config(data: list[str], spec: str | None, suites: str | None, mask: bool) -> "DataConfig":
    """data.yaml, or the files with everything else as it is by default; options win over the file."""
    from pathlib import Path

    from sft_train.config import DataConfig, Source, locate
    from sft_train.settings import read_settings

    given = [Path(name) for name in data if Path(name).suffix in (".yaml", ".yml")]
    if given and len(data) > 1:
        from harness.errors import UserError

        raise UserError(f"{given[0]} says which sources there are; give it alone.")
    changes: dict[str, object] = {} if spec is None else {"spec": spec}
    if suites is not None:
        changes["suites"] = () if suites == "none" else tuple(name for name in suites.replace(",", " ").split())
    if mask:
        changes["mask"] = True
    config = (
        locate(read_settings(given[0], DataConfig), given[0].parent)
        if given
        else DataConfig(sources=tuple(Source(path=name) for name in data))
    )
    return config.model_copy(update=changes)


def _say(text: str) -> None:
    typer.echo(f"{text} …", err=True)


def main() -> None:
    """Run the command; turn known errors into one sentence and an exit code. `--debug` shows the traceback instead."""
    from harness.errors import RunError, UserError

    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    try:
        app(standalone_mode=True)
    except (UserError, RunError) as error:
        if debug:
            raise
        typer.echo(f"sft-train: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if debug:
            raise
        typer.echo(f"sft-train: {error.filename or 'the system'}: {error.strerror or error}; see --debug.", err=True)
        sys.exit(RunError.exit_code)


if __name__ == "__main__":
    main()
