"""What a firewall in front answers is not the target's answer to a credential, and what the target answers is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from conformance.config.profile import from_mapping
from conformance.contract.inputs import scope_names, shipped_inputs
from conformance.contract.paths import API
from conformance.evidence.judge import NotAssessed, Violation
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange, Failure
from conformance.http.identity import request_ids
from conformance.http.message import Request, Response
from conformance.http.route import Route
from conformance.mock.call import Call, Steps
from conformance.mock.describe import describe
from conformance.mock.routes import PRODUCTS
from conformance.mock.serve import serve
from conformance.mock.state import create
from conformance.selftest.test_server_freedom import doing
from conformance.server import test_expiry, test_sources
from conformance.server.harness.in_front import must_come_from_the_target
from conformance.server.harness.preflight import obstacle
from conformance.server.harness.resource import Resource, resource
from conformance.server.harness.target_api import TargetApi
from conformance.tokens import attacks

LIKE_AN_ATTACK = "a' or '1'='1"
WHY = "the token is malformed"
BLOCKED = b"<html>Just a moment</html>"


def before_the_target(blocks: Callable[[Call], bool], status: int) -> Callable[[Steps], Steps]:
    """A server that gives the requests that this is true of one answer, before it looks at anything."""

    def bend(steps: Steps) -> Steps:
        def respond(call: Call) -> Response:
            if blocks(call):
                return Response(status, (("Content-Type", "text/html"),), BLOCKED)
            return steps.respond(call)

        return replace(steps, respond=respond)

    return bend


def anywhere(call: Call) -> bool:
    return any("'" in value for _, value in call.request.headers)


def as_a_token(call: Call) -> bool:
    return any("'" in value for value in call.request.values("Authorization"))


def any_unknown_field(call: Call) -> bool:
    return as_a_token(call) or any(name.startswith("X-Conformance") for name, _ in call.request.headers)


@pytest.mark.parametrize("status", [200, 302, 403, 406, 503])
def test_what_a_firewall_answers_is_not_judged(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses the text in a field that no server reads, too; the reason says so, and what to do."""
    told = pytest.raises(NotAssessed, match=r"something before the target, .* let this run pass there")
    with doing(before_the_target(anywhere, status), monkeypatch) as synq, told:
        synq.get(token=LIKE_AN_ATTACK).must_be(401, why=WHY)


def too_long(call: Call) -> bool:
    return sum(len(value) for _, value in call.request.headers) > 3_000


def test_what_is_refused_for_its_length_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many harmless characters are refused as well, so that no text is to blame."""
    told = pytest.raises(NotAssessed, match=r"as many harmless characters: it is too long .* let longer ones pass")
    with doing(before_the_target(too_long, 400), monkeypatch) as synq, told:
        synq.get(token="a" * 4_000).must_be(401, why=WHY)


def by_method(call: Call) -> bool:
    return call.steps.method(call) not in {"GET", "HEAD", "POST"}


def by_body(call: Call) -> bool:
    return b"\0" in call.request.body


def at_this_path(call: Call) -> bool:
    return by_method(call) and call.steps.path(call) == PRODUCTS


@pytest.mark.parametrize(
    ("blocks", "request_of"),
    [(by_method, lambda synq: synq.request("PUT", authorization=None, body=b"{}")),
     (by_method, lambda synq: synq.request("PURGE", authorization=None)),
     (by_body, lambda synq: synq.request("POST", authorization=None, body=b'{"name": "\0"}'))],
    ids=["method", "unknown-method", "body"],
)  # fmt: skip
def test_a_page_that_a_firewall_has_for_a_method_or_a_body_is_not_judged(
    blocks: Callable[[Call], bool], request_of: Callable[[TargetApi], Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the status 200, as appliances have it: the same page comes where there is nothing."""
    told = pytest.raises(NotAssessed, match=r"something before the target, .* let this run pass there")
    with doing(before_the_target(blocks, 200), monkeypatch) as synq, told:
        synq.send(request_of(synq), control=synq.documented()).must_be_refused(why=WHY)


def test_a_page_of_the_resource_s_own_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is nothing, the target answers otherwise."""
    with doing(before_the_target(at_this_path, 200), monkeypatch) as synq:
        answered = synq.send(synq.request("PUT", authorization=None, body=b"{}"), control=synq.documented())
        with pytest.raises(Violation):
            answered.must_be_refused(why=WHY)


@pytest.mark.parametrize("blocks", [as_a_token, any_unknown_field])
@pytest.mark.parametrize("status", [200, 403, 503])
def test_what_the_target_answers_is_judged(
    blocks: Callable[[Call], bool], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It refuses the text as a token only, or every unknown field whatever stands in it."""
    with doing(before_the_target(blocks, status), monkeypatch) as synq, pytest.raises(Violation):
        synq.get(token=LIKE_AN_ATTACK).must_be(401, why=WHY)


def test_a_page_in_place_of_a_refusal_is_not_taken_for_the_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    """A revoked token in a spelling at which a firewall takes offence brings its page, as that token did before."""
    percent = next(one for one in attacks("token-spelling") if one.name == "encoded-newline")
    told = pytest.raises(NotAssessed, match=r"something before the target, .* let this run pass there")
    with doing(before_the_target(percent_anywhere, 200), monkeypatch) as synq, told:
        test_expiry.test_a_revoked_token_is_refused_in_every_spelling(synq, percent)


def percent_anywhere(call: Call) -> bool:
    return any("%0A" in value for _, value in call.request.headers)


def of_no_api(call: Call) -> bool:
    return not call.steps.path(call).startswith(API)


def everything(_call: Call) -> bool:
    return True


@pytest.mark.parametrize("place", ["query", "path"])
def test_a_page_for_all_other_paths_holds_nothing_of_the_resource(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of an application in the browser, whose router wants every path that the API does not have."""
    name = next(one for one in scope_names(shipped_inputs(), place) if one.place == place)
    with doing(before_the_target(of_no_api, 200), monkeypatch) as synq:
        test_sources.test_a_scope_beside_the_headers_changes_nothing(synq, None, name)


def test_a_page_for_every_path_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What answers the documented request with it has not looked at any header."""
    name = scope_names(shipped_inputs(), "path")[0]
    with doing(before_the_target(everything, 200), monkeypatch) as synq, pytest.raises(NotAssessed):
        test_sources.test_a_scope_beside_the_headers_changes_nothing(synq, None, name)


@pytest.mark.parametrize(
    ("blocks", "noted"), [(anywhere, True), (as_a_token, False), (lambda _: False, False)],
    ids=["a-firewall", "the-target", "nothing"],
)  # fmt: skip
def test_a_firewall_is_noted_before_the_run(blocks: Callable[[Call], bool], noted: bool) -> None:
    """What it refuses says nothing of the server behind it, whose refusals pass for its own."""
    state = create()
    state.steps = before_the_target(blocks, 403)(state.steps)
    recorder = Recorder(None)
    with serve(state) as served:
        target = from_mapping(describe(state, served.base_url), "selftest")
        assert obstacle(target, Route(served.base_url, 5.0), recorder) is None
    assert [note.partition(" (")[0] for note in recorder.notes] == (
        ["something before the target refuses texts that look like an attack"] if noted else []
    )


def test_a_request_s_id_is_no_attack() -> None:
    """A firewall would block the control by the name of its case."""
    now = SimpleNamespace(rule="kid-injection", case="test_a_key_id_is_no_query[kid-sql-union-select]")
    assert request_ids("1f3a9c0e", now)() == "1f3a9c0e.kid-injection.a-key-id-is-no-query-kid-s-u-s.1"


@pytest.mark.parametrize(("blocks", "seen"), [(anywhere, []), (as_a_token, ["no-server-error"])])
def test_a_firewall_s_503_is_no_server_error(
    blocks: Callable[[Call], bool], seen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no client sends is looked at by that rule, and a firewall answers it by itself."""
    with doing(before_the_target(blocks, 503), monkeypatch) as synq:
        synq.get(token=LIKE_AN_ATTACK).observe_malformed()
        assert [rule for rule, _ in synq.recorder.take_incidents()] == seen


class Closing:
    """A target behind what closes the connection over this text: anywhere, or in a field of this name alone."""

    def __init__(self, field: str | None = None) -> None:
        self.field = field

    def documented(self) -> Request:
        return Request("GET", "/products", (("Authorization", "Bearer a.b.c"),))

    def resource(self) -> Resource:
        return resource(b'[{"name": "a thing"}]')

    def step(self, request: Request) -> Exchange:
        if any("'" in value and name == (self.field or name) for name, value in request.headers):
            return Exchange(request, None, Failure.CLOSED, "", 0.0, 0.0)
        return Exchange(request, Response(200, (), b'[{"name": "a thing"}]'), None, "", 0.0, 0.0)


@pytest.mark.parametrize("named", ["Authorization", "X-Tenant-ID"])
def test_a_connection_that_is_closed_over_a_text_is_closed_in_front(named: str) -> None:
    """By the text alone, and not by the target that reads it."""
    asked = Closing().documented().having((named, LIKE_AN_ATTACK))
    with pytest.raises(NotAssessed, match="connection closed without an answer, and the same if"):
        must_come_from_the_target(Closing(), Closing().step(asked))
    must_come_from_the_target(Closing(named), Closing(named).step(asked))
