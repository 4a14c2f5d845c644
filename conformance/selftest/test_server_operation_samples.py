"""The malformed tokens that operations are asked with, of genuine ones of every kind."""

from __future__ import annotations

import pytest

from conformance.server.test_operations import MALFORMED

TOKENS = {"jwt": "e30.e30.c2ln", "opaque": "synq_a_b", "two-parts": "payload.signature", "five-parts": "a.b.c.d.e"}


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("form", MALFORMED)
def test_no_sample_is_the_genuine_token(form: str, kind: str) -> None:
    """A token need not be a JWT, and whatever it is, a sample is another."""
    assert MALFORMED[form](TOKENS[kind]) != TOKENS[kind]
