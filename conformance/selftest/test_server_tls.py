"""TLS of a target: old versions, certificates of several nodes, and what is answered without it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import tomli_w

from conformance.evidence.judge import Inapplicable, NotAssessed, Unmet, Violation
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange
from conformance.http.route import Route
from conformance.http.throwaway import taking
from conformance.http.tls import TlsFiles
from conformance.mock.describe import describe
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.answering import answering
from conformance.selftest.commands import synq_conformance
from conformance.selftest.ways import Issuer, tls_in_front
from conformance.server.harness import secure_way as harness
from conformance.server.harness.gate import Gate
from conformance.server.harness.in_clear import must_give_nothing_in_clear, must_take_no_token_in_clear
from conformance.server.harness.provided import speaking
from conformance.server.harness.secure_way import VERSIONS, SecureWay, negotiated, obstacle_to, secure_way, unverified
from conformance.server.harness.target_api import TargetApi
from conformance.server.harness.targets import over_http

RULES = ("tls-old-versions", "tls-certificate", "cleartext-without-data")
NOWHERE = "https://127.0.0.1:9"


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


def judged(url: str, profile: dict[str, object], folder: Path) -> dict[str, tuple[str, str | None]]:
    """Outcome and reason of each rule about TLS."""
    (folder / "profile.toml").write_text(tomli_w.dumps(profile | {"tls": {"ca": "ca.pem"}}), "utf-8")
    selected = [word for one in ("documented-request", *RULES) for word in ("--rule", one)]
    words = ("server", "--profile", "profile.toml", "--depth", "quick", *selected)
    ended = synq_conformance(*words, folder=folder)
    assert ended.code in (0, 1), (url, ended.err)
    report = json.loads((folder / "reports" / "report.json").read_text("utf-8"))
    return {one["id"]: (one["outcome"], one["reason"]) for one in report["rules"] if one["id"] in RULES}


def test_a_named_target_over_https_is_judged(issuer: Issuer, tmp_path: Path) -> None:
    """With a private authority, and nothing on its plain port."""
    synq = create()
    with serve(synq) as running, tls_in_front(running.base_url, issuer.server_context()) as url:
        found = judged(url, describe(synq, url), tmp_path)
    assert {rule: outcome for rule, (outcome, _) in found.items()} == dict.fromkeys(RULES, "passed")


def test_a_named_target_of_old_tls_is_found(issuer: Issuer, tmp_path: Path) -> None:
    """What it negotiates is seen, although the usual handshake would never ask for it."""
    context = issuer.server_context()
    taking(context, ssl.TLSVersion.TLSv1, ssl.TLSVersion.MAXIMUM_SUPPORTED)
    synq = create()
    with serve(synq) as running, tls_in_front(running.base_url, context) as url:
        found = judged(url, describe(synq, url), tmp_path)
    assert found["tls-old-versions"][0] == "failed"
    assert found["tls-certificate"][0] == "passed"


def test_over_plain_http_nothing_of_tls_is_judged(issuer: Issuer, tmp_path: Path) -> None:
    """The reason says what the target lacks."""
    synq = create()
    with serve(synq) as running:
        found = judged(running.base_url, describe(synq, running.base_url), tmp_path)
    assert issuer.certificate.exists()
    assert found == dict.fromkeys(RULES, ("not-assessed", "supply a base URL that begins with https"))


@pytest.mark.parametrize("version", VERSIONS.values(), ids=list(VERSIONS))
def test_this_machine_can_tell_old_versions(version: ssl.TLSVersion) -> None:
    """It negotiates them with itself: a client that cannot would take every server for a right one."""
    assert obstacle_to(version) is None


def test_a_machine_that_cannot_offer_an_old_version_judges_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own refusal is none of the target's."""
    monkeypatch.setattr(harness, "obstacle_to", lambda _version: "no such version here")
    with pytest.raises(NotAssessed, match="no such version here"):
        negotiated(SecureWay(Route(NOWHERE, 1), ()), ssl.TLSVersion.TLSv1)


def test_a_refusal_counts_only_beside_a_usual_handshake() -> None:
    """Of a port on which nothing listens nothing is known."""
    way = SecureWay(Route(NOWHERE, 1), ())
    with pytest.raises(NotAssessed, match="there was no connection"):
        negotiated(way, ssl.TLSVersion.TLSv1)
    with pytest.raises(NotAssessed, match="there was no connection"):
        unverified(way)


def test_a_usual_handshake_that_fails_is_no_refusal_of_an_old_one(issuer: Issuer) -> None:
    """The certificate is not trusted here, so that the control fails."""
    context = issuer.server_context()
    with serve(create()) as running, tls_in_front(running.base_url, context) as url, pytest.raises(NotAssessed) as told:
        negotiated(SecureWay(Route(url, 5), ()), ssl.TLSVersion.TLSv1)
    assert "the control failed" in str(told.value)


def test_the_name_in_a_certificate_is_looked_at() -> None:
    """Of two trusted certificates one is for another name."""
    with over_http(("one-node-in-three-misnamed",)) as bench:
        problems = unverified(bench.over_tls())
    assert len(problems) == 4
    assert {problem.partition(",")[0] for problem in problems} == {"IP address mismatch"}


@pytest.mark.parametrize(
    ("url", "clear"),
    [
        ("https://synq.test", ("http://synq.test:80", "http://synq.test:443")),
        ("https://synq.test:8443/api", ("http://synq.test:80", "http://synq.test:8443")),
        ("https://[::1]:8443", ("http://[::1]:80", "http://[::1]:8443")),
    ],
)
def test_the_same_name_is_asked_in_clear(url: str, clear: tuple[str, ...]) -> None:
    """On the usual port, and on its own."""
    way = secure_way(Route(url, 5))
    assert way is not None
    assert way.clear == clear
    assert secure_way(Route("http://synq.test", 5)) is None


@contextmanager
def asked_in_clear(fault: str | None, *capabilities: str) -> Iterator[tuple[TargetApi, SecureWay, list[Exchange]]]:
    """The embedded Synq with this fault, its way over TLS, and what was asked of it without."""
    with over_http((fault,) if fault else ()) as bench:
        target = replace(bench.target, extra=frozenset(capabilities))
        recorder = Recorder(None)
        seen: list[Exchange] = []
        keep = recorder.exchange

        def noted(exchange: Exchange, part: str = "subject") -> None:
            seen.append(exchange)
            keep(exchange, part)

        recorder.exchange = noted  # type: ignore[method-assign]
        with speaking(replace(bench, target=target), recorder, Gate()) as synq:
            yield synq, bench.over_tls(), seen


def test_a_token_does_not_go_out_in_clear_without_leave() -> None:
    """The reason names the option; nothing was sent that had a token in it."""
    with asked_in_clear("served-in-clear-as-well", "tls") as (synq, way, seen):
        with pytest.raises(Unmet, match="--allow-cleartext"):
            must_take_no_token_in_clear(synq, way)
        assert [one.status for one in seen] == [401]
        assert not [one for one in seen if one.request.headers]


@pytest.mark.parametrize(("leave", "values"), [((), [()]), (("loopback",), [(), ("key-1",)])], ids=["without", "with"])
def test_what_every_request_bears_goes_out_in_clear_with_leave_alone(
    leave: tuple[str, ...], values: list[tuple[str, ...]]
) -> None:
    """A gateway's key may be a secret as well as a token."""
    with asked_in_clear(None, "tls", *leave) as (synq, way, _), answering((401, "", b"")) as (url, asked):
        synq.target = replace(synq.target, fields={"X-Gateway-Key": "key-1"})
        ordinary = (*way.route.ordinary, ("X-Gateway-Key", "key-1"))
        with pytest.raises(Unmet) if not leave else nullcontext():
            must_take_no_token_in_clear(synq, replace(way, route=replace(way.route, ordinary=ordinary), clear=(url,)))
    assert [one.values("X-Gateway-Key") for one in asked] == values


@pytest.mark.parametrize("leave", ["cleartext", "loopback"])
def test_with_leave_it_is_seen_that_a_token_is_taken_in_clear(leave: str) -> None:
    """On this machine nobody listens."""
    with asked_in_clear("served-in-clear-as-well", "tls", leave) as (synq, way, _):
        must_give_nothing_in_clear(synq, way)
        with pytest.raises(Violation, match="given out without TLS"):
            must_take_no_token_in_clear(synq, way)


def test_a_redirect_to_https_is_right() -> None:
    """It asks for no token, so none is sent."""
    with asked_in_clear(None, "tls", "loopback") as (synq, way, seen):
        must_give_nothing_in_clear(synq, way)
        with pytest.raises(Inapplicable):
            must_take_no_token_in_clear(synq, way)
        assert 308 in [one.status for one in seen]


def test_behind_a_proxy_what_answers_in_clear_may_be_the_proxy() -> None:
    """So nothing is judged by it."""
    from conformance.http.proxies import Proxy

    with asked_in_clear(None, "tls") as (synq, way, seen):
        behind = replace(way, route=replace(way.route, tls=TlsFiles(), proxy=Proxy("127.0.0.1", 9, "HTTPS_PROXY")))
        with pytest.raises(NotAssessed, match="may be the proxy itself"):
            must_give_nothing_in_clear(synq, behind)
        assert seen == []
