"""Canary secrets: whatever a target sends back, none of them leaves a run."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from conformance.exchange import Exchange
from conformance.message import Request, Response
from conformance.record import Journal
from conformance.redact import Redactor
from conformance.results import Finding
from conformance.selftest.commands import synq_conformance
from conformance.selftest.dull_servers import always

CANARY_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnktc3ViamVjdCJ9.Q0FOQVJZLXNpZ25hdHVyZS1vZi1ub2JvZHk"
CANARY_PASSWORD = 'canary "pass" word & more'
SPELLINGS = {
    "plain": CANARY_TOKEN,
    "in-url": quote(CANARY_TOKEN, safe=""),
    "in-base64": base64.b64encode(CANARY_TOKEN.encode()).decode(),
    "in-hexadecimal": CANARY_TOKEN.encode().hex(),
    "signature-alone": CANARY_TOKEN.rpartition(".")[2],
    "payload-alone": CANARY_TOKEN.split(".")[1],
    "cut-short": CANARY_TOKEN[:-4],
    "password": CANARY_PASSWORD,
    "password-in-json": json.dumps(CANARY_PASSWORD)[1:-1],
    "password-in-url": quote(CANARY_PASSWORD),
}

RULES = [
    f"--rule={rule}" for rule in ("headers-missing", "credentials-elsewhere", "signature-altered", "sign-in-refused")
]


@pytest.fixture
def redactor() -> Redactor:
    redactor = Redactor()
    redactor.name(CANARY_TOKEN, "$SYNQ_TOKEN")
    redactor.name(CANARY_PASSWORD, "$SYNQ_PASSWORD")
    return redactor


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_a_secret_stays(redactor: Redactor, spelling: str) -> None:
    """However a secret is encoded or cut, its text is gone, and what stood around it stays."""
    secret = SPELLINGS[spelling]
    redacted = redactor.text(f"before<{secret}>after")
    assert secret not in redacted
    assert redacted.startswith("before<")
    assert redacted.endswith(">after")


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("node adapter.mjs --password hunter2", "node adapter.mjs --password [redacted]"),
        ("./adapter --api-key=abc -v", "./adapter --api-key=[redacted] -v"),
        ("./adapter --client-secret  x y", "./adapter --client-secret  [redacted] y"),
        (f"./adapter {CANARY_TOKEN}", "./adapter $SYNQ_TOKEN"),
        ("fixtures/adapters/faulty:honest", "fixtures/adapters/faulty:honest"),
    ],
)
def test_a_command_line_is_kept_without_its_secrets(redactor: Redactor, line: str, kept: str) -> None:
    """What named the client under test says how to run it again, and no more."""
    assert redactor.option(line) == kept


def test_two_unknown_tokens_can_be_told_apart(redactor: Redactor) -> None:
    """A token without a name is shown by a fingerprint of its own."""
    one, two = (redactor.text(f"{CANARY_TOKEN[:20]}.eyJzdWIiOiJ{tail * 90}") for tail in "AB")
    assert one != two
    assert one.startswith("[token ")


@pytest.mark.parametrize("name", ["Cookie", "Set-Cookie"])
def test_cookies_are_never_kept(redactor: Redactor, name: str) -> None:
    """Of a cookie only its name stays."""
    assert "s3cr3t" not in redactor.header(name, "session=s3cr3t-value; Path=/")


def test_the_record_holds_no_secret(redactor: Redactor, tmp_path: Path) -> None:
    """A line of the record is redacted in its target, its fields and both bodies."""
    path = tmp_path / "exchanges.jsonl"
    journal = Journal(path, redactor)
    request = Request(
        "POST",
        f"/x?token={CANARY_TOKEN}",
        (("Authorization", f"Bearer {CANARY_TOKEN}"), ("Cookie", "a=b")),
        json.dumps({"password": CANARY_PASSWORD}).encode(),
    )
    response = Response(200, (("X-Echo", CANARY_TOKEN),), f"you sent {CANARY_TOKEN}".encode())
    journal.exchange(Exchange(request, response, None, "", 0.0, 0.001))
    journal.close()
    kept = path.read_text("utf-8")
    assert "$SYNQ_TOKEN" in kept
    assert not [secret for secret in SPELLINGS.values() if secret in kept]


def test_a_finding_holds_no_secret(redactor: Redactor) -> None:
    """Summary, answer and curl line of a finding are redacted."""
    journal = Journal(None, redactor)
    finding = Finding(f"saw {CANARY_TOKEN}", (401,), f"got {CANARY_TOKEN}", curl=f"curl -H 'X: {CANARY_TOKEN}'")
    assert CANARY_TOKEN not in repr(journal.finding(finding))


def test_no_output_of_a_run_holds_a_secret(tmp_path: Path) -> None:
    """A target that answers with the token itself puts it into no file and on no console."""
    environ = {"SYNQ_TOKEN": CANARY_TOKEN, "SYNQ_TENANT_ID": "t", "SYNQ_ORG_ID": "o"}
    environ |= {"SYNQ_EMAIL": "a@example.com", "SYNQ_PASSWORD": CANARY_PASSWORD}
    with always(200, json.dumps({"token": CANARY_TOKEN, "said": CANARY_PASSWORD}).encode()) as url:
        ended = synq_conformance("server", "--url", url, *RULES, folder=tmp_path, environ=environ)
    files = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    written = {path.name: path.read_bytes().decode("latin-1") for path in files}
    assert {"report.json", "exchanges.jsonl", "pytest.xml"} <= set(written)
    outputs = written | {"stdout": ended.out, "stderr": ended.err}
    assert not [(name, key) for name, text in outputs.items() for key, secret in SPELLINGS.items() if secret in text]
