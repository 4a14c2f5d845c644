"""What a client keeps that it should not, or does not keep: judged by what callers got and by what was sent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.client.adapters.driver import PRODUCTS, Answer, Raised, Returned
from conformance.client.fake_api.handlers import answered
from conformance.client.fake_api.service import FakeApi
from conformance.client.harness.callers import must_give_each_its_own
from conformance.client.harness.concurrent import Burst
from conformance.client.harness.hours import Hours
from conformance.contract.durations import HOUR_S
from conformance.contract.paths import SIGN_IN_PATH
from conformance.evidence.judge import Inapplicable, Violation
from conformance.evidence.recorder import Recorder
from conformance.http.message import Request
from conformance.mock import world
from conformance.mock.resources import as_json

BENCH: Any = SimpleNamespace(launcher=SimpleNamespace(process=False))


def told(text: str, status: int = 200) -> Returned:
    """What a caller got."""
    return Returned(status, text)


def of(number: int) -> Returned:
    """The answer to this caller's request."""
    return told(f'{{"items": [], "self": "{PRODUCTS}?n={number}"}}')


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param((of(0), of(1)), id="its-own"),
        pytest.param((told(""), told('{"self": "\\/api?n=1"}')), id="nothing-or-spelled-otherwise"),
        pytest.param((told('{"instance": "?n=1"}', 401), Raised("auth", "?n=0")), id="no-success"),
        pytest.param((None, of(1)), id="never-answered"),
    ],
)
def test_a_caller_with_no_answer_of_another_has_nothing_to_tell(answers: tuple[Answer | None, ...]) -> None:
    """An answer that does not say whose it is says nothing."""
    must_give_each_its_own(Burst(answers, (), 0.0, None))


def test_the_answer_to_another_callers_request_is_told() -> None:
    """With whose it was."""
    with pytest.raises(Violation, match=r"2 of 3 callers were given .*: n=0 got that of n=12, n=2 got that of n=1"):
        must_give_each_its_own(Burst((of(12), of(1), of(1)), (), 0.0, None))


def test_without_a_clock_nothing_is_said_of_what_follows_the_hour() -> None:
    """What is seen within the hour is enough then."""
    clocks: Any = SimpleNamespace(moved=(), obstacle=None)
    with pytest.raises(Inapplicable, match="not waited for"):
        Hours(BENCH, clocks, Recorder(None), real_time=False).settled(HOUR_S)


def sign_in() -> Request:
    """With the right password."""
    content = as_json(200, {"email": world.EDITOR, "password": world.PASSWORDS[world.EDITOR]})
    return Request("POST", SIGN_IN_PATH, content.headers, content.body)


def status_with(fake_api: FakeApi, token: str) -> int | None:
    """What a read with this token is answered."""
    fields = (("Authorization", f"Bearer {token}"), ("X-Tenant-ID", world.TENANT), ("X-Org-ID", world.ORG))
    response = fake_api.take(Request("GET", PRODUCTS, fields))
    return None if response is None else response.status


def test_a_server_can_relent() -> None:
    """What signing in was to be answered is forgotten."""
    fake_api = FakeApi()
    fake_api.sign_in.extend([answered(500)] * 2)
    assert fake_api.take(sign_in()).status == 500  # type: ignore[union-attr]  # it is no drop
    fake_api.relent()
    assert fake_api.take(sign_in()).status == 200  # type: ignore[union-attr]  # the same


def test_a_server_can_forgive_for_a_while() -> None:
    """An expired token is taken that long."""
    fake_api = FakeApi(lifetime_s=15, forgiven_s=20.0)
    fake_api.take(sign_in())
    (token,) = fake_api.issued
    seen = []
    for seconds in (10, 10, 20):
        fake_api.advance(seconds)
        seen.append(status_with(fake_api, token))
    assert seen == [200, 200, 401]
