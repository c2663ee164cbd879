"""The run folder: nothing that was finished is lost, nothing half-written is taken for whole."""

import errno
import json
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.errors import RunError, UserError
from harness.records import Response
from harness.store import FORMAT_VERSION, MANIFEST, Journal, RunFolder, read_journal, read_lines, read_manifest, write_atomic

RESPONSES = [
    Response("s/a/0/0", "plain", 3, "stop"),
    Response("s/b/0/0", "空调 24°C\n\r\u2028\x0b\x1c\x85 \"quoted\" \\ \x00", 9, "length"),
    Response("s/c/0/choice0", finish="scored", logprobs=(-0.1, -123.456789012345678, -1e-300)),
    Response("s/d/0/0", "last, with 中文", 5, "stop"),
]  # fmt: skip


def write_journal(path: Path, responses: list[Response]) -> bytes:
    journal = Journal(path)
    for response in responses:
        journal.append(response, suite="s", item="x", sample=0, draw=0)
    journal.close()
    return path.read_bytes()


def test_a_journal_gives_back_exactly_what_was_appended(tmp_path: Path) -> None:
    write_journal(tmp_path / "journal.jsonl", RESPONSES)
    assert list(read_journal(tmp_path / "journal.jsonl")) == RESPONSES


def test_an_absent_or_empty_journal_holds_no_response(tmp_path: Path) -> None:
    assert list(read_journal(tmp_path / "journal.jsonl")) == []
    (tmp_path / "journal.jsonl").touch()
    assert list(read_journal(tmp_path / "journal.jsonl")) == []


@pytest.mark.slow
def test_a_journal_cut_at_any_byte_of_its_last_line_is_read_back_and_continued(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    whole = write_journal(path, RESPONSES)
    last_line = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(last_line, len(whole)):
        path.write_bytes(whole[:cut])
        assert list(read_journal(path)) == RESPONSES[:-1], f"cut at byte {cut}"
        assert write_journal(path, RESPONSES[-1:]) == whole, f"cut at byte {cut}"


def test_a_journal_whose_only_line_is_cut_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    whole = write_journal(path, RESPONSES[:1])
    path.write_bytes(whole[:-1])
    assert write_journal(path, RESPONSES[:1]) == whole


def test_a_cut_last_line_longer_than_a_read_block_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    long = Response("s/e/0/0", "长" * 100_000, 1)
    whole = write_journal(path, [long, *RESPONSES, long])
    path.write_bytes(whole[:-5])
    assert list(read_journal(path)) == [long, *RESPONSES]
    assert write_journal(path, [long]) == whole


@pytest.mark.parametrize(
    "damage",
    [
        b'{"request": "s/b/0/0", "te',
        b"",
        b"\x00" * 40,
        b"\xff\xfe",
        b'{"request": "s/b/0/0"}',
        b"17",
        b"[]",
    ],
)
def test_a_damaged_middle_line_is_named(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    lines = write_journal(path, RESPONSES).split(b"\n")
    lines[1] = damage
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(RunError, match=r"journal\.jsonl, line 2 is damaged"):
        list(read_journal(path))


def test_what_was_appended_survives_a_killed_process(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys\n"
        "from harness.records import Response\n"
        "from harness.store import Journal\n"
        "journal = Journal(pathlib.Path(sys.argv[1]))\n"
        "for n in range(3):\n"
        "    journal.append(Response(f's/{n}/0/0', 'text'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "journal.jsonl"
    ended = subprocess.run([sys.executable, "-c", program, str(path)], cwd=Path(__file__).parents[1], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert [response.request_id for response in read_journal(path)] == ["s/0/0/0", "s/1/0/0", "s/2/0/0"]


@pytest.mark.slow
def test_a_response_is_on_disk_within_a_second_though_none_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("harness.store.os.fsync", synced.append)
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append(RESPONSES[0])
    time.sleep(1.1)
    found = len(synced)
    journal.close()
    assert found == 1


@pytest.mark.slow
def test_a_response_appended_during_a_slow_sync_is_on_disk_when_the_journal_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, began, go_on = tmp_path / "journal.jsonl", threading.Event(), threading.Event()
    on_disk: list[int] = []

    def slow_sync(_: int) -> None:
        size = path.stat().st_size
        began.set()
        go_on.wait(10)
        on_disk.append(size)

    monkeypatch.setattr("harness.store.os.fsync", slow_sync)
    journal = Journal(path)
    journal.append(RESPONSES[0])
    began.wait(10)
    journal.append(RESPONSES[1])
    closing = threading.Thread(target=journal.close)
    closing.start()
    closing.join(0.2)
    go_on.set()
    closing.join()
    assert max(on_disk) == path.stat().st_size


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_sync_that_fails_is_a_run_error_at_the_latest_when_the_journal_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    journal = Journal(tmp_path / "journal.jsonl")
    journal.append(RESPONSES[0])
    monkeypatch.setattr("harness.store.os.fsync", refuse)
    with pytest.raises(RunError, match=r"journal\.jsonl cannot be written"):
        journal.close()


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file can grow past `size` bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_is_a_run_error_after_which_the_journal_ends_with_the_response_before(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    for response in RESPONSES[:2]:
        journal.append(response)
    before = path.read_bytes()
    with file_size_limit(len(before) + 20), pytest.raises(RunError, match=r"journal\.jsonl cannot be written .* is kept"):
        journal.append(RESPONSES[2])
    assert path.read_bytes() == before
    journal.append(RESPONSES[3])  # There is room again.
    journal.close()
    assert list(read_journal(path)) == [*RESPONSES[:2], RESPONSES[3]]


def test_closing_a_journal_on_a_full_disk_does_not_hide_the_run_error(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    with file_size_limit(20):
        with pytest.raises(RunError, match="cannot be written"):
            journal.append(RESPONSES[0])
        journal.close()


def test_an_atomic_write_that_fails_midway_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    write_atomic(path, ["old"])

    def lines() -> Iterator[str]:
        yield "new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, lines())
    assert path.read_text() == "old\n"
    write_atomic(path, ["new"])
    assert path.read_text() == "new\n"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["scores.jsonl"]


def test_an_atomic_write_on_a_full_disk_is_a_run_error_and_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    write_atomic(path, ["old"])
    with file_size_limit(100), pytest.raises(RunError, match=r"scores\.jsonl cannot be written"):
        write_atomic(path, ["x" * 1000])
    assert path.read_text() == "old\n"


def test_rows_are_read_back_as_written_whatever_line_breaks_their_texts_hold(tmp_path: Path) -> None:
    rows = [{"text": "a\nb\r\n\u2028\x85\x0b\x1d"}, {"text": "空调", "score": 0.1 + 0.2}]
    folder = RunFolder(tmp_path / "run")
    folder.write_lines("scores.jsonl", rows)
    folder.release()
    assert read_lines(tmp_path / "run" / "scores.jsonl") == rows


def test_a_second_holder_of_a_run_folder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = RunFolder(tmp_path / "run")
    with pytest.raises(UserError, match=r"run' is in use by another process"):
        RunFolder(tmp_path / "run")
    first.release()
    RunFolder(tmp_path / "run").release()


def test_a_run_folder_that_cannot_be_made_is_a_user_error_naming_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"file/run' cannot be written .*--out"):
        RunFolder(tmp_path / "file" / "run")


def test_a_run_without_a_manifest_is_not_complete(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None


def test_a_manifest_of_a_later_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps({"format_version": FORMAT_VERSION + 1}))
    with pytest.raises(RunError, match=rf"has format version {FORMAT_VERSION + 1}; this harness reads up to {FORMAT_VERSION}"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "{}", '{"format_version": null}', '{"format_version": "new"}'])
def test_a_damaged_manifest_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(RunError, match=r"manifest\.json is damaged"):
        read_manifest(tmp_path)
