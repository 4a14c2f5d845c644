"""Saved cases: the request comes back octet for octet, and the file gives no part of the token away."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.evidence.regression_cases import (
    RegressionCaseError,
    dump_cases,
    filled,
    from_request,
    placeholders,
    read_cases,
)
from conformance.http.message import Request
from conformance.mock.describe import describe
from conformance.mock.state import create
from conformance.selftest.grams import grams
from conformance.strategies import altered_tokens, malformed_tokens, unsigned_tokens

PROFILE = describe(create(), "http://127.0.0.1:1")
TOKEN: str = PROFILE["tokens"]["valid"]
VALUES = placeholders(TOKEN, PROFILE["scope"]["tenant_id"], PROFILE["scope"]["org_id"])
TOKENS = altered_tokens(TOKEN) | malformed_tokens(TOKEN) | unsigned_tokens(TOKEN)


@settings(max_examples=150, deadline=None)
@given(drawn=TOKENS, body=st.sampled_from([b"", f"access_token={TOKEN[40:]}\xff".encode("latin-1")]))
def test_a_generated_request_is_kept_without_the_token(drawn: object, body: bytes) -> None:
    """Whatever of it was changed: the rest is named by its place in the token."""
    value = drawn.value  # type: ignore[attr-defined]  # a Generated, of which Hypothesis forgets the type
    fields = (("Authorization", f"Bearer {value}"), ("X-Tenant-ID", VALUES["{tenant}"]))
    request = Request("POST", f"/p?q={TOKEN[:-3]}", fields, body)
    case = from_request("signature-altered", request, VALUES, "")
    assert filled(case, VALUES, "") == request
    text = dump_cases([case])
    assert not grams(text) & grams(TOKEN.partition(".")[2])
    assert VALUES["{tenant}"] not in text


def test_a_part_is_one_of_the_token_that_is_given(tmp_path: Path) -> None:
    """On another day, with another token, the same alteration is made of that."""
    value = f"Bearer {TOKEN[:200]} {TOKEN[200:-20]}!{TOKEN[-20:]}"
    request = Request("GET", "/p", (("Authorization", value),))
    path = tmp_path / "found.toml"
    path.write_text(dump_cases([from_request("signature-altered", request, VALUES, "")]), "utf-8")
    (case,) = read_cases(path)
    other = TOKEN.swapcase()
    sent = filled(case, placeholders(other, "t", "o"), "")
    assert sent.values("Authorization") == (f"Bearer {other[:200]} {other[200:-20]}!{other[-20:]}",)


def test_a_file_that_holds_no_case_is_refused(tmp_path: Path) -> None:
    """With the file's name in the message."""
    path = tmp_path / "found.toml"
    path.write_text("", "utf-8")
    with pytest.raises(RegressionCaseError, match=r"found\.toml: case: is missing"):
        read_cases(path)
