"""No secret of a run reaches any file that is made of it, wherever a target puts it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

import pytest

from conformance.contract.rules import Level
from conformance.evidence.judge import evidence
from conformance.evidence.recorder import EXCHANGES, Recorder
from conformance.evidence.reproduction import curl
from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.report.writing import formats, write_report
from conformance.results.data import CheckResult, Finding, Outcome
from conformance.selftest.report_sample import a_report, rule

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnktc3ViamVjdC0xIn0.Y2FuYXJ5LXNpZ25hdHVyZS1jYW5hcnktc2lnbmF0dXJl"
PASSWORD = "Canary&<pass>'word\" 7"
SECRETS = (TOKEN, TOKEN.split(".")[1], TOKEN.split(".")[2], PASSWORD)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Every file of a run whose target gives both secrets back in header, body and address."""
    folder = tmp_path_factory.mktemp("secrets")
    recorder = Recorder(folder / EXCHANGES)
    recorder.secret(TOKEN, "$SYNQ_TOKEN")
    recorder.secret(PASSWORD, "$SYNQ_PASSWORD")
    echo = json.dumps({"you sent": TOKEN, "password": PASSWORD, "again": base64.b64encode(PASSWORD.encode()).decode()})
    request = Request(
        "POST",
        f"/sign-in?token={TOKEN}&p={quote(PASSWORD)}",
        (("Authorization", f"Bearer {TOKEN}"),),
        PASSWORD.encode(),
    )
    response = Response(200, (("X-Echo", PASSWORD), ("Set-Cookie", f"s={TOKEN}")), echo.encode())
    exchange = Exchange(request, response, None, "", 1795509000.0, 0.01)
    recorder.begin("secrets-not-echoed", "test_x[a]")
    recorder.exchange(exchange)
    recorder.close()
    found = Finding(
        f"echoed {TOKEN} and {PASSWORD}",
        (401,),
        f"{PASSWORD}",
        curl("https://staging.example", request, recorder.redactor),
        evidence(exchange),
        evidence(exchange),
        f"case {TOKEN}",
        f"the password {PASSWORD}",
    )
    failed = replace(
        rule(Level.REQUIRED, Outcome.FAILED),
        findings=(recorder.finding(found),),
        checks=(CheckResult("test_x", Outcome.FAILED, 1, 1),),
    )
    write_report(a_report(failed), folder, tuple(formats()))
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


@pytest.mark.parametrize("name", sorted(["report.json", EXCHANGES, *(one.FILENAME for one in formats().values())]))
@pytest.mark.parametrize("secret", SECRETS, ids=["token", "payload", "signature", "password"])
def test_no_format_has_a_secret(written: Mapping[str, str], name: str, secret: str) -> None:
    """Neither plain, nor escaped for JSON, markup or an address, nor in base64."""
    forms = (
        secret,
        json.dumps(secret)[1:-1],
        quote(secret, safe=""),
        secret.replace("&", "&amp;").replace("<", "&lt;"),
        base64.b64encode(secret.encode()).decode().rstrip("="),
    )
    assert [form for form in forms if form in written[name]] == []


def test_the_secret_s_name_stands_in_its_place(written: Mapping[str, str]) -> None:
    """The evidence was there to be leaked: its place is marked in the report and in the record."""
    assert "$SYNQ_TOKEN" in written["report.html"]
    assert "$SYNQ_TOKEN" in written["exchanges.har"]
    assert "$SYNQ_PASSWORD" in written[EXCHANGES]
