"""Faults in reading the three headers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from conformance.http.message import Request, Response
from conformance.mock import world
from conformance.mock.call import Call, Caller, Claims, Refused, Steps
from conformance.mock.faults.bending import (
    SCOPE,
    Condition,
    first_value,
    guarded,
    let_in_where,
    open_where,
    reading,
    refused_token,
    refusing,
    with_status,
)
from conformance.mock.faults.registry import fault
from conformance.mock.problems import forbidden
from conformance.mock.routes import PROTECTED

CLAIMED = {"x-tenant-id": "tenant_id", "x-org-id": "org_ids"}
WELL_FORMED_ID = re.compile(r"(?:tnt|org)_[a-z0-9]{10}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _lacks(*names: str) -> Condition:
    return lambda call: not any(call.steps.values(call, name) for name in names)


# ------------------------------------------------------------------ what may be left out


@fault(
    "documented-request",
    also_breaks=("token-accepted-until-hour",),
    by_chance=("header-combinations", "every-method", "sign-in-fresh-token", "responses-not-shared"),
)  # fmt: skip
def every_second_good_request_refused(steps: Steps) -> Steps:
    """Of equal good requests in a row every second is refused, as behind two instances, one of them out of step."""
    accepted_last: Request | None = None

    def answer(call: Call) -> Response:
        nonlocal accepted_last
        response, asked = steps.answer(call), call.request.without("X-Request-ID")
        refused = response.accepted and accepted_last == asked and asked.target.startswith(PROTECTED)
        accepted_last = asked if response.accepted and not refused else None
        return call.steps.finish(call, call.steps.refuse(call, Refused(401, "Again, please."))) if refused else response

    return replace(steps, answer=answer)


@fault("headers-missing", also_breaks=("header-combinations", "token-before-scope"))
def request_without_any_header_served(steps: Steps) -> Steps:
    """A request with none of the three headers counts as public."""
    return open_where(steps, lambda call: guarded(call) and _lacks("authorization", *SCOPE)(call))


@fault(
    "authorization-missing",
    also_breaks=("headers-missing", "header-combinations", "token-before-scope", "connection-not-trusted"),
    by_chance=("authorization-malformed",),
)  # fmt: skip
def missing_authorization_accepted(steps: Steps) -> Steps:
    """Without Authorization the request is let in if its tenant and organization exist."""
    return let_in_where(steps, _lacks("authorization"))


@fault(
    "authorization-missing",
    also_breaks=("header-combinations", "token-before-scope", "connection-not-trusted"),
    by_chance=("authorization-malformed",),
)  # fmt: skip
def missing_authorization_forbidden(steps: Steps) -> Steps:
    """A missing Authorization is answered 403."""
    return refusing(steps, lambda call, refused: _forbidden_if(call, refused, absent="authorization"))


def _forbidden_if(call: Call, refused: Refused, *, absent: str) -> Refused:
    return with_status(refused, 403) if refused.status == 401 and guarded(call) and _lacks(absent)(call) else refused


def _filled(steps: Steps, missing: Callable[[Call, str], bool]) -> Steps:
    """If a scope header is missing, the token's own tenant or organization stands in for it."""

    def authorize(call: Call, claims: Claims) -> Caller:
        def values(inner: Call, name: str) -> tuple[str, ...]:
            if name not in CLAIMED or not missing(call, name):
                return steps.values(inner, name)
            claimed = claims.get(CLAIMED[name])
            return (str(claimed[0] if isinstance(claimed, list) and claimed else claimed),)

        return steps.authorize(_with(call, values), claims)

    return replace(steps, authorize=authorize)


def _with(call: Call, values: Callable[[Call, str], tuple[str, ...]]) -> Call:
    """The same call with its fields read in another way."""
    return replace(call, synq=replace(call.synq, steps=replace(call.steps, values=values)))


@fault("tenant-missing", also_breaks=("headers-missing", "header-combinations"), by_chance=("tenant-malformed",))
def missing_tenant_defaulted(steps: Steps) -> Steps:
    """Without X-Tenant-ID the token's tenant is taken."""
    return _filled(steps, lambda call, name: name == "x-tenant-id" and not call.steps.values(call, name))


@fault("tenant-missing", also_breaks=("headers-missing", "header-combinations"), by_chance=("tenant-malformed",))
def missing_tenant_bad_request(steps: Steps) -> Steps:
    """A missing X-Tenant-ID is answered 400."""
    return refusing(steps, lambda call, refused: _bad_request_if(call, refused, "x-tenant-id"))


@fault("org-missing", also_breaks=("headers-missing", "header-combinations"), by_chance=("org-malformed",))
def missing_org_defaulted(steps: Steps) -> Steps:
    """Without X-Org-ID the token's first organization is taken."""
    return _filled(steps, lambda call, name: name == "x-org-id" and not call.steps.values(call, name))


@fault("org-missing", also_breaks=("header-combinations",), by_chance=("org-malformed",))
def missing_org_unauthorized(steps: Steps) -> Steps:
    """A missing X-Org-ID is answered 401."""

    def change(call: Call, refused: Refused) -> Refused:
        missing = refused.status == 403 and not call.steps.values(call, "x-org-id")
        return Refused(401, refused.detail) if missing and call.steps.values(call, "x-tenant-id") else refused

    return refusing(steps, change)


def _bad_request_if(call: Call, refused: Refused, absent: str) -> Refused:
    present = [name for name in SCOPE if name != absent and call.steps.values(call, name)]
    lacks = refused.status == 403 and present and not call.steps.values(call, absent)
    return with_status(refused, 400) if lacks else refused


@fault("scope-missing", also_breaks=("headers-missing", "header-combinations"))
def missing_scope_defaulted(steps: Steps) -> Steps:
    """With neither X-Tenant-ID nor X-Org-ID the token's own scope is taken."""
    return _filled(steps, lambda call, _name: _lacks(*SCOPE)(call))


@fault("tenant-malformed", also_breaks=("header-combinations",))
def malformed_tenant_bad_request(steps: Steps) -> Steps:
    """An X-Tenant-ID that is not shaped like one is answered 400."""
    return refusing(steps, lambda call, refused: _bad_request_unless_shaped(call, refused, "x-tenant-id"))


@fault("tenant-malformed", also_breaks=("header-combinations",))
def empty_tenant_defaulted(steps: Steps) -> Steps:
    """An empty X-Tenant-ID stands for the token's tenant."""
    return _filled(steps, lambda call, name: name == "x-tenant-id" and call.steps.values(call, name) == ("",))


@fault("tenant-malformed")
def wildcard_tenant_accepted(steps: Steps) -> Steps:
    """An X-Tenant-ID of an asterisk stands for every tenant."""
    return _filled(steps, lambda call, name: name == "x-tenant-id" and call.steps.values(call, name) == ("*",))


@fault("org-malformed", also_breaks=("header-combinations",))
def malformed_org_bad_request(steps: Steps) -> Steps:
    """An X-Org-ID that is not shaped like one is answered 400."""
    return refusing(steps, lambda call, refused: _bad_request_unless_shaped(call, refused, "x-org-id"))


@fault("org-malformed", also_breaks=("header-combinations",))
def empty_org_defaulted(steps: Steps) -> Steps:
    """An empty X-Org-ID stands for the token's first organization."""
    return _filled(steps, lambda call, name: name == "x-org-id" and call.steps.values(call, name) == ("",))


@fault("org-malformed")
def org_cut_to_length_accepted(steps: Steps) -> Steps:
    """An oversize X-Org-ID is cut off, and what cannot be stored is let through."""
    return _filled(steps, lambda call, name: name == "x-org-id" and len(first_value(call, name)) > 255)


def _bad_request_unless_shaped(call: Call, refused: Refused, name: str) -> Refused:
    sent = call.steps.values(call, name)
    misshapen = refused.status == 403 and len(sent) == 1 and not WELL_FORMED_ID.fullmatch(sent[0])
    return with_status(refused, 400) if misshapen else refused


# ------------------------------------------------------------------ names and schemes


@fault("field-name-case")
def field_names_matched_exactly(steps: Steps) -> Steps:
    """Field names count only as the guide writes them, or all in lower case."""
    written = {"authorization": "Authorization", "x-tenant-id": "X-Tenant-ID", "x-org-id": "X-Org-ID"}

    def values(call: Call, name: str) -> tuple[str, ...]:
        allowed = {name, written.get(name, name)}
        known = tuple(field for field in call.request.headers if name not in written or field[0] in allowed)
        return steps.values(replace(call, request=replace(call.request, headers=known)), name)

    return replace(steps, values=values)


def _bearer_by(steps: Steps, pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> Steps:
    """An Authorization that the pattern matches whole has its token in the pattern's first group."""
    compiled = re.compile(pattern, flags | re.ASCII)

    def bearer(call: Call) -> str:
        sent = call.steps.values(call, "authorization")
        match = compiled.fullmatch(sent[0]) if len(sent) == 1 else None
        return steps.bearer(call) if match is None else match[1]

    return replace(steps, bearer=bearer)


@fault("scheme-case")
def scheme_matched_exactly(steps: Steps) -> Steps:
    """Only Bearer with a capital B counts as the scheme."""

    def bearer(call: Call) -> str:
        sent = first_value(call, "authorization")
        if sent.lower().startswith("bearer ") and not sent.startswith("Bearer "):
            raise refused_token()
        return steps.bearer(call)

    return replace(steps, bearer=bearer)


@fault("authorization-malformed")
def token_without_scheme_accepted(steps: Steps) -> Steps:
    """The bare token counts, without the scheme in front of it."""
    return _bearer_by(steps, r"([\w-]+\.[\w-]+\.[\w-]+)")


@fault("authorization-malformed", also_breaks=("header-combinations", "token-before-scope"))
def glued_scheme_accepted(steps: Steps) -> Steps:
    """The first six letters are cut off, and the rest is the token."""
    return _bearer_by(steps, r"bearer([\w-]+\.[\w-]+\.[\w-]+)")


@fault("authorization-loose")
def tab_before_token_accepted(steps: Steps) -> Steps:
    """A tab parts scheme and token as well as a space does."""
    return _bearer_by(steps, r"bearer\t(\S+)")


@fault("authorization-loose")
def token_trimmed_of_tabs(steps: Steps) -> Steps:
    """The scheme and a blank are cut off, and the rest is trimmed, of tabs too."""
    return _bearer_by(steps, r"bearer [ \t]*(\S+)[ \t]*")


@fault("authorization-loose")
def quoted_token_accepted(steps: Steps) -> Steps:
    """Quotation marks around the token are taken off."""
    return _bearer_by(steps, r"bearer [\"'](\S+)[\"']")


@fault("authorization-loose")
def token_and_more_accepted(steps: Steps) -> Steps:
    """What follows the token after another blank is ignored."""
    return _bearer_by(steps, r"bearer (\S+) .+")


@fault("authorization-loose")
def last_of_a_list_accepted(steps: Steps) -> Steps:
    """Authorization is split at commas, and the last credential counts."""
    return _bearer_by(steps, r".*, bearer (\S+)")


@fault("authorization-loose")
def scheme_cut_short_accepted(steps: Steps) -> Steps:
    """Of the scheme's name as many characters are compared as were sent."""
    return _bearer_by(steps, r"b(?:e(?:a(?:re?)?)?)? (\S+)")


@fault("authorization-scheme", also_breaks=("authorization-loose",), by_chance=("authorization-malformed",))
def any_scheme_accepted(steps: Steps) -> Steps:
    """The first word is thrown away, whatever it is."""
    return _bearer_by(steps, r"(?!bearer )[\w-]+ (\S+)")


@fault("authorization-scheme")
def basic_scheme_accepted(steps: Steps) -> Steps:
    """Basic in place of Bearer does as well."""
    return _bearer_by(steps, r"basic (\S+)")


# ------------------------------------------------------------------ fields that come twice


@fault("duplicate-both-orders")
def first_duplicate_wins(steps: Steps) -> Steps:
    """Of several fields of one name the first counts."""
    return reading(steps, lambda sent: sent[:1], "authorization", *SCOPE)


@fault("duplicate-both-orders")
def second_duplicate_wins(steps: Steps) -> Steps:
    """Of several fields of one name the last counts."""
    return reading(steps, lambda sent: sent[-1:], "authorization", *SCOPE)


def _any_good(steps: Steps, name: str) -> Steps:
    """The value among several of this field with which the request is good, if there is one."""

    def respond(call: Call) -> Response:
        sent = call.steps.values(call, name)
        for value in sent[:4] if len(sent) > 1 else ():
            fields = (*(field for field in call.request.headers if field[0].lower() != name), (name, value))
            try:
                return steps.respond(replace(call, request=replace(call.request, headers=fields)))
            except Refused:
                continue
        return steps.respond(call)

    return replace(steps, respond=respond)


@fault("duplicate-one-order", also_breaks=("duplicate-both-orders",))
def any_good_authorization_suffices(steps: Steps) -> Steps:
    """Of several Authorization fields one good one is enough."""
    return _any_good(steps, "authorization")


@fault("duplicate-one-order", also_breaks=("duplicate-both-orders",))
def any_good_tenant_suffices(steps: Steps) -> Steps:
    """Of several X-Tenant-ID fields one good one is enough."""
    return _any_good(steps, "x-tenant-id")


@fault("duplicate-one-order", also_breaks=("duplicate-both-orders",))
def any_good_org_suffices(steps: Steps) -> Steps:
    """Of several X-Org-ID fields one good one is enough."""
    return _any_good(steps, "x-org-id")


@fault("duplicate-foreign-data", also_breaks=("duplicate-both-orders",))
def first_duplicate_checked_last_served(steps: Steps) -> Steps:
    """The first of several organizations is checked, and the last one's data is given out."""

    def authorize(call: Call, claims: Claims) -> Caller:
        caller = steps.authorize(_with(call, lambda inner, name: steps.values(inner, name)[:1]), claims)
        last = call.steps.values(call, "x-org-id")[-1]
        return replace(caller, org_id=last) if last in world.TENANT_OF_ORG else caller

    return replace(steps, authorize=authorize)


@fault("duplicate-foreign-data", also_breaks=("refusal-without-data",))
def foreign_org_named_in_refusal_of_duplicates(steps: Steps) -> Steps:
    """A refusal of contradictory organizations lists what it found under each of them."""

    def authorize(call: Call, claims: Claims) -> Caller:
        named = [org for org in call.steps.values(call, "x-org-id") if org in call.synq.products]
        if len(named) > 1:
            found = [product.name for org in named for product in call.synq.products[org].values()]
            raise forbidden(f"The organization is ambiguous: {', '.join(found)}.")
        return steps.authorize(call, claims)

    return replace(steps, authorize=authorize)


# ------------------------------------------------------------------ combinations


@fault("header-combinations")
def empty_scope_accepted(steps: Steps) -> Steps:
    """With both scope headers empty the token's own scope is taken."""
    return _filled(steps, lambda call, _name: all(call.steps.values(call, name) == ("",) for name in SCOPE))


@fault("token-before-scope")
def scope_judged_before_token(steps: Steps) -> Steps:
    """A missing or malformed scope is answered 403 before the token is looked at."""

    def authenticate(call: Call) -> Claims:
        sent = [call.steps.values(call, name) for name in SCOPE]
        if any(len(values) != 1 or not re.fullmatch(r"(tnt|org)_\w{10}", values[0]) for values in sent):
            raise forbidden("The request does not name one tenant and one organization.")
        return steps.authenticate(call)

    return replace(steps, authenticate=authenticate)
