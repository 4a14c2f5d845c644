"""A target's profile, step by step: the way there, signing in, the documented request, and each item."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from statistics import median
from urllib.parse import urlsplit

from conformance.config.profile import Target
from conformance.evidence.judge import NotAssessed
from conformance.http.exchange import Exchange
from conformance.http.proxies import proxy_for
from conformance.server.harness.credentials import SignInRefused, blocked_in_front, member, token_in
from conformance.server.harness.extent import extent_in_words, requests_of
from conformance.server.harness.preflight import what_to_do
from conformance.setup.asking import AskedTarget
from conformance.setup.items import items
from conformance.setup.step import ProfileStep, State, blocked, in_doubt, right, wrong
from conformance.tokens.life import life_in_words, span_in_words, time_left_s
from conformance.tokens.reading import names

PROBE = "probe.read"


def examined(asked: AskedTarget, depth: str) -> Iterator[ProfileStep]:
    """Each step as it is taken; after one that blocks the way there is no other."""
    try:
        for step in _steps(asked, depth):
            yield step
            if step.state is State.BLOCKED:
                return
    except NotAssessed as error:
        yield blocked("limits", str(error), "limits.max_requests: allow more")


def _steps(asked: AskedTarget, depth: str) -> Iterator[ProfileStep]:
    yield _address(asked.target)
    yield _connection(asked)
    if asked.target.sign_in is not None:
        yield _sign_in(asked)
    yield from _documented(asked)
    yield from items(asked)
    if asked.target.operations:
        unasked = sum(one.unasked is not None for one in asked.target.operations)
        yield right("operations", f"{len(asked.target.operations)} are documented, {unasked} of them are not asked")
    yield _extent(asked, depth)


def _address(target: Target) -> ProfileStep:
    """Whether the name of the target resolves, or that of the proxy on the way."""
    proxy = proxy_for(target.base_url, os.environ)
    parts = urlsplit(target.base_url if proxy is None else proxy.url)
    host, way = parts.hostname or "", "" if proxy is None else f"; by the proxy that {proxy.named_by} names"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return right("address", f"{host} is an address{way}")
    try:
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        key = "target.base_url" if proxy is None else proxy.named_by
        return blocked("address", f"{host} has no address ({error})", f"{key}: is the name right, and known here?")
    addresses = sorted({str(one[4][0]) for one in found})
    return right("address", f"{host} is {' and '.join(addresses[:2])}{way}")


def _connection(asked: AskedTarget) -> ProfileStep:
    """Whether anything answers, and whether what is read is protected at all."""
    request = asked.documented.request(token=None, authorization=None)
    exchange = asked.send(request)
    came = f"{request.method} {request.target} without a token was answered {exchange.outcome}"
    tls = ", over TLS that is trusted" if asked.target.base_url.startswith("https:") else ""
    if exchange.status is None:
        return blocked("connection", came, what_to_do(asked.target, exchange))
    if exchange.accepted:
        return wrong("connection", f"{came}, and 401 is right", f"{PROBE}: name a protected path, if this is none")
    return right("connection", came + tls)


def _sign_in(asked: AskedTarget) -> ProfileStep:
    """Whether signing in brings a token, and says how long it lives."""
    account = asked.credentials.account
    exchange = asked.credentials.sign_in()
    came = f"POST {account.path} was answered {exchange.outcome}"
    failed = blocked if asked.target.tokens.valid is None else wrong  # with a token, most rules can be judged
    if not exchange.accepted:
        return failed("sign_in", came, _sign_in_mend(exchange) + blocked_in_front(exchange))
    if token_in(exchange, account) is None:
        return failed("sign_in", f"{came}, without a token", "sign_in.token_pointer: point at the token in the answer")
    seconds = member(exchange, account.expires_in_pointer)
    if not isinstance(seconds, int | float):
        came = f"{came}, with a token and no time at {account.expires_in_pointer}"
        return in_doubt("sign_in", came, "sign_in.expires_in_pointer: point at the seconds that the token lives")
    return right("sign_in", f"{came}, with a token for {span_in_words(seconds)}")


def _sign_in_mend(exchange: Exchange) -> str:
    match exchange.status:
        case None:
            return "sign_in.path: nothing answers there"
        case 401 | 403:
            return "sign_in.email and sign_in.password: they are refused, unless sign_in.path is wrong"
        case 404 | 405:
            return "sign_in.path: name the path that takes the POST"
        case 400 | 415 | 422:
            return (
                "sign_in.request, sign_in.email_field, sign_in.password_field and sign_in.fields: the target does not "
                "take the body"
            )
    return "sign_in: try again later; the target could not answer"


def _documented(asked: AskedTarget) -> Iterator[ProfileStep]:
    """What the token says, and whether the documented request is accepted with it."""
    try:
        token = asked.credentials.valid()
    except SignInRefused as error:
        yield blocked("tokens.valid", str(error), "sign_in: mend it, or supply tokens.valid")
        return
    key = "tokens.valid" if asked.target.tokens.valid == token else "sign_in"
    left = time_left_s(token)
    said = f"the token {life_in_words(token)}"
    if left is not None and left <= 0:
        yield blocked(key, said, f"{key}: get a fresh one (SYNQ_TOKEN), or add [sign_in]")
        return
    scope = asked.target.scope
    lacking = [name for name in ("tenant_id", "org_id") if names(token, getattr(scope, name)) is False]
    if lacking:
        mend = f"{' and '.join(f'scope.{name}' for name in lacking)}: do they belong to the token?"
        yield in_doubt(key, f"{said}; it does not name what scope.{' and scope.'.join(lacking)} says", mend)
    else:
        yield right(key, said)
    request = asked.documented.documented()
    exchange = asked.send(request)
    came = f"{request.method} {request.target} was answered {exchange.outcome}"
    if exchange.accepted:
        yield right("documented request", came)
    else:
        yield blocked("documented request", came, what_to_do(asked.target, exchange, token))


def _extent(asked: AskedTarget, depth: str) -> ProfileStep:
    """How much a run would send, how long it would take, and whether limits and token last for it."""
    pace_s = median(asked.durations_s) if asked.durations_s else 0.0
    extent = requests_of(asked.target, depth, pace_s)
    came = extent_in_words(extent, depth)
    limits, token = asked.target.limits, asked.credentials.valid()
    if limits.max_requests is not None and extent.requests > limits.max_requests:
        mend = f"limits.max_requests: it is {limits.max_requests:,}; allow more, or give --depth quick"
        return in_doubt("extent", came, mend)
    left = time_left_s(token)
    if asked.target.sign_in is None and left is not None and left < extent.duration_s:
        mend = f"tokens.valid: it has {span_in_words(left)} left; get a fresh one just before, or add [sign_in]"
        return in_doubt("extent", came, mend)
    return right("extent", came)
