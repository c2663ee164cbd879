"""The server engine against vLLM's own OpenAI server on loopback, with the default model, and the same run in process before it.

In float32: in bf16 the batch that a token is computed in can make it another one.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.model import parse_model, resolve_model
from harness.store import JOURNAL, MANIFEST, RESPONSES, SCORES, read_lines

pytestmark = pytest.mark.engine
MODEL = "smollm2-135m-instruct"
LIMIT = 4


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "harness", "eval", "--limit", str(LIMIT), *map(str, arguments)]


def evaluate(*arguments: str | Path) -> None:
    result = subprocess.run(command(*arguments), capture_output=True, text=True, check=False, timeout=600)
    assert result.returncode == 0, result.stderr[-2000:]


def only_run(parent: Path) -> Path:
    (folder,) = parent.iterdir()
    return folder


@pytest.fixture(scope="module")
def in_process(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the engine in process; it is over before the server starts."""
    parent = tmp_path_factory.mktemp("in-process")
    evaluate("--model", f"{MODEL},dtype=float32", "--out", parent)
    return only_run(parent)


@pytest.fixture(scope="module")
def url(in_process: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """vLLM's server with the settings that the engine in process has on a CPU."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    native = Path(sys.prefix) / "native" / "libnuma.so.1"
    environment = {
        **os.environ, "VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "2",
        "VLLM_CPU_OMP_THREADS_BIND": ",".join(map(str, sorted(os.sched_getaffinity(0)))),
        **({"LD_PRELOAD": str(native)} if native.is_file() else {}),
    }  # fmt: skip
    folder = resolve_model(parse_model(MODEL)).folder
    arguments = ["--model", str(folder), "--served-model-name", MODEL, "--port", str(port), "--host", "127.0.0.1"]
    settings = ["--enforce-eager", "--block-size", "32", "--max-model-len", "8192", "--dtype", "float32"]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *arguments, *settings],
            stdout=out, stderr=out, env=environment, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until_up(f"http://127.0.0.1:{port}/health", server, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def wait_until_up(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 400
    while True:
        assert server.poll() is None, log.read_text()[-2000:]
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.5)


def kill_in_the_middle(journal: Path, arguments: tuple[str | Path, ...]) -> bytes:
    """Start a run, kill it when some responses are journalled, and return the whole lines that it left."""
    process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 300
    while not (found := [path for path in journal.parent.glob(f"*/{journal.name}") if path.read_bytes().count(b"\n") >= 3]):
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (found[0].parent / MANIFEST).exists()
    left = found[0].read_bytes()
    return left[: left.rfind(b"\n") + 1]


def test_scores_are_those_of_the_engine_in_process_also_after_kill_9(in_process: Path, url: str, tmp_path: Path) -> None:
    arguments = ("--engine", "server", "--url", url, "--out", tmp_path)
    before = kill_in_the_middle(tmp_path / JOURNAL, arguments)
    evaluate(*arguments)
    served = only_run(tmp_path)
    journal = (served / JOURNAL).read_bytes()
    assert journal.startswith(before)
    names = [json.loads(line)["request"] for line in journal.splitlines()]
    assert len(names) == len(set(names))
    rows = by_item(in_process, SCORES), by_item(served, SCORES)
    assert {suite for suite, _ in rows[0]} == {"code_execution", "forgetting", "hallucination", "instruction_following"}
    assert {key: row["score"] for key, row in rows[0].items()} == {key: row["score"] for key, row in rows[1].items()}
    theirs, ours = by_item(in_process, RESPONSES), by_item(served, RESPONSES)
    assert {key: row["prompt"] for key, row in theirs.items()} == {key: row["prompt"] for key, row in ours.items()}
    assert {key: row["response"] for key, row in theirs.items()} == {key: row["response"] for key, row in ours.items()}
    scored = [key for key, row in theirs.items() if row["choice_logprobs"]]
    assert scored
    for key in scored:
        for left, right in zip(theirs[key]["choice_logprobs"], ours[key]["choice_logprobs"], strict=True):
            assert left == pytest.approx(right, abs=1e-3)
    manifest = json.loads((served / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["engine"]["conditions"]["server"].startswith("vllm 0.")
    assert manifest["engine"]["conditions"]["rendering"] == "local"
    assert manifest["model"]["hashes"]["claimed_weights"]


def by_item(folder: Path, name: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["suite"], row["item"]): row for row in read_lines(folder / name)}


def test_messages_are_rendered_by_the_server_to_the_same_answers(in_process: Path, url: str, tmp_path: Path) -> None:
    """Known by a name alone: the same questions as messages, rendered by the same template on the other side."""
    listed = json.loads(urllib.request.urlopen(f"{url}/models").read())
    assert listed["data"][0]["id"] == MODEL
    from harness.engines.base import EngineSettings
    from harness.engines.server import ServerEngine
    from harness.records import Request
    from harness.served import ServedModel

    engine = ServerEngine(ServedModel(parse_model(MODEL), MODEL, {}), EngineSettings("server", urls=(url,)), [])
    asked = ({"role": "user", "content": "What is the capital of France?"},)
    engine.submit(Request("france", (), max_tokens=40, messages=asked))
    found = []
    while engine.unfinished:
        found += engine.step()
    engine.close()
    assert "Paris" in found[0].text
    assert found[0].finish == "stop"
