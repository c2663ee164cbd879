"""The `harness` command. Each subcommand imports what it needs only when it is used, so that --help is quick."""

from typing import Annotated, Literal

import typer
from typer.core import TyperGroup

from harness.cli_review import review_app

Size = Literal["quick", "full"]
Language = Literal["zh", "en"]
EngineName = Literal["vllm", "transformers", "replay", "server"]
DeviceName = Literal["auto", "cpu", "cuda"]
IsolationLevel = Literal["auto", "A", "B", "C", "D", "E"]
SelfChecks = Literal["auto", "off", "full"]
_SELF_CHECKS_HELP = (
    "auto: hold engine, adapter and prompts against what they should be, in seconds; full: also where loading the reference takes minutes; "
    "off: evaluate all the same."
)
_ISOLATION_HELP = (
    "What keeps a model's programs in: auto takes A, else B; E: you state that a disposable container surrounds this. See docs/sandbox.md."
)
_URL_HELP = (
    "OpenAI-compatible endpoint that the server engine asks, such as http://host:8000/v1; repeatable; options follow commas "
    "(concurrency=, per_minute=, timeout=, retries=). A key goes into HARNESS_API_KEY. See docs/scale.md."
)
_WEAK_HELP = "Let a model's programs run at level C or D, which do not keep a hostile one in."

app = typer.Typer(
    name="harness",
    help="Score fine-tuned language models on suites of items, and tell real differences from noise.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
suite_app = typer.Typer(help="List, check and look at suites.", no_args_is_help=True)
app.add_typer(suite_app, name="suite")
app.add_typer(review_app, name="review")


class _JudgeUnlessTold(TyperGroup):
    """`harness gate gate.yaml RUN RUN` is short for `harness gate judge …`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["judge", *args]
        return super().parse_args(ctx, args)


gate_app = typer.Typer(
    cls=_JudgeUnlessTold, help="Judge a pair of runs by a gate.yaml: GO, NO-GO, INCONCLUSIVE or ERROR.", no_args_is_help=True
)
app.add_typer(gate_app, name="gate")
baseline_app = typer.Typer(help="The pinned anchor of nightly runs.", no_args_is_help=True)
app.add_typer(baseline_app, name="baseline")
cache_app = typer.Typer(help="Responses kept from all runs on this machine.", no_args_is_help=True)
app.add_typer(cache_app, name="cache")


@suite_app.command("list")
def suite_list(as_json: Annotated[bool, typer.Option("--json", help="Write a JSON list to stdout, for programs.")] = False) -> None:
    """List all suites, our own and recipes for public benchmarks: title, licence, items, language, and whether the data are there.

    Public benchmarks are read from the folder that HARNESS_DATA names. Their data are verified (the recipe knows the files' hashes),
    unverified (it does not: they are pinned at first use), changed, missing, or on the hub (HARNESS_DATA=hub).
    """
    from harness.command_suite import list_suites

    list_suites(as_json)


@suite_app.command("check")
def suite_check(
    suites: Annotated[list[str] | None, typer.Argument(help="Names or folders; all bundled suites if none is given.")] = None,
    isolation: Annotated[IsolationLevel, typer.Option(help=_ISOLATION_HELP)] = "auto",
    accept_weak_isolation: Annotated[bool, typer.Option("--accept-weak-isolation", help=_WEAK_HELP)] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print warnings too, not only their number.")] = False,
    json_file: Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write all that was found to this file.")] = None,
) -> None:
    """Prove suites by their example responses, and look for prompts that are alike and answers that give themselves away."""
    from harness.command_suite import check_suites

    raise typer.Exit(check_suites(suites or [], isolation, accept_weak_isolation, verbose, json_file))


@suite_app.command("new")
def suite_new(
    name: Annotated[str, typer.Argument(help="Name of the suite and of its folder: lower-case letters, digits and _.")],
    parent: Annotated[str, typer.Option("--dir", metavar="PATH", help="Folder in which the suite's folder is made.")] = ".",
) -> None:
    """Make a suite to start from: a folder with a commented suite.yaml, an item of every kind, and writing rules."""
    from harness.suite_new import new_suite

    for line in new_suite(name, parent):
        typer.echo(line)


@app.command("eval")
def evaluate_command(
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Model: name, checkpoint folder, adapter folder, base+adapter, hub id, or a pattern such as 'checkpoints/*'; options "
            "follow commas; repeatable. By default smollm2-135m-instruct."
        ),
    ] = None,
    baseline: Annotated[str | None, typer.Option(help="Model to compare with, scored on the same items.")] = None,
    suites: Annotated[
        str,
        typer.Option(
            help="Suites by name or folder, separated by spaces or commas; all: every bundled one. "
            "By default code_execution, forgetting, hallucination and instruction_following."
        ),
    ] = "",
    size: Annotated[Size, typer.Option(help="quick: at most 80 items a suite, always the same; full: all.")] = "quick",
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many items a suite, in hashed order.")] = None,
    lang: Annotated[Language | None, typer.Option(help="Only items in this language.")] = None,
    out: Annotated[str, typer.Option(help="Parent of run folders.")] = "runs",
    name: Annotated[str | None, typer.Option(help="Label of the run; by default the model's.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="Responses to each item; above 1 greedy suites sample.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed from which each request gets its own.")] = 0,
    draw: Annotated[int, typer.Option(min=0, help="Number of an independent repetition of the whole run.")] = 0,
    template: Annotated[str | None, typer.Option(help="Jinja chat template to use instead of the model's own.")] = None,
    engine: Annotated[EngineName, typer.Option(help="What generates.")] = "vllm",
    device: Annotated[DeviceName, typer.Option(help="auto: cuda where torch sees a GPU.")] = "auto",
    tensor_parallel: Annotated[int, typer.Option(min=1, help="GPUs that share one model.")] = 1,
    replay: Annotated[str | None, typer.Option(help="Run folder that the replay engine answers from.")] = None,
    url: Annotated[list[str] | None, typer.Option(help=_URL_HELP)] = None,
    condition: Annotated[
        list[str] | None,
        typer.Option(
            help="Condition to evaluate each model under as well, and to compare with it as it is: a file or a bundled name; repeatable."
        ),
    ] = None,
    declare: Annotated[list[str] | None, typer.Option(help="A condition that is meant to differ from the baseline; repeatable.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Compare even if undeclared conditions differ.")] = False,
    isolation: Annotated[IsolationLevel, typer.Option(help=_ISOLATION_HELP)] = "auto",
    accept_weak_isolation: Annotated[bool, typer.Option("--accept-weak-isolation", help=_WEAK_HELP)] = False,
    self_checks: Annotated[SelfChecks, typer.Option(help=_SELF_CHECKS_HELP)] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count requests and tokens, say what is known already and how long the rest takes; no engine.")
    ] = False,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Take responses that other runs got under the same conditions, and keep these.")
    ] = True,
) -> None:
    """Score one or more models on suites, and compare them with a baseline."""
    from harness.command_eval import EvalArguments, run_eval
    from harness.default_model import DEFAULT_MODEL
    from harness.plan import IsolationChoice

    arguments = EvalArguments(
        tuple(model or [DEFAULT_MODEL]), baseline, suites, size, limit, lang, out, name, samples, seed, draw, template, engine, device,
        tensor_parallel, replay, tuple(declare or ()), force, IsolationChoice(isolation, accept_weak_isolation), tuple(condition or ()),
        self_checks, tuple(url or ()), as_json, dry_run, cache,
    )  # fmt: skip
    raise typer.Exit(run_eval(arguments))


@app.command("score")
def score_command(
    suite: Annotated[str, typer.Argument(help="Suite: a name such as humaneval, a folder, or a recipe's file.")],
    responses: Annotated[str, typer.Argument(help='File with one {"id" or "prompt": …, "response": "…" or ["…", …]} a line.')],
    out: Annotated[str | None, typer.Option(help="File for the scores, one line a sample; by default they go to stdout.")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Allow that items have no response.")] = False,
    isolation: Annotated[IsolationLevel, typer.Option(help=_ISOLATION_HELP)] = "auto",
    accept_weak_isolation: Annotated[bool, typer.Option("--accept-weak-isolation", help=_WEAK_HELP)] = False,
) -> None:
    """Score responses that came from anywhere, without a model."""
    from harness.command_score import run_score
    from harness.plan import IsolationChoice

    raise typer.Exit(run_score(suite, responses, out, partial, IsolationChoice(isolation, accept_weak_isolation)))


@app.command("rescore")
def rescore_command(
    run: Annotated[str, typer.Argument(help="Run folder.")],
    suite: Annotated[
        list[str] | None, typer.Option(help="Only this suite, by name or path; repeatable. By default all of the run.")
    ] = None,
    isolation: Annotated[IsolationLevel, typer.Option(help=_ISOLATION_HELP)] = "auto",
    accept_weak_isolation: Annotated[bool, typer.Option("--accept-weak-isolation", help=_WEAK_HELP)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
) -> None:
    """Judge a finished run's responses anew, with today's scorers and suites, without a model."""
    from pathlib import Path

    from harness.machine import print_json
    from harness.plan import IsolationChoice
    from harness.rescore import rescore
    from reports.terminal import print_summary

    folder = Path(run).expanduser()
    result = rescore(folder, suite or (), IsolationChoice(isolation, accept_weak_isolation))
    if as_json:
        print_json({"folder": str(folder), "changed": result.changed, "summary": result.summary})
    else:
        print_summary(folder, result.manifest, result.summary)
        for name, changed in result.changed.items():
            typer.echo(f"{name}: {changed} samples are judged otherwise than before")
    raise typer.Exit(3 if any(part["errors"] > part["max_errors"] for part in result.summary.values()) else 0)


@app.command("compare")
def compare_command(
    runs: Annotated[list[str] | None, typer.Argument(help="Run folder of the baseline, then those of the candidates.")] = None,
    previous: Annotated[str | None, typer.Option(help="Run of the checkpoint before, to compare with each candidate as well.")] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=RUN,RUN,…",
            help="Runs of one recipe with different training seeds, compared with the baseline with the seed as the unit; repeatable. "
            "Without a baseline the first group is what the others are compared with.",
        ),
    ] = None,
    declare: Annotated[list[str] | None, typer.Option(help="A condition that is meant to differ; repeatable.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Compare even if undeclared conditions differ.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
    markdown: Annotated[str | None, typer.Option(metavar="FILE", help="Write the report to this file as well.")] = None,
) -> None:
    """Compare finished runs, suite by suite: a baseline with one candidate or several, or groups of training seeds."""
    from harness.command_compare import CompareArguments, run_compare

    arguments = CompareArguments(tuple(runs or ()), tuple(group or ()), previous, tuple(declare or ()), force, as_json, markdown)
    raise typer.Exit(run_compare(arguments))


@app.command("noise")
def noise_command(
    model: Annotated[str, typer.Argument(help="Model, as for eval.")],
    suites: Annotated[str, typer.Option(help="Suites, as for eval.")] = "",
    size: Annotated[Size, typer.Option(help="quick: at most 80 items a suite, always the same; full: all.")] = "quick",
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many items a suite, in hashed order.")] = None,
    lang: Annotated[Language | None, typer.Option(help="Only items in this language.")] = None,
    out: Annotated[str, typer.Option(help="Parent of run folders; the result goes into its folder noise.")] = "runs",
    samples: Annotated[int, typer.Option(min=1, help="Responses to each item; above 1 greedy suites sample.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed from which each request gets its own.")] = 0,
    template: Annotated[str | None, typer.Option(help="Jinja chat template to use instead of the model's own.")] = None,
    engine: Annotated[EngineName, typer.Option(help="What generates.")] = "vllm",
    device: Annotated[DeviceName, typer.Option(help="auto: cuda where torch sees a GPU.")] = "auto",
    tensor_parallel: Annotated[int, typer.Option(min=1, help="GPUs that share one model.")] = 1,
    url: Annotated[list[str] | None, typer.Option(help=_URL_HELP)] = None,
    isolation: Annotated[IsolationLevel, typer.Option(help=_ISOLATION_HELP)] = "auto",
    accept_weak_isolation: Annotated[bool, typer.Option("--accept-weak-isolation", help=_WEAK_HELP)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
) -> None:
    """Run a checkpoint twice with fresh draws (1 and 2): what a difference of nothing looks like. Comparisons show it.

    It holds for the same items, sampling and engine only: give the options of the evaluation that it is meant for.
    """
    from harness.command_eval import EvalArguments
    from harness.command_noise import run_noise
    from harness.plan import IsolationChoice

    arguments = EvalArguments(
        (model,), None, suites, size, limit, lang, out, None, samples, seed, 0, template, engine, device, tensor_parallel, None, (), False,
        IsolationChoice(isolation, accept_weak_isolation), urls=tuple(url or ()), as_json=as_json,
    )  # fmt: skip
    raise typer.Exit(run_noise(arguments))


@app.command("history")
def history_command(
    out: Annotated[str, typer.Option(help="Parent of run folders.")] = "runs",
    model: Annotated[str, typer.Option(metavar="PATTERN", help="Only runs with this label; * and ? stand for anything.")] = "*",
    suite: Annotated[str, typer.Option(metavar="PATTERN", help="Only these suites.")] = "*",
    csv_file: Annotated[str | None, typer.Option("--csv", metavar="FILE", help="Write all rows to this file as well.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
) -> None:
    """Show what finished runs scored over time, by model and suite."""
    from pathlib import Path

    from reports.history import show_history

    csv_path = None if csv_file is None else Path(csv_file).expanduser()
    raise typer.Exit(show_history(Path(out).expanduser(), model, suite, csv_path, as_json))


@app.command("report")
def report_command(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN… | COMPARISON | NIGHTS",
            help="Run folders, the baseline first; or comparison-<hash>.json; or the folder that nightly.yaml calls out.",
        ),
    ],
    out: Annotated[str, typer.Option(help="Folder for the report.")] = "report",
    language: Annotated[Language, typer.Option(help="Language of the interface; items stay as they are.")] = "en",
    declare: Annotated[list[str] | None, typer.Option(help="A condition that is meant to differ; repeatable.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Compare even if undeclared conditions differ.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
) -> None:
    """Write a report that opens from disk: one HTML page with verdicts, strata and items side by side; Markdown; tables for pandas.

    Of a folder of nights: the latest one, every suite along the nights with the gate's marks, and what changed.
    """
    from harness.command_report import run_report

    raise typer.Exit(run_report(paths, out, language, declare or (), force, as_json))


@gate_app.command("judge")
def gate_judge_command(
    config: Annotated[str, typer.Argument(help="The gate's file: tiers, margins, composite; docs/nightly.md shows one.")],
    baseline: Annotated[str, typer.Argument(help="Run folder of the baseline.")],
    candidate: Annotated[str, typer.Argument(help="Run folder of the candidate.")],
    release: Annotated[bool, typer.Option("--release", help="Judge the vault suite as well, which both runs must have.")] = False,
    json_file: Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write all that was found to this file.")] = None,
) -> None:
    """Judge two finished runs (the word judge may be left out). Ends with 0 GO, 1 NO-GO, 4 INCONCLUSIVE, 3 ERROR, 2 wrong input."""
    from pathlib import Path

    from harness.command_gate import run_gate

    code = run_gate(Path(config), Path(baseline), Path(candidate), release, None if json_file is None else Path(json_file))
    raise typer.Exit(code)


@gate_app.command("plan")
def gate_plan_command(
    runs: Annotated[list[str], typer.Argument(help="Two or more finished runs of the same suites, oldest first.")],
    out: Annotated[str | None, typer.Option(help="File for the gate.yaml; by default it goes to stdout.")] = None,
) -> None:
    """Propose tiers and margins from earlier runs' items and flips, as a gate.yaml with the reasons beside them."""
    from pathlib import Path

    from harness.command_gate import plan_gate

    plan_gate([Path(run) for run in runs], None if out is None else Path(out))


@app.command("nightly")
def nightly_command(
    config: Annotated[str, typer.Argument(help="The night's file; examples/nightly.yaml is one to start from.")],
    night: Annotated[str | None, typer.Option(help="Name of the night; by default today's date. The same name continues it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
) -> None:
    """Evaluate tonight's models and compare them with their baselines.

    Ends with 1 only for a confirmed regression, 3 if not everything could be judged, 2 if the input is wrong, else 0.
    """
    from pathlib import Path

    from harness.command_nightly import run_nightly

    raise typer.Exit(run_nightly(Path(config), night, as_json=as_json))


@baseline_app.command("accept")
def baseline_accept_command(
    run: Annotated[str, typer.Argument(help="Run folder of a night, whose model becomes the pinned anchor.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
) -> None:
    """Make a run's model the pinned anchor of the nights beside it, and write down why."""
    from pathlib import Path

    from harness.baseline import LEDGER, accept
    from harness.machine import print_json

    folder = Path(run)
    entries = accept(folder, reason)
    if as_json:
        print_json([entry.model_dump() for entry in entries])
        return
    for entry in entries:
        instead = "" if entry.instead_of is None else f" instead of {entry.instead_of}"
        typer.echo(f"{entry.label}: {entry.run} is the pinned anchor now{instead}; written to {folder.resolve().parent / LEDGER}")


@cache_app.command("stats")
def cache_stats_command(as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False) -> None:
    """Show what is kept, by model, and how much room it takes."""
    from harness.command_cache import cache_stats

    cache_stats(as_json)


@cache_app.command("prune")
def cache_prune_command(
    older_than: Annotated[str | None, typer.Option(help="Remove what was not used for so long: 30d, 12h, 8w.")] = None,
    larger_than: Annotated[str | None, typer.Option(help="Remove what is longest unused until it takes so much: 500MB, 2GB.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how much would go.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
) -> None:
    """Remove responses from the cache; run folders stay as they are."""
    from harness.command_cache import cache_prune

    cache_prune(older_than, larger_than, dry_run, as_json)


@app.command("quantize")
def quantize_command(
    model: Annotated[str, typer.Argument(help="Checkpoint, as for eval; not an adapter.")],
    out: Annotated[str, typer.Argument(help="New folder for the copy.")],
    scheme: Annotated[Literal["int8", "fp8"], typer.Option(help="int8: W8A8, served on CPU and CUDA; fp8: see docs/nightly.md.")] = "int8",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
) -> None:
    """Make a quantised copy of a checkpoint in a format that vLLM serves, to be tried by a gate with `preset: deployment`."""
    from pathlib import Path

    from harness.machine import print_json
    from harness.model import parse_model, resolve_model
    from harness.quantize import quantize

    def say(text: str) -> None:
        typer.echo(text, err=True)

    manifest = quantize(resolve_model(parse_model(model), say), Path(out).expanduser(), scheme)
    if as_json:
        print_json(manifest)
        return
    typer.echo(f"{out}: {manifest['identity'][:8]}, made of {manifest['from']['identity'][:8]} ({manifest['quantization']['method']})")


@app.command("judge")
def judge_command(
    run: Annotated[str, typer.Argument(help="Run folder whose answers are judged; answer a of pairs.")],
    judge: Annotated[str, typer.Option(help="Model that judges, given like MODEL; better another one than those judged.")],
    run_b: Annotated[str | None, typer.Argument(help="Second run folder: its answers to the same items are answer b.")] = None,
    rubric: Annotated[
        str | None, typer.Option(help="Rubric's file, or a bundled name; by default preference for two runs, quality for one.")
    ] = None,
    gold: Annotated[str | None, typer.Option(help='File of {"id": …, "preferred": "a"|"b"|"tie"} or {"id": …, "rating": n} lines.')] = None,
    suite: Annotated[
        list[str] | None, typer.Option(help="Only this suite, by name or path; repeatable. By default all of the run.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many answers or pairs, in hashed order.")] = None,
    lang: Annotated[Language | None, typer.Option(help="Only items in this language.")] = None,
    out: Annotated[str, typer.Option(help="Parent of judgement folders.")] = "runs",
    template: Annotated[str | None, typer.Option(help="Jinja chat template to use instead of the judge's own.")] = None,
    engine: Annotated[EngineName, typer.Option(help="What generates.")] = "vllm",
    device: Annotated[DeviceName, typer.Option(help="auto: cuda where torch sees a GPU.")] = "auto",
    tensor_parallel: Annotated[int, typer.Option(min=1, help="GPUs that share one model.")] = 1,
    replay: Annotated[str | None, typer.Option(help="Judgement folder that the replay engine answers from.")] = None,
    url: Annotated[list[str] | None, typer.Option(help=_URL_HELP)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
) -> None:
    """Ask a model which of two runs' answers are better, each pair in both orders, or how good one run's answers are.

    Its opinion decides no verdict; ties, verdicts that change with the order, and agreement with gold are reported. See docs/judge.md.
    """
    from harness.command_judge import JudgeArguments, run_judge

    arguments = JudgeArguments(
        (run,) if run_b is None else (run, run_b), judge, rubric, gold, tuple(suite or ()), limit, lang, out, template, engine, device,
        tensor_parallel, replay, tuple(url or ()), as_json,
    )  # fmt: skip
    raise typer.Exit(run_judge(arguments))


@app.command("show")
def show_command(
    run: Annotated[str, typer.Argument(help="Run folder.")],
    item: Annotated[str, typer.Argument(help="Item id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")] = False,
) -> None:
    """Print one item whole: prompt as rendered, response, scores and reasons."""
    from pathlib import Path

    from reports.item import print_item

    print_item(Path(run), item, as_json)


def main() -> None:
    """Run the command; `--debug` shows the traceback of an error."""
    from harness.command_line import run_command

    run_command("harness", app)


if __name__ == "__main__":
    main()
