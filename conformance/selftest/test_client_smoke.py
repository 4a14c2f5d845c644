"""`client --smoke`: an adapter that speaks the protocol goes through, and each usual mistake is named by its step."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from conformance.client.adapters import protocol
from conformance.client.adapters.driver import Returned
from conformance.client.adapters.launcher import Launcher, starting
from conformance.client.adapters.process import Program
from conformance.client.harness.smoke_command import Mark, smoke_lines
from conformance.client.harness.smoke_steps import STEPS
from conformance.selftest.commands import synq_conformance

ADAPTERS = Path(__file__).parents[2] / "fixtures" / "adapters"
GOOD = ADAPTERS / "python-httpx-auth-sync"
SERVE = ADAPTERS / "runtime" / "python" / "serve.py"
MISTAKEN = f"""
import sys
from urllib.parse import unquote
sys.path.insert(0, {str(GOOD)!r})
import client as library

NAME, VERSION, ERROR_KINDS, CAPABILITIES = library.NAME, library.VERSION, library.ERROR_KINDS, library.CAPABILITIES
clients = {{}}

class Mistaken:
    def __init__(self, mistake, inner):
        self.mistake, self.inner = mistake, inner
    def request(self, method, path, *, params=None, headers=None, **content):
        match self.mistake:
            case "joins-lists":
                params = {{name: ",".join(v for n, v in params if n == name) for name, _ in params or ()}}
            case "decodes-paths":
                path = unquote(path)
            case "forgets-headers":
                headers = None
            case "forgets-null" if content == {{"content": b"null"}}:
                content = {{}}
            case "always-a-body" if not content:
                content = {{"json": None, "content": b"null"}}
                content.pop("json")
            case "plain-ascii" if "json" in content:
                content["json"] = str(content["json"]).encode("ascii", "replace").decode()
            case "cuts-long-ones" if len(str(content)) > 65536:
                content = {{"content": b"cut"}}
            case "form-as-json" if headers and "form" in str(headers):
                content = {{"json": {{"form": True}}}}
            case "always-get":
                method = "GET"
        try:
            answer = self.inner.request(method, path, params=params, headers=headers, **content)
        except Exception as error:
            if self.mistake == "one-kind":
                raise LookupError("failed") from error
            raise
        if self.mistake == "raises-plainly" and answer.status_code >= 400:
            raise LookupError("failed: " + str(answer.status_code))
        if self.mistake == "says-nothing":
            answer = type("Answer", (), {{"status_code": 200, "text": ""}})()
        return answer

def make(mistake, base_url, **settings):
    if mistake == "keeps-client":
        clients[base_url] = clients.get(base_url) or library.make(base_url=base_url, **settings)
        return clients[base_url]
    return Mistaken(mistake, library.make(base_url=base_url, **settings))
"""
"""A client whose adapter gets one thing wrong."""

PROXY = f"""
import json, subprocess, sys, threading

mistake = sys.argv[1]
command = [sys.executable, {str(SERVE)!r}, "client:make"]
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd={str(GOOD)!r})

def pass_on():
    for line in child.stdout:
        answer = json.loads(line)
        ok = answer.get("ok", {{}})
        if mistake == "anonymous" and "capabilities" in ok:
            answer["ok"] = {{}}
        elif mistake == "boastful" and "capabilities" in ok:
            ok["capabilities"] = ["flight"]
        elif mistake == "agrees" and answer.get("error", {{}}).get("kind") == "unsupported":
            answer = {{"id": answer["id"], "ok": {{}}}}
        print(json.dumps(answer), flush=True)

passing_on = threading.Thread(target=pass_on, daemon=True)
passing_on.start()
for line in sys.stdin:
    op = json.loads(line)["op"]
    if op == "no-such-op" and mistake == "dies":
        child.kill()
        sys.exit(1)
    if op == "close" and mistake == "unclosable":
        error = {{"kind": "unsupported", "message": "no such op"}}
        print(json.dumps({{"id": json.loads(line)["id"], "error": error}}), flush=True)
        continue
    child.stdin.write(line.encode())
    child.stdin.flush()
    if op == "shutdown":
        break
passing_on.join(5)
sys.exit(4 if mistake == "exits-4" else 0)
"""
"""What stands between the suite and a good adapter, and gets one thing wrong."""


def wrong_steps(program: Program) -> dict[str, str]:
    """The steps that are not right, and what is said of each."""
    lines = smoke_lines(Launcher("mine", starting(program), answer_within_s=5.0))
    return {line.step: line.text for line in lines if line.mark in (Mark.WRONG, Mark.FAILED)}


@pytest.mark.parametrize(
    ("mistake", "step", "says"),
    [
        ("joins-lists", "request, query", "the name stands once for each value"),
        ("decodes-paths", "request, encoded path", "stays as it is"),
        ("forgets-headers", "request, headers", "came 0 fields"),
        ("forgets-null", "request, json null", "the body has to be null"),
        ("always-a-body", "request, no json", "there is no body"),
        ("plain-ascii", "request, json", "the body has to be"),
        ("cuts-long-ones", "request, 5 MiB in a line", "3 octets came"),
        ("form-as-json", "request, form", "came the body"),
        ("raises-plainly", "answer to a final 401", "kind `auth`, not `other`"),
        ("raises-plainly", "answer to a 403", "kind `permission`, not `other`"),
        ("one-kind", "answer to a broken connection", "kind `transport`, not `other`"),
        ("one-kind", "answer to a failed sign-in", "kind `auth`, not `other`"),
        ("says-nothing", "request", "`body` is the body of the response"),
        ("says-nothing", "answer to a 404", "the server answered 404, and the caller got 200"),
        ("always-get", "request, json null", "a POST was asked for, and GET came"),
        ("keeps-client", "configure again", "make a fresh one"),
    ],
)
def test_a_mistake_is_named_by_its_step(tmp_path: Path, mistake: str, step: str, says: str) -> None:
    """With what is to be done."""
    (tmp_path / "mistaken.py").write_text(MISTAKEN, "utf-8")
    found = wrong_steps(Program((sys.executable, "-B", str(SERVE), "mistaken:make", mistake), tmp_path))
    assert says in found.get(step, ""), found


@pytest.mark.parametrize(
    ("mistake", "step", "says"),
    [
        ("dies", "an op that is unknown", "exited with code 1"),
        ("agrees", "an op that is unknown", "unsupported"),
        ("exits-4", "shutdown", "the exit code was 4"),
        ("anonymous", "configure", "name and version and language"),
        ("boastful", "configure", "there is no capability flight"),
    ],
)
def test_a_mistake_beside_requests_is_named_alone(tmp_path: Path, mistake: str, step: str, says: str) -> None:
    """No other step is blamed for it."""
    (tmp_path / "proxy.py").write_text(PROXY, "utf-8")
    found = wrong_steps(Program((sys.executable, "-B", str(tmp_path / "proxy.py"), mistake)))
    assert list(found) == [step], found
    assert says in found[step]


def test_a_capability_that_is_not_there_is_seen(tmp_path: Path) -> None:
    """Announced and then refused, in its own step and at the end."""
    (tmp_path / "proxy.py").write_text(PROXY, "utf-8")
    found = wrong_steps(Program((sys.executable, "-B", str(tmp_path / "proxy.py"), "unclosable")))
    assert list(found) == ["close", "shutdown"]
    assert "announced the capability close" in found["shutdown"]


def test_a_good_adapter_goes_through(tmp_path: Path) -> None:
    """A line for each step, and exit code 0; what it does not announce is left out."""
    ended = synq_conformance("client", "--smoke", "--adapter", f"{ADAPTERS / 'faulty'}:honest", folder=tmp_path)
    assert ended.code == 0, ended.out + ended.err
    assert not [step.name for step in STEPS if f" {step.name} " not in ended.out]
    assert ended.out.splitlines()[-1].endswith("it speaks the protocol")


@pytest.mark.parametrize(
    ("client", "code", "says"),
    [
        pytest.param(("--adapter", f"{ADAPTERS / 'null'}:ok-to-all"), 1, "no request arrived at base_url", id="wrong"),
        pytest.param(("--adapter", f"{ADAPTERS / 'null'}:garbage"), 3, "standard output is for answers", id="garbage"),
        pytest.param(("--adapter", f"{ADAPTERS / 'null'}:exit-1"), 3, "exited with code 1", id="dies"),
        pytest.param((), 2, "no client is named", id="usage"),
        pytest.param(("--adapter", "no-such-folder"), 2, "no-such-folder", id="missing"),
    ],
)
def test_the_exit_code_says_which(tmp_path: Path, client: tuple[str, ...], code: int, says: str) -> None:
    """1 if it is to be mended, 2 for wrong usage, 3 if it could not be gone through; never a traceback."""
    ended = synq_conformance("client", "--smoke", *client, folder=tmp_path)
    assert ended.code == code, ended.out + ended.err
    assert says in ended.out + ended.err
    assert "Traceback" not in ended.err


def test_data_without_a_status_is_a_success_to_the_caller() -> None:
    """A library that hands back data alone has no other way to say so."""
    answer = protocol.answer_from(json.loads('{"id": 1, "ok": {"status": null, "body": "{}"}}'))
    assert answer == Returned(200, "{}", status_told=False)
    assert str(answer) == "the caller got data without a status"
