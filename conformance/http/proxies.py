"""The forward proxy between the suite and a target, as the environment names it for every program."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

PORTS = {"http": 80, "https": 443}


class ProxyError(ValueError):
    """The environment names a proxy that cannot be used; the message says which variable."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: requests to http targets go to it in absolute form, to https targets through CONNECT."""

    host: str
    port: int
    named_by: str
    """The variable that names it."""
    authorization: str | None = field(default=None, repr=False)
    """The value of Proxy-Authorization, if its URL has a name and a password."""
    password: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Its URL without what is secret."""
        return f"http://{self.host}:{self.port}"


def proxy_for(base_url: str, environ: Mapping[str, str]) -> Proxy | None:
    """Returns the proxy that requests to this URL go through, or None; raises ProxyError if it cannot be used.

    HTTPS_PROXY and HTTP_PROXY by the URL's scheme, else ALL_PROXY, in lower case first; NO_PROXY lists names, domains,
    addresses and networks without a proxy.
    """
    parts = urlsplit(base_url)
    found = _named(parts.scheme, environ)
    if found is None or _is_exempt(parts.hostname or "", parts.port or PORTS[parts.scheme], environ):
        return None
    name, url = found
    return _parsed(name, url)


def _named(scheme: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    names = [f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    if "REQUEST_METHOD" in environ:  # in a CGI program HTTP_PROXY is the client's header Proxy (CVE-2016-1000110)
        names.remove("HTTP_PROXY") if "HTTP_PROXY" in names else None
    return next(((name, environ[name].strip()) for name in names if environ.get(name, "").strip()), None)


def _parsed(name: str, url: str) -> Proxy:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    shown = f"{parts.scheme}://{parts.hostname or ''}"
    if parts.scheme != "http":
        raise ProxyError(f"{name}: {shown}: only http proxies can be used; name one, or except the target by NO_PROXY")
    try:
        port = parts.port or PORTS["http"]
    except ValueError as error:
        raise ProxyError(f"{name}: {shown}: the port is not a number") from error
    if not parts.hostname:
        raise ProxyError(f"{name}: names no host; write http://host:port")
    if parts.username is None:
        return Proxy(parts.hostname, port, name)
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    authorization = "Basic " + base64.b64encode(credentials.encode()).decode()
    return Proxy(parts.hostname, port, name, authorization, unquote(parts.password or "") or None)


def _is_exempt(host: str, port: int, environ: Mapping[str, str]) -> bool:
    listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return any(_matches(entry.strip().lower(), host.lower(), port) for entry in listed.split(",") if entry.strip())


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        name, _, only = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
        if only and only != str(port):
            return False
        domain = name.removeprefix("*").strip("[]").lstrip(".")
        return bool(domain) and (host == domain or host.endswith(f".{domain}"))
