"""What lies at a URL, fetched on the way of every other request: its proxies, its certificates, its bounds."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin, urlsplit

from conformance.http.address import origin
from conformance.http.exchange import Exchange, Failure
from conformance.http.identity import NO_FIELDS
from conformance.http.message import Field, Request
from conformance.http.patience import Line, PatientTransport
from conformance.http.proxies import ProxyError, proxy_for
from conformance.http.route import Route
from conformance.http.tls import TlsFileError, TlsFiles
from conformance.http.transport import SocketTransport

MOST_REDIRECTS = 5
REDIRECTING = frozenset({301, 302, 303, 307, 308})
ASCII = "!#$%&'()*+,/:;=?@[]~"
"""What stands in a URL as it is, beside letters and digits."""
UNVERIFIED = "CERTIFICATE_VERIFY_FAILED"
"""What OpenSSL says of a certificate that none of the trusted authorities has issued."""


class FetchError(Exception):
    """Nothing could be fetched; the message says why."""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches documents for a target: each request is a GET without the target's credentials."""

    base_url: str
    """The target's. Its client certificate is shown to its own origin alone."""
    tls: TlsFiles
    environ: Mapping[str, str]
    """The environment, which names proxies."""
    timeout_s: float
    """For a whole exchange."""
    largest: int
    """Octets beyond which a document is no longer read."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of every request to the target. They go to its own origin alone."""

    def fetch(self, url: str) -> bytes:
        """The octets at this URL, redirects followed, but none from https to http; raises FetchError."""
        outcome: int | str = "no answer"
        for _ in range(1 + MOST_REDIRECTS):
            exchange = self._asked(url)
            outcome, response = exchange.outcome, exchange.response
            if response is None:
                why = exchange.detail or exchange.failure
                raise FetchError(f"{_shown(url)}: cannot be fetched ({why}){self._advice(exchange)}")
            if response.accepted:
                return response.body
            location = response.value("Location")
            if exchange.status not in REDIRECTING or location is None:
                break
            there = urljoin(url, location)
            if urlsplit(there).scheme not in (("https",) if url.startswith("https:") else ("http", "https")):
                raise FetchError(f"{_shown(url)}: leads to {_shown(there)}, which is no way to go on")
            url = there
        raise FetchError(f"{_shown(url)}: was answered {outcome}")

    def _asked(self, url: str) -> Exchange:
        exchange: Exchange | None = None
        for tls in self._stores(url):
            exchange = self._sent(url, tls)
            if exchange.failure is not Failure.UNREACHABLE or UNVERIFIED not in exchange.detail:
                break
        assert exchange is not None, "there is a store at least"  # noqa: S101 - a claim about ourselves
        return exchange

    def _stores(self, url: str) -> Iterator[TlsFiles]:
        """What is trusted: the target's own authority, and for another origin, which may have a public certificate,
        the environment's or the system's store as well."""
        if origin(url) == origin(self.base_url):
            yield self.tls
            return
        if self.tls.ca is not None:
            yield TlsFiles(self.tls.ca)
        yield TlsFiles()

    def _sent(self, url: str, tls: TlsFiles) -> Exchange:
        parts = urlsplit(quote(url, safe=ASCII))
        _, _, authority = parts.netloc.rpartition("@")
        base_url = f"{parts.scheme}://{authority}"
        try:
            route = Route(base_url, self.timeout_s, tls, proxy_for(base_url, self.environ), largest_body=self.largest)
        except ProxyError as error:
            raise FetchError(f"{_shown(url)}: cannot be fetched ({error})") from error
        own = self.fields if origin(url) == origin(self.base_url) else NO_FIELDS
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        transport = PatientTransport(lambda: SocketTransport(route), Line(pauses_s=()), timeouts=1)
        try:
            return transport.send(Request("GET", target, (*own.items(), *_credentials(parts.username, parts.password))))
        except TlsFileError as error:
            raise FetchError(f"{_shown(url)}: cannot be fetched ({error})") from error
        finally:
            transport.close()

    def _advice(self, exchange: Exchange) -> str:
        if UNVERIFIED not in exchange.detail:
            return ""
        return "; if a private authority has issued its certificate, give that as tls.ca in the profile"


def _shown(url: str) -> str:
    """The URL without a name and a password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _credentials(name: str | None, password: str | None) -> tuple[Field, ...]:
    """What a URL with a name and a password asks with (RFC 7617); another URL brings none."""
    if name is None:
        return ()
    pair = f"{unquote(name)}:{unquote(password or '')}"
    return (("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"),)
