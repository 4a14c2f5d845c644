"""A run reaches its target on the ways that people have: proxies, private certificates, certificates of the client."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.mock.call import Synq
from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.serve import Served, serve
from conformance.mock.state import create
from conformance.selftest.commands import Ended, synq_conformance
from conformance.selftest.ways import Issuer, forward_proxy, tls_in_front

RULES = ["documented-request", "headers-missing", "answers-not-crossed", "wire-refused", "duplicate-both-orders"]
THROUGH_NO_HTTP_PROXY = {"wire-refused", "duplicate-both-orders"}


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(create()) as running:
        yield running


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


def run(
    synq: Synq, base_url: str, folder: Path, tls: Mapping[str, Any] | None = None, **variables: str
) -> tuple[Ended, dict[str, str]]:
    """How the command ended, and what came of each rule."""
    profile = describe(synq, base_url) | {"limits": {"timeout_s": 5}} | ({"tls": dict(tls)} if tls else {})
    (folder / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
    rules = [word for rule in RULES for word in ("--rule", rule)]
    ended = synq_conformance(
        "server", "--profile", "profile.toml", "--depth", "quick", *rules, folder=folder, environ=variables
    )
    file = folder / "reports" / "report.json"
    report = json.loads(file.read_text("utf-8")) if file.exists() else {"rules": []}
    return ended, {rule["id"]: rule["outcome"] for rule in report["rules"]}


ALL_PASSED = dict.fromkeys(RULES, "passed")


def test_through_an_http_proxy(served: Served, tmp_path: Path) -> None:
    """What a proxy would read differently is not assessed, and says so; the rest is judged."""
    with forward_proxy(tmp_path) as proxy:
        ended, outcomes = run(served.synq, served.base_url, tmp_path, HTTP_PROXY=proxy)
    assert outcomes == ALL_PASSED | dict.fromkeys(THROUGH_NO_HTTP_PROXY, "not-assessed"), ended.err
    assert ended.code == 0
    assert f"through the proxy {proxy} (HTTP_PROXY)" in ended.out
    assert "a way to the target without an HTTP proxy" in ended.out


def test_a_fault_is_found_through_an_http_proxy(tmp_path: Path) -> None:
    """A proxy in between hides nothing."""
    synq = create()
    apply_fault(synq, "request-without-any-header-served")
    with serve(synq) as running, forward_proxy(tmp_path) as proxy:
        ended, outcomes = run(synq, running.base_url, tmp_path, http_proxy=proxy)
    assert (ended.code, outcomes["headers-missing"]) == (1, "failed")


def test_the_proxy_s_password_is_used_and_not_shown(served: Served, tmp_path: Path) -> None:
    """It goes to the proxy, and into no file and no line."""
    with forward_proxy(tmp_path, credentials="someone:only-for-this-test") as proxy:
        ended, outcomes = run(served.synq, served.base_url, tmp_path, HTTP_PROXY=proxy)
    assert outcomes["headers-missing"] == "passed", ended.err
    written = [file.read_text("utf-8", "replace") for file in (tmp_path / "reports").rglob("*") if file.is_file()]
    assert not [text for text in (*written, ended.out, ended.err) if "only-for-this-test" in text]


def test_without_the_proxy_s_password(served: Served, tmp_path: Path) -> None:
    """The message says whose 407 it is."""
    with forward_proxy(tmp_path, credentials="someone:only-for-this-test") as proxy:
        bare = "http://" + proxy.rpartition("@")[2]
        ended, _ = run(served.synq, served.base_url, tmp_path, HTTP_PROXY=bare)
    assert ended.code == 3
    assert "the proxy asks for a name and a password (407)" in ended.err


def test_no_proxy_is_obeyed(served: Served, tmp_path: Path) -> None:
    """A target that is excepted is reached directly."""
    nowhere = "http://127.0.0.1:9"
    ended, outcomes = run(served.synq, served.base_url, tmp_path, HTTP_PROXY=nowhere, NO_PROXY="127.0.0.0/8")
    assert (ended.code, outcomes) == (0, ALL_PASSED), ended.out + ended.err


def test_the_embedded_synq_is_never_behind_a_proxy(tmp_path: Path) -> None:
    """It is on this machine, whatever the environment says of others."""
    words = ("--embedded", "--rule", "headers-missing", "--rule", "documented-request")
    ended = synq_conformance("server", *words, folder=tmp_path, environ={"HTTP_PROXY": "http://127.0.0.1:9"})
    assert ended.code == 0, ended.err


def test_a_proxy_that_cannot_be_used_is_a_wrong_configuration(served: Served, tmp_path: Path) -> None:
    """The message names the variable."""
    ended, _ = run(served.synq, served.base_url, tmp_path, HTTP_PROXY="socks5://127.0.0.1:9")
    assert ended.code == 2
    assert "HTTP_PROXY: socks5://127.0.0.1: only http proxies can be used" in ended.err


def test_through_a_tunnel_with_a_private_certificate(served: Served, issuer: Issuer, tmp_path: Path) -> None:
    """Through CONNECT everything can be judged, raw octets as well."""
    with tls_in_front(served.base_url, issuer.server_context()) as url, forward_proxy(tmp_path) as proxy:
        ended, outcomes = run(served.synq, url, tmp_path, {"ca": "ca.pem"}, HTTPS_PROXY=proxy)
    assert (ended.code, outcomes) == (0, ALL_PASSED), ended.out + ended.err


def test_certificates_of_the_environment(served: Served, issuer: Issuer, tmp_path: Path) -> None:
    """SSL_CERT_FILE is trusted by all requests, concurrent and raw ones too."""
    with tls_in_front(served.base_url, issuer.server_context()) as url:
        ended, outcomes = run(served.synq, url, tmp_path, SSL_CERT_FILE=str(issuer.certificate))
    assert (ended.code, outcomes) == (0, ALL_PASSED), ended.out + ended.err


def test_an_untrusted_certificate(served: Served, issuer: Issuer, tmp_path: Path) -> None:
    """Nothing is judged, and the message says what to give."""
    with tls_in_front(served.base_url, issuer.server_context()) as url:
        ended, _ = run(served.synq, url, tmp_path)
    assert ended.code == 3
    assert "its certificate is not trusted" in ended.err
    assert "tls.ca of the profile, or in SSL_CERT_FILE" in ended.err


def test_a_client_certificate(served: Served, issuer: Issuer, tmp_path: Path) -> None:
    """Every request shows it."""
    tls = {"ca": "ca.pem", "client_certificate": "client.pem", "client_key": "client-key.pem"}
    with tls_in_front(served.base_url, issuer.server_context(wants_client=True)) as url:
        ended, outcomes = run(served.synq, url, tmp_path, tls)
    assert (ended.code, outcomes) == (0, ALL_PASSED), ended.out + ended.err


def test_a_client_certificate_as_pem_from_the_environment(served: Served, issuer: Issuer, tmp_path: Path) -> None:
    """As a pipeline has it in a variable: no file is needed, and the key is in no output."""
    key = issuer.client_key.read_text("utf-8")
    tls = {"ca": "ca.pem", "client_certificate": issuer.client.read_text("utf-8"), "client_key": {"env": "CLIENT_KEY"}}
    with tls_in_front(served.base_url, issuer.server_context(wants_client=True)) as url:
        ended, outcomes = run(served.synq, url, tmp_path, tls, CLIENT_KEY=key)
    assert (ended.code, outcomes) == (0, ALL_PASSED), ended.out + ended.err
    secret = key.splitlines()[1]
    written = [file.read_text("utf-8", "replace") for file in (tmp_path / "reports").rglob("*") if file.is_file()]
    assert not [text for text in (*written, ended.out) if secret in text]


def test_without_the_client_certificate(served: Served, issuer: Issuer, tmp_path: Path) -> None:
    """Nothing is judged, and the message says which keys to give."""
    with tls_in_front(served.base_url, issuer.server_context(wants_client=True)) as url:
        ended, _ = run(served.synq, url, tmp_path, {"ca": "ca.pem"})
    assert ended.code == 3
    assert "asks for a client certificate" in " ".join(ended.err.split())
    assert "give tls.client_certificate and tls.client_key" in ended.err


@pytest.mark.parametrize(
    ("tls", "problem"),
    [
        pytest.param({"ca": "none.pem"}, "none.pem: no such file", id="missing"),
        pytest.param({"ca": "profile.toml"}, "tls.ca: holds no certificate in PEM", id="not-pem"),
        pytest.param({"client_key": "client-key.pem"}, "tls.client_key: is of no use alone", id="key-alone"),
        pytest.param({"client_certificate": "client.pem"}, "holds no certificate with its key", id="no-key"),
    ],
)
@pytest.mark.usefixtures("issuer")
def test_files_that_cannot_be_used(tls: dict[str, str], problem: str, tmp_path: Path) -> None:
    """A wrong configuration, before anything is sent."""
    ended, _ = run(create(), "https://127.0.0.1:9", tmp_path, tls)
    assert ended.code == 2, ended.err
    assert problem in ended.err
