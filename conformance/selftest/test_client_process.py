"""An adapter as a process: what it answers is heard, and whatever it does wrong is an error that says so."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.client.adapters.driver import (
    AdapterError,
    ApiCall,
    Configuration,
    Introduction,
    Overdue,
    Raised,
    Returned,
    answer_of,
)
from conformance.client.adapters.process import AdapterProcess, Program, account_in
from conformance.selftest.processes import ended

CONFIGURATION = Configuration("http://127.0.0.1:1", "a@example", "made-up", "tnt_1", "org_1")
SOON = 5.0

REFERENCE = """
import json, sys
held = None
for line in sys.stdin:
    message = json.loads(line)
    match message["op"]:
        case "configure":
            ok = {"name": "echo", "version": "1", "language": "python", "capabilities": ["clock"]}
        case "request" if held is None and message["path"] == "/held":
            held = message["id"]
            continue
        case "request":
            ok = {"status": 200, "body": message["path"]}
        case _:
            ok = {}
    print(json.dumps({"id": message["id"], "ok": ok}), flush=True)
    if held is not None:
        print(json.dumps({"id": held, "ok": {"status": 201, "body": "late"}}), flush=True)
        held = None
    if message["op"] == "shutdown":
        break
"""

Start = Callable[[str], AdapterProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a Python program as an adapter, and ends it after the test."""
    started: list[AdapterProcess] = []

    def start_program(source: str) -> AdapterProcess:
        script = tmp_path / "adapter.py"
        script.write_text(source, "utf-8")
        started.append(AdapterProcess(Program((sys.executable, str(script)))))
        return started[-1]

    yield start_program
    for adapter in started:
        adapter.close()


def test_an_adapter_introduces_itself(start: Start) -> None:
    """`configure` gives the library's name and its capabilities."""
    introduction = start(REFERENCE).configure(CONFIGURATION, SOON)
    assert introduction == Introduction("echo", "1", "python", frozenset({"clock"}))


def test_answers_may_come_in_any_order(start: Start) -> None:
    """Each answer finds its question by id, although the second is answered before the first."""
    adapter = start(REFERENCE)
    first, second = adapter.request(ApiCall(path="/held")), adapter.request(ApiCall(path="/next"))
    assert answer_of(second, SOON) == Returned(200, "/next")
    assert answer_of(first, SOON) == Returned(201, "late")


def test_an_adapter_shuts_down_with_exit_code_0(start: Start) -> None:
    """`shutdown` ends the process in good order."""
    assert start(REFERENCE).shut_down(SOON) == 0


def test_an_error_that_the_library_raises_is_an_answer(start: Start) -> None:
    """An error of a known kind reaches the suite as what the caller got."""
    adapter = start(
        """import json, sys
for line in sys.stdin:
    error = {"kind": "permission", "message": "no"}
    print(json.dumps({"id": json.loads(line)["id"], "error": error}), flush=True)
"""
    )
    assert answer_of(adapter.request(ApiCall()), SOON) == Raised("permission", "no")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        pytest.param("hello", "printed hello", id="not-json"),
        pytest.param("[1]", "printed", id="not-an-object"),
        pytest.param('{"ok": {}}', "integer id", id="without-id"),
        pytest.param('{"id": true, "ok": {}}', "integer id", id="boolean-id"),
        pytest.param('{"id": 7, "ok": {}}', "answered unknown id", id="unknown-id"),
        pytest.param('{"id": 1}', 'either "ok" or "error"', id="neither-ok-nor-error"),
        pytest.param('{"id": 1, "ok": {}, "error": {}}', 'either "ok" or "error"', id="both"),
        pytest.param('{"id": 1, "ok": {"status": "200"}}', "status", id="status-as-text"),
        pytest.param('{"id": 1, "error": {"kind": "odd"}}', "kind is one of", id="unknown-kind"),
    ],
)
def test_a_wrong_line_is_named(start: Start, line: str, complaint: str) -> None:
    """What is no answer is an error of the adapter that repeats the line."""
    adapter = start(f"import sys\nsys.stdin.readline()\nprint({line!r}, flush=True)\nsys.stdin.read()\n")
    with pytest.raises(AdapterError, match=complaint):
        answer_of(adapter.request(ApiCall()), SOON)


def test_a_death_is_told_with_exit_code_and_last_words(start: Start) -> None:
    """An adapter that dies is an error with what it said last."""
    adapter = start("import sys\nsys.stdin.readline()\nsys.exit('out of paper')\n")
    with pytest.raises(AdapterError, match=r"exited with code 1 (?s:.)*out of paper"):
        answer_of(adapter.request(ApiCall()), SOON)


def test_silence_ends_at_the_deadline(start: Start) -> None:
    """An adapter that never answers is overdue, not waited for."""
    adapter = start("import sys\nsys.stdin.read()\n")
    with pytest.raises(Overdue, match=r"`configure` within 0\.2 s"):
        adapter.configure(CONFIGURATION, 0.2)


def test_a_command_that_is_not_there_is_an_adapter_error() -> None:
    """The message names the command."""
    with pytest.raises(AdapterError, match="no-such-adapter"):
        AdapterProcess(Program(("no-such-adapter",)))


def test_closing_leaves_no_child_running(start: Start) -> None:
    """The whole process group ends, not only its leader."""
    adapter = start(
        """import json, subprocess, sys
child = subprocess.Popen(["sleep", "60"])
number = json.loads(sys.stdin.readline())["id"]
print(json.dumps({"id": number, "ok": {"status": 200, "body": str(child.pid)}}), flush=True)
sys.stdin.read()
"""
    )
    answer = answer_of(adapter.request(ApiCall()), SOON)
    assert isinstance(answer, Returned)
    adapter.close()
    assert ended(int(answer.body), SOON)


def test_a_child_that_left_the_group_does_not_hold_the_suite_up(start: Start) -> None:
    """Closing returns in bounded time even if something keeps the adapter's pipes open."""
    adapter = start(
        """import json, subprocess, sys
child = subprocess.Popen(["sleep", "8"], start_new_session=True)
number = json.loads(sys.stdin.readline())["id"]
print(json.dumps({"id": number, "ok": {"status": 200, "body": ""}}), flush=True)
sys.stdin.read()
"""
    )
    answer_of(adapter.request(ApiCall()), SOON)
    started = time.monotonic()
    adapter.close()
    assert time.monotonic() - started < SOON


NODE = """node:internal/modules/cjs/loader:1210
  throw err;
  ^

Error: Cannot find module 'axios'
Require stack:
- /adapter/client.cjs
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
""".splitlines()
PYTHON = [
    "Traceback (most recent call last):",
    *("  File" for _ in range(60)),
    "ModuleNotFoundError: No module named 'x'",
]


@pytest.mark.parametrize(
    ("lines", "first", "last", "number"),
    [
        pytest.param([*("log" for _ in range(20)), *NODE], NODE[0], NODE[-1], len(NODE), id="node"),
        pytest.param([*("log" for _ in range(20)), *PYTHON], PYTHON[0], PYTHON[-1], 41, id="python-cut-in-the-middle"),
        pytest.param([str(number) for number in range(20)], "12", "19", 8, id="no-trace"),
        pytest.param(["panic: oops", "", "goroutine 1"], "panic: oops", "goroutine 1", 3, id="go"),
    ],
)
def test_a_dead_program_is_quoted_from_the_first_line_of_its_error(
    lines: list[str], first: str, last: str, number: int
) -> None:
    """Which module is missing stands at its beginning or at its end, and both are shown."""
    account = account_in(lines)
    assert (account[0], account[-1], len(account)) == (first, last, number)
