"""The way to a target over TLS, and the handshakes that judge it: no token goes over any of them."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import urlsplit

from conformance.evidence.judge import NotAssessed, Unmet
from conformance.http.proxies import PORTS
from conformance.http.route import Route
from conformance.http.throwaway import throwaway
from conformance.http.tls import TlsFiles, client_context, context_of_age

CERTIFICATES = 12
"""New connections on which the certificate is looked at: a name often stands for several nodes."""
NOT_THE_NAME = "not-the-name.invalid"
"""For which no certificate can verify (RFC 6761 §6.4)."""
USUAL = "TLS as usual"
VERSIONS = {"TLS 1.0": ssl.TLSVersion.TLSv1, "TLS 1.1": ssl.TLSVersion.TLSv1_1}


@dataclass(frozen=True, slots=True)
class SecureWay:
    """How a target is reached over TLS, and at which addresses its name might be asked without."""

    route: Route
    clear: tuple[str, ...]
    """Base URLs in clear."""

    def in_clear(self) -> list[Route]:
        """The ways to the same name without TLS."""
        return [replace(self.route, base_url=url, tls=TlsFiles(), proxy=None) for url in self.clear]


def secure_way(route: Route) -> SecureWay | None:
    """The way over TLS, if this one is: its port and the usual one may answer in clear as well."""
    if not route.secure:
        return None
    parts = urlsplit(route.base_url)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    ports = (PORTS["http"], parts.port or PORTS["https"])
    return SecureWay(route, tuple(f"http://{name}:{port}" for port in ports))


def negotiated(way: SecureWay, version: ssl.TLSVersion) -> str | None:
    """The version that a handshake ends with that offers this one alone; None if the target refuses it.

    Raises NotAssessed if this machine cannot offer it, or if the target is silent or does not take TLS at all.
    """
    if (why := obstacle_to(version)) is not None:
        raise NotAssessed(why)
    _must_be_there(way)
    try:
        found = _handshake(way, context_of_age(way.route.tls, version), "the old version")
    except (ssl.SSLError, ConnectionError):
        found = None
    _must_be_there(way)
    return found


def _must_be_there(way: SecureWay) -> None:
    """The control: raises NotAssessed if the usual handshake fails."""
    try:
        _handshake(way, client_context(way.route.tls), USUAL)
    except OSError as error:
        raise NotAssessed(f"the control failed: {USUAL} was not negotiated ({error})") from error


def _handshake(way: SecureWay, context: ssl.SSLContext, offered: str) -> str | None:
    """The version that was negotiated. Raises NotAssessed if there is no connection, or silence on it."""
    way.route.take(1)
    deadline = time.monotonic() + way.route.timeout_s
    try:
        connection = way.route.reached(deadline)
    except OSError as error:
        raise NotAssessed(f"there was no connection on which to offer {offered} ({error})") from error
    try:
        with way.route.encrypted(connection, context, deadline) as secure:
            return secure.version()
    except TimeoutError as error:
        raise NotAssessed(f"the target said nothing to {offered}") from error


@cache
def obstacle_to(version: ssl.TLSVersion) -> str | None:
    """Why this machine cannot tell whether that version is negotiated: it does not even do so with itself."""
    own = throwaway("localhost")
    theirs, ours = own.server_context(version), context_of_age(TlsFiles(), version)
    there, here = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        server = theirs.wrap_bio(there, here, server_side=True)
        client = ours.wrap_bio(here, there, server_hostname="localhost")
        _to_the_end(client.do_handshake, server.do_handshake)
    except (ssl.SSLError, ValueError) as error:
        return f"the OpenSSL of this machine does not speak {version.name} even with itself ({error})"
    return None


def _to_the_end(*sides: Callable[[], None]) -> None:
    """Let both sides of a handshake go on in turn; raises ssl.SSLError if it fails."""
    open_sides = list(sides)
    for _ in range(8):
        for side in tuple(open_sides):
            try:
                side()
            except ssl.SSLWantReadError:
                continue
            open_sides.remove(side)
    if open_sides:
        raise ssl.SSLError("the handshake has no end")


def unverified(way: SecureWay) -> list[str]:
    """Why the certificate did not verify on new connections, once for each of them on which it did not.

    Raises NotAssessed if verification says yes to a name that no certificate has, and Unmet if a connection failed
    otherwise so often that little can be said.
    """
    context = client_context(way.route.tls)
    found, judged = list[str](), 0
    for _ in range(CERTIFICATES):
        try:
            _handshake(way, context, USUAL)
        except ssl.SSLCertVerificationError as error:
            found.append(error.verify_message)
        except OSError:
            continue
        judged += 1
    if judged < CERTIFICATES // 2:
        raise NotAssessed(f"only {judged} of {CERTIFICATES} handshakes came to an end")
    _must_not_be_taken_for_another(way, context)
    return found


def _must_not_be_taken_for_another(way: SecureWay, context: ssl.SSLContext) -> None:
    deadline = time.monotonic() + way.route.timeout_s
    try:
        with context.wrap_socket(way.route.reached(deadline), server_hostname=NOT_THE_NAME):
            pass
    except OSError:
        return
    raise Unmet("a certificate on which names are not looked at proves nothing: trust no such store")
