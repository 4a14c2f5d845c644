"""Right ways to answer that differ from the embedded Synq's own: the guide leaves them open, and nothing may break.

A variant is one function from steps to steps, as a fault is, registered under its own name by `@variant`.
"""

from __future__ import annotations

import inspect
import json
import re
import secrets
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from joserfc.util import urlsafe_b64decode

from conformance.http.message import Response
from conformance.mock.call import Call, Caller, Claims, Refused, Steps, Synq
from conformance.mock.faults.bending import refused_token
from conformance.mock.problems import forbidden, unauthorized
from conformance.mock.resources import as_json, json_body, name_in
from conformance.mock.world import Account, Product

Variation = Callable[[Steps], Steps]


@dataclass(frozen=True, slots=True)
class Variant:
    """Another right way."""

    name: str
    doc: str
    vary: Variation
    """From the steps as they are to the other ones; what it remembers starts afresh with each call."""


VARIANTS: dict[str, Variant] = {}
"""Every variant by its name."""


def variant(vary: Variation) -> Variation:
    """Register the decorated function; its name is the function's, and its docstring says what it does."""
    name = vary.__name__.replace("_", "-")
    VARIANTS[name] = Variant(name, inspect.cleandoc(vary.__doc__ or ""), vary)
    return vary


def apply_variant(synq: Synq, name: str) -> None:
    """Let this Synq do it in the other way; raises KeyError if there is no such variant."""
    synq.steps = VARIANTS[name].vary(synq.steps)


@variant
def one_session(steps: Steps) -> Steps:
    """A sign-in ends the account's earlier tokens: the newest one alone counts."""
    newest: dict[str, str] = {}

    def issue(call: Call, account: Account) -> str:
        token = steps.issue(call, account)
        newest[account.id] = _id_of(token)
        return token

    def check_revoked(call: Call, claims: Claims) -> None:
        steps.check_revoked(call, claims)
        if newest.get(claims["sub"], claims["jti"]) != claims["jti"]:
            raise refused_token()

    return replace(steps, issue=issue, check_revoked=check_revoked)


@variant
def few_sessions(steps: Steps) -> Steps:
    """An account has three tokens at most: with a further sign-in the oldest one ends."""
    newest: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=3))
    known: set[str] = set()

    def issue(call: Call, account: Account) -> str:
        token = steps.issue(call, account)
        newest[account.id].append(_id_of(token))
        known.add(_id_of(token))
        return token

    def check_revoked(call: Call, claims: Claims) -> None:
        steps.check_revoked(call, claims)
        if claims["jti"] in known and claims["jti"] not in newest[claims["sub"]]:
            raise refused_token()

    return replace(steps, issue=issue, check_revoked=check_revoked)


@variant
def one_session_by_time(steps: Steps) -> Steps:
    """A sign-in ends the account's earlier tokens: what was issued before it is refused."""
    return _ended_by_time(steps, by_sign_in=True)


@variant
def revokes_all(steps: Steps) -> Steps:
    """A revocation ends all tokens that the account has."""
    return _ended_by_time(steps, by_sign_in=False)


def _ended_by_time(steps: Steps, *, by_sign_in: bool) -> Steps:
    counts_from: dict[str, float] = {}

    def issue(call: Call, account: Account) -> str:
        if by_sign_in:
            counts_from[account.id] = int(call.synq.clock.now())
        return steps.issue(call, account)

    def revoke(call: Call, claims: Claims) -> Response:
        if not by_sign_in:
            counts_from[claims["sub"]] = int(call.synq.clock.now())
        return steps.revoke(call, claims)

    def check_revoked(call: Call, claims: Claims) -> None:
        steps.check_revoked(call, claims)
        began = counts_from.get(claims["sub"], 0)
        if claims["iat"] < began <= call.synq.clock.now():  # a clock that was set back undoes what came after it
            raise refused_token()

    return replace(steps, issue=issue, revoke=revoke, check_revoked=check_revoked)


@variant
def own_ids(steps: Steps) -> Steps:
    """A token counts if its id is one of the server's own: what its key signed elsewhere is refused."""

    def check_revoked(call: Call, claims: Claims) -> None:
        steps.check_revoked(call, claims)
        if not _OWN_ID.fullmatch(claims["jti"]):
            raise refused_token()

    return replace(steps, check_revoked=check_revoked)


@variant
def unique_names(steps: Steps) -> Steps:
    """No two products of an organization have the same name: what would be the second is answered 409."""

    def create_product(call: Call, caller: Caller) -> Response:
        name = name_in(json_body(call))
        if any(product.name == name for product in call.synq.products[caller.org_id].values()):
            raise Refused(409, "There is a product of this name already.")
        return steps.create_product(call, caller)

    return replace(steps, create_product=create_product)


@variant
def dated_products(steps: Steps) -> Steps:
    """A product has a state, a day, a category and a link that is new each time; created of late, it is a draft."""

    def dated(value: Any) -> Any:  # noqa: ANN401 - any JSON
        match value:
            case {"sku": str(), "id": str(name)}:
                lately = name >= _OF_LATE
                link = f"/images/{name}?signature={secrets.token_hex(8)}"
                return value | (LATELY if lately else SETTLED) | {"image": link}
            case dict():
                return {key: dated(one) for key, one in value.items()}
            case list():
                return [dated(one) for one in value]
        return value

    def finish(call: Call, response: Response) -> Response:
        finished = steps.finish(call, response)
        if finished.value("content-type") != "application/json" or not finished.body:
            return finished
        return replace(finished, body=json.dumps(dated(json.loads(finished.body))).encode())

    return replace(steps, finish=finish)


@variant
def respelled_names(steps: Steps) -> Steps:
    """A product's name is kept in capitals; a write is answered with a slug of it as well."""

    def create_product(call: Call, caller: Caller) -> Response:
        created = json.loads(steps.create_product(call, caller).body)
        own = call.synq.products[caller.org_id]
        own[created["id"]] = kept = replace(own[created["id"]], name=created["name"].upper())
        return as_json(201, kept.members() | {"slug": re.sub(r"[\W_]+", "-", kept.name.lower())})

    return replace(steps, create_product=create_product)


@variant
def numbered_products(steps: Steps) -> Steps:
    """Each organization numbers its products from one on: the same path leads each caller to another product."""
    numbers: dict[str, int] = {}
    known: defaultdict[str, dict[int, str]] = defaultdict(dict)

    def learn(call: Call) -> None:
        for org, own in list(call.synq.products.items()):
            for name in [one for one in own if one not in numbers]:
                numbers[name] = len(known[org]) + 1
                known[org][numbers[name]] = name

    def path(call: Call) -> str:
        learn(call)
        own = known["".join(call.steps.values(call, "x-org-id"))]
        return _NUMBERED.sub(lambda found: found[1] + own.get(int(found[2]), "none"), steps.path(call))

    def finish(call: Call, response: Response) -> Response:
        finished = steps.finish(call, response)
        learn(call)

        def numbered(text: str) -> str:
            return _OF_A_PRODUCT.sub(lambda found: str(numbers.get(found[0], found[0])), text)

        headers = tuple((name, numbered(value)) for name, value in finished.headers)
        return replace(finished, headers=headers, body=numbered(finished.body.decode()).encode())

    return replace(steps, path=path, finish=finish)


_NUMBERED = re.compile(r"(/products/)([1-9][0-9]{0,6})(?=/|$)")
_OF_A_PRODUCT = re.compile(r"prd_[0-9]{10}")


@variant
def shared_products(steps: Steps) -> Steps:
    """Products of the house stand first in the list of each organization: all may read them, and none changes them."""

    def list_products(call: Call, caller: Caller) -> Response:
        listed = json.loads(steps.list_products(call, caller).body)
        return as_json(200, listed | {"items": [*OF_THE_HOUSE.values(), *listed["items"]]})

    def find_product(call: Call, caller: Caller, product_id: str) -> Product:
        if product_id in OF_THE_HOUSE:
            raise forbidden("Products of the house are not yours to change.")
        return steps.find_product(call, caller, product_id)

    def read_product(call: Call, caller: Caller, product_id: str) -> Response:
        if product_id in OF_THE_HOUSE:
            return as_json(200, OF_THE_HOUSE[product_id])
        return steps.read_product(call, caller, product_id)

    def list_notes(call: Call, caller: Caller, product_id: str) -> Response:
        return as_json(200, {"items": []}) if product_id in OF_THE_HOUSE else steps.list_notes(call, caller, product_id)

    return replace(
        steps, list_products=list_products, find_product=find_product, read_product=read_product, list_notes=list_notes
    )


@variant
def upserted_products(steps: Steps) -> Steps:
    """A PUT creates a product that is not there: each organization has ids of its own, which others may have, too."""

    def replace_product(call: Call, caller: Caller, product_id: str) -> Response:
        own = call.synq.products[caller.org_id]
        if product_id in own:
            return steps.replace_product(call, caller, product_id)
        own[product_id] = Product(product_id, name_in(json_body(call)), f"PUT-{product_id}")
        return as_json(201, own[product_id].members())

    return replace(steps, replace_product=replace_product)


@variant
def bare_sign_in(steps: Steps) -> Steps:
    """The answer to a sign-in is the token and nothing else: how long that lives, it says itself."""

    def sign_in(call: Call) -> Response:
        answered = steps.sign_in(call)
        return replace(answered, body=json.dumps({"token": json.loads(answered.body)["token"]}).encode())

    return replace(steps, sign_in=sign_in)


@variant
def locks_account(steps: Steps) -> Steps:
    """After ten wrong passwords in a quarter of an hour an account is locked, and its tokens are refused as well."""
    wrong: defaultdict[str, list[float]] = defaultdict(list)

    def is_locked(call: Call, account_id: str) -> bool:
        since = call.synq.clock.now() - LOCKED_FOR_S
        return len([one for one in wrong[account_id] if one > since]) >= WRONG_UNTIL_LOCKED

    def sign_in(call: Call) -> Response:
        sent = json_body(call)
        email = sent.get("email") if isinstance(sent, dict) else None
        account = call.synq.accounts.get(email) if isinstance(email, str) else None
        if account is not None and is_locked(call, account.id):
            raise unauthorized("The e-mail address or the password is wrong.", token_sent=False)
        try:
            return steps.sign_in(call)
        except Refused as refused:
            if account is not None and refused.status == 401:
                wrong[account.id].append(call.synq.clock.now())
            raise

    def check_revoked(call: Call, claims: Claims) -> None:
        steps.check_revoked(call, claims)
        if is_locked(call, claims["sub"]):
            raise refused_token()

    return replace(steps, sign_in=sign_in, check_revoked=check_revoked)


WRONG_UNTIL_LOCKED, LOCKED_FOR_S = 10, 900
OF_THE_HOUSE = {
    f"prd_{number:010}": {"id": f"prd_{number:010}", "name": name, "sku": f"HOUSE-{number}"}
    for number, name in enumerate(("Gift card of the house", "Shipping by express", "Wrapping in brown paper"), 900)
}
SETTLED = {"since": "2025-02-03", "state": "published", "category": {"id": "cat_camping_01", "name": "All for camping"}}
LATELY = {"since": "2026-11-30", "state": "draft", "category": {"id": "cat_new_00", "name": "Not sorted yet"}}
_OF_LATE = "prd_0000000200"
"""Another tenant's own, and all that is created."""
_OWN_ID = re.compile(r"[A-Za-z0-9_-]{22}")
"""As `secrets.token_urlsafe(16)` makes them."""


def _id_of(token: str) -> str:
    """Its `jti`."""
    return str(json.loads(urlsafe_b64decode(token.split(".")[1].encode("ascii")))["jti"])
