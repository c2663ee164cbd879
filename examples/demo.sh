#!/usr/bin/env bash
# The whole way once, small: train the bundled cockpit data into the bundled model, evaluate both, compare them, write the report, and
# make the workbooks of a blind review. Up to 20 minutes on two idle cores; each step says what it does and how long it took.
#   make demo                                      in the folder demo
#   examples/demo.sh FOLDER [CONFIG [OPTION…]]     elsewhere, by another train.yaml, with more options of `harness eval`
# The same command continues: a training goes on from its last checkpoint, an evaluation with the responses that it has, and what is
# finished is not done again.
set -euo pipefail
cd "$(dirname "$0")/.."

out=${1:-demo}
config=${2:-examples/cockpit.yaml}
options=("${@:3}")
bin=${HARNESS_BIN:-.venv/bin}
base=$(sed -n 's/^base: *//p' "$config")
suites="examples/heldout_commands instruction_following forgetting hallucination"

step() { printf '\n== %s (%d s since the start)\n' "$1" "$SECONDS"; }
# The newest run folder of a label: one was made before if settings changed in between.
run_of() { ls -dt "$out"/runs/"$1"-*/ | head -1; }

mkdir -p "$out"
step "1 of 5: training by $config"
"$bin"/sft-train run "$config" --out "$out/checkpoint"

step "2 of 5: evaluating $base and what was trained"
"$bin"/harness eval --model "$base" --name base --suites "$suites" --out "$out/runs" "${options[@]}"
"$bin"/harness eval --model "$out/checkpoint" --name tuned --suites "$suites" --out "$out/runs" "${options[@]}"

step "3 of 5: comparing"
"$bin"/harness compare "$(run_of base)" "$(run_of tuned)" --markdown "$out/comparison.md"

step "4 of 5: the report"
"$bin"/harness report "$(run_of base)" "$(run_of tuned)" --out "$out/report"

step "5 of 5: workbooks for a blind review by three people"
if compgen -G "$out/reviews/B*/out/*.xlsx" >/dev/null; then
  echo "they are in $(echo "$out"/reviews/B*/out)"
else
  "$bin"/harness review export "$(run_of base)" "$(run_of tuned)" --suite examples/heldout_commands --suite instruction_following \
    --raters 3 --items 40 --out "$out/reviews"
fi

step "done"
printf 'open %s/report/report.html\nsend to raters: %s\n' "$out" "$(echo "$out"/reviews/B*/out)"
