"""Manners of right servers that were met when stacks were written that the suite had not seen."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.evidence.judge import Inapplicable, NotAssessed, Unmet, Violation
from conformance.http.exchange import Exchange
from conformance.http.message import Request, Response
from conformance.mock.call import Call, Caller, Steps
from conformance.mock.resources import as_json
from conformance.mock.world import Account
from conformance.selftest.test_server_freedom import doing, wrong_by
from conformance.server import test_errors, test_headers, test_refreshing, test_scope, test_sharing, test_tokens
from conformance.server.harness.attacked import must_be_unauthorized, presented
from conformance.server.harness.inside import shown_inside
from conformance.server.harness.shelf import Shelf
from conformance.server.harness.target_api import TargetApi
from conformance.tokens import named

FASTHTTP_TAKES = 4_096


def four_kilobytes(steps: Steps) -> Steps:
    """fasthttp answers 431 to a request line and fields of more than four kilobytes (RFC 6585 §5)."""

    def answer(call: Call) -> Response:
        request = call.request
        size = len(request.target) + sum(len(name) + len(value) + 4 for name, value in request.headers)
        return Response(431, (), b"") if size > FASTHTTP_TAKES else steps.answer(call)

    return replace(steps, answer=answer)


CREDENTIALS = re.compile(r"[a-z][\w-]*( +([\w.~+/-]+=*|[\w-]+=[^,]+(, *[\w-]+=[^,]+)*))?", re.ASCII | re.IGNORECASE)
"""As Ktor reads them: a scheme, and one word or a list of parameters."""


def malformed_credential_is_a_bad_request(steps: Steps) -> Steps:
    """RFC 6750 §3.1 gives 400 to a request that is malformed, and Ktor to what its grammar does not know."""

    def answer(call: Call) -> Response:
        found = steps.values(call, "authorization")
        malformed = any(value and not CREDENTIALS.fullmatch(value) for value in found)
        return Response(400, (), b"") if malformed else steps.answer(call)

    return replace(steps, answer=answer)


def bad_credential_is_a_bad_request(steps: Steps) -> Steps:
    """Each 401 is a 400."""

    def answer(call: Call) -> Response:
        response = steps.answer(call)
        return replace(response, status=400) if response.status == 401 else response

    return replace(steps, answer=answer)


def list_shows_part(steps: Steps) -> Steps:
    """The list shows names, and not all that a product has."""

    def list_products(call: Call, caller: Caller) -> Response:
        shown = json.loads(steps.list_products(call, caller).body)
        return as_json(200, [{"name": item["name"]} for item in shown["items"]])

    return replace(steps, list_products=list_products)


def list_shows_nothing(steps: Steps) -> Steps:
    """The list is empty, whatever was written."""
    return replace(steps, list_products=lambda _call, _caller: as_json(200, [{"name": "the only one"}]))


def _writing_more(synq: TargetApi) -> None:
    """The profile's write says two things, of which the list may show one."""
    write = synq.target.probe.write
    assert write is not None
    more = replace(write, json={"name": "probe of manners", "remark": "shown in no list"})
    synq.target = replace(synq.target, probe=replace(synq.target.probe, write=more))


def test_a_header_section_of_four_kilobytes_may_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forged token that takes more is refused by the server before its application sees it."""
    with doing(four_kilobytes, monkeypatch) as synq:
        attack = named("kid-very-long")
        must_be_unauthorized(presented(synq, attack), attack)


def test_a_genuine_token_with_a_blank_in_it_may_be_a_bad_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no Bearer credential by its grammar is refused with 400 as rightly as with 401."""
    with doing(malformed_credential_is_a_bad_request, monkeypatch) as synq:
        test_tokens.test_a_loosely_spelled_signature_is_unauthorized(synq, named("signature-with-blank"))


@pytest.mark.parametrize(
    "form", ["Bearer x, Bearer y", "Bearer:", "Bearer {token}:0", 'Bearer "x', "' x", "Bearer '=0"]
)
def test_a_credential_without_grammar_is_judged_by_the_rules_on_it_alone(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the model, which all other rules go by, 400 is as right as 401; 2xx is not."""
    with doing(malformed_credential_is_a_bad_request, monkeypatch) as synq:
        synq.get(authorization=form.format(token=synq.credentials.valid())).must_be_right()


@pytest.mark.parametrize("form", ["Bearer x", "Bearer", "", "Basic eDp5", 'Bearer realm="x"', "Bearer{token}"])
def test_a_wrong_credential_of_good_grammar_is_no_bad_request(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guide says 401, and no RFC says otherwise."""
    with doing(bad_credential_is_a_bad_request, monkeypatch) as synq, pytest.raises(Violation, match="answered 400"):
        synq.get(authorization=form.format(token=synq.credentials.valid())).must_be_right()


@pytest.mark.parametrize("name", ["header-not-base64url", "literal-json", "literal-object-object"])
def test_a_malformed_token_is_no_bad_request(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guide names it, and says 401."""
    with doing(malformed_credential_is_a_bad_request, monkeypatch) as synq:
        with pytest.raises(Violation, match="answered 400"):
            test_tokens.test_a_malformed_token_is_unauthorized(synq, named(name))
        form = "Bearer x, Bearer y"
        with pytest.raises(Violation, match="answered 400"):
            test_headers.test_an_authorization_without_a_bearer_credential_is_unauthorized(synq, form)


@pytest.mark.parametrize("name", ["json-unprotected-none", "json-without-signatures"])
def test_a_token_in_another_form_may_be_a_bad_request(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is JSON where one word should be; what the guide says of it, other rules judge."""
    with doing(malformed_credential_is_a_bad_request, monkeypatch) as synq:
        test_tokens.test_a_token_in_another_form_is_unauthorized(synq, named(name))


def test_a_refused_write_is_looked_for_by_what_the_list_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list need not show every member that a write has."""
    with doing(list_shows_part, monkeypatch) as synq:
        _writing_more(synq)
        test_scope.test_a_viewer_s_refused_write_leaves_nothing_behind(synq, Shelf(synq))


def test_what_shows_in_part_is_found() -> None:
    """What took effect is found by the part of it that shows."""
    with wrong_by("write-happens-without-a-token") as synq:
        _writing_more(synq)
        with pytest.raises(Violation, match="took effect"):
            test_scope.test_a_write_without_the_right_credentials_leaves_nothing_behind(
                synq, Shelf(synq), "no-authorization"
            )


def test_a_list_that_shows_nothing_of_a_write_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then no refused write could be missed there, and the rule stays open."""
    with doing(list_shows_nothing, monkeypatch) as synq, pytest.raises(Inapplicable, match="does not show"):
        Shelf(synq)


def saying(text: str) -> Callable[[Steps], Steps]:
    """Every refusal says this."""

    def bend(steps: Steps) -> Steps:
        def answer(call: Call) -> Response:
            response = steps.answer(call)
            return response if response.accepted else replace(response, body=text.encode())

        return replace(steps, answer=answer)

    return bend


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "https://docs.synq.example/app/errors/denied"}',
        '{"type": "https://docs.synq.example:8443/home/errors"}',
        '{"message": "ERREUR:\\u00a0jeton"}',
    ],
    ids=["page-about-the-error", "page-with-a-port", "escaped-letter"],
)
def test_what_is_no_file_shows_no_inside(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page about the error and a letter in JSON's spelling are no file paths."""
    with doing(saying(text), monkeypatch) as synq:
        test_errors.test_no_refusal_shows_the_inside(synq, "no-authorization")


@pytest.mark.parametrize(
    "text",
    [
        "cannot open '/app/keys/jwks.json'",
        "file:///srv/synq/guard.rb",
        r'{"in": "C:\\synq\\guard"}',
        "Error:/home/synq/a",
        "/etc/../srv/synq/a",
    ],
    ids=["quoted", "by-url", "drive", "behind-a-colon", "by-steps"],
)
def test_what_is_a_file_shows_the_inside(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is written."""
    with doing(saying(text), monkeypatch) as synq, pytest.raises(Violation, match="inside"):
        test_errors.test_no_refusal_shows_the_inside(synq, "no-authorization")


def test_the_path_that_was_asked_for_is_no_file() -> None:
    """An API may lie below /app, and a problem names the resource that was asked for (RFC 9457 §3.1.5)."""
    asked = Request("GET", "/app/v1/products?page=1")
    refused = Response(403, (), b'{"instance": "/app/v1/products"}')
    assert shown_inside(Exchange(asked, refused, None, "", 0.0, 0.0)) is None


def _plainly(octets: bytes, charset: str) -> Callable[[Steps], Steps]:
    """Every refusal is this text, with this parameter of its media type."""

    def bend(steps: Steps) -> Steps:
        def answer(call: Call) -> Response:
            response = steps.answer(call)
            if response.accepted:
                return response
            kept = tuple(field for field in response.headers if field[0].lower() != "content-type")
            return replace(response, headers=(*kept, ("Content-Type", f"text/plain{charset}")), body=octets)

        return replace(steps, answer=answer)

    return bend


def test_a_text_may_be_in_the_charset_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9110 §8.3.2: the parameter says how the octets are read."""
    with doing(_plainly("geschützt".encode("latin-1"), '; charset="ISO-8859-1"'), monkeypatch) as synq:
        test_errors.test_an_error_body_is_what_its_type_says(synq, "no-authorization")


@pytest.mark.parametrize("charset", ["", "; charset=us-ascii", "; charset=unheard-of"])
def test_a_text_that_is_not_in_its_charset_is_malformed(charset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is one in a charset that does not exist, or in Latin-1 that says nothing of it."""
    with doing(_plainly("geschützt".encode("latin-1"), charset), monkeypatch) as synq, pytest.raises(Violation):
        test_errors.test_an_error_body_is_what_its_type_says(synq, "no-authorization")


def tokens_of_a_second(steps: Steps) -> Steps:
    """Tokens have no jti: two of one second are the same text, which is revoked with either."""
    given: dict[tuple[str, int], str] = {}

    def issue(call: Call, account: Account) -> str:
        return given.setdefault((account.id, int(time.monotonic())), steps.issue(call, account))

    return replace(steps, issue=issue)


@pytest.mark.parametrize(
    "check",
    [
        test_refreshing.test_signing_in_again_brings_another_token,
        test_refreshing.test_after_revocation_a_new_sign_in_recovers,
    ],
    ids=["another", "recovers"],
)
def test_tokens_of_the_same_second_may_be_the_same(
    check: Callable[[TargetApi], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that says nothing but the account and the second is another one in the next second."""
    with doing(tokens_of_a_second, monkeypatch) as synq:
        check(synq)


def test_a_token_that_stays_the_same_is_none_of_that() -> None:
    """Waiting does not help a server that hands back the old one."""
    with wrong_by("old-token-handed-back") as synq, pytest.raises(Violation, match="the old token"):
        test_refreshing.test_signing_in_again_brings_another_token(synq)


def strict_of_queries(steps: Steps) -> Steps:
    """A query that the API does not know is a bad request."""

    def list_products(call: Call, caller: Caller) -> Response:
        return Response(400, (), b"") if "?" in call.request.target else steps.list_products(call, caller)

    return replace(steps, list_products=list_products)


def test_an_api_that_knows_all_its_queries_is_not_asked_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL that no cache has seen is one with a query of the suite's own: without it the rule stays open."""
    with doing(strict_of_queries, monkeypatch) as synq, pytest.raises(NotAssessed, match="query"):
        test_sharing.test_a_refusal_is_not_kept_for_other_callers(synq, "no-authorization")


def test_a_token_that_names_its_scope_otherwise_is_not_minted_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token would be the valid one again, and a right server lets it in."""
    with doing(lambda steps: steps, monkeypatch) as synq:
        other = replace(synq.target.scope, tenant_id="known-otherwise", org_id="known-otherwise")
        synq.target = synq.credentials.target = replace(synq.target, scope=other)
        with pytest.raises(Unmet, match=r"supply tokens\.unprovisioned"):
            test_scope.test_a_minted_token_without_scope_is_forbidden(synq)


def promising(lifetime: object) -> Callable[[Steps], Steps]:
    """The sign-in answer says this of the token's life."""

    def bend(steps: Steps) -> Steps:
        def sign_in(call: Call) -> Response:
            return as_json(200, json.loads(steps.sign_in(call).body) | {"expires_in": lifetime})

        return replace(steps, sign_in=sign_in)

    return bend


@pytest.mark.parametrize("lifetime", [3600, "3600", 3599.5])
def test_an_hour_may_be_written_as_a_text(lifetime: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guide has no form for it; what counts is that it is the hour, less what the answer took."""
    with doing(promising(lifetime), monkeypatch) as synq:
        test_tokens.test_the_sign_in_answer_promises_the_hour(synq)


@pytest.mark.parametrize("lifetime", [7200, "7200", "an hour", [3600], "3600 s"])
def test_what_is_no_hour_stays_none(lifetime: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is written."""
    with doing(promising(lifetime), monkeypatch) as synq, pytest.raises(Violation, match="another lifetime"):
        test_tokens.test_the_sign_in_answer_promises_the_hour(synq)
