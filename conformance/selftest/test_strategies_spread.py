"""Generated inputs: every class is reached, none swallows the rest, and nothing is right by accident."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.strategies import SearchStrategy

from conformance.http.message import SAFE_METHODS, Request
from conformance.strategies import (
    Generated,
    Genuine,
    altered_tokens,
    authorization_values,
    loose_authorization_values,
    loose_scope_values,
    malformed_tokens,
    octets,
    path_forms,
    requests,
    scope_values,
    sendable,
    spaced_authorization,
    three_headers,
    unsigned_tokens,
)
from conformance.strategies.headers import HARMLESS, NAMES
from conformance.strategies.requests import ALL_METHODS
from conformance.strategies.tokens import signs
from conformance.tokens import decode, same_token
from conformance.tokens.compact import joined

TOKEN = joined(
    {"alg": "RS256", "kid": "k1", "typ": "JWT"},
    {
        "sub": "acc_1",
        "role": "editor",
        "exp": 1_800_003_600,
        "iat": 1_800_000_000,
        "tenant_id": "tnt_5v8wq2hd7c",
    },
    bytes(range(256)),
)
GENUINE = Genuine(TOKEN, "tnt_5v8wq2hd7c", "6ba7b810-9dad-11d1-80b4-00c04fd430c8")
PATHS = ("/api/v1/pim/products", "/api/v1/pim/products/prd_0000000001")

FORMS = {
    "as documented",
    "query",
    "trailing slash",
    "doubled slash",
    "dot segment",
    "parent segment",
    "encoded letter",
    "encoded slash",
    "other case",
    "parameter",
    "suffix",
    "encoded end",
}

STRATEGIES: dict[str, tuple[SearchStrategy[Generated[Any]], set[str]]] = {
    "malformed_tokens": (
        malformed_tokens(TOKEN),
        {"unrelated", "segments", "encoding", "json"},
    ),
    "unsigned_tokens": (unsigned_tokens(TOKEN), {"none", "among-blanks", "nothing"}),
    "altered_tokens": (altered_tokens(TOKEN), {"text", "header", "claims", "signature"}),
    "scope_values": (
        scope_values(GENUINE.tenant_id),
        {"absent", "empty", "malformed", "wrong", "oversize", "duplicated"},
    ),
    "authorization_values": (
        authorization_values(TOKEN),
        {
            "absent",
            "empty",
            "scheme-alone",
            "token-alone",
            "other-scheme",
            "glued",
            "bad-token",
            "garbage",
            "duplicated",
        },
    ),
    "loose_authorization_values": (loose_authorization_values(TOKEN), {"known", "before", "behind"}),
    "loose_scope_values": (loose_scope_values(GENUINE.tenant_id), {"known", "before", "behind"}),
    "spaced_authorization": (spaced_authorization(TOKEN), {"odd-case", "spaces"}),
    "three_headers": (
        three_headers(GENUINE),
        {
            "as documented",
            "Authorization",
            "X-Tenant-ID",
            "X-Org-ID",
            "Authorization+X-Tenant-ID",
            "Authorization+X-Org-ID",
            "X-Tenant-ID+X-Org-ID",
            "Authorization+X-Tenant-ID+X-Org-ID",
        },
    ),
    "path_forms": (path_forms(PATHS[0]), FORMS),
    "requests": (requests(GENUINE, PATHS, ALL_METHODS), FORMS),
    "octets": (
        octets(TOKEN),
        {"nul", "carriage return", "line feed", "folded line", "control", "delete", "eight bits"},
    ),
}

THOROUGH = settings(
    max_examples=500,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


THOROUGH_SEARCH = settings(max_examples=5_000, derandomize=True, database=None, deadline=None)


def drawn(strategy: SearchStrategy[Generated[Any]]) -> list[Generated[Any]]:
    """Five hundred examples."""
    found: list[Generated[Any]] = []

    @THOROUGH
    @given(strategy)
    def collect(generated: Generated[Any]) -> None:
        found.append(generated)

    collect()
    return found


@cache
def examples(name: str) -> list[Generated[Any]]:
    """Five hundred examples of a strategy in the table."""
    return drawn(STRATEGIES[name][0])


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_class_is_reached_and_none_swallows_the_rest(name: str) -> None:
    """In 500 examples each class occurs, and the largest is not far ahead of the second.

    Hypothesis does not repeat itself, so a class of one value, such as an absent header, occurs once.
    """
    spread = Counter(generated.kind for generated in examples(name))
    assert set(spread) == STRATEGIES[name][1]
    (_, largest), (_, second), *_ = spread.most_common()
    assert largest <= 3 * second + 20, spread


@pytest.mark.parametrize("name", ["malformed_tokens", "altered_tokens", "authorization_values", "three_headers"])
def test_values_are_varied(name: str) -> None:
    """At least a third of what is drawn is drawn once only."""
    values = Counter(repr(generated.value) for generated in examples(name))
    assert sum(count == 1 for count in values.values()) > values.total() / 3


def test_no_malformed_token_is_the_genuine_one() -> None:
    """Not even decoded: an accepted one is a finding."""
    drawn = examples("malformed_tokens") + examples("altered_tokens")
    assert not [found for found in drawn if same_token(found.value, TOKEN)]


def test_no_malformed_token_is_beyond_an_http_client() -> None:
    """Every one can be sent as a field value behind the scheme."""
    drawn = examples("malformed_tokens") + examples("altered_tokens")
    assert all(sendable(f"Bearer {found.value}") and found.value for found in drawn)


def test_no_authorization_value_is_the_documented_one() -> None:
    """None is Bearer, one space and the genuine token alone, in whatever case."""
    right = f"bearer {TOKEN}".lower()
    assert not [
        found for found in examples("authorization_values") if [v.lower() for v in found.value] == [right]
    ]


@pytest.mark.parametrize("own", [GENUINE.tenant_id, GENUINE.org_id, "7", "Ünit".encode().decode("latin-1")])
def test_no_scope_value_names_its_owner_alone(own: str) -> None:
    """Whatever the id looks like, a value that differs from it only in case is not used as a wrong one."""
    found = [generated.value for generated in drawn(scope_values(own))]
    assert not [values for values in found if [value.lower() for value in values] == [own.lower()]]


@pytest.mark.parametrize("own", [GENUINE.tenant_id, GENUINE.org_id, "7"])
def test_no_scope_value_spells_its_owner_loosely(own: str) -> None:
    """Whoever takes quotes off, splits lists or decodes percent signs finds no id of the caller in it."""
    single = [found.value[0] for found in drawn(scope_values(own)) if len(found.value) == 1]
    whole = re.compile(rf"(?<![^\W_]){re.escape(own)}(?![^\W_])")
    assert not [value for value in single if whole.search(unquote(value))]


@pytest.mark.parametrize("own", [GENUINE.tenant_id, "7", "eu"])
def test_a_loose_scope_value_spells_its_owner(own: str) -> None:
    """And is never the id itself."""
    found = [generated.value[0] for generated in drawn(loose_scope_values(own))]
    assert all(own in unquote(value) and value != own for value in found)


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ("43", [str(number) for number in range(1, 10_000)]),
        ("org-12", [f"org-{number}" for number in range(10_000)]),
        ("eu", ["us", "jp", "e", "u"]),
    ],
    ids=["numbers", "numbered", "regions"],
)
def test_no_scope_value_names_a_neighbor(own: str, others: list[str]) -> None:
    """Short ids are given out one after the other: the next one may be the caller's, and the token need not say so."""
    found = [generated.value for generated in drawn(scope_values(own))]
    assert not [values for values in found if set(values) & (set(others) - {own})]


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name.endswith(("_values", "_authorization"))])
def test_header_values_can_be_sent(name: str) -> None:
    """One octet a character, no line ends, no blanks at the ends."""
    assert all(sendable(value) for found in examples(name) for value in found.value)


def test_harmless_fields_say_nothing_of_another_site() -> None:
    """Guards against requests that another site forged (Rack::Protection) answer 403 to a foreign Referer or Origin."""
    names = {name.lower() for name, _ in HARMLESS}
    assert not names & {"referer", "origin"}
    assert not [name for name in names if name.startswith("sec-fetch-")]


def test_three_headers_come_in_any_case_order_and_company() -> None:
    """Field names in odd case, orders other than the documented one, and harmless fields all occur."""
    names = [[name for name, _ in found.value] for found in examples("three_headers")]
    assert any("AUTHORIZATION" in group for group in names)
    assert any(group[0].lower() == "x-org-id" for group in names if group)
    assert any(len(group) > len(NAMES) for group in names)


def test_headers_as_documented_are_right() -> None:
    """That class holds the three genuine values, whatever stands around them."""
    for found in examples("three_headers"):
        request = Request("GET", PATHS[0], found.value)
        values = tuple(request.values(name) for name in NAMES)
        right = ((f"Bearer {TOKEN}",), (GENUINE.tenant_id,), (GENUINE.org_id,))
        assert (values == right) is (found.kind == "as documented"), found


def test_no_unsafe_request_carries_the_genuine_token() -> None:
    """A method that may change something never goes out with it: not even a broken target is written to."""
    unsafe = [found.value for found in examples("requests") if found.value.method not in SAFE_METHODS]
    assert len(unsafe) > 100
    assert not [request for request in unsafe if any(TOKEN in value.split() for _, value in request.headers)]


def test_requests_use_every_method_and_are_in_origin_form() -> None:
    """All seven methods occur, and each target is a path without blanks."""
    found = [generated.value for generated in examples("requests")]
    assert {request.method for request in found} == set(ALL_METHODS)
    assert all(re.fullmatch(r"/[\x21-\x7e]*", request.target) for request in found)


def test_octets_are_inside_the_token() -> None:
    """Scheme and both ends of the token are left alone: no parser strips its way to the genuine one."""
    for found in examples("octets"):
        assert found.value.startswith(f"Bearer {TOKEN[0]}".encode())
        assert found.value.endswith(TOKEN[-1].encode())
        assert found.value != f"Bearer {TOKEN}".encode()


@pytest.mark.parametrize("path", ["/", "/1", "/a/"])
def test_short_paths_have_forms_as_well(path: str) -> None:
    """A path without letters or inner slashes only has fewer forms."""
    assert len({found.kind for found in drawn(path_forms(path))}) >= 9


def test_a_failure_shrinks_to_something_readable() -> None:
    """A flaw in reading other algorithms comes down to one changed member and the genuine claims."""

    def takes_none(generated: Generated[str]) -> bool:
        parts = decode(generated.value)
        return parts is not None and parts.header.get("alg") == "none"

    parts = decode(find(unsigned_tokens(TOKEN), takes_none, settings=THOROUGH_SEARCH).value)
    genuine = decode(TOKEN)
    assert parts is not None
    assert genuine is not None
    assert parts.header == genuine.header | {"alg": "none"}
    assert parts.claims == genuine.claims


def test_an_alteration_leaves_unsigned_tokens_to_their_own_rule() -> None:
    """What a server that takes them for good would be blamed for twice."""
    headers = [parts.header for found in examples("altered_tokens") if (parts := decode(found.value)) is not None]
    assert len(headers) > 20
    assert all(signs(header.get("alg", "RS256")) for header in headers)


@pytest.mark.parametrize(
    ("strategy", "kind"), [(malformed_tokens, "unrelated"), (altered_tokens, "text")], ids=["malformed", "altered"]
)
def test_an_opaque_token_is_only_replaced_or_garbled(
    strategy: Callable[[str], SearchStrategy[Any]], kind: str
) -> None:
    """If a token has no structure, none is broken."""
    assert {found.kind for found in drawn(strategy("6ba7b8109dad11d180b400c04fd430c8"))} == {kind}
