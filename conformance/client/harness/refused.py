"""A client whose token was refused once, in one of the forms that a 401 has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from conformance.client.adapters.driver import ApiCall, Raised
from conformance.client.fake_api.framing import FramedResponse, Framing
from conformance.client.fake_api.refusals import PLAIN_401, refusing_as
from conformance.client.fake_api.service import FakeApi, Handler, reference_answer
from conformance.client.harness.bench import ClientSessions
from conformance.client.harness.session import MOST_TOKENS, Done, call_without_sign_in
from conformance.evidence.judge import NotAssessed, Violation
from conformance.http.message import Request, Response

MOST_SHOWINGS = 3


def refused_once(bench: ClientSessions, call: ApiCall, form: FramedResponse = PLAIN_401) -> Done:
    """A call whose token was revoked just before, so that it is answered 401 in this form.

    A connection that breaks under a request may be an accident of its pool, so a fresh client shows it once more. If
    the server closed it without a word and nothing arrived any more, the client may have written to it in the same
    moment: what counts then is that its next call gets over an ordinary 401.
    """
    for _ in range(MOST_SHOWINGS):
        with bench.configured() as session:
            session.warm_up().fake_api.revoke()
            session.fake_api.otherwise = refusing_as(form)
            done = session.call_and_wait(call)
            if isinstance(done.answer, Raised) and form.framing is Framing.ENDS and not done.after(401):
                session.fake_api.otherwise = reference_answer
                following = session.call_and_wait(call)
                return following if following.refused else following.with_earlier(done.received_requests)
        if not (isinstance(done.answer, Raised) and _may_be_the_line(done, done.answer, form)):
            break
    return done


def _may_be_the_line(done: Done, raised: Raised, form: FramedResponse) -> bool:
    """Whether this may be an accident: a broken connection, or one that was closed under the next request."""
    return raised.kind == "transport" or not (form.framing.keeps_connection or done.after(401))


@contextmanager
def unless_it_follows(*presupposed: Callable[[], None]) -> Iterator[None]:
    """A violation in this block is none, but NotAssessed, if what the rule takes for granted does not hold."""
    try:
        yield
    except Violation:
        for one in presupposed:
            one()
        raise


def presuppose(done: Done, rule: str) -> None:
    """Raises NotAssessed if this call did not succeed, which is the matter of that rule."""
    if not (done.succeeded and done.granted):
        raise NotAssessed(f"follows from {rule}: {done.answer}")


def _granting(rewritten: Callable[[dict[str, Any]], object], content_type: str = "application/json") -> Handler:
    """Signing in as Synq does it, its answer written anew."""

    def grant(fake_api: FakeApi, request: Request) -> Response:
        response = fake_api.reference_answer_to(request)
        if not response.accepted:
            return response
        content = json.dumps(rewritten(json.loads(response.body)), indent=2).encode()
        return Response(200, (("Content-Type", content_type), ("Cache-Control", "no-store")), content)

    return grant


UNUSUAL_SIGN_INS: Mapping[str, Handler] = {
    "no-expires_in": _granting(lambda answer: {"token": answer["token"]}),
    "unknown-members": _granting(
        lambda answer: {"token_type": "Bearer", "user": {"id": 1, "tags": []}, "next": None, **answer}
    ),
    "another-order": _granting(lambda answer: dict(reversed(answer.items()))),
    "a-charset": _granting(lambda answer: answer, "application/json; charset=UTF-8"),
    "another-case": _granting(lambda answer: answer, "Application/JSON"),
}
"""By what is unusual about them; all of them are right."""


def signed_in_by(bench: ClientSessions, grant: Handler) -> Done:
    """A first call whose sign-in is answered like this; raises NotAssessed if the client does not sign in."""
    fake_api = FakeApi()
    fake_api.sign_in.extend([grant] * MOST_SHOWINGS)
    with bench.session(fake_api) as session:
        session.configure()
        done = session.call()
        if not session.sign_ins:
            raise NotAssessed(f"the client did not sign in: {done.answer}")
        return replace(done, answer=session.refusal or done.answer)


def call_with_kept_token(bench: ClientSessions, grant: Handler) -> Done:
    """The first call that needed no sign-in, if signing in is answered like this; the last of many if each needed one.

    Raises NotAssessed if the first call does not succeed.
    """
    fake_api = FakeApi()
    fake_api.sign_in.extend([grant] * (MOST_SHOWINGS * MOST_TOKENS))
    with bench.session(fake_api) as session:
        done = session.configure().call_and_wait()
        presuppose(done, "unusual-answers-taken")
        return call_without_sign_in(session)


def must_keep_plain_tokens(bench: ClientSessions) -> None:
    """Raises NotAssessed if the client signs in for each call, however signing in is answered."""
    if call_with_kept_token(bench, reference_answer).sign_ins:
        raise NotAssessed("follows from token-reused: the client signs in for each call")
