"""Guide, "Required request headers", on every path: methods, spellings of the path, headers that override."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from conformance.contract.inputs import PathForm, PathStep, Surrounding
from conformance.contract.marks import needs, rule
from conformance.server.harness.documented import AUTHORIZATION, ORG, TENANT, THREE_HEADERS
from conformance.server.harness.foreign import Foreign
from conformance.server.harness.generated import Data, drawn, generated, genuine
from conformance.server.harness.input_cases import spelled, surrounding_fields, ways_out
from conformance.server.harness.openings import Attempt, attempts_with, must_all_open_nothing
from conformance.server.harness.target_api import TargetApi
from conformance.strategies import (
    path_forms,
    requests,
)

WRITING = [pytest.param(method, marks=needs("probe.write")) for method in ("POST", "PUT", "PATCH", "DELETE")]
METHODS = ["HEAD", *WRITING, "OPTIONS"]
PREFIX = "/anything"
ABSENT = {"credentials": (AUTHORIZATION,), "tenant": (TENANT,), "org": (ORG,)}


@rule("every-method")
@pytest.mark.synq_doors
@pytest.mark.parametrize("lacking", ABSENT)
@pytest.mark.parametrize("method", METHODS)
def test_no_method_opens_the_resource(synq: TargetApi, method: str, lacking: str) -> None:
    """Whatever the method, a request that lacks a header is not answered with the resource."""
    request = synq.request(method, body=b"{}" if method in {"POST", "PUT", "PATCH"} else b"")
    answered = synq.send(request.without(*ABSENT[lacking]), control=synq.documented())
    answered = answered.unless("headers-missing", synq.request().without(*ABSENT[lacking]))
    why = f"{method} lacks {', '.join(ABSENT[lacking])}"
    answered.must_open_nothing(why=why) if method == "OPTIONS" else answered.must_be_refused(why=why)


@rule("every-method")
def test_a_method_that_few_know_opens_nothing(synq: TargetApi) -> None:
    """A method that stands in no list of methods to be guarded brings nothing without credentials."""
    answered = synq.send(synq.request("PURGE", authorization=None), control=synq.documented())
    answered = answered.unless("authorization-missing", synq.request(authorization=None))
    answered.must_open_nothing(why=f"PURGE lacks {AUTHORIZATION}")


def _spellings(path: str) -> dict[str, str]:
    """Other spellings of a path that some server or proxy takes for the same."""
    head, _, last = path.rpartition("/")
    parent, _, folder = head.rpartition("/")
    letter = quote(last[:1]) if not last[:1].isalpha() else f"%{ord(last[0]):02x}"
    return {
        "trailing-slash": f"{path}/",
        "doubled-slash": f"{head}//{last}",
        "leading-doubled-slash": f"/{path}",
        "dot-segment": f"{head}/./{last}",
        "dot-dot-segment": f"{head}/x/../{last}",
        "encoded-dot-dot": f"{head}/x/%2e%2e/{last}",
        "percent-encoded-letter": f"{head}/{letter}{last[1:]}",
        "double-encoded-letter": f"{head}/{letter.replace('%', '%25')}{last[1:]}",
        "encoded-slash": f"{parent}/{folder}%2f{last}",
        "upper-case": f"{head}/{last.upper()}",
        "upper-case-everywhere": path.upper(),
        "semicolon-parameter": f"{path};jsessionid=1",
        "semicolon-segment": f"{head}/;/{last}",
        "suffix-json": f"{path}.json",
        "suffix-static": f"{path}/x.css",
        "query": f"{path}?public=true",
        "query-debug": f"{path}?debug=1&admin=true",
        "encoded-question-mark": f"{path}%3f",
        "encoded-hash": f"{path}%23",
        "encoded-null": f"{path}%00",
        "encoded-space": f"{path}%20",
        "backslash": f"{head}/x\\..\\{last}".replace("\\", "%5c"),
        "through-a-public-path": f"/public/..{path}",
        "through-a-health-path": f"/health/..{path}",
    }


@rule("every-path-form")
@pytest.mark.parametrize("form", _spellings("/a/b"))
def test_no_spelling_of_the_path_opens_the_resource(synq: TargetApi, form: str) -> None:
    """A request without credentials gets nowhere by writing the path in another way."""
    target = synq.target
    path = target.base_path + _spellings(target.probe.read.removeprefix(target.base_path))[form]
    bare = synq.request("GET", path).without(*THREE_HEADERS)
    answered = synq.send(bare, control=synq.documented())
    answered = answered.unless("headers-missing", synq.request().without(*THREE_HEADERS))
    answered.must_open_nothing(why="there are no credentials, however the path is spelled")


@rule("every-path-form")
def test_no_form_that_some_server_reads_otherwise_opens_the_resource(synq: TargetApi, path_form: PathForm) -> None:
    """A spelling that some guard takes for another path gets nothing without credentials."""
    bare = synq.request(authorization=None)
    answered = synq.get(spelled(synq, path_form), authorization=None).with_control(synq.documented())
    answered = answered.unless("authorization-missing", bare)
    answered.must_open_nothing(why=f"there are no credentials ({path_form.name}: {path_form.why})")


@rule("every-path-form")
@pytest.mark.synq_many
def test_no_way_out_of_an_open_path_opens_the_resource(
    synq: TargetApi, neighbour: Foreign | None, path_step: PathStep, open_prefixes: list[str]
) -> None:
    """From a path that is open, no step up leads to the resource, however it is spelled."""
    bare = synq.request(authorization=None)
    ways = [synq.request("GET", way, authorization=None) for way in ways_out(synq, open_prefixes, path_step.step)]
    attempts = [Attempt(way, "authorization-missing", bare) for way in ways]
    why = f"there are no credentials ({path_step.name}: {path_step.why})"
    must_all_open_nothing(synq, attempts, neighbour, why=why)


@rule("override-headers")
def test_no_other_header_stands_in_for_credentials(
    synq: TargetApi, neighbour: Foreign | None, overriding: Surrounding
) -> None:
    """A request without Authorization, or for another scope, gets nothing whatever another header claims."""
    attempts = attempts_with(synq, surrounding_fields(synq, overriding))
    must_all_open_nothing(synq, attempts, neighbour, why=f"the headers are wrong ({overriding.name}: {overriding.why})")


@rule("override-headers")
@pytest.mark.parametrize("path", ["path-as-sent", "path-behind-the-base-path"])
@pytest.mark.parametrize("name", ["X-Original-URL", "X-Rewrite-URL", "x-astro-path"])
def test_an_open_path_does_not_lead_to_a_protected_one(synq: TargetApi, name: str, path: str) -> None:
    """A request for the root that names the protected path in a header gets none of its data.

    A gateway may have taken the base URL's path off before the API sees the request.
    """
    base_path, read = synq.target.base_path, synq.target.probe.read
    named = read if path == "path-as-sent" else read.removeprefix(base_path)
    answered = synq.get(f"{base_path}/", authorization=None, tenant=None, org=None, headers=((name, named),))
    shows = synq.resource().given_in(answered.exchange)
    answered.with_control(synq.documented()).must_hold(
        not shows, f"{name} led to the resource without credentials", expected="no data", opening=True
    )


@rule("override-headers")
def test_a_prefix_of_the_caller_s_choice_opens_nothing(synq: TargetApi) -> None:
    """A path with one more segment before it gets nothing if X-Forwarded-Prefix says that the segment is to go."""
    base_path = synq.target.base_path
    path = f"{base_path}{PREFIX}{synq.target.probe.read.removeprefix(base_path)}"
    answered = synq.get(path, authorization=None, headers=(("X-Forwarded-Prefix", PREFIX),))
    answered = answered.with_control(synq.documented())
    answered = answered.unless("authorization-missing", synq.request(authorization=None))
    answered.unless("every-path-form", synq.request("GET", path, authorization=None)).must_open_nothing(
        why="there are no credentials, and the prefix is the caller's own"
    )


@rule("credentials-elsewhere")
@pytest.mark.parametrize(
    "query",
    ["access_token={token}", "token={token}", "bearer={token}", "authorization=Bearer%20{token}", "jwt={token}"],
    ids=["access_token", "token", "bearer", "authorization", "jwt"],
)
def test_a_token_in_the_query_is_no_credential(synq: TargetApi, query: str) -> None:
    """RFC 6750's query parameter and its kin do not stand in for the header."""
    path = f"{synq.target.probe.read}?{query.format(token=synq.credentials.valid())}"
    answered = synq.get(path, authorization=None).with_control(synq.documented())
    answered = answered.unless("authorization-missing", synq.request(authorization=None))
    answered.must_be_refused(why="the token stands in the query instead of the header")


@rule("credentials-elsewhere")
@pytest.mark.parametrize("form", ["text/event-stream", "text/html", "image/*"])
@pytest.mark.parametrize("name", ["access_token", "token", "jwt", "auth"])
def test_a_token_in_the_query_is_no_credential_of_a_stream(synq: TargetApi, name: str, form: str) -> None:
    """What a browser cannot send with fields, such as a stream of events, is no exception."""
    accept = (("Accept", form),)
    path = f"{synq.target.probe.read}?{name}={synq.credentials.valid()}"
    answered = synq.get(path, authorization=None, headers=accept)
    answered = answered.with_control(synq.documented())
    answered = answered.unless("surroundings", synq.request(authorization=None, headers=accept))
    answered.must_be_refused(why="the token stands in the query instead of the header")


@rule("credentials-elsewhere")
@pytest.mark.parametrize("name", ["access_token", "token", "Authorization", "jwt", "session"])
def test_a_token_in_a_cookie_is_no_credential(synq: TargetApi, name: str) -> None:
    """A cookie does not stand in for the header."""
    cookie = ("Cookie", f"{name}={synq.credentials.valid()}")
    answered = synq.get(authorization=None, headers=(cookie,)).with_control(synq.documented())
    answered = answered.unless("authorization-missing", synq.request(authorization=None))
    answered.must_be_refused(why="the token stands in a cookie instead of the header")


@rule("credentials-elsewhere")
def test_a_token_in_a_form_body_is_no_credential(synq: TargetApi) -> None:
    """RFC 6750's body parameter does not stand in for the header."""
    request = synq.request(
        synq.with_body,
        authorization=None,
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
        body=f"access_token={synq.credentials.valid()}".encode(),
    )
    plain = synq.request(synq.with_body, authorization=None)
    answered = synq.send(request, control=synq.documented()).unless("every-method", plain)
    answered.must_be_refused(why="the token stands in the body instead of the header")


@rule("credentials-elsewhere")
@pytest.mark.parametrize("missing", [TENANT, ORG])
def test_a_scope_in_the_query_is_no_scope(synq: TargetApi, missing: str) -> None:
    """Tenant and organization count as headers only."""
    scope = synq.target.scope
    path = f"{synq.target.probe.read}?{TENANT}={scope.tenant_id}&{ORG}={scope.org_id}&tenant_id={scope.tenant_id}"
    answered = synq.send(synq.request("GET", path).without(missing), control=synq.documented())
    answered = answered.unless("headers-missing", synq.request().without(missing))
    answered.must_be_refused(why=f"{missing} stands in the query instead of the header")


@rule("every-path-form")
@generated
def test_no_generated_path_opens_the_resource(synq: TargetApi, data: Data) -> None:
    """A request without credentials gets nowhere, however its path is spelled."""
    path = drawn(synq, data, "paths", path_forms(synq.target.probe.read, synq.target.base_path))
    plain = synq.request(authorization=None)
    answered = synq.get(path, authorization=None).with_control(synq.documented()).unless("authorization-missing", plain)
    answered.must_open_nothing(why="there are no credentials, however the path is spelled")


MOSTLY_GET = (*["GET"] * 7, "HEAD")
"""Each answer to HEAD is waited on for a moment, since a body may come behind it that it must not have."""


@rule("every-method")
@generated
def test_generated_requests_are_answered_as_the_guide_implies(synq: TargetApi, data: Data) -> None:
    """Method, path and headers in any state together."""
    read, base_path = synq.target.probe.read, synq.target.base_path
    drawable = requests(genuine(synq), (read,), MOSTLY_GET, base_path=base_path)
    request = drawn(synq, data, "requests", drawable)
    answered = synq.send(request, control=synq.documented())
    if request.target != read:
        answered = answered.unless("every-path-form", synq.request(path=request.target, authorization=None))
    answered.must_be_right_of_any_credential(usual=[f"Bearer {synq.credentials.valid()}"])
