"""What stands in the way of judging a target at all, found before a thousand cases find it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from conformance.config.profile import Target
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Failure, Transport
from conformance.http.message import Request
from conformance.http.patience import Line, PatientTransport
from conformance.http.route import Route
from conformance.http.transport import SocketTransport
from conformance.server.harness.credentials import Credentials, SignInRefused
from conformance.server.harness.documented import Documented
from conformance.server.harness.in_front import HARMLESS, MEANINGLESS, bearing
from conformance.tokens import expires_at
from conformance.tokens.life import span_in_words, time_left_s

PAUSES_S = (0.3, 1.0)
"""How long a target is waited for that does not answer at all before the run."""
LIKE_AN_ATTACK = "../../etc/passwd' or '1'='1"
TIMEOUTS = 2
"""Some targets sleep, and the first request after that wakes them: it may take longer than any other."""


Accepted = Callable[[str], None]
"""Is told the token with which the documented request was accepted."""


def obstacle(
    target: Target,
    route: Route,
    recorder: Recorder,
    needs_s: float = 0.0,
    accepted: Accepted = lambda _token: None,
) -> str | None:
    """Returns why nothing can be assessed and what to do, or None if the documented request is accepted.

    `needs_s` is how long a run takes at least: a token that ends before, and cannot be renewed, is an obstacle.
    """
    line = Line(lambda exchange: recorder.exchange(exchange, "doubt"), PAUSES_S)
    transport = PatientTransport(lambda: SocketTransport(route), line, timeouts=TIMEOUTS)
    try:
        credentials = Credentials(target, transport, recorder, clock=None)
        try:
            token = credentials.valid()
        except SignInRefused as error:
            return str(error)
        request = Documented(target, credentials, route).documented()
        exchange = transport.send(request)
        recorder.exchange(exchange, "control")
        if not exchange.accepted:
            return what_to_do(target, exchange, token)
        accepted(token)
        recorder.notes += _in_front(transport, request, recorder)
        if credentials.clock.off is not None:
            recorder.notes.append(f"the target's clock is {credentials.clock.off}; tokens are minted for its time")
        return None if target.is_renewable else _too_short(token, needs_s)
    finally:
        transport.close()


def _in_front(transport: Transport, documented: Request, recorder: Recorder) -> Iterator[str]:
    """What to note of something that refuses the documented request for a text in a field that no server reads."""
    asked, harmless = (bearing(documented, (text,)) for text in (LIKE_AN_ATTACK, HARMLESS))
    exchange = transport.send(asked)
    recorder.exchange(exchange, "step")
    if exchange.accepted:
        return
    again = transport.send(harmless)
    recorder.exchange(again, "step")
    if again.accepted:
        yield (
            f"something before the target refuses texts that look like an attack ({exchange.outcome} for "
            f"{LIKE_AN_ATTACK} in {MEANINGLESS}-1, which no server reads): what it refuses by itself says nothing of "
            "the server behind it; run behind it to judge that"
        )


def _too_short(token: str, needs_s: float) -> str | None:
    """Why this token cannot last for the run, and what to do; None if it can, or does not say."""
    left = time_left_s(token)
    if left is None or left >= needs_s:
        return None
    return (
        f"the token has {span_in_words(left)} left, and this run takes {span_in_words(needs_s)} at least: get a fresh "
        "one (SYNQ_TOKEN or tokens.valid), or one that is renewed ([sign_in], or {command = …} as tokens.valid)"
    )


def what_to_do(target: Target, exchange: Exchange, token: str | None = None) -> str:
    """What to do so that the documented request, which got this, is accepted; `token` is what it bore."""
    where = f"{target.origin}{target.probe.read}"
    expiry = None if token is None else expires_at(token)
    match exchange.status, exchange.failure:
        case None, failure:
            return _no_answer(target, f"{where}: {_in_words(target, failure, exchange.detail)}", exchange)
        case _ if expiry is not None and expiry <= exchange.started:
            moment = datetime.fromtimestamp(expiry, UTC).isoformat(" ", "seconds")
            return f"the token expired at {moment}: get a fresh one (SYNQ_TOKEN or tokens.valid)"
        case 407, _:
            return (
                "the proxy asks for a name and a password (407): put them into its URL, http://name:password@host:port"
            )
        case 401, _:
            said = f"{where} answered 401 to the documented request: is the token one of this target's?"
            return _or_gateway(target, said)
        case 403, _:
            said = (
                f"{where} answered 403 to the documented request: do SYNQ_TENANT_ID and SYNQ_ORG_ID "
                "belong to the token?"
            )
            return _or_gateway(target, said)
        case 404, _:
            return f"{where} answered 404: set probe.read to a path that GET answers"
        case int() as status, _ if 300 <= status <= 399:
            return _or_gateway(target, f"{where} redirects ({status}): give the base URL that answers directly.")
        case status, _:
            return f"{where} answered {status} to the documented request, so no refusal can be believed"


def _or_gateway(target: Target, said: str) -> str:
    """What was said, and what else may be the cause if the profile has no fields for every request."""
    return said if target.fields else f"{said} A gateway in front that asks for a key gets it by [target.fields]"


def _no_answer(target: Target, otherwise: str, exchange: Exchange) -> str:
    """What to do if nothing was answered; `otherwise`: if nothing more is known than that."""
    detail = exchange.detail
    without_certificate = target.base_url.startswith("https:") and target.tls.client_certificate is None
    if "CERTIFICATE_VERIFY_FAILED" in detail:
        because = detail.rpartition("certificate verify failed: ")[2].partition(" (_ssl.c")[0]
        return f"{target.base_url}: its certificate is not trusted ({because}): {_of_certificate(because)}"
    told = next((advice for part, advice in OF_TLS.items() if part in detail), None)
    if told is not None:
        return f"{target.base_url}: TLS fails ({detail.partition(' (_ssl.c')[0]}): {told}"
    if "CERTIFICATE_REQUIRED" in detail:
        return (
            f"{target.base_url} asks for a client certificate: give tls.client_certificate and tls.client_key in the "
            "profile"
        )
    if without_certificate and ("EOF occurred" in detail or exchange.failure is Failure.CLOSED):
        return (
            f"{target.base_url} ended the TLS connection without an answer ({detail}): if it asks for a client "
            "certificate, give tls.client_certificate and tls.client_key in the profile"
        )
    if exchange.failure is Failure.UNREACHABLE:
        return f"{target.base_url} cannot be reached ({detail}): {_of_reaching(detail)}"
    return otherwise


def _in_words(target: Target, failure: Failure | None, detail: str) -> str:
    if failure is Failure.TIMEOUT:
        return (
            f"no answer in time, {TIMEOUTS} times in a row (limits.timeout_s is {target.limits.timeout_s:g}): find out "
            "why the target, or what stands before it, is silent, or allow more time"
        )
    return f"{failure}{f' ({detail})' if detail else ''}; look at the target's log, and at what stands before it"


def _of_certificate(because: str) -> str:
    """What to do about a certificate that is not trusted for this reason."""
    if "expired" in because or "not yet valid" in because:
        return "renew it on the target, or set this machine's clock right"
    if "match" in because:
        return "give the base URL the name that the certificate is for"
    return (
        "name the certificate of its issuer in tls.ca of the profile, or in SSL_CERT_FILE; if that is there, the "
        "target does not send the intermediate certificates between them"
    )


OF_TLS = {
    "WRONG_VERSION_NUMBER": "what listens there speaks no TLS; is it http:// instead of https://?",
    "RECORD_LAYER_FAILURE": "what listens there speaks no TLS; is it http:// instead of https://?",
    "UNRECOGNIZED_NAME": "the target does not serve this name; give the base URL the name that it serves",
    "UNSUPPORTED_PROTOCOL": "it speaks no version of TLS from 1.2 on",
    "PROTOCOL_VERSION": "it speaks no version of TLS from 1.2 on",
    "HANDSHAKE_FAILURE": "target and suite have no cipher in common, or it asks for a client certificate",
    "UNKNOWN_CA": "it does not trust the client certificate in tls.client_certificate",
}
"""What to do, by a part of what OpenSSL says."""
NAME_UNKNOWN = ("Name or service not known", "No address associated", "nodename nor servname", "getaddrinfo failed")


def _of_reaching(detail: str) -> str:
    if any(part in detail for part in NAME_UNKNOWN):
        return "no address is known for this name; check its spelling, or whether a VPN or a proxy is needed"
    if "name resolution" in detail:
        return "the name server does not answer; check the network of this machine"
    return "is the target running?"
