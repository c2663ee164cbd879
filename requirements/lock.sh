#!/usr/bin/env bash
# Remakes every pin file from the *.in files, one per device and Python version. Needs `uv`; run it as `make pins`.
set -euo pipefail
cd "$(dirname "$0")"
uv="${UV:-uv}"
for python in 3.11 3.12 3.13; do
  common=(--python-version "$python" --python-platform x86_64-manylinux_2_28 --no-annotate --custom-compile-command "make pins" --quiet)
  # CPU: torch's own NVIDIA libraries, where the index serves the CUDA build, come with torch in the first step of set-up.
  exclude=()
  while read -r name; do exclude+=(--no-emit-package "$name"); done < <(
    "$uv" pip compile cpu.in --override overrides-cpu.txt "${common[@]}" | sed -n 's/^\(\(nvidia\|cuda\)-[a-z0-9-]*\)==.*/\1/p')
  "$uv" pip compile cpu.in --override overrides-cpu.txt "${common[@]}" "${exclude[@]}" -o "cpu-py$python.txt" >/dev/null
  "$uv" pip compile cuda.in --override overrides-cuda.txt "${common[@]}" -o "cuda-py$python.txt" >/dev/null
  "$uv" pip compile dev.in --constraint "cpu-py$python.txt" "${common[@]}" -o "dev-py$python.txt" >/dev/null
  echo "pinned for Python $python"
done
