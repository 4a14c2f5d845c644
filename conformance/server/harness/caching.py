"""What an answer says to caches (RFC 9111)."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from conformance.server.harness.response_assertion import ResponseAssertion


def directives(answered: ResponseAssertion) -> frozenset[str]:
    """The names of the directives in Cache-Control, in lower case."""
    field = answered.header("Cache-Control") or ""
    return frozenset(part.partition("=")[0].strip().lower() for part in field.split(","))


def freshness(answered: ResponseAssertion) -> Iterator[str]:
    """The fields by which the answer says that it may be used again later (RFC 9111 §4.2.1)."""
    for part in (answered.header("Cache-Control") or "").split(","):
        name, _, seconds = part.strip().lower().partition("=")
        if name in {"max-age", "s-maxage"} and seconds.strip('"').isdecimal() and int(seconds.strip('"')) > 0:
            yield part.strip()
    ends = _moment(answered.header("Expires"))
    if ends is not None and ends > answered.exchange.started:
        yield f"Expires: {answered.header('Expires')}"


def unvaried(answered: ResponseAssertion, names: tuple[str, ...]) -> list[str]:
    """Those of the names that Vary does not name."""
    varied = {part.strip().lower() for part in (answered.header("Vary") or "").split(",")}
    return [] if "*" in varied else [name for name in names if name.lower() not in varied]


def _moment(field: str | None) -> float | None:
    try:
        return None if field is None else parsedate_to_datetime(field).timestamp()
    except ValueError:
        return None
