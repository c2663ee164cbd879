"""The `sft-train` command. Each subcommand imports what it needs only when it is used, so that --help is quick."""

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
PresetName = Literal["general", "dialogue", "code", "classification"]
MethodName = Literal["lora", "full", "prefix"]
VariantName = Literal["merged", "bf16", "fp16", "fp32", "int8", "fp8", "pruned"]
Data = Annotated[list[str], typer.Argument(help="Data files or hub data sets (hub:org/name), or one data.yaml that says everything.")]
Suites = Annotated[str | None, typer.Option(help="Suites that will judge the model, by name or path, separated by commas; all; none.")]
Mask = Annotated[bool, typer.Option("--mask", help="Mask personal data and secrets.")]
Spec = Annotated[str | None, typer.Option(help="dataspec.yaml that the data must agree with.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")]
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
    as_json: Json = False,
) -> None:
    """Check, clean, split and write the data that training starts from."""
    from pathlib import Path

    from harness.machine import print_json
    from sft_train.build import build
    from sft_train.show import print_checked

    config = _config(data, spec, suites, mask)
    if drop:
        config = config.model_copy(update={"contamination": "drop"})
    checked = build(config, Path(out).expanduser(), _say)
    if as_json:
        errors = [finding.text for finding in checked.errors]
        print_json({"folder": out, "read": checked.read, "kept": len(checked.rows), "left_out": len(checked.left), "errors": errors})
        raise typer.Exit(2 if errors else 0)
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
    rare: Annotated[float | None, typer.Option(min=0, max=1, help="Only from tasks that make up at most this share of the rows.")] = None,
    as_json: Json = False,
) -> None:
    """Make new rows from old ones, by rule or by a model; they wait in a queue until people have passed them."""
    from pathlib import Path

    from harness.engines.base import EngineSettings
    from harness.machine import print_json
    from sft_train.augment.command import augment

    settings = EngineSettings(engine, device)
    made = augment(data, kind, Path(out), terms=terms, model=model, settings=settings, count=count, seed=seed, rare=rare)
    if as_json:
        print_json({"rows": made, "queue": out})
        return
    typer.echo(f"{made} rows wait in {out}; next: sft-train review make {out} --out SHEET.xlsx --guideline VERSION")


@app.command("diff")
def diff_command(
    before: Annotated[str, typer.Argument(help="Data file, such as train.jsonl of a built folder.")],
    after: Annotated[str, typer.Argument(help="The later version.")],
    as_json: Json = False,
) -> None:
    """Say which rows two versions of a data set differ in."""
    from harness.machine import print_json
    from sft_train.data.reading import read_rows
    from sft_train.data.versions import compare_versions, data_hash

    old, new = read_rows(before), read_rows(after)
    found = compare_versions(old, new)
    if as_json:
        sides = {name: {"file": file, "rows": len(rows), "hash": data_hash(rows)}
                 for name, file, rows in (("before", before, old), ("after", after, new))}  # fmt: skip
        pairs = [{"before": was.json, "after": now.json} for was, now in found.changed]
        lists = {"added": [row.json for row in found.added], "removed": [row.json for row in found.removed], "changed": pairs}
        print_json({**sides, **lists, "same": found.same, "by_task": found.by_task})
        return
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
    as_json: Json = False,
) -> None:
    """Write a sheet with a sample of the rows, in which people say which are right."""
    from pathlib import Path

    from harness.machine import print_json
    from sft_train.data.queue import read_queue
    from sft_train.review import write_sheet

    rows = write_sheet(read_queue(data).rows, Path(out), share, guideline, seed)
    if as_json:
        print_json({"rows": rows, "workbook": out})
    else:
        typer.echo(f"{rows} rows in {out}")


@review_app.command("apply")
def review_apply(
    data: Annotated[str, typer.Argument(help="The data file that the sheet was made from.")],
    sheets: Annotated[list[str], typer.Argument(help="Workbooks that were filled in.")],
    out: Annotated[str, typer.Option(help="Data file (.jsonl) to write; FILE.review.json beside it holds the report.")],
    as_json: Json = False,
) -> None:
    """Take wrong rows out, put corrections in, and say how many of the rows are wrong. Of a queue only rows that passed are taken."""
    from pathlib import Path

    from harness.checkpoint import read_json
    from harness.machine import print_json
    from sft_train.review import apply_sheets, report_place

    lines = apply_sheets(data, [Path(sheet) for sheet in sheets], Path(out))
    if as_json:
        print_json({"file": out, **read_json(report_place(Path(out)))})
        return
    for line in lines:
        typer.echo(line)


@app.command("train")
def train_command(
    data: Annotated[list[str], typer.Option(help="A built folder, a data.yaml, or data files; may be given several times.")],
    out: Annotated[str, typer.Option(help="Folder of the checkpoint.")],
    base: Annotated[str | None, typer.Option(help="Model to start from; by default the bundled one.")] = None,
    preset: Annotated[PresetName, typer.Option(help="Defaults for a kind of task.")] = "general",
    method: Annotated[MethodName, typer.Option(help="What is trained.")] = "lora",
    rank: Annotated[int | None, typer.Option(min=1, help="Rank of a LoRA adapter.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="By default as the preset says.")] = None,
    epochs: Annotated[float | None, typer.Option(help="How often the data are gone through.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps, in place of epochs.")] = None,
    max_length: Annotated[int | None, typer.Option(min=8, help="Tokens of the longest row that is trained on.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of order, dropout and adapter.")] = 0,
    suites: Suites = None,
    template: Annotated[str | None, typer.Option(metavar="FILE.jinja", help="Chat template for a base without one.")] = None,
    as_json: Json = False,
) -> None:
    """Train a checkpoint that `harness eval` takes. The same command continues one that was interrupted."""
    options = {"learning_rate": learning_rate, "epochs": epochs, "steps": steps, "max_length": max_length, "template": template}
    given: dict[str, object] = {key: value for key, value in options.items() if value is not None}
    if base is not None:
        given["base"] = base
    if rank is not None:
        given["lora"] = {"rank": rank}
    if suites is not None:
        given["suites"] = [] if suites == "none" else suites.replace(",", " ").split()
    _train({"data": data[0] if len(data) == 1 else data, "out": out, "preset": preset, "method": method, "seed": seed} | given, as_json)


@app.command("run")
def run_command(
    config: Annotated[str, typer.Argument(help="train.yaml")],
    out: Annotated[str | None, typer.Option(help="Folder of the checkpoint, in place of the file's.")] = None,
    as_json: Json = False,
) -> None:
    """Do all that train.yaml says: build the data, train, diagnose, hand over."""
    from pathlib import Path

    from sft_train.settings import read_settings
    from sft_train.training.config import TrainConfig, locate_training

    settings = locate_training(read_settings(Path(config), TrainConfig), Path(config).parent)
    _train(settings.model_dump() | ({} if out is None else {"out": out}), as_json)


@app.command("diagnose")
def diagnose_command(
    checkpoint: Annotated[str, typer.Argument(help="Folder that sft-train wrote, finished or not.")],
    run: Annotated[str | None, typer.Option(help="Run folder of `harness eval` with it: answers are looked at too.")] = None,
    json_file: Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write the findings to this file.")] = None,
) -> None:
    """Say what went wrong in a training: evidence, likely causes, what to do."""
    from pathlib import Path

    from sft_train.data.writing import write_json
    from sft_train.diagnose.command import diagnose
    from sft_train.diagnose.sentences import as_json, sentence

    found = diagnose(Path(checkpoint).expanduser(), None if run is None else Path(run).expanduser())
    for each in found:
        typer.echo(f"- {sentence(each, 'en')}\n  {sentence(each, 'zh')}")
    if not found:
        typer.echo("nothing found / 未发现问题")
    if json_file is not None:
        write_json(Path(json_file).expanduser(), {"findings": [as_json(each) for each in found]})


@app.command("sweep")
def sweep_command(
    config: Annotated[str, typer.Argument(help="train.yaml")],
    vary: Annotated[
        list[str] | None, typer.Option(help="Setting and values, such as learning_rate=5e-5,1e-4; several times: one after the other.")
    ] = None,
    shares: Annotated[str | None, typer.Option(help="In place of --vary: shares of the data, such as 0.1,0.25,0.5,1.")] = None,
    as_json: Json = False,
) -> None:
    """Train several times: vary one setting after the other, or the amount of data, and rank by validation loss."""
    from dataclasses import asdict
    from pathlib import Path

    from harness.errors import UserError
    from harness.machine import print_json
    from sft_train.settings import read_settings
    from sft_train.training.config import TrainConfig, locate_training
    from sft_train.training.sweep import parse_factor, sizes, sweep

    if bool(vary) == bool(shares):
        raise UserError("Say either what to vary (--vary learning_rate=5e-5,1e-4) or which shares of the data (--shares 0.1,0.5,1).")
    settings = locate_training(read_settings(Path(config), TrainConfig), Path(config).parent)
    if shares:
        trials = sizes(settings, parse_factor(f"data_share={shares}")[1], _say)
    else:
        trials = sweep(settings, [parse_factor(text) for text in vary or ()], _say)
    if as_json:
        print_json([asdict(trial) for trial in trials])
        return
    for trial in trials:
        mark = "  best" if trial.best else ""
        typer.echo(f"{trial.key} = {trial.value}: validation loss {trial.validation_loss:.4f} at step {trial.best_step}{mark}")


@app.command("closed")
def closed_command(
    data: Annotated[str, typer.Argument(help="Data file, such as train.jsonl of a built folder.")],
    out: Annotated[str, typer.Option(help="File (.jsonl) to write.")],
    as_json: Json = False,
) -> None:
    """Write data as a closed model's fine-tuning service reads them; anything private in them stops it."""
    from pathlib import Path

    from harness.machine import print_json
    from sft_train.closed_model import write_closed
    from sft_train.data.reading import read_rows

    written = write_closed(read_rows(data), Path(out).expanduser())
    if as_json:
        print_json({"bytes": written, "file": out})
    else:
        typer.echo(f"{written:,} bytes in {out}")


@app.command("shares")
def shares_command(
    checkpoint: Annotated[str, typer.Argument(help="Folder of a finished training.")],
) -> None:
    """Print shares by task for the next round, weak tasks more: put them into data.yaml, build, and train with continue_from."""
    from pathlib import Path

    import yaml

    from sft_train.training.rounds import weak_tasks

    sampling = {"sampling": {"by": "task", "shares": weak_tasks(Path(checkpoint).expanduser()), "repeat": 3}}
    typer.echo(yaml.safe_dump(sampling, allow_unicode=True, sort_keys=False), nl=False)


@app.command("export")
def export_command(
    checkpoint: Annotated[str, typer.Argument(help="Checkpoint, as `harness eval` takes it.")],
    variant: Annotated[
        VariantName | None, typer.Option(help="Copy to make: an adapter added into its base; in another dtype; with 8 bits; pruned.")
    ] = None,
    out: Annotated[str | None, typer.Option(help="New folder for the copy; without --variant an adapter is merged.")] = None,
    share: Annotated[float, typer.Option(min=0.01, max=0.99, help="Share of the weights that are pruned.")] = 0.3,
    as_json: Json = False,
) -> None:
    """Say whether an engine can serve an adapter as it is, or with --out make a copy for serving."""
    from pathlib import Path

    from harness.errors import UserError
    from harness.machine import print_json
    from harness.model import parse_model, resolve_model
    from sft_train.training.preflight import serving_problem
    from sft_train.training.variants import export_variant

    if out is not None:
        made = export_variant(checkpoint, Path(out).expanduser(), variant or "merged", share)
        if as_json:
            print_json({"folder": out} | {key: made[key] for key in ("variant", "identity", "from")})
        else:
            typer.echo(
                f"{out}: {made['variant']}, {made['identity'][:8]}, made of {made['from']['identity'][:8]}; next:\n"
                f"  harness eval --model {out} --baseline {checkpoint} --size full\n  harness gate examples/deployment.yaml RUN RUN"
            )
        return
    if variant is not None:
        raise UserError(f"--variant {variant} writes a folder; name it with --out FOLDER.")
    adapter = resolve_model(parse_model(checkpoint), _say).adapter
    if adapter is not None and (problem := serving_problem(adapter)):
        raise UserError(problem)
    if as_json:
        print_json({"checkpoint": checkpoint, "adapter": adapter is not None, "served_as_it_is": True})
    elif adapter is not None:
        typer.echo(f"{checkpoint}: vLLM can serve it as it is")
    else:
        typer.echo(f"{checkpoint}: a whole model; it needs no preparation")


def _train(given: dict[str, object], as_json: bool) -> None:
    from pydantic import ValidationError

    from harness.errors import UserError
    from harness.machine import print_json
    from harness.settings import first_error
    from sft_train.training.config import TrainConfig
    from sft_train.training.run import train

    try:
        config = TrainConfig.model_validate(given)
    except ValidationError as error:
        raise UserError(first_error(error)) from error
    checkpoint = train(config, lambda text: typer.echo(text, err=True))
    if as_json:
        print_json({"checkpoint": str(checkpoint)})
    else:
        typer.echo(f"checkpoint in {checkpoint}")


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
    """Run the command; `--debug` shows the traceback of an error."""
    from harness.command_line import run_command

    run_command("sft-train", app)


if __name__ == "__main__":
    main()
