"""What a request said itself, an answer may repeat; short ids must not be found in keys and tokens by chance."""

from __future__ import annotations

import pytest

from conformance.http.message import Request
from conformance.server.harness.resource import sent

KEY = ("Idempotency-Key", "202e9b4c-a4a3-4192-a408-b72c432bd393")
TOKEN = ("Authorization", "Bearer eyJ.43.x")
REQUEST = Request("POST", "/api/v1/pim/products/p-17?tenant=tnt_9", (KEY, TOKEN), b'{"name": "probe \xc3\xa5"}')


@pytest.mark.parametrize("text", ["p-17", "tnt_9", "probe", "probe å", KEY[1], "/api/v1"])
def test_what_the_request_says_is_found(text: str) -> None:
    """In its target, in a field, in its body."""
    assert sent(REQUEST, text)


@pytest.mark.parametrize("text", ["43", "prob", "17x", "nothing", "eyJ"])
def test_a_piece_of_a_word_is_not_said(text: str) -> None:
    """Nor what stands in the token, which no answer repeats."""
    assert not sent(REQUEST, text)
