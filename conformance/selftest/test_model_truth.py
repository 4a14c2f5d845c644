"""The model against truth tables written by hand from the guide."""

from __future__ import annotations

import pytest

from conformance.message import Field, Request
from conformance.model import ACCEPTED, Known, TokenFacts, answer, readings

NOW, HOUR_S = 1_700_000_000.0, 3_600
PATH, WRITE = "/api/v1/pim/products", ("POST", "/api/v1/pim/products")
MINE = TokenFacts("tenant-a", frozenset({"org-1", "org-2"}), NOW + HOUR_S, writes=False)
KNOWN = Known(
    now=NOW,
    tokens={
        "good": MINE,
        "editor": TokenFacts("tenant-a", frozenset({"org-1"}), NOW + HOUR_S, writes=True),
        "role-unknown": TokenFacts("tenant-a", frozenset({"org-1"}), NOW + HOUR_S),
        "revoked": TokenFacts("tenant-a", frozenset({"org-1"}), NOW + HOUR_S, revoked=True),
        "old": TokenFacts("tenant-a", frozenset({"org-1"}), NOW - HOUR_S),
        "just-over": TokenFacts("tenant-a", frozenset({"org-1"}), NOW - 30),
        "six-minutes-over": TokenFacts("tenant-a", frozenset({"org-1"}), NOW - 360),
        "tomorrow": TokenFacts("tenant-a", frozenset({"org-1"}), NOW + 90_000, not_before=NOW + 86_400),
        "unprovisioned": TokenFacts(None, frozenset(), NOW + HOUR_S),
    },
    reads=frozenset({PATH}),
    writes=frozenset({WRITE}),
)
YES, NO_TOKEN, NO_SCOPE, EITHER = set(ACCEPTED), {401}, {403}, {401, 403}


def _request(authorization: str | None, tenant: str | None, org: str | None, method: str = "GET") -> Request:
    given = (("Authorization", authorization), ("X-Tenant-ID", tenant), ("X-Org-ID", org))
    return Request(method, PATH, tuple((name, value) for name, value in given if value is not None))


@pytest.mark.parametrize(
    ("authorization", "tenant", "org", "right"),
    [
        ("Bearer good", "tenant-a", "org-1", YES),
        ("Bearer good", "tenant-a", "org-2", YES),
        ("bearer good", "tenant-a", "org-1", YES),
        (None, "tenant-a", "org-1", NO_TOKEN),
        ("", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer", "tenant-a", "org-1", NO_TOKEN),
        ("Bearergood", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer  good", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer\tgood", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer good,", "tenant-a", "org-1", NO_TOKEN),
        ('Bearer "good"', "tenant-a", "org-1", NO_TOKEN),
        ("Basic good", "tenant-a", "org-1", NO_TOKEN),
        ("good", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer unheard-of", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer good", None, "org-1", NO_SCOPE),
        ("Bearer good", "tenant-a", None, NO_SCOPE),
        ("Bearer good", None, None, NO_SCOPE),
        ("Bearer good", "", "org-1", NO_SCOPE),
        ("Bearer good", "tenant-b", "org-1", NO_SCOPE),
        ("Bearer good", "tenant-a", "org-9", NO_SCOPE),
        ("Bearer good", "TENANT-A", "org-1", NO_SCOPE),
        ("Bearer unprovisioned", "tenant-a", "org-1", NO_SCOPE),
        ("Bearer revoked", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer old", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer six-minutes-over", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer tomorrow", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer just-over", "tenant-a", "org-1", YES | NO_TOKEN),
        (None, None, None, EITHER),
        (None, "tenant-a", None, EITHER),
        ("Bearer unheard-of", "tenant-b", "org-1", EITHER),
        ("Bearer revoked", "tenant-b", "org-1", EITHER),
        ("Bearer old", "tenant-a", None, EITHER),
    ],
)
def test_the_guide_says(authorization: str | None, tenant: str | None, org: str | None, right: set[int]) -> None:
    """For each combination of headers, the statuses that the guide allows."""
    assert set(answer(_request(authorization, tenant, org), KNOWN).statuses) == right


@pytest.mark.parametrize(
    ("authorization", "tenant", "org"),
    [(None, None, None), ("Bearer unheard-of", "tenant-b", "org-1"), ("Bearer old", "tenant-a", None)],
)
def test_where_both_are_wrong_the_rfcs_prefer_401(
    authorization: str | None, tenant: str | None, org: str | None
) -> None:
    """403 presupposes a valid token."""
    assert answer(_request(authorization, tenant, org), KNOWN).preferred == {401}


@pytest.mark.parametrize(
    ("token", "right"), [("editor", YES), ("good", NO_SCOPE), ("role-unknown", YES | NO_SCOPE), ("old", NO_TOKEN)]
)
def test_a_write_asks_for_the_role(token: str, right: set[int]) -> None:
    """Who may not write is forbidden to; what is not known of a role is not judged."""
    assert set(answer(_request(f"Bearer {token}", "tenant-a", "org-1", "POST"), KNOWN).statuses) == right


DOCUMENTED: tuple[Field, ...] = (("Authorization", "Bearer good"), ("X-Tenant-ID", "tenant-a"), ("X-Org-ID", "org-1"))


@pytest.mark.parametrize(
    ("field", "accepted", "refusals"),
    [
        pytest.param(("Authorization", "Bearer bad"), True, {400, 401}, id="second-token-bad"),
        pytest.param(("X-Tenant-ID", "tenant-b"), True, {400, 403}, id="second-tenant-foreign"),
        pytest.param(("X-Org-ID", "org-1"), True, {400, 403}, id="same-org-twice"),
        pytest.param(("X-Other", "x"), True, set(), id="another-header"),
    ],
)
def test_a_repeated_field_has_several_right_readings(field: Field, accepted: bool, refusals: set[int]) -> None:
    """First, last or joined: every reading that HTTP allows has its right answer."""
    statuses = answer(Request("GET", PATH, (*DOCUMENTED, field)), KNOWN).statuses
    assert (statuses >= ACCEPTED) is accepted
    assert statuses - ACCEPTED == refusals


def test_two_wrong_values_are_wrong_in_every_reading() -> None:
    """Where neither of two tokens is good, no reading lets the request in."""
    request = _request("Bearer bad", "tenant-a", "org-1").having(
        ("Authorization", "Bearer bad"), ("Authorization", "Bearer worse")
    )
    assert not answer(request, KNOWN).statuses & ACCEPTED


@pytest.mark.parametrize("value", ["caf\xe9", "a\x00b", "x" * 9_000], ids=["8-bit", "nul", "9-kB"])
def test_what_a_parser_refuses_by_itself_is_no_breach(value: str) -> None:
    """Octets and sizes that HTTP stacks do not take may be refused by the stack, or the connection closed."""
    found = answer(_request("Bearer good", value, "org-1"), KNOWN)
    assert {400, 403, 431} <= found.statuses
    assert found.may_close


def test_a_non_breaking_space_behind_the_token_may_be_stripped() -> None:
    """Some stacks strip it, and then the token is the good one."""
    assert answer(_request("Bearer good\xa0", "tenant-a", "org-1"), KNOWN).statuses >= ACCEPTED | {401}


def test_where_nothing_is_documented_not_found_is_right_as_well() -> None:
    """A path that no one promised may be unknown to the server, but never open to a bad token."""
    statuses = answer(Request("GET", "/elsewhere", (("Authorization", "Bearer bad"), *DOCUMENTED[1:])), KNOWN).statuses
    assert {401, 404} <= statuses
    assert not statuses & ACCEPTED


def test_blanks_around_a_value_belong_to_no_reading() -> None:
    """RFC 9110 §5.5: they are not part of the value."""
    (reading,) = readings(_request("  Bearer good ", "\ttenant-a", "org-1"))
    assert (reading.authorization, reading.tenant) == ("Bearer good", "tenant-a")
