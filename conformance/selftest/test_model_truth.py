"""The model against truth tables written by hand from the guide."""

from __future__ import annotations

import pytest

from conformance.contract.oracle import (
    ACCEPTED,
    NO_SUCH_THING,
    REFUSED_BY_PARSER,
    SERVER_ERROR,
    Known,
    TokenFacts,
    answer,
    loosely,
    oversize,
    readings,
)
from conformance.http.message import Field, Request
from conformance.tokens.compact import joined, segment

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
        "sixteen-minutes-over": TokenFacts("tenant-a", frozenset({"org-1"}), NOW - 960),
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
        ("bearer good", "tenant-a", "org-1", YES | NO_TOKEN | {400}),
        ("BEARER good", "tenant-a", "org-9", EITHER | {400}),
        (None, "tenant-a", "org-1", NO_TOKEN),
        ("", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer", "tenant-a", "org-1", NO_TOKEN),
        ("Bearergood", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer  good", "tenant-a", "org-1", YES | NO_TOKEN | {400}),
        ("Bearer\tgood", "tenant-a", "org-1", YES | NO_TOKEN | {400}),
        ("Bearer good,", "tenant-a", "org-1", YES | NO_TOKEN | {400}),
        ('Bearer "good"', "tenant-a", "org-1", YES | NO_TOKEN | {400}),
        ("Bearer: good", "tenant-a", "org-1", YES | NO_TOKEN | {400}),
        ("Bearer bad, Bearer good", "tenant-a", "org-1", YES | NO_TOKEN | {400}),
        ("Bearer go od=", "tenant-a", "org-1", YES | NO_TOKEN | {400}),
        ("Bearer good.more", "tenant-a", "org-1", YES | NO_TOKEN | {400}),
        ("Bearer goods", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer goo", "tenant-a", "org-1", NO_TOKEN),
        ("Bearer revoked,", "tenant-a", "org-1", NO_TOKEN | {400}),
        ("Bearer-Token good", "tenant-a", "org-1", NO_TOKEN),
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
        ("Bearer sixteen-minutes-over", "tenant-a", "org-1", NO_TOKEN),
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
    """If neither of two tokens is good, no reading lets the request in."""
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
    (reading,) = readings(_request("  Bearer good ", "\ttenant-a", "org-1"), KNOWN)
    assert (reading.authorization, reading.tenant) == ("Bearer good", "tenant-a")


def _only(facts: TokenFacts, *, now: float = NOW) -> Known:
    """A target that issued this one token, "t"."""
    return Known(now=now, tokens={"t": facts}, reads=frozenset({PATH}), writes=frozenset({WRITE}))


AGED = TokenFacts("tenant-a", frozenset({"org-1"}), expires_at=NOW, not_before=NOW - HOUR_S)


@pytest.mark.parametrize(
    ("now", "right"),
    [
        pytest.param(NOW - HOUR_S - 901, NO_TOKEN, id="more-than-a-quarter-of-an-hour-too-early"),
        pytest.param(NOW - HOUR_S - 900, YES | NO_TOKEN, id="a-quarter-of-an-hour-too-early"),
        pytest.param(NOW - HOUR_S - 1, YES | NO_TOKEN, id="a-second-too-early"),
        pytest.param(NOW - HOUR_S, YES, id="from-now-on"),
        pytest.param(NOW - 1, YES, id="its-last-second"),
        pytest.param(NOW, YES | NO_TOKEN, id="just-over"),
        pytest.param(NOW + 899, YES | NO_TOKEN, id="within-any-leeway"),
        pytest.param(NOW + 900, NO_TOKEN, id="a-quarter-of-an-hour-over"),
    ],
)
def test_only_the_edges_of_a_token_s_time_are_in_doubt(now: float, right: set[int]) -> None:
    """What leeway there may be is judged by rules of its own; beyond any, and within its hour, one answer is right."""
    found = answer(_request("Bearer t", "tenant-a", "org-1"), _only(AGED, now=now))
    assert (set(found.statuses), set(found.preferred)) == (right, right)


def test_a_token_that_is_not_valid_yet_may_be_refused_for_its_scope() -> None:
    """If its scope is wrong as well."""
    assert set(answer(_request("Bearer tomorrow", "tenant-b", "org-1"), KNOWN).statuses) == EITHER


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(TokenFacts(None, frozenset({"org-1"}), NOW + HOUR_S), id="no-tenant"),
        pytest.param(TokenFacts("tenant-a", frozenset(), NOW + HOUR_S), id="no-orgs"),
    ],
)
@pytest.mark.parametrize("tenant", ["tenant-a", None])
def test_a_token_with_half_a_scope_opens_nothing(facts: TokenFacts, tenant: str | None) -> None:
    """Not even if the header that matches its missing half is missing too."""
    found = answer(_request("Bearer t", tenant, "org-1"), _only(facts))
    assert (set(found.statuses), found.why) == (NO_SCOPE, "the token carries no tenant or organization")


@pytest.mark.parametrize(
    ("authorization", "tenant", "org", "why"),
    [
        (None, "tenant-a", "org-1", "there is no Authorization"),
        ("Basic dTpw", "tenant-a", "org-1", "Authorization is no Bearer credential"),
        ("Bearer unheard-of", "tenant-a", "org-1", "the token is not one that Synq issued"),
        (None, None, None, "there is no Authorization, and the scope is wrong as well"),
        ("Bearer revoked", "tenant-a", "org-1", "the token was revoked"),
        ("Bearer old", "tenant-a", "org-1", "the token is past its hour"),
        ("Bearer tomorrow", "tenant-a", "org-1", "the token is not valid yet"),
        ("Bearer good", None, "org-1", "there is no X-Tenant-ID"),
        ("Bearer good", "", "org-1", "X-Tenant-ID is empty"),
        ("Bearer good", "tenant-b", "org-1", "X-Tenant-ID is not in the token's scope"),
        ("Bearer good", "tenant-a", None, "there is no X-Org-ID"),
        ("Bearer good", "tenant-a", "", "X-Org-ID is empty"),
        ("Bearer good", "tenant-a", "org-9", "X-Org-ID is not in the token's scope"),
        ("Bearer good", "tenant-a", "org-1", "token, tenant and organization are right"),
        (
            "Bearer good,", "tenant-a", "org-1",
            ("Authorization is no Bearer credential; or: token, tenant and organization are right; "
            "a credential that is not well formed may be called a bad request"),
        ),
        (
            "Bearer just-over", "tenant-a", "org-1",
            "token, tenant and organization are right; or 401, since the token is at the edge of its time",
        ),
    ],
)  # fmt: skip
def test_the_model_says_why(authorization: str | None, tenant: str | None, org: str | None, why: str) -> None:
    """In words that a finding can repeat."""
    assert answer(_request(authorization, tenant, org), KNOWN).why == why


@pytest.mark.parametrize(
    ("token", "right", "why"),
    [
        ("editor", YES, "token, scope and role are right"),
        ("good", NO_SCOPE, "the role may not write"),
        ("role-unknown", YES | NO_SCOPE, "all is right, but the role is not known"),
    ],
)
def test_the_model_says_why_of_a_write(token: str, right: set[int], why: str) -> None:
    """And the RFCs narrow nothing here."""
    found = answer(_request(f"Bearer {token}", "tenant-a", "org-1", "POST"), KNOWN)
    assert (set(found.statuses), set(found.preferred), found.why) == (right, right, why)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        pytest.param("HEAD", PATH, id="another-method"),
        pytest.param("GET", "/elsewhere", id="another-path"),
        pytest.param("PUT", "/elsewhere", id="both"),
    ],
)
def test_of_what_nobody_documented_much_is_right(method: str, target: str) -> None:
    """With good credentials: an answer, a redirect, nothing there, or a request that is not understood.

    A path that the server does not know may be refused as well: to deny what is not listed opens nothing.
    """
    found = answer(Request(method, target, DOCUMENTED), KNOWN)
    refused = EITHER if target != PATH else set()
    right = YES | set(NO_SUCH_THING) | {400, 415, 422} | refused
    assert (set(found.statuses), set(found.preferred)) == (right, right)
    assert found.why == (
        "the credentials are right, and this resource is not known; "
        "or nothing answers to this method and path"
    )


def test_of_what_nobody_documented_a_bad_token_still_opens_nothing() -> None:
    """401, or nothing there; the RFCs narrow the rest, and not this."""
    found = answer(Request("GET", "/elsewhere", (("Authorization", "Bearer bad"), *DOCUMENTED[1:])), KNOWN)
    right = EITHER | set(NO_SUCH_THING) | {400}
    assert (set(found.statuses), set(found.preferred)) == (right, right)


def test_a_repeated_field_may_be_refused_outright() -> None:
    """By 400; each reading brings its own answer and its own reason."""
    request = _request(None, "tenant-a", None).having(("Authorization", "Bearer bad"), ("Authorization", "Bearer good"))
    found = answer(request, KNOWN)
    assert (set(found.statuses), set(found.preferred)) == ({400, 401, 403}, {400, 401, 403})
    assert found.why == (
        "the token is not one that Synq issued, and the scope is wrong as well; or: there is no X-Org-ID; "
        "or: Authorization is no Bearer credential, and the scope is wrong as well; a repeated field may be refused"
    )


@pytest.mark.parametrize("name", ["authorization", "AUTHORIZATION", "x-tenant-id", "X-ORG-ID"])
def test_a_field_name_in_another_spelling_may_be_overlooked(name: str) -> None:
    """A rule of its own judges that (RFC 9110 §5.1); no other one leans on it."""
    fields = tuple((name if known.lower() == name.lower() else known, value) for known, value in DOCUMENTED)
    statuses = answer(Request("GET", PATH, fields), KNOWN).statuses
    assert statuses >= ACCEPTED
    assert set(statuses - ACCEPTED) == ({401} if name.lower() == "authorization" else {403})


def test_repeated_fields_are_read_first_last_or_joined() -> None:
    """RFC 9110 §5.3 joins them by a comma and a blank."""
    read = readings(Request("GET", PATH, (("X-Org-ID", "org-1"), ("X-Org-ID", "org-2"))), KNOWN)
    assert [(one.authorization, one.tenant, one.org) for one in read] == [
        (None, None, "org-1"), (None, None, "org-2"), (None, None, "org-1, org-2"),
    ]  # fmt: skip


def test_letters_at_the_ends_of_a_value_are_its_own() -> None:
    """Only blanks and tabs around a value are no part of it."""
    (reading,) = readings(_request("X", "X-tenant-X", " X "), KNOWN)
    assert (reading.authorization, reading.tenant, reading.org) == ("X", "X-tenant-X", "X")


def test_a_parser_s_refusal_leaves_the_rest_right() -> None:
    """To illegal octets: what the model says, and what HTTP stacks say by themselves."""
    found = answer(_request("Bearer good", "caf\xe9", "org-1"), KNOWN)
    right = NO_SCOPE | set(REFUSED_BY_PARSER) | set(SERVER_ERROR)
    assert (set(found.statuses), set(found.preferred)) == (right, right)
    assert found.why == "X-Tenant-ID is not in the token's scope; the HTTP parser may refuse it"


@pytest.mark.parametrize(("octets", "over"), [(3_500, False), (3_501, True)])
def test_a_header_section_is_oversize_beyond_3500_octets(octets: int, over: bool) -> None:
    """Names and values count; fasthttp stops at 4 kB, request line and framing included."""
    assert oversize(Request("GET", PATH, (("X-A", "a" * (octets - 7)), ("X-B", "b")))) is over


GENUINE = "aB-c.d_E.fG"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param(f"Bearer {GENUINE}", False, id="as-documented"),
        pytest.param(f"bearer {GENUINE}", True, id="other-case"),
        pytest.param(f"Bearer {GENUINE.swapcase()}", True, id="token-in-other-case"),
        pytest.param("Bearer aB+c.d/E.fG", True, id="other-alphabet"),
        pytest.param("Bearer aB-c.d/E.fG", True, id="slash-alone"),
        pytest.param("Bearer aB+c.d_E.fG", True, id="plus-alone"),
        pytest.param("Bearer aB-+c.d_E/.fG", True, id="other-alphabet-as-foreign"),
        pytest.param("Bearer aB-c. d_E.fG==", True, id="blanks-and-padding"),
        pytest.param(f"Bearer x, {GENUINE}", True, id="behind-another"),
        pytest.param(f"Bearer {GENUINE}; x", True, id="before-another"),
        pytest.param(f"Bearer x{GENUINE} {GENUINE}", True, id="glued-and-alone"),
        pytest.param(f"Bearer {GENUINE} x{GENUINE}", True, id="alone-and-glued"),
        pytest.param(f"Bearer x{GENUINE} {GENUINE} x{GENUINE}", True, id="alone-between-glued"),
        pytest.param(f"Bearer_{GENUINE}", False, id="underscore-for-a-blank"),
        pytest.param(f"Bear {GENUINE}", True, id="scheme-cut-short"),
        pytest.param(f"B\t{GENUINE}", True, id="first-letter-of-the-scheme"),
        pytest.param(f"Bearers {GENUINE}", False, id="scheme-and-more"),
        pytest.param(f"Be{GENUINE}", False, id="cut-short-and-glued"),
        pytest.param(f"Bearer x{GENUINE}", False, id="letter-before"),
        pytest.param(f"Bearer X{GENUINE}", False, id="capital-before"),
        pytest.param(f"Bearer _{GENUINE}", False, id="underscore-before"),
        pytest.param(f"Bearer {GENUINE}X", False, id="capital-behind"),
        pytest.param(f"Bearer {GENUINE}7", False, id="digit-behind"),
        pytest.param(f"Basic {GENUINE}", False, id="another-scheme"),
        pytest.param(GENUINE, False, id="no-scheme"),
        pytest.param("", False, id="empty"),
    ],
)
def test_a_genuine_token_is_found_in_a_loose_spelling_alone(value: str, found: bool) -> None:
    """What stands in it whole or becomes it; not what other letters touch, and not what is documented."""
    assert loosely(value, {GENUINE}) == ((GENUINE,) if found else ())


SIGNED = joined({"alg": "RS256", "kid": "k"}, {"exp": 1_800_003_600}, b"signature")
HEADER, PAYLOAD, SIGNATURE = SIGNED.split(".")
IN_BLANKS = b' {"kid": "k", "alg": "RS256"} x'


@pytest.mark.parametrize(
    ("token", "found"),
    [
        pytest.param(f"{HEADER}000.{PAYLOAD}.{SIGNATURE}", True, id="three-characters-behind-the-header"),
        pytest.param(f"{segment(IN_BLANKS)}.{PAYLOAD}.{SIGNATURE}", True, id="header-in-blanks"),
        pytest.param(f"{segment({'alg': 'RS256'})}.{PAYLOAD}.{SIGNATURE}", False, id="member-less"),
        pytest.param(f"{segment({'alg': 'RS256', 'kid': 1})}.{PAYLOAD}.{SIGNATURE}", False, id="another-key"),
        pytest.param(f"{segment([])}.{PAYLOAD}.{SIGNATURE}", False, id="no-object"),
        pytest.param(f"{HEADER}.{PAYLOAD}000.{SIGNATURE}", False, id="more-behind-the-payload"),
        pytest.param(f"{HEADER}.{PAYLOAD}.{SIGNATURE}00", False, id="more-behind-the-signature"),
        pytest.param(f"{HEADER}000.{PAYLOAD}", False, id="no-signature"),
    ],
)
def test_a_header_that_is_respelled_is_a_loose_spelling(token: str, found: bool) -> None:
    """jwx 2 verifies the header as it writes it again: whatever stands behind its JSON is lost, and opens nothing."""
    assert loosely(f"Bearer {token}", {SIGNED}) == ((SIGNED,) if found else ())


def test_a_known_path_with_a_query_may_not_be_refused_to_whoever_is_in_scope() -> None:
    """A server may refuse paths that it does not know, and this one it knows."""
    request = _request("Bearer good", "tenant-a", "org-1")
    asked = Request("GET", f"{PATH}?page=2", request.headers)
    assert answer(asked, KNOWN).statuses & EITHER == set()
    assert answer(Request("GET", "/unknown?page=2", request.headers), KNOWN).statuses >= EITHER


def test_a_path_that_only_reads_are_documented_for_is_known_as_well() -> None:
    """Another method on it may be refused as one that nothing answers to, but not for the credentials."""
    known = Known(NOW, KNOWN.tokens, reads=frozenset({PATH}))
    assert answer(_request("Bearer good", "tenant-a", "org-1", "PUT"), known).statuses & EITHER == set()


def test_a_loose_credential_may_be_a_bad_request_and_prefers_nothing_else() -> None:
    """What is preferred for the credential is kept beside the 400."""
    loose = answer(_request("Bearer good,", "tenant-a", "org-1"), KNOWN)
    assert loose.preferred == YES | {401, 400}
    assert 400 not in answer(_request("Bearer good", "tenant-a", "org-1"), KNOWN).statuses
    no_token = answer(_request("Bearer revoked,", "tenant-b", "org-1"), KNOWN)
    assert no_token.preferred == {401, 400}
