"""What a request said itself, an answer may repeat; short ids must not be found in keys and tokens by chance."""

from __future__ import annotations

import pytest

from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.server.harness.foreign import Foreign
from conformance.server.harness.resource import resource, sent

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


@pytest.mark.parametrize(
    "target",
    ["/anything/api/v1/pim", "/in/..;x=y/api/v1/pim", "/api/v1/%70im", "/api%2fv1/pim"],
    ids=["behind-a-segment", "behind-a-parameter", "encoded-letter", "encoded-slash"],
)
def test_a_path_is_said_in_another_one_and_in_another_spelling(target: str) -> None:
    """A server names the path as it read it."""
    assert sent(Request("GET", target), "/api/v1/pim")


HAL = (
    b'{"items": [{"name": "anvil"}, {"name": "rope"}], "_links": {"up": {"href": "/v1"}, '
    b'"self": {"href": "https://a.example/v1/products?page=1"}, "first": {"href": "/v1/products/p7"}}}'
)


@pytest.mark.parametrize("says", ["/v1/products", "https://a.example/v1/products?page=1", "/v1"])
def test_the_documented_path_is_no_secret_of_the_resource(says: str) -> None:
    """A list that links itself gives nothing away if a refusal of another path names it."""
    refused = Exchange(Request("GET", "/v1//x"), Response(401, (), f'{{"see": "{says}"}}'.encode()), None, "", 0.0, 0.0)
    assert resource(HAL, "/v1/products").seen_in(refused) is None


@pytest.mark.parametrize("says", ["anvil", "/v1/products/p7"])
def test_an_object_and_the_way_to_it_are_the_resource(says: str) -> None:
    """The id in a link is known to those alone who may read the list."""
    refused = Exchange(Request("GET", "/v1//x"), Response(401, (), says.encode()), None, "", 0.0, 0.0)
    assert resource(HAL, "/v1/products").seen_in(refused) == says


def test_a_longer_id_is_another_one() -> None:
    """Of the list that holds p7 nothing stands in a problem that names p70, which was asked for."""
    body = b'{"instance": "/v1/products/p70", "id": "p70"}'
    refused = Exchange(Request("GET", "/v1/products/p70"), Response(403, (), body), None, "", 0.0, 0.0)
    assert resource(HAL, "/v1/products").seen_in(refused) is None
    assert Foreign("", "", "", frozenset({"/v1/products/p7"})).seen_in(refused) is None
