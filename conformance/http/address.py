"""What a base URL says: where connections go, and the path that stands before every path of the API."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def origin(base_url: str) -> str:
    """Scheme, host and port (RFC 9110 §4.3.1), as the URL spells them."""
    scheme, _, rest = base_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def base_path(base_url: str) -> str:
    """The URL's path without a slash at its end; empty if it has none."""
    return base_url.removeprefix(origin(base_url)).rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ip_address(host).is_loopback
    except ValueError:
        return False
