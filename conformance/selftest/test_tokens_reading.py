"""Reading a token unverified: strict about its form, silent about its truth."""

from __future__ import annotations

import pytest

from conformance.tokens import decode, expires_at, issued_at, malformation, same_token
from conformance.tokens.compact import compact_json, encoded, joined

# RFC 7515 §A.1, with line breaks in its JSON.
RFC7515_A1 = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)


def test_the_example_of_the_rfc_is_read() -> None:
    """Header, claims and 32 octets of signature, as RFC 7515 §A.1 has them."""
    parts = decode(RFC7515_A1)
    assert parts is not None
    assert parts.header == {"typ": "JWT", "alg": "HS256"}
    assert parts.claims == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert len(parts.signature) == 32
    assert expires_at(RFC7515_A1) == 1300819380
    assert issued_at(RFC7515_A1) is None


@pytest.mark.parametrize(
    ("token", "said"),
    [
        pytest.param("", "1 segments", id="empty"),
        pytest.param("a.b", "2 segments", id="two-segments"),
        pytest.param("a.b.c.d", "4 segments", id="four-segments"),
        pytest.param("e30=.e30.AA", "header: a character outside", id="padding"),
        pytest.param("e30.e3 0.AA", "payload: a character outside", id="blank"),
        pytest.param("e30.e30.A", "signature: a length", id="length"),
        pytest.param("e30.e30.AB", "signature: unused bits", id="unused-bits"),
        pytest.param("W10.e30.AA", "header: JSON that is not an object", id="array"),
        pytest.param("bm90.e30.AA", "header: Expecting value", id="not-json"),
        pytest.param(
            joined(b'{"alg":"a","alg":"b"}', {}, b"x"), "header: a member that occurs twice", id="twice"
        ),
        pytest.param(joined(b"\xff", {}, b"x"), "header: 'utf-8' codec", id="not-utf-8"),
        pytest.param(joined(b"[" * 100_000, {}, b"x"), "header: nested too deeply", id="nested"),
    ],
)
def test_what_is_no_compact_token_is_told_why(token: str, said: str) -> None:
    """The first thing that is wrong is named."""
    assert str(malformation(token)).startswith(said)
    assert decode(token) is None


@pytest.mark.parametrize("payload", [b"[]", b"null", b"text", b""], ids=["array", "null", "text", "empty"])
def test_a_payload_that_is_no_object_makes_no_jwt(payload: bytes) -> None:
    """It may be a JWS, but it has no claims."""
    assert malformation(joined({"alg": "RS256"}, payload, b"x")) is None
    assert decode(joined({"alg": "RS256"}, payload, b"x")) is None


@pytest.mark.parametrize(
    "value",
    ["1300819380", True, None, [1], {}, 10**400],
    ids=["string", "bool", "null", "list", "object", "huge"],
)
def test_a_time_that_is_no_number_is_unknown(value: object) -> None:
    """A wrongly typed expiry is no expiry, and no error."""
    assert expires_at(joined({"alg": "RS256"}, {"exp": value}, b"x")) is None


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"1e999"])
def test_a_time_that_is_not_finite_is_unknown(literal: bytes) -> None:
    """Python reads these as floats; none is a date."""
    assert expires_at(joined({"alg": "RS256"}, b'{"exp":' + literal + b"}", b"x")) is None


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(RFC7515_A1, True, id="itself"),
        pytest.param(RFC7515_A1 + "=", True, id="padded"),
        pytest.param(RFC7515_A1[:-1] + "l", True, id="unused-bits"),
        pytest.param(RFC7515_A1.replace("_", "/"), True, id="plain-base64"),
        pytest.param(RFC7515_A1.replace("CVP-mB", "CVP+mB"), True, id="plain-base64-plus"),
        pytest.param(RFC7515_A1.replace("CVP-mB", "CVPmB"), False, id="a-character-less"),
        pytest.param(RFC7515_A1.replace(".dBjf", ".dBjg"), False, id="signature-changed"),
        pytest.param(RFC7515_A1.replace("eyJ0", "eyJ1"), False, id="header-changed"),
        pytest.param(RFC7515_A1[:-4], False, id="signature-cut"),
        pytest.param(RFC7515_A1.replace(".dBjf", "..dBjf"), True, id="an-empty-segment-before-the-signature"),
        pytest.param(RFC7515_A1 + ".", True, id="an-empty-segment-behind-it"),
        pytest.param(RFC7515_A1 + ".e30", False, id="a-segment-behind-it"),
        pytest.param("." + RFC7515_A1, False, id="an-empty-segment-before-it-all"),
        pytest.param("opaque", False, id="opaque"),
    ],
)
def test_another_spelling_is_the_same_token(other: str, same: bool) -> None:
    """Same signed text and same signature octets make the same token; anything else is another."""
    assert same_token(other, RFC7515_A1) is same


def test_what_is_written_is_read_again() -> None:
    """Writing and reading are each other's inverse, octets included."""
    parts = decode(joined({"alg": "RS256", "kid": "é"}, {"a": [1, None]}, b"\x00\xff"))
    assert parts is not None
    assert (parts.header["kid"], parts.claims, parts.signature) == ("é", {"a": [1, None]}, b"\x00\xff")
    assert encoded(parts.signature) == parts.segments[2]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("AAAAA", "AAAA", True, id="a-surplus-character-says-nothing"),
        pytest.param("AAAAB", "AAAA", True, id="whatever-it-is"),
        pytest.param("AABA", "AAAA", False, id="four-characters"),
        pytest.param("AAA", "AAB", True, id="unused-bits-of-three"),
        pytest.param("AAA", "ABA", False, id="used-bits-of-three"),
        pytest.param("AA", "AB", True, id="unused-bits-of-two"),
        pytest.param("AA", "BA", False, id="used-bits-of-two"),
        pytest.param("AAAAAAAAAA", "AAAAAAAAAB", True, id="ten-characters"),
        pytest.param("A", "", True, id="one-character-is-no-octet"),
    ],
)
def test_signatures_are_compared_by_their_octets(one: str, other: str, same: bool) -> None:
    """As a lenient reader decodes them, whatever their length."""
    assert same_token(f"e30.e30.{one}", f"e30.e30.{other}") is same


def test_the_issue_date_is_read() -> None:
    """Apart from the expiry."""
    token = joined({"alg": "RS256"}, {"iat": 1, "exp": 2.5}, b"x")
    assert (issued_at(token), expires_at(token)) == (1.0, 2.5)


def test_a_token_without_a_signature_ends_in_a_dot() -> None:
    """The empty third segment (RFC 7515 §6)."""
    assert joined({}, {}) == "e30.e30."


def test_base64url_keeps_its_last_letter() -> None:
    """Only padding is left out."""
    written = {b"\x05\xc5\xd7": "BcXX", b"\x5d\x75\xd7": "XXXX", b"\x00": "AA", b"": ""}
    assert {octets: encoded(octets) for octets in written} == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param({"a": [1, "é"]}, b'{"a":[1,"\xc3\xa9"]}', id="no-blanks-and-no-escapes"),
        pytest.param("\ud800", b'"\xed\xa0\x80"', id="lone-surrogate"),
    ],
)
def test_json_is_written_as_short_as_it_goes(value: object, written: bytes) -> None:
    """In UTF-8; a lone surrogate goes in as it is, for that is an attack of its own."""
    assert compact_json(value) == written
