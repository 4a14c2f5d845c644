"""Guide, "Required request headers", with caches between: what is for one caller never goes to another."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.contract.marks import needs, rule
from conformance.evidence.judge import Expectation, NotAssessed
from conformance.server.harness.caching import directives, freshness, unvaried
from conformance.server.harness.documented import THREE_HEADERS
from conformance.server.harness.foreign import Foreign
from conformance.server.harness.neighbours import object_of, path_of_object
from conformance.server.harness.openings import in_another_scope
from conformance.server.harness.repeats import (
    CONDITIONS,
    LOOKS_STATIC,
    ORIGINS,
    REFUSED_PLAINLY,
    WRONG_CALLERS,
    conditions,
    fresh_url,
    keyed_write,
    must_not_repeat,
    reflecting,
    static_url,
)
from conformance.server.harness.target_api import TargetApi


@rule("conditional-unauthorized")
@pytest.mark.parametrize("wrong", ["no-authorization", "another-scope"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_does_not_go_before_authentication(synq: TargetApi, condition: str, wrong: str) -> None:
    """A request that must be refused is refused, whatever it says of a copy that the caller has."""
    plain = synq.request(authorization=None) if wrong == "no-authorization" else in_another_scope(synq)
    answered = synq.send(plain.having(*conditions(synq, condition)), control=synq.documented())
    answered = answered.unless("header-combinations", plain)
    answered.must(Expectation(REFUSED_PLAINLY, "the headers are wrong, and conditions are looked at last"))


@rule("cache-not-crossed")
@pytest.mark.parametrize("wrong", WRONG_CALLERS)
def test_an_answer_is_not_kept_for_other_callers(synq: TargetApi, wrong: str) -> None:
    """Of a URL that was just answered with data, a caller without the right headers gets none."""
    url, never_asked = fresh_url(synq), fresh_url(synq)
    for _ in range(2):
        synq.precondition(synq.request("GET", url), why="the query is one that the API does not know")
    answered = synq.get(url, **WRONG_CALLERS[wrong]).with_control(synq.documented())
    answered = answered.unless("header-combinations", synq.request("GET", never_asked, **WRONG_CALLERS[wrong]))
    answered.must_be_refused(why="the headers are wrong, whatever another caller got of this URL")


@rule("cache-not-crossed")
@pytest.mark.parametrize("wrong", WRONG_CALLERS)
def test_a_refusal_is_not_kept_for_other_callers(synq: TargetApi, wrong: str) -> None:
    """Of a URL that was just refused, a caller with the right headers gets the data."""
    url, never_refused = fresh_url(synq), fresh_url(synq)
    synq.precondition(synq.request("GET", never_refused), why="the query is one that the API does not know")
    for _ in range(2):
        synq.step(synq.request("GET", url, **WRONG_CALLERS[wrong]))
    synq.get(url).must_be_accepted(why="the headers are right, whatever another caller was told of this URL")


@rule("cache-not-crossed")
@pytest.mark.parametrize("form", LOOKS_STATIC)
def test_an_answer_is_not_kept_because_its_url_looks_static(synq: TargetApi, form: str) -> None:
    """What was just given out at a URL that ends like a file is not given to a caller without credentials."""
    url = static_url(synq, form)
    for _ in range(2):
        synq.step(synq.request("GET", url))
    answered = synq.get(url, authorization=None).with_control(synq.documented())
    never_asked = synq.request("GET", static_url(synq, form), authorization=None)
    answered = answered.unless("every-path-form", never_asked)
    answered.must_open_nothing(why="there is no Authorization, whatever another caller got of this URL")


@rule("cache-not-crossed")
@needs("tokens.other_tenant")
def test_an_answer_is_not_kept_for_another_tenant(synq: TargetApi, foreign: Foreign) -> None:
    """Of a URL that one tenant was just answered, another tenant gets its own data."""
    url = fresh_url(synq)
    theirs = synq.request("GET", url, token=foreign.token, tenant=foreign.tenant_id, org=foreign.org_id)
    for _ in range(2):
        synq.precondition(theirs, why="the query is one that the API does not know")
    foreign.must_not_leak_in(synq.get(url).with_control(synq.documented()))


@rule("cache-not-crossed")
@needs("tokens.other_tenant", "probe.foreign_resource")
def test_an_object_is_not_kept_for_other_callers(synq: TargetApi, foreign: Foreign) -> None:
    """An object that its owner has just read is not given to a caller of another tenant."""
    url = path_of_object(synq, object_of(synq, foreign))
    if synq.step(synq.request("GET", url)).accepted:
        raise NotAssessed("follows from foreign-resource: the object is given out before its owner reads it")
    owners = synq.request("GET", url, token=foreign.token, tenant=foreign.tenant_id, org=foreign.org_id)
    for _ in range(2):
        synq.precondition(owners, why="the object is its owner's")
    answered = synq.get(url).with_control(synq.documented())
    answered.must_be_refused(why="the object is another tenant's, who has just read it")


@rule("idempotency-not-crossed")
@pytest.mark.parametrize("repeated", ["by-the-other-tenant", "without-a-token", "for-another-scope"])
def test_a_key_repeats_nothing_for_others(synq: TargetApi, foreign: Foreign, repeated: str) -> None:
    """The answer to a write is not given to another caller who sends the same key."""
    first = keyed_write(synq)
    scope = {"tenant": foreign.tenant_id, "org": foreign.org_id}
    changes: dict[str, dict[str, Any]] = {
        "by-the-other-tenant": {"token": foreign.token, **scope},
        "without-a-token": {"authorization": None},
        "for-another-scope": scope,
    }
    must_not_repeat(synq, first, **changes[repeated])


@rule("idempotency-not-crossed")
@needs("tokens.viewer")
def test_a_key_repeats_nothing_for_a_viewer(synq: TargetApi) -> None:
    """The answer to a write is not given to another caller of the same organization, who may not write."""
    must_not_repeat(synq, keyed_write(synq), token=synq.target.tokens.viewer)


@rule("kept-answer-varies")
def test_an_answer_that_may_be_kept_names_what_it_depends_on(synq: TargetApi) -> None:
    """A cache of one browser, too, has to know that another tenant's answer is another one."""
    answered = synq.get().must_have_been(*range(200, 300))
    kept = list(freshness(answered)) if "no-store" not in directives(answered) else []
    missing = unvaried(answered, THREE_HEADERS) if kept else []
    answered.must_hold(
        not missing, f"the answer may be used again ({', '.join(kept)}), and Vary does not name {', '.join(missing)}",
        expected="no-store, no explicit freshness, or Vary with the three headers",
        got=answered.header("Vary") or "no Vary",
    )  # fmt: skip


@rule("origin-not-reflected")
@pytest.mark.parametrize("origin", ORIGINS)
def test_no_foreign_origin_is_let_in_with_credentials(synq: TargetApi, origin: str) -> None:
    """A page of another site is not allowed to read answers with what a browser attaches."""
    answered, field = reflecting(synq, ORIGINS[origin](synq))
    answered.must_hold(
        field is None, f"the answer allows {field} to read it with credentials",
        expected="no Access-Control-Allow-Origin of the caller's choice with Access-Control-Allow-Credentials: true",
        got=field,
    )  # fmt: skip

