"""`harness noise`: the same checkpoint twice, with fresh draws, and what its scores differ by from themselves."""

from dataclasses import asdict, replace
from pathlib import Path

from harness.command_eval import EvalArguments, load_suites
from harness.compare.noise import noise_between, store_noise
from harness.compare.runs import read_run
from harness.engines import EngineSettings, find_model
from harness.errors import RunError, UserError
from harness.evaluate import evaluate
from harness.machine import print_json
from harness.plan import Choice, RunPlan, plan_suites
from harness.prompts import read_template
from harness.screen import Screen

DRAWS = (1, 2)
"""Draw 0 is the evaluation itself; no response of it is used again."""


def run_noise(arguments: EvalArguments) -> int:
    """Evaluate the model twice, print and keep the noise of each suite; returns the exit code.

    Raises UserError for what is wrong with the arguments, RunError if a run has errors or no suite is scored.
    """
    from reports.terminal import print_noise

    if arguments.engine == "replay":
        raise UserError("Recorded responses repeat themselves; measure noise with an engine that generates (--engine).")
    screen = Screen()
    choice = Choice(arguments.size, arguments.limit, arguments.lang, arguments.samples, arguments.seed, DRAWS[0])
    suites = plan_suites(load_suites(arguments.suites), choice)
    settings = EngineSettings.chosen(arguments.engine, arguments.device, arguments.tensor_parallel, None, arguments.urls)
    model = find_model(arguments.models[0], settings, screen.say)
    plan = RunPlan(model, suites, choice, settings, read_template(arguments.template), arguments.isolation)
    out = Path(arguments.out).expanduser()
    folders = []
    for draw in DRAWS:
        screen.say(f"{model.label}: draw {draw}")
        folders.append(evaluate(replace(plan, choice=replace(choice, draw=draw)), out, model.label, screen).folder)
    floors = noise_between(*map(read_run, folders))
    if not floors:
        raise RunError("None of these suites is scored, so that there is no noise to tell; choose others with --suites.")
    path = store_noise(out, floors)
    if arguments.as_json:
        print_json([asdict(floor) for floor in floors])
    else:
        print_noise(floors, path)
    return 0
