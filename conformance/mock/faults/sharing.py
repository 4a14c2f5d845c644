"""Faults in caches, repeats and origins: what is for one caller goes to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from conformance.http.message import Response
from conformance.mock.call import Call, Caller, Refused, Steps
from conformance.mock.faults.bending import ANYBODY, first_value, guarded
from conformance.mock.faults.registry import fault
from conformance.mock.routes import PRODUCTS
from conformance.mock.world import TENANT_OF_ORG

# ------------------------------------------------------------------ conditions and ranges


def _before_the_guard(steps: Steps, answer: Callable[[Call], Response | None]) -> Steps:
    """Some requests for the list are answered by what stands in front of the guard."""

    def respond(call: Call) -> Response:
        reads = call.steps.method(call) == "GET" and call.steps.path(call) == PRODUCTS
        early = answer(call) if reads else None
        return steps.respond(call) if early is None else early

    return replace(steps, respond=respond)


def _etag(body: bytes) -> str:
    return f'"{sha256(body).hexdigest()[:16]}"'


@fault("conditional-unauthorized")
def not_modified_before_the_guard(steps: Steps) -> Steps:
    """The middleware for ETags stands in front of the guard, and tells everybody whether the list has changed."""

    def early(call: Call) -> Response | None:
        tag = _etag(steps.list_products(call, ANYBODY).body)
        sent = first_value(call, "if-none-match")
        return Response(304, (("ETag", tag),)) if sent in (tag, "*") else None

    def list_products(call: Call, caller: Caller) -> Response:
        listed = steps.list_products(call, caller)
        return replace(listed, headers=(*listed.headers, ("ETag", _etag(listed.body))))

    return replace(_before_the_guard(steps, early), list_products=list_products)


@fault("conditional-unauthorized")
def date_answered_at_the_edge(steps: Steps) -> Steps:
    """The edge answers If-Modified-Since by itself, for callers that it does not know."""
    return _before_the_guard(
        steps, lambda call: Response(304) if first_value(call, "if-modified-since").startswith("Fri, 31") else None
    )


@fault("conditional-unauthorized")
def ranges_served_like_files(steps: Steps) -> Steps:
    """The handler for ranges was written for files and knows no guard."""

    def early(call: Call) -> Response | None:
        if not first_value(call, "range"):
            return None
        body = steps.list_products(call, ANYBODY).body
        return Response(206, (("Content-Range", f"bytes 0-15/{len(body)}"),), body[:16])

    return _before_the_guard(steps, early)


@fault("conditional-unauthorized")
def precondition_judged_first(steps: Steps) -> Steps:
    """If-Match is held against the list before the caller is known."""
    return _before_the_guard(steps, lambda call: Response(412) if first_value(call, "if-match") else None)


# ------------------------------------------------------------------ caches


def _cached(steps: Steps, key: Callable[[Call], str | None], keeps: Callable[[Response], bool]) -> Steps:
    """Answers to URLs with a query are kept under this key, and given to all who come under it."""
    kept: dict[str, Response] = {}

    def answer(call: Call) -> Response:
        asked = "?" in call.request.target and call.steps.method(call) == "GET" and guarded(call)
        name = key(call) if asked else None
        if name is None:
            return steps.answer(call)
        if name in kept:
            return kept[name]
        response = steps.answer(call)
        if keeps(response):
            kept[name] = response
        return response

    return replace(steps, answer=answer)


@fault("cache-not-crossed")
def cache_knows_no_callers(steps: Steps) -> Steps:
    """Accepted answers are kept by their URL alone, in front of the guard."""
    return _cached(steps, lambda call: call.request.target, lambda response: response.accepted)


@fault("cache-not-crossed")
def refusals_are_cached(steps: Steps) -> Steps:
    """Refusals are kept by their URL, too, so that one bad caller shuts out the good ones."""
    return _cached(steps, lambda call: call.request.target, lambda response: response.status == 401)


@fault("cache-not-crossed")
def cache_knows_tokens_and_no_scope(steps: Steps) -> Steps:
    """Answers are kept by URL and token, and not by the tenant and organization."""
    return _cached(
        steps,
        lambda call: f"{first_value(call, 'authorization')} {call.request.target}",
        lambda response: response.accepted,
    )


@fault("cache-not-crossed")
def cache_knows_every_header_but_the_tenant(steps: Steps) -> Steps:
    """Behind the guard, the list is kept by its URL for all callers."""
    kept: dict[str, Response] = {}

    def list_products(call: Call, caller: Caller) -> Response:
        if "?" not in call.request.target:
            return steps.list_products(call, caller)
        return kept.setdefault(call.request.target, steps.list_products(call, caller))

    return replace(steps, list_products=list_products)


@fault("cache-not-crossed", also_breaks=("operation-foreign-resource", "object-foreign"))
def object_cached_by_its_id(steps: Steps) -> Steps:
    """Behind the guard, an object that was read is kept by its id for all callers."""
    kept: dict[str, Response] = {}

    def read_product(call: Call, caller: Caller, product_id: str) -> Response:
        if product_id not in kept:
            kept[product_id] = steps.read_product(call, caller, product_id)
        return kept[product_id]

    return replace(steps, read_product=read_product)


def _kept(steps: Steps, *fields: tuple[str, str]) -> Steps:
    """The list may be used again by who has it."""

    def list_products(call: Call, caller: Caller) -> Response:
        listed = steps.list_products(call, caller)
        return replace(listed, headers=(*listed.headers, *fields))

    return replace(steps, list_products=list_products)


@fault("kept-answer-varies")
def list_kept_for_a_minute(steps: Steps) -> Steps:
    """The list may be used again for a minute, and depends on nothing but its URL."""
    return _kept(steps, ("Cache-Control", "private, max-age=60"))


@fault("kept-answer-varies")
def list_kept_by_token_alone(steps: Steps) -> Steps:
    """The list may be used again, and is told to depend on the token and not on the tenant."""
    return _kept(steps, ("Cache-Control", "private, max-age=60"), ("Vary", "Authorization, Accept-Encoding"))


@fault("kept-answer-varies")
def list_kept_until_a_date(steps: Steps) -> Steps:
    """The list may be used again until a date ahead."""
    return _kept(steps, ("Cache-Control", "private"), ("Expires", "Fri, 31 Dec 2100 23:59:59 GMT"))


# ------------------------------------------------------------------ idempotency keys


def _repeated(steps: Steps, key: Callable[[Call, str], str], *, guarded_first: bool) -> Steps:
    """The answer to a write is kept under its key, and repeated for the next write that comes under it."""
    kept: dict[str, Response] = {}

    def create_product(call: Call, caller: Caller) -> Response:
        sent = first_value(call, "idempotency-key")
        if not sent:
            return steps.create_product(call, caller)
        return kept.setdefault(key(call, sent), steps.create_product(call, caller))

    def respond(call: Call) -> Response:
        sent = first_value(call, "idempotency-key")
        known = kept.get(key(call, sent)) if sent and not guarded_first else None
        return steps.respond(call) if known is None else known

    return replace(steps, create_product=create_product, respond=respond)


@fault("idempotency-not-crossed")
def repeated_before_the_guard(steps: Steps) -> Steps:
    """The middleware for repeats stands in front of the guard and knows the key alone."""
    return _repeated(steps, lambda _call, sent: sent, guarded_first=False)


@fault("idempotency-not-crossed")
def repeated_for_every_tenant(steps: Steps) -> Steps:
    """Repeats are looked up behind the guard, by the key alone."""
    return _repeated(steps, lambda _call, sent: sent, guarded_first=True)


@fault("idempotency-not-crossed")
def repeated_for_the_organization(steps: Steps) -> Steps:
    """Repeats are looked up behind the scope, and before the role."""
    kept: dict[str, Response] = {}

    def check_role(call: Call, caller: Caller, allowed: frozenset[str]) -> None:
        if f"{caller.org_id} {first_value(call, 'idempotency-key')}" not in kept:
            steps.check_role(call, caller, allowed)

    def create_product(call: Call, caller: Caller) -> Response:
        sent = first_value(call, "idempotency-key")
        if not sent:
            return steps.create_product(call, caller)
        return kept.setdefault(f"{caller.org_id} {sent}", steps.create_product(call, caller))

    return replace(steps, check_role=check_role, create_product=create_product)


@fault("idempotency-not-crossed")
def repeated_for_the_token_s_every_scope(steps: Steps) -> Steps:
    """Repeats are looked up by key and token, before tenant and organization are looked at."""
    return _repeated(steps, lambda call, sent: f"{first_value(call, 'authorization')} {sent}", guarded_first=False)


# ------------------------------------------------------------------ origins


def _allowing(steps: Steps, allows: Callable[[str], bool], *, asked: Callable[[Call], bool]) -> Steps:
    """Origins that `allows` knows may read what is answered with a browser's credentials."""

    def finish(call: Call, response: Response) -> Response:
        finished = steps.finish(call, response)
        origin = first_value(call, "origin")
        if not origin or not allows(origin) or not asked(call):
            return finished
        fields = (("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true"))
        return replace(finished, headers=(*finished.headers, *fields))

    return replace(steps, finish=finish)


@fault("origin-not-reflected")
def every_origin_reflected(steps: Steps) -> Steps:
    """The origin that asks is the one that is allowed."""
    return _allowing(steps, lambda _origin: True, asked=lambda _call: True)


@fault("origin-not-reflected")
def null_origin_allowed(steps: Steps) -> Steps:
    """The origin null is allowed, for the sake of files that developers open."""
    return _allowing(steps, lambda origin: origin == "null", asked=lambda _call: True)


@fault("origin-not-reflected")
def preflights_allow_what_ends_alike(steps: Steps) -> Steps:
    """Preflights are allowed to origins whose name contains the API's, at whichever end."""
    return _allowing(
        steps,
        lambda origin: "attacker-" in origin or origin.endswith(".attacker.example"),
        asked=lambda call: call.steps.method(call) == "OPTIONS",
    )


# ------------------------------------------------------------------ the body of a refusal


@fault("refusal-without-data", also_breaks=("duplicate-foreign-data",))
def other_tenant_named_in_the_refusal(steps: Steps) -> Steps:
    """The refusal of another tenant says what is kept back: the first product of the organization that was named."""

    def refuse(call: Call, refused: Refused) -> Response:
        response = steps.refuse(call, refused)
        org = first_value(call, "x-org-id")
        if refused.status != 403 or org not in TENANT_OF_ORG:
            return response
        name = next(iter(call.synq.products[org].values())).name
        return replace(response, body=response.body[:-1] + f', "hint": "not for you: {name}"}}'.encode())

    return replace(steps, refuse=refuse)
