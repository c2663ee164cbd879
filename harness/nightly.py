"""A night: evaluate, compare with the baselines, look again at what was flagged, and say what changed.

Screening flags a suite whose one-sided p-value of "worse" is at most the screening level; the same night a second look, independent of
the first, confirms it at the corrected level or not. Only a confirmed regression is red. The night is written down after every step, and
runs are found again by their contents: the same command after a crash goes on where it stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isclose
from pathlib import Path
from typing import Any

from harness.baseline import accepted, given_of
from harness.compare import compare_runs
from harness.confirming import Second, by_choice, second_look
from harness.engines.base import EngineSettings
from harness.errors import RunError, UserError
from harness.evaluate import Evaluated
from harness.gate import Judged, decide_gate, reach_note
from harness.model import Model, parse_model, resolve_model
from harness.nightly_changes import training_facts
from harness.nightly_config import Baseline, NightlySettings
from harness.nightly_records import Against, Confirmation, Night, Row, Side
from harness.nightly_state import now, read_nights, write_night
from harness.plan import Choice, RunPlan, SuitePlan
from harness.stack import hardware

Evaluate = Callable[[RunPlan, Path, str], Evaluated]
"""From a plan, the folder of runs and a label to the finished run; raises RunError."""
_FLIPS = 10
_FRESH_DRAWS = 1000
"""Draws of second looks and repeats are counted from here, those of screenings from 0."""
