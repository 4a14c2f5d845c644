"""A viewer who would like to be more: what it says of its role besides the token, and other ways to send a write."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from conformance.http.message import Field, Request, with_query
from conformance.server.harness.marking import WriteMark
from conformance.server.harness.target_api import TargetApi

ROLES = {"role": "admin", "roles": "admin", "is_admin": "true", "admin": "true"}
ROLE_FIELDS: tuple[Field, ...] = (
    ("X-Role", "admin"),
    ("X-Roles", "admin"),
    ("X-User-Role", "admin"),
    ("X-User-Roles", "admin"),
    ("X-Forwarded-Groups", "admin"),
    ("X-Auth-Request-Groups", "admin"),
    ("X-Hasura-Role", "admin"),
)
OVERRIDING: tuple[Field, ...] = (
    ("X-HTTP-Method-Override", "POST"),
    ("X-Method-Override", "POST"),
    ("X-HTTP-Method", "POST"),
)
CLAIMS = ("in-headers", "in-query-and-cookie", "in-the-body")
"""Places for a claim to a role, by a name for reports."""
OTHER_WAYS = (
    "put", "post-in-a-get", "as-text", "as-a-form", "without-a-type", "as-a-list", "slash-behind", "parameter-behind",
)  # fmt: skip
"""Other ways to send the same write, by a name for reports."""
TYPES = {"as-text": "text/plain", "as-a-form": "application/x-www-form-urlencoded", "without-a-type": None}
"""What the same octets are said to be."""


def claiming_a_role(synq: TargetApi, place: str) -> Request:
    """The viewer's write, in which it says that it is an administrator."""
    claimed = ROLES if place == "in-the-body" else {}
    request = synq.write_request(claimed, synq.marks.new(), token=synq.target.tokens.viewer)
    match place:
        case "in-headers":
            return request.having(*ROLE_FIELDS)
        case "in-query-and-cookie":
            cookie = ("Cookie", "; ".join(f"{name}={value}" for name, value in ROLES.items()))
            return replace(request, target=with_query(request.target, urlencode(ROLES))).having(cookie)
    return request


def written_otherwise(synq: TargetApi, way: str, mark: WriteMark | None) -> Request:
    """The viewer's write with this mark, by another method, in another form, or on another form of its path."""
    request = synq.write_request(mark=mark, token=synq.target.tokens.viewer)
    if way in TYPES:
        plain, said = request.without("Content-Type"), TYPES[way]
        return plain if said is None else plain.having(("Content-Type", said))
    match way:
        case "put":
            return Request("PUT", request.target, request.headers, request.body)
        case "as-a-list":
            return replace(request, body=b"[" + request.body + b"]")
        case "slash-behind":
            return replace(request, target=f"{request.target}/")
        case "parameter-behind":
            return replace(request, target=f"{request.target};a=b")
    return Request("GET", request.target, (*request.headers, *OVERRIDING), request.body)
