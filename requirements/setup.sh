#!/usr/bin/env bash
# Makes .venv and installs everything the project needs, from the package index alone and without root.
#   PYTHON         interpreter to use (default: that of .venv if there is one, otherwise python3, or python3.11 to 3.13)
#   DEVICE         cpu or cuda (default: that of .venv if there is one, otherwise cuda where the NVIDIA driver shows a GPU)
#   TORCH_INDEX    an index that has CPU builds of torch (optional)
set -euo pipefail
cd "$(dirname "$0")/.."
venv="${VENV:-.venv}"
need_gb=12
log="$PWD/$venv.log"

die() { echo "set-up: $*" >&2; exit 2; }
say() { echo "set-up: $*"; }
step() { # step "what" command…: says what it does and how long it took; shows the log if it fails
  local what="$1" begin=$SECONDS; shift
  echo "set-up: $what …"
  if ! "$@" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "$what failed; the whole log is $log"
  fi
  say "$what: $((SECONDS - begin)) s"
}

suitable() { "$1" -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))' 2>/dev/null; }

find_python() {
  if [ -n "${PYTHON:-}" ]; then
    command -v "$PYTHON" >/dev/null || die "PYTHON=$PYTHON was not found; give the path of Python 3.11, 3.12 or 3.13."
    suitable "$PYTHON" || die "PYTHON=$PYTHON is $("$PYTHON" --version 2>/dev/null || echo not usable); Python 3.11, 3.12 or 3.13 is needed."
    python="$PYTHON"
    return
  fi
  for python in "$venv/bin/python" python3 python3.11 python3.12 python3.13; do
    if suitable "$python"; then return; fi
  done
  die "no Python 3.11, 3.12 or 3.13 was found; install one and name it with PYTHON=/path/to/python."
}

choose_device() {
  device="${DEVICE:-$installed_device}"
  if [ -z "$device" ]; then
    if command -v nvidia-smi >/dev/null && nvidia-smi -L 2>/dev/null | grep -q GPU; then device=cuda; else
      device=cpu
      say "no NVIDIA GPU found, so the CPU build is installed (DEVICE=cuda installs the other)"
    fi
  fi
  case "$device" in cpu|cuda) ;; *) die "DEVICE=$device is not known; use cpu or cuda." ;; esac
}

check_space() {
  local free
  free=$(df -Pk . | awk 'NR==2 {print int($4 / 1048576)}')
  [ "$free" -ge "$need_gb" ] || die "less than $need_gb GB are free in $PWD ($free GB); make room or move the project."
}

# The CPU build of vLLM needs libnuma.so.1. Where the system has none it is unpacked beside the environment, without root.
bring_libnuma() {
  if "$venv/bin/python" -c 'import ctypes; ctypes.CDLL("libnuma.so.1")' 2>/dev/null; then return 0; fi
  [ -e "$venv/native/libnuma.so.1" ] && return 0
  local work found
  work=$(mktemp -d)
  if command -v apt-get >/dev/null && (cd "$work" && apt-get download libnuma1 && dpkg -x libnuma1_*.deb root) >>"$log" 2>&1; then
    found=$(find "$work/root" -name 'libnuma.so.1' | head -n 1)
    mkdir -p "$venv/native"
    cp -L "$found" "$venv/native/libnuma.so.1"
    say "libnuma is missing on this system and was unpacked into $venv/native"
  else
    say "libnuma.so.1 is missing, which the CPU engine needs. Install it: sudo apt-get install libnuma1 (Fedora: sudo dnf install numactl-libs)"
  fi
  rm -rf "$work"
}

installed_device="" installed_version="" installed_sum=""
if [ -r "$venv/.installed" ]; then read -r installed_device installed_version installed_sum <"$venv/.installed"; fi
find_python
"$python" -c 'import venv, ensurepip' 2>/dev/null \
  || die "$python has no venv module; on Debian and Ubuntu: sudo apt-get install $("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
choose_device
pins="requirements/$device-py$version.txt"
dev="requirements/dev-py$version.txt"
# The environment is as the pins, the interpreter and the project's metadata say; when none of them changed there is nothing to do.
sum=$(cat "$pins" "$dev" pyproject.toml | cksum | tr ' ' -)
if [ "$installed_device $installed_version $installed_sum" = "$device $version $sum" ]; then
  if [ "$device" = cpu ]; then bring_libnuma; fi
  exit 0
fi

begin=$SECONDS
check_space
: >"$log"
if [ -n "$installed_version" ] && [ "$installed_device $installed_version" != "$device $version" ]; then
  say "$venv was made for $installed_device and Python $installed_version and is made anew"
  [ "$python" != "$venv/bin/python" ] || python=$("$python" -c 'import sys; print(sys._base_executable)')
  rm -rf "$venv"
fi
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || step "making $venv with $("$python" --version)" "$python" -m venv --clear "$venv"
rm -f "$venv/.installed"
torch=$(grep -m 1 '^torch==' "$pins")
pip=("$venv/bin/python" -m pip --disable-pip-version-check install --prefer-binary)
# torch first, with its own dependencies: where the index serves the CUDA build, `import torch` fails without its NVIDIA libraries.
step "installing $torch (several GB where no CPU build is offered; TORCH_INDEX= may name an index that has one)" \
  "${pip[@]}" ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "$torch"
# Everything else exactly as pinned. No resolver: it takes minutes, and would bring a torchvision that breaks transformers.
step "installing $(grep -c == "$pins") pinned packages ($device, Python $version)" "${pip[@]}" --no-deps -r "$pins" -r "$dev"
step "installing the project" "${pip[@]}" --no-deps --no-build-isolation --editable .
if [ "$device" = cpu ]; then bring_libnuma; fi
echo "$device $version $sum" >"$venv/.installed"
rm -f "$log"
say "done in $((SECONDS - begin)) s"
