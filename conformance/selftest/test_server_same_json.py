"""What two answers say is held against each other as JSON: order, ids and times are no difference."""

from __future__ import annotations

import pytest

from conformance.server.harness.json_body import in_one_order, says_the_same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(b'{"a": 1, "b": [2, 1]}', b'{"b":[1,2],"a":1}', True, id="another-order"),
        pytest.param(b'[{"a": 1}, {"b": 2}]', b'[{"b": 2}, {"a": 1}]', True, id="items-in-another-order"),
        pytest.param(b'{"a": 1}', b'{"a": 2}', False, id="another-value"),
        pytest.param(b'{"a": 1}', b'{"a": true}', False, id="another-type"),
        pytest.param(b"<p>a</p>", b"<p>a</p>", True, id="no-json"),
        pytest.param(b"<p>a</p>", b"<p>b</p>", False, id="other-octets"),
        pytest.param(b"[" * 5_000 + b"]" * 5_000, b"[]", False, id="nested-too-deeply"),
    ],
)
def test_order_is_no_difference(one: bytes, other: bytes, same: bool) -> None:
    """Servers of some languages give members in another order each time."""
    assert (in_one_order(one) == in_one_order(other)) == same


SPRING = b'{"timestamp":"2026-11-28T15:20:%02d.3+00:00","status":401,"error":"%s","path":"/api/v1/auth/sign-in"}'


@pytest.mark.parametrize(
    ("one", "other", "again", "same"),
    [
        pytest.param(b'{"e":1}', b'{"e":1}', b'{"e":1}', True, id="the-same"),
        pytest.param(b'{"e":"no user"}', b'{"e":"no password"}', b'{"e":"no password"}', False, id="told-apart"),
        pytest.param(SPRING % (1, b"no"), SPRING % (2, b"no"), SPRING % (3, b"no"), True, id="a-time"),
        pytest.param(SPRING % (1, b"no user"), SPRING % (2, b"no"), SPRING % (3, b"no"), False, id="a-time-and-more"),
        pytest.param(b'{"e":1,"hint":2}', b'{"e":1}', b'{"e":1}', False, id="another-member"),
        pytest.param(b'{"id":null}', b'{"id":"a1"}', b'{"id":"b2"}', False, id="no-id-at-all"),
        pytest.param(b"error 17", b"error 18", b"error 18", False, id="a-number-that-stays"),
        pytest.param(b"no user", b"no password", b"no password", False, id="texts"),
        pytest.param(b"", b"", b"", True, id="empty"),
    ],
)
def test_what_changes_by_itself_is_no_difference(one: bytes, other: bytes, again: bytes, same: bool) -> None:
    """A time, an id of the request; what differs beside it is one."""
    assert says_the_same(one, other, again) == same
