"""Token and password stay where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from conformance.client.adapters.driver import ApiCall, Raised
from conformance.client.fake_api.handlers import answered, json_answer, plain_success, redirected
from conformance.client.fake_api.listening import ApiListener, serving
from conformance.client.fake_api.service import FakeApi, Handler, ReceivedRequest
from conformance.client.harness import wire
from conformance.client.harness.output import KeptOutput, logged
from conformance.client.harness.session import Session, must
from conformance.contract.marks import rule
from conformance.evidence.judge import NotAssessed
from conformance.mock import world

PASSWORD = wire.forms(world.PASSWORDS[world.EDITOR])
PATIENCE_S = 0.05
"""How long a line of output may take to arrive."""


class Output:
    """What can be read of a client apart from its requests: output and log of its process, and of this one."""

    def __init__(self, captured: pytest.CaptureFixture[str], log: KeptOutput) -> None:
        self._captured, self._log = captured, log

    def of(self, session: Session) -> str | None:
        """What has been printed so far; None if it cannot be seen."""
        session.fake_api.quiet(PATIENCE_S)
        printed = session.driver.printed()
        return None if printed is None else "\n".join((printed, *self._captured.readouterr(), *self._log.lines))


@pytest.fixture
def output(capfd: pytest.CaptureFixture[str]) -> Iterator[Output]:
    """What is printed from here on."""
    with logged() as log:
        yield Output(capfd, log)


def judge_output(session: Session, output: Output, *answers: object) -> None:
    """Raises Violation if output or an error message has the password or a token."""
    printed = output.of(session)
    said = {
        "standard output or error": printed or "",
        "an error message": "\n".join(answer.message for answer in answers if isinstance(answer, Raised)),
    }
    tokens = frozenset().union(*map(wire.token_forms, session.fake_api.issued))
    for where, text in said.items():
        for what, forms in (("the password", PASSWORD), ("a token", tokens)):
            must(
                not wire.holds(text, forms),
                f"{what} stands in {where}",
                expected="neither token nor password",
                got=what,
                shown=session.received_requests[-1] if session.received_requests else None,
            )
    if printed is None:
        raise NotAssessed("the client prints to a terminal of its own: let the suite start it")


@rule("secrets-not-printed")
def test_a_session_prints_no_secret(output: Output, warm: Session) -> None:
    """Reading, writing, a 401 and a 500 leave no secret in the output."""
    warm.fake_api.revoke()
    warm.call(ApiCall("POST", json={"name": "River Lamp"}))
    warm.fake_api.handlers.append(answered(500))
    judge_output(warm, output, warm.call().answer)


@rule("secrets-not-printed")
def test_a_403_prints_no_secret(output: Output, warm: Session) -> None:
    """The error for a missing permission names no secret."""
    warm.fake_api.handlers.append(answered(403))
    judge_output(warm, output, warm.call().answer)


@rule("secrets-not-printed")
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(answered(401), id="wrong-credentials"),
        pytest.param(answered(500), id="server-error"),
        pytest.param(json_answer({}), id="no-token"),
    ],
)
def test_a_failed_sign_in_prints_no_secret(output: Output, warm: Session, trouble: Handler) -> None:
    """The error for a failed sign-in names no secret."""
    warm.unwatched().fake_api.sign_in.extend([trouble] * 6)
    warm.configure()
    judge_output(warm, output, warm.refusal or warm.call().answer)


@pytest.fixture
def elsewhere() -> Iterator[ApiListener]:
    """A server of another origin, which answers 200 to everything."""
    fake_api = FakeApi()
    fake_api.otherwise = plain_success
    with serving(fake_api) as listener:
        yield listener


def secret_taken_along(received: ReceivedRequest, tokens: frozenset[str]) -> str | None:
    """Which secret a request to another origin carries, if it does."""
    text = wire.whole(received.request)
    if wire.holds(text, tokens):
        return "the token went along to another origin"
    return "the password went along to another origin" if wire.holds(text, PASSWORD) else None


def scope_taken_along(received: ReceivedRequest) -> str | None:
    """Whether a request to another origin names tenant or organization."""
    named = [name for name in (wire.TENANT, wire.ORG) if received.request.values(name)]
    return f"{' and '.join(named)} went along to another origin" if named else None


@pytest.fixture(params=[302, 307])
def strange_requests(
    request: pytest.FixtureRequest, warm: Session, elsewhere: ApiListener, host: str, then: str
) -> tuple[ReceivedRequest, ...]:
    """What another origin got to see of a call that was redirected there; raises NotAssessed if none was."""
    elsewhere.fake_api.otherwise = plain_success if then == "accepted" else answered(401)
    warm.fake_api.handlers.append(redirected(f"http://{host}:{elsewhere.port}/collect", request.param))
    done = warm.call_and_wait()
    received_requests = elsewhere.fake_api.received_requests
    warm.keep_also(received_requests)
    if not any(received.status == request.param for received in done.attempts):
        raise NotAssessed(f"the client sent nothing that could be redirected: {done.answer}")
    return received_requests


each_way_there = [
    pytest.mark.parametrize("then", ["accepted", "refused"]),
    pytest.mark.parametrize(
        "host", [pytest.param("127.0.0.1", id="another-port"), pytest.param("localhost", id="another-host")]
    ),
]


@rule("redirect-keeps-secrets")
@each_way_there[0]
@each_way_there[1]
def test_a_redirect_to_another_origin_takes_no_secret_along(
    warm: Session, strange_requests: tuple[ReceivedRequest, ...]
) -> None:
    """No token arrives there; handing out the 3xx is right as well."""
    tokens = frozenset().union(*map(wire.token_forms, warm.fake_api.issued))
    wire.each_must(strange_requests, partial(secret_taken_along, tokens=tokens), expected="no token and no password")


@rule("redirect-keeps-scope")
@each_way_there[0]
@each_way_there[1]
def test_a_redirect_to_another_origin_takes_no_scope_along(strange_requests: tuple[ReceivedRequest, ...]) -> None:
    """Neither of the tenant headers arrives there; handing out the 3xx is right as well."""
    wire.each_must(strange_requests, scope_taken_along, expected="no tenant headers")
