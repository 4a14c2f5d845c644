"""Rules say what they judge: what opens nothing breaks no required rule, and what does is seen behind any status."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial

import pytest

from conformance.calibrate.opened import SharedMaterial, opened_subject, shared
from conformance.calibrate.subjects import CalibrationSubject, Kind
from conformance.evidence.judge import HarnessError, Inapplicable, NotAssessed, Violation
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Failure
from conformance.http.message import Request, Response
from conformance.mock.call import Call, Refused, Steps
from conformance.mock.faults import FAULTS
from conformance.mock.faults.registry import Fault
from conformance.server import test_attacks, test_expiry, test_headers, test_paths, test_scope, test_tokens
from conformance.server.harness.documented import AUTHORIZATION
from conformance.server.harness.foreign import foreign_of
from conformance.server.harness.gate import Gate
from conformance.server.harness.provided import speaking
from conformance.server.harness.shelf import Shelf
from conformance.server.harness.target_api import TargetApi
from conformance.tokens import named

WHY = "the request is odd and holds no good credentials"


@cache
def common() -> SharedMaterial:
    """Made once, for its keys are dear."""
    return shared()


@contextmanager
def wrong_by(name: str) -> Iterator[TargetApi]:
    """A Synq with this fault, as checks speak to it."""
    faulty = CalibrationSubject(name, Kind.FAULT)
    with opened_subject(faulty, common()) as bench, speaking(bench, Recorder(None), Gate()) as synq:
        yield synq


@contextmanager
def doing(bend: Callable[[Steps], Steps], monkeypatch: pytest.MonkeyPatch) -> Iterator[TargetApi]:
    """A Synq that does something of its own."""
    monkeypatch.setitem(FAULTS, "of-its-own", Fault("of-its-own", "", (), (), "", bend))
    with wrong_by("of-its-own") as synq:
        yield synq


def answered(synq: TargetApi, status: int | None, body: bytes = b"") -> Exchange:
    """What a front server made of a request without credentials."""
    request = Request("GET", synq.target.probe.read)
    response = None if status is None else Response(status, (), body)
    return Exchange(request, response, None if status else Failure.TIMEOUT, "", 0.0, 0.0)


def reference(steps: Steps) -> Steps:
    return steps


@pytest.mark.parametrize("status", [200, 500, 502, None], ids=["empty-200", "500", "502", "silence"])
def test_what_gives_nothing_away_opens_nothing(status: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty page, a server error and silence break no required rule; the untidy ones are seen by no-server-error."""
    with doing(reference, monkeypatch) as synq:
        if status != 200:
            monkeypatch.setattr(synq, "step", partial(_step_answered_so, synq, status, synq.step))
        synq.judged(answered(synq, status), control=synq.documented()).must_open_nothing(why=WHY)
        rules = [rule for rule, _ in synq.recorder.take_incidents()]
    assert rules == ([] if status == 200 else ["no-server-error"])


def _step_answered_so(
    synq: TargetApi, status: int | None, plainly: Callable[[Request], Exchange], request: Request
) -> Exchange:
    """The front server again, if there are no credentials."""
    return plainly(request) if request.values(AUTHORIZATION) else answered(synq, status)


def breaking_on_what_looks_like_parameters(steps: Steps) -> Steps:
    """As Rails does."""

    def answer(call: Call) -> Response:
        breaks = any(";=," in value for value in call.request.values(AUTHORIZATION))
        return Response(500, (), b"") if breaks else steps.answer(call)

    return replace(steps, answer=answer)


def test_an_accepted_answer_without_the_resource_says_nothing_of_a_target_that_is_open() -> None:
    """A server that accepts everything and repeats what was sent never shows its resource, and shuts nothing."""
    with wrong_by("missing-authorization-accepted") as synq, pytest.raises(NotAssessed, match="nothing is shut"):
        synq.judged(answered(synq, 200), control=synq.documented()).must_open_nothing(why=WHY)


def test_an_accepted_answer_with_the_resource_in_it_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little of it there is."""
    with doing(reference, monkeypatch) as synq:
        name = synq.resource().markers[0][0].encode()
        with pytest.raises(Violation, match="with the resource"):
            synq.judged(answered(synq, 200, name), control=synq.documented()).must_open_nothing(why=WHY)


def test_the_resource_behind_a_401_is_seen_by_every_check() -> None:
    """Also by one that is about something else."""
    with wrong_by("catalogue-behind-the-refusal") as synq:
        synq.resource()
        test_headers.test_a_request_without_authorization_is_unauthorized(synq)
        assert "refusal-without-data" in [rule for rule, _ in synq.recorder.take_incidents()]


def test_a_write_that_is_refused_and_done_is_found() -> None:
    """Whichever caller was refused: here it is one without a token."""
    with wrong_by("write-happens-without-a-token") as synq, pytest.raises(Violation, match="took effect"):
        test_scope.test_a_write_without_the_right_credentials_leaves_nothing_behind(
            synq, Shelf(synq), "no-authorization"
        )


@pytest.mark.parametrize("loose", [True, False], ids=["odd", "usual"])
def test_a_server_that_breaks_on_an_odd_credential_is_no_matter_of_the_headers(
    loose: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rails breaks on what it reads as parameters: that is untidy, but it lets no caller in."""
    with doing(breaking_on_what_looks_like_parameters, monkeypatch) as synq:
        usual = f"Bearer {synq.credentials.valid()}"
        exchange = synq.step(synq.request(authorization=f"{usual};=,"))
        if not loose:
            exchange = replace(exchange, request=synq.request(authorization=usual))
        judged = synq.judged(exchange, control=synq.documented())
        if loose:
            judged.must_be_right_of_any_credential(usual=[usual])
        else:
            with pytest.raises(Violation):
                judged.must_be_right_of_any_credential(usual=[usual])
        assert [rule for rule, _ in synq.recorder.take_incidents()] == (["no-server-error"] if loose else [])


def test_every_401_is_looked_at_for_its_challenge() -> None:
    """The one to a revoked token, too."""
    with wrong_by("challenge-missing-for-a-revoked-token") as synq:
        test_expiry.test_a_revoked_token_is_unauthorized(synq, 0)
        assert "challenge-present" in [rule for rule, _ in synq.recorder.take_incidents()]


def test_another_serialization_of_the_same_token_is_no_forged_claim() -> None:
    """The server takes the JSON form and never acts on what hides in it: a matter of token-spelling."""
    attack = named("polyglot-flattened")
    with wrong_by("json-serialization-accepted") as synq:
        test_attacks.test_claims_beside_the_signed_ones_are_not_acted_on(synq, attack)
        with pytest.raises(Violation):
            test_tokens.test_a_token_among_claims_that_nobody_accepts_is_unauthorized(synq, attack)


def test_a_forged_claim_that_is_honoured_is_one() -> None:
    """The server acts on it: with claims that ended long ago it refuses the same token."""
    honoured = "the claims that the server goes by"
    with wrong_by("polyglot-token-accepted") as synq, pytest.raises(Violation, match=honoured):
        test_attacks.test_claims_beside_the_signed_ones_are_not_acted_on(synq, named("polyglot-flattened"))


def test_a_header_that_is_not_demanded_is_no_matter_of_the_query() -> None:
    """The scope in the query was not even read."""
    with wrong_by("missing-tenant-defaulted") as synq, pytest.raises(NotAssessed, match="follows from headers-missing"):
        test_paths.test_a_scope_in_the_query_is_no_scope(synq, "X-Tenant-ID")


def test_an_id_that_the_request_sent_is_no_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 403 that names the organization it refuses says nothing that the caller did not say."""

    def naming(steps: Steps) -> Steps:
        def refuse(call: Call, refused: Refused) -> Response:
            asked = " and ".join(call.steps.values(call, "x-org-id"))
            return steps.refuse(call, Refused(refused.status, f"{asked}: {refused.detail}", error=refused.error))

        return replace(steps, refuse=refuse)

    with doing(naming, monkeypatch) as synq:
        foreign = foreign_of(synq)
        foreign = replace(foreign, markers=foreign.markers | {foreign.org_id})
        test_headers.test_naming_a_scope_twice_brings_out_no_foreign_data(synq, foreign, ("X-Org-ID",), "own-foreign")


def test_a_revocation_that_one_process_of_four_does_not_know_is_found() -> None:
    """Over seventeen new connections, with 99 %; the share is then told of forty."""
    found = pytest.raises(Violation, match="10 of 40 new connections accept a revoked token")
    with wrong_by("revocation-unknown-to-one-process-of-four") as synq, found:
        test_expiry.test_a_revoked_token_is_unauthorized_on_every_new_connection(synq)


def test_a_check_that_contradicts_the_oracle_is_an_error_of_the_suite() -> None:
    """What is right has one source: a check that expects a 403 although the oracle knows a 401 is wrong itself."""
    with wrong_by("challenge-missing") as synq, pytest.raises(HarnessError, match="expects 403, but the oracle 401, "):
        synq.get(authorization=None).must_be(403, why="the check is wrong")


def _answering_head(tells: Callable[[Call], bytes]) -> Callable[[Steps], Steps]:
    """A router that answers every HEAD of a known route by itself; its fields are those of this body."""

    def bend(steps: Steps) -> Steps:
        def answer(call: Call) -> Response:
            if call.steps.method(call) != "HEAD":
                return steps.answer(call)
            return Response(200, (("Content-Length", str(len(tells(call)))),), b"")

        return replace(steps, answer=answer)

    return bend


def test_a_router_that_answers_every_head_tells_nothing_of_anyone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Javalin answers HEAD of any path that has a GET, and asks no handler: so it does for an id that is nobody's."""
    alike = pytest.raises(Inapplicable, match="an id that stands for nothing is answered alike")
    with doing(_answering_head(lambda _: b""), monkeypatch) as synq, alike:
        test_scope.test_no_head_of_a_resource_of_another_organization_is_accepted(synq)


def test_a_head_that_is_answered_by_what_there_is_tells_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size says that there is such a thing, and how much of it."""
    by_path = _answering_head(lambda call: b"x" * len(call.steps.path(call)))
    with doing(by_path, monkeypatch) as synq, pytest.raises(Violation, match="another organization"):
        test_scope.test_no_head_of_a_resource_of_another_organization_is_accepted(synq)


@pytest.mark.parametrize("repeated", [True, False], ids=["repeated", "once"])
def test_a_server_that_hangs_up_on_a_repeated_field_lets_no_caller_in(
    repeated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PHP's own server ends by some of them: no client sends such a thing, and the guide names no status for it."""
    with doing(reference, monkeypatch) as synq:
        fields = (("X-Org-ID", "acme-eu"), ("x-org-id", "acme-eu111"))[: 1 + repeated]
        hung_up = Exchange(Request("GET", synq.target.probe.read, fields), None, Failure.CLOSED, "", 0.0, 0.0)
        monkeypatch.setattr(synq, "step", lambda _request: hung_up)
        judged = synq.judged(hung_up, control=synq.documented())
        if repeated:
            judged.must_be_right_of_any_credential(usual=[])
        else:
            with pytest.raises((Violation, NotAssessed), match="closed"):
                judged.must_be_right_of_any_credential(usual=[])


def _short_of(length: int) -> Callable[[Steps], Steps]:
    """A front with a small buffer, before a server that takes a token from the query."""

    def bend(steps: Steps) -> Steps:
        def answer(call: Call) -> Response:
            if len(call.request.target) > length:
                return Response(414, (), b"")
            return steps.answer(call)

        return replace(steps, answer=answer)

    return bend


def test_what_is_refused_for_its_size_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request line that is too long says nothing of the token in it."""
    with doing(_short_of(200), monkeypatch) as synq, pytest.raises(NotAssessed, match=r"answered 414: .* too large"):
        test_paths.test_a_token_in_the_query_is_no_credential_of_a_stream(synq, "access_token", "text/event-stream")


def test_a_token_in_the_query_is_sent_once_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times the token is too long for many a front; once is not."""
    with doing(_short_of(2_000), monkeypatch) as synq:
        test_paths.test_a_token_in_the_query_is_no_credential_of_a_stream(synq, "access_token", "text/event-stream")
