"""Runs inside the fresh interpreter: puts the limits on, runs the program, reports on the pipe given as an argument."""

import ctypes
import json
import math
import os
import resource
import sys
import types
from typing import Any

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def cut_network() -> bool:
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        return bool(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWNET) == 0)
    except (OSError, AttributeError):
        return False


def run(job: dict[str, Any], namespace: dict[str, Any]) -> tuple[str, str]:
    for part in ("prelude", "candidate"):
        exec(compile(job[part], f"<{part}>", "exec"), namespace)
    for name in job["entry_points"]:
        if name not in namespace:
            return "error", f"'{name}' is not defined"
    exec(compile(job["tests"], "<tests>", "exec"), namespace)
    return "passed", "all tests passed"


def main() -> None:
    pipe = int(sys.argv[1])
    job = json.loads(sys.stdin.buffer.read())
    nonce = job.pop("nonce")
    level = "process+nonet" if cut_network() else "process"

    def report(**message: object) -> None:
        os.write(pipe, json.dumps({"nonce": nonce, "level": level, **message}).encode() + b"\n")

    report()
    # Ready beforehand: a program that has used the last byte leaves none to write it with.
    out_of_memory = json.dumps({"nonce": nonce, "status": "memory", "reason": f"needs more than {job['memory_mb']} MB"}).encode() + b"\n"
    cpu, memory = math.ceil(job["cpu_s"]), job["memory_mb"] << 20
    limits = [
        (resource.RLIMIT_CPU, (cpu, cpu + 2)),
        (resource.RLIMIT_AS, (memory, memory)),
        (resource.RLIMIT_CORE, (0, 0)),
        (resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
        (resource.RLIMIT_NOFILE, (64, 64)),
    ]
    for kind, limit in limits:
        resource.setrlimit(kind, limit)
    try:
        # A module of its own: dataclasses and others look their class's module up.
        module = sys.modules["__program__"] = types.ModuleType("__program__")
        status, reason = run(job, vars(module))
    except AssertionError as error:
        status, reason = "failed", f"a test failed: {error}".rstrip(": ")
    except MemoryError:
        os.write(pipe, out_of_memory)
        os._exit(0)
    except BaseException as error:
        status, reason = "error", f"{type(error).__name__}: {error}"
    report(status=status, reason=reason[:500])
    os._exit(0)


main()
