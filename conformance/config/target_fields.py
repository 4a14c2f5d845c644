"""HTTP fields that every request to the target bears, such as what a gateway in front of it asks of its callers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

TargetFields = dict[str, str]
"""Values by the names of their fields."""
LONGEST_PLAIN = 11
"""Characters of a value that may be shown, unless its name says that it is a secret."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ELSEWHERE = {
    "authorization": "the token goes under [tokens] or [sign_in]",
    "x-tenant-id": "the tenant is scope.tenant_id",
    "x-org-id": "the organization is scope.org_id",
    "x-request-id": "the run counts its requests by it; limits.identify = false leaves it out",
}
_OF_EACH_REQUEST = frozenset({
    "host", "content-length", "content-type", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect",
    "accept-encoding", "proxy-authorization",
})  # fmt: skip
_SECRET = re.compile(r"secret|password|key|token|assertion|credential|auth|cookie|session|bypass", re.IGNORECASE)


def wrong_fields(given: TargetFields) -> Iterator[tuple[str, str]]:
    """What cannot be sent with every request, by its key in the profile."""
    seen: dict[str, str] = {}
    for name in given:
        key, known = f"target.fields.{name}", seen.setdefault(name.lower(), name)
        if not _TOKEN.fullmatch(name):
            yield key, "is no name of an HTTP field (RFC 9110 §5.1)"
        elif known != name:
            yield key, f"is the same field as {known}; give it once"
        elif name.lower() in _ELSEWHERE:
            yield key, f"is not for this table: {_ELSEWHERE[name.lower()]}"
        elif name.lower() in _OF_EACH_REQUEST:
            yield key, "is not for this table: each request has its own"


def secret_fields(given: Mapping[str, str]) -> dict[str, str]:
    """Those of the values that no output may show, by the variable that stands in their place."""
    return {
        f"SYNQ_FIELD_{re.sub('[^A-Z0-9]', '_', name.upper())}": value
        for name, value in given.items()
        if len(value) > LONGEST_PLAIN or _SECRET.search(name)
    }
