"""Whatever lies between, a right target is judged as it would be without, and a broken one is found."""

from __future__ import annotations

import gzip
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import tomli_w

from conformance.http.message import Response
from conformance.mock.call import Call, Synq
from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.commands import Ended, synq_conformance
from conformance.selftest.ways import Issuer, forward_proxy, tls_in_front

THROUGH_NO_HTTP_PROXY = {
    "wire-refused": "not-assessed",
    "request-boundaries": "not-assessed",
    "duplicate-one-order": "not-assessed",
    "duplicate-both-orders": "not-assessed",
    "every-path-form": "partly-assessed",
    "surroundings": "partly-assessed",
}
"""Rules all or some of whose cases are octets that no HTTP proxy passes on as they are, and what becomes of them."""
Answered = Callable[[Call], Response]


@dataclass
class Way:
    """How the target is reached, and what the command is told of it."""

    base_url: str
    environ: Mapping[str, str] = field(default_factory=dict)
    tls: Mapping[str, str] = field(default_factory=dict)
    unjudged: Mapping[str, str] = field(default_factory=dict)


def _direct(base_url: str, _folder: Path) -> Iterator[Way]:
    yield Way(base_url)


def _http_proxy(base_url: str, folder: Path) -> Iterator[Way]:
    with forward_proxy(folder) as proxy:
        yield Way(base_url, {"HTTP_PROXY": proxy}, unjudged=THROUGH_NO_HTTP_PROXY)


def _tunnel(base_url: str, folder: Path) -> Iterator[Way]:
    issuer = Issuer(folder)
    with tls_in_front(base_url, issuer.server_context()) as url, forward_proxy(folder) as proxy:
        yield Way(url, {"HTTPS_PROXY": proxy}, {"ca": "ca.pem"})


def _private_ca(base_url: str, folder: Path) -> Iterator[Way]:
    issuer = Issuer(folder)
    with tls_in_front(base_url, issuer.server_context()) as url:
        yield Way(url, {"SSL_CERT_FILE": str(issuer.certificate)})


def _client_certificate(base_url: str, folder: Path) -> Iterator[Way]:
    issuer = Issuer(folder)
    with tls_in_front(base_url, issuer.server_context(wants_client=True)) as url:
        tls = {"ca": "ca.pem", "client_certificate": "client.pem", "client_key": "client-key.pem"}
        yield Way(url, tls=tls)


WAYS = {
    "http-proxy": contextmanager(_http_proxy),
    "connect-proxy": contextmanager(_tunnel),
    "private-ca": contextmanager(_private_ca),
    "client-certificate": contextmanager(_client_certificate),
}


def _gzipped(answered: Answered) -> Answered:
    """Every body is coded, although identity was asked for."""

    def answer(call: Call) -> Response:
        plain = answered(call)
        if not plain.body:
            return plain
        fields = (*plain.without("Content-Length").headers, ("Content-Encoding", "gzip"))
        return Response(plain.status, fields, gzip.compress(plain.body))

    return answer


def _limited(*fields: tuple[str, str]) -> Callable[[Answered], Answered]:
    """A limiter in front: so many requests a second, and 429 for what is more."""

    def around(answered: Answered) -> Answered:
        left, filled = float(BURST), time.monotonic()

        def answer(call: Call) -> Response:
            nonlocal left, filled
            now = time.monotonic()
            left, filled = min(BURST, left + (now - filled) * PER_SECOND), now
            if left < 1:
                return Response(429, (*fields, ("Content-Type", "application/json")), b'{"error":"slow down"}')
            left -= 1
            return answered(call)

        return answer

    return around


def _rewritten(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Answered], Answered]:
    """Every JSON object that is answered, changed."""

    def around(answered: Answered) -> Answered:
        def answer(call: Call) -> Response:
            plain = answered(call)
            try:
                said = json.loads(plain.body)
            except ValueError:
                return plain
            return replace(plain, body=json.dumps(change(said)).encode()) if isinstance(said, dict) else plain

        return answer

    return around


def _in_any_order(said: dict[str, Any]) -> dict[str, Any]:
    """The members in another order each time, as languages with random hashes give them."""
    names = list(said)
    random.shuffle(names)
    return {name: _in_any_order(said[name]) if isinstance(said[name], dict) else said[name] for name in names}


def _with_time_and_id(said: dict[str, Any]) -> dict[str, Any]:
    """With the moment and the request's id, as many frameworks add to what they say."""
    return said | {"timestamp": datetime.now(UTC).isoformat(), "trace_id": uuid4().hex}


PER_SECOND, BURST = 250, 40
MANNERS: dict[str, Callable[[Answered], Answered]] = {
    "gzip": _gzipped,
    "429": _limited(),
    "429-retry-after": _limited(("Retry-After", "1")),
    "members-in-any-order": _rewritten(_in_any_order),
    "time-and-id-in-every-answer": _rewritten(_with_time_and_id),
}


def check(synq: Synq, way: Way, folder: Path, *words: str) -> tuple[Ended, dict[str, Any]]:
    """How the command ended, and the report."""
    profile = describe(synq, way.base_url) | {"limits": {"timeout_s": 5}} | ({"tls": dict(way.tls)} if way.tls else {})
    (folder / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
    words = ("server", "--profile", "profile.toml", "--level", "hardening", *words)
    ended = synq_conformance(*words, folder=folder, environ=way.environ, within_s=900)
    return ended, json.loads((folder / "reports" / "report.json").read_text("utf-8"))


def others(report: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What did not pass, and why; save for what no busy machine can measure, or only an https address can show."""
    open_ones = [rule for rule in report["rules"] if rule["outcome"] != "passed"]
    left = [rule for rule in open_ones if not (is_too_noisy(rule) or is_of_tls(rule))]
    return {rule["id"]: (rule["outcome"], rule["reason"]) for rule in left}


def is_of_tls(rule: Mapping[str, Any]) -> bool:
    """Whether the rule is about TLS and was not assessed: the address is not https, or a proxy stands before it."""
    return rule["outcome"] == "not-assessed" and rule["id"] in {
        "tls-old-versions", "tls-certificate", "cleartext-without-data"
    }  # fmt: skip


def is_too_noisy(rule: Mapping[str, Any]) -> bool:
    """Whether it is the one rule that needs a quiet line, which was not assessed for that reason."""
    return (rule["id"], rule["outcome"]) == ("sign-in-timing", "not-assessed")


@pytest.mark.parametrize("seed", ["1", "2", "3"])
@pytest.mark.parametrize("name", WAYS)
def test_a_right_server_is_right_on_every_way(name: str, seed: str, tmp_path: Path) -> None:
    """The same rules are judged, but for what no HTTP proxy passes on as it is."""
    synq = create()
    with serve(synq) as running, WAYS[name](running.base_url, tmp_path) as way:
        ended, report = check(synq, way, tmp_path, "--seed", seed)
    found = others(report)
    assert ({rule: outcome for rule, (outcome, _) in found.items()}, ended.code) == (way.unjudged, 0), found


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("role-unchecked", "role-forbidden"),
        ("request-without-any-header-served", "headers-missing"),
        ("answers-crossed-under-load", "answers-not-crossed"),
    ],
)
def test_a_broken_server_is_found_on_every_way(name: str, fault: str, rule: str, tmp_path: Path) -> None:
    """Concurrent requests take the same way as all others."""
    synq = create()
    apply_fault(synq, fault)
    with serve(synq) as running, WAYS[name](running.base_url, tmp_path) as way:
        ended, report = check(synq, way, tmp_path, "--rule", "documented-request", "--rule", rule)
    assert (ended.code, others(report)[rule][0]) == (1, "failed")


@pytest.mark.parametrize("seed", ["1", "2", "3"])
@pytest.mark.parametrize("name", MANNERS)
def test_a_right_server_is_right_with_its_manners(name: str, seed: str, tmp_path: Path) -> None:
    """A coded body is read, and a limited rate is waited for, whether the profile speaks of it or not."""
    synq = create()
    synq.steps = replace(synq.steps, respond=MANNERS[name](synq.steps.respond))
    with serve(synq) as running:
        ended, report = check(synq, Way(running.base_url), tmp_path, "--seed", seed)
    assert (others(report), ended.code) == ({}, 0)


@pytest.mark.parametrize("workers", ["1", "2", "4"])
def test_the_rate_holds(workers: str, tmp_path: Path) -> None:
    """Within one in twenty, over one, two and four worker processes; and as much is sent as is allowed."""
    synq, asked = create(), list[float]()
    respond = synq.steps.respond

    def noted(call: Call) -> Response:
        asked.append(time.monotonic())
        return respond(call)

    synq.steps = replace(synq.steps, respond=noted)
    per_second = 50
    with serve(synq) as running:
        profile = describe(synq, running.base_url) | {"limits": {"requests_per_second": per_second}}
        (tmp_path / "profile.toml").write_text(tomli_w.dumps(profile), "utf-8")
        rules = [word for rule in ("token-malformed", "signature-altered", "org-foreign") for word in ("--rule", rule)]
        synq_conformance("server", "--profile", "profile.toml", *rules, "-n", workers, folder=tmp_path, within_s=300)
    middle = asked[len(asked) // 4 : -len(asked) // 4]
    rate = (len(middle) - 1) / (middle[-1] - middle[0])
    assert 0.95 * per_second <= rate <= 1.05 * per_second
