"""`synq-conformance mock`: one JSON line, then a server, until it is told to stop."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import tomli_w

from conformance.selftest.commands import MAIN, synq_conformance

COMMAND = [sys.executable, "-c", MAIN, "mock"]


def test_the_first_line_is_all_that_a_client_needs() -> None:
    """With nothing but the line, the documented request is accepted; SIGTERM ends it with 0."""
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        headers = {
            "Authorization": f"Bearer {said['tokens']['valid']}",
            "X-Tenant-ID": said["tenant_id"],
            "X-Org-ID": said["org_id"],
        }
        status = httpx.get(f"{said['base_url']}/api/v1/pim/products", headers=headers).status_code
        signed_in = httpx.post(
            f"{said['base_url']}/api/v1/auth/sign-in", json={"email": said["email"], "password": said["password"]}
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert (status, signed_in.status_code) == (200, 200)
    assert set(said["profile"]) >= {"target", "scope", "tokens", "keys", "sign_in", "revoke", "probe"}


def test_a_taken_port_ends_in_2(tmp_path: Path) -> None:
    """The port is named, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = synq_conformance("mock", "--port", str(port), folder=tmp_path)
    assert ended.code == 2
    assert f":{port}" in ended.err


@pytest.mark.parametrize("option", ["--fault", "--variant"])
def test_an_unknown_name_ends_in_2(option: str, tmp_path: Path) -> None:
    """A fault or a variant that does not exist is named."""
    ended = synq_conformance("mock", option, "no-such-name", folder=tmp_path)
    assert ended.code == 2
    assert "no-such-name" in ended.err


def test_one_synq_judges_another_that_signs_with_es256(tmp_path: Path) -> None:
    """The profile in the line is enough for a whole run, and elliptic-curve signatures raise no alarm."""
    command = [*COMMAND, "--algorithm", "ES256"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        profile = json.loads(process.stdout.readline())["profile"]
        (tmp_path / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        arguments = ["--profile", "profile.toml", "--depth", "quick", "--level", "hardening"]
        ended = synq_conformance("server", *arguments, folder=tmp_path)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    report = json.loads((tmp_path / "reports" / "report.json").read_text("utf-8"))
    assert {rule["id"]: rule["reason"] for rule in report["rules"] if rule["outcome"] != "passed"} == dict.fromkeys(
        ("tls-old-versions", "tls-certificate", "cleartext-without-data"), "supply a base URL that begins with https"
    )
    assert ended.code == 0
