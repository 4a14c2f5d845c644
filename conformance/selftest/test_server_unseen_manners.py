"""Manners of right servers that were met when stacks were written that the suite had not seen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.evidence.judge import Inapplicable, Violation
from conformance.http.message import Response
from conformance.mock.call import Call, Caller, Steps
from conformance.mock.resources import as_json
from conformance.selftest.test_server_freedom import doing, wrong_by
from conformance.server import test_scope, test_tokens
from conformance.server.harness.attacked import must_be_unauthorized, presented
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


def malformed_credential_is_a_bad_request(steps: Steps) -> Steps:
    """RFC 6750 §3.1 gives 400 to a request that is malformed, such as one with two words behind the scheme."""

    def answer(call: Call) -> Response:
        found = steps.values(call, "authorization")
        return Response(400, (), b"") if any(value.count(" ") > 1 for value in found) else steps.answer(call)

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
