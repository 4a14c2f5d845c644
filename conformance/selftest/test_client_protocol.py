"""The published schema of the adapter protocol: what is really said keeps to it, and what is wrong does not."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.client.adapters import protocol
from conformance.client.adapters.driver import KINDS
from conformance.client.adapters.launcher import Launcher, starting
from conformance.client.adapters.process import Program
from conformance.client.harness.smoke_command import CAPABILITIES, smoke_lines
from conformance.selftest.offenders import listed

SCHEMA = json.loads(Path(protocol.__file__).with_name("adapter-protocol-2.schema.json").read_text("utf-8"))
ADAPTERS = Path(__file__).parents[2] / "fixtures" / "adapters"
PAGE = Path(protocol.__file__).with_name("README.md").read_text("utf-8")
EXAMPLES = re.findall(r"^([<>]) (\{.*\})$", PAGE, re.MULTILINE)
SPEAKERS = {">": "question", "<": "answer"}
LISTENING = f"""
import subprocess, sys, threading
command = [sys.executable, "-B", {str(ADAPTERS / "runtime" / "python" / "serve.py")!r}, "faults:make", "honest"]
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd={str(ADAPTERS / "faulty")!r})
record = open(sys.argv[1], "ab", 0)

def pass_on():
    for line in child.stdout:
        record.write(b"< " + line)
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()

passing_on = threading.Thread(target=pass_on, daemon=True)
passing_on.start()
for line in sys.stdin.buffer:
    record.write(b"> " + line)
    child.stdin.write(line)
    child.stdin.flush()
    if b'"shutdown"' in line:
        break
passing_on.join(5)
"""
"""What writes down all that is said between the suite and an adapter."""


def validator(speaker: str) -> Draft202012Validator:
    """Of one side's messages."""
    return Draft202012Validator({"$ref": f"#/$defs/{SPEAKERS[speaker]}", "$defs": SCHEMA["$defs"]})


def test_the_schema_is_one() -> None:
    """And knows the kinds and the capabilities that the suite knows."""
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["$defs"]["answer"]["properties"]["error"]["properties"]["kind"]["enum"]) == KINDS
    items = SCHEMA["$defs"]["introduction"]["properties"]["capabilities"]["items"]
    assert set(items["enum"]) == CAPABILITIES


def test_all_that_is_said_keeps_to_the_schema(tmp_path: Path) -> None:
    """Of both sides, in all steps of a smoke run."""
    (tmp_path / "listening.py").write_text(LISTENING, "utf-8")
    record = tmp_path / "record"
    program = Program((sys.executable, "-B", str(tmp_path / "listening.py"), str(record)))
    assert [line.text for line in smoke_lines(Launcher("mine", starting(program))) if line.mark == "failed"] == []
    said = [(line[:1], json.loads(line[2:])) for line in record.read_text("utf-8").splitlines()]
    offenders = [
        f"{speaker} {json.dumps(message)[:200]}"
        for speaker, message in said
        if not validator(speaker).is_valid(message)
    ]
    assert not offenders, listed(offenders, "what is said keeps to the schema that is published")
    assert {message["op"] for speaker, message in said if speaker == ">"} >= {"configure", "request", "shutdown"}


def test_the_examples_keep_to_the_schema() -> None:
    """Those of the protocol's page, of which there are some for each side."""
    assert {speaker for speaker, _ in EXAMPLES} == set(SPEAKERS)
    offenders = [f"{speaker} {text}" for speaker, text in EXAMPLES if not validator(speaker).is_valid(json.loads(text))]
    assert not offenders, listed(offenders, "an example is what a newcomer copies")


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("<", '{"id": "1", "ok": {}}'),
        ("<", '{"ok": {}}'),
        ("<", '{"id": 1}'),
        ("<", '{"id": 1, "ok": {}, "error": {"kind": "auth", "message": ""}}'),
        ("<", '{"id": 1, "ok": {"status": "200", "body": ""}}'),
        ("<", '{"id": 1, "ok": {"status": 200}}'),
        ("<", '{"id": 1, "ok": {"status": 200, "body": {}}}'),
        ("<", '{"id": 1, "ok": {"name": "a", "version": "1", "language": "b", "capabilities": "clock"}}'),
        ("<", '{"id": 1, "error": {"kind": "AuthError", "message": "no"}}'),
        (">", '{"id": 1, "op": "request", "method": "GET", "path": "products"}'),
        (">", '{"id": 1, "op": "request", "method": "POST", "path": "/", "json": 1, "form": {}}'),
        (">", '{"id": 1, "op": "request", "method": "GET", "path": "/", "query": {"a": [1]}}'),
    ],
)
def test_what_is_wrong_does_not(speaker: str, text: str) -> None:
    """Each is a mistake that the author of an adapter could make."""
    assert not validator(speaker).is_valid(json.loads(text))
