"""Products: what the three headers protect."""

from __future__ import annotations

import json
from dataclasses import replace

from conformance.http.message import Response
from conformance.mock import strict_json
from conformance.mock.call import Call, Caller, Refused
from conformance.mock.problems import forbidden
from conformance.mock.routes import PRODUCTS
from conformance.mock.world import Product

LARGEST_BODY = 65_536
LARGEST_CATALOGUE = 40
"""Of the products that were created the oldest makes room for the newest, so that a long run stays quick."""
_FIRST_WRITTEN = 1_000


def list_products(call: Call, caller: Caller) -> Response:
    """The caller's own catalogue."""
    own = call.synq.products[caller.org_id]
    return as_json(200, {"items": [product.members() for product in list(own.values())]})


def find_product(call: Call, caller: Caller, product_id: str) -> Product:
    """The product; 403 if it is another organization's, 404 if there is no such product."""
    product = call.synq.products[caller.org_id].get(product_id)
    if product is not None:
        return product
    if any(product_id in catalogue for catalogue in call.synq.products.values()):
        raise forbidden("The resource belongs to another organization.")
    raise Refused(404, "There is no such resource.")


def read_product(call: Call, caller: Caller, product_id: str) -> Response:
    """One product of the caller's own."""
    return as_json(200, call.steps.find_product(call, caller, product_id).members())


def create_product(call: Call, caller: Caller) -> Response:
    """Keep a product of the name in the JSON body."""
    product = keep_product(call, caller, name_in(json_body(call)))
    return as_json(201, product.members(), (("Location", f"{PRODUCTS}/{product.id}"),))


def replace_product(call: Call, caller: Caller, product_id: str) -> Response:
    """Another product in this one's place, under its id."""
    product = call.steps.find_product(call, caller, product_id)
    return _kept(call, caller, replace(product, name=name_in(json_body(call))))


def change_product(call: Call, caller: Caller, product_id: str) -> Response:
    """The same product under another name, if the body has one."""
    product = call.steps.find_product(call, caller, product_id)
    sent = json_body(call)
    if not isinstance(sent, dict):
        raise Refused(422, "What changes is an object.")
    return _kept(call, caller, replace(product, name=name_in(sent)) if "name" in sent else product)


def delete_product(call: Call, caller: Caller, product_id: str) -> Response:
    """The product is no more, and neither are its notes."""
    product = call.steps.find_product(call, caller, product_id)
    del call.synq.products[caller.org_id][product.id]
    call.synq.notes.pop(product.id, None)
    return Response(204)


def _kept(call: Call, caller: Caller, product: Product) -> Response:
    call.synq.products[caller.org_id][product.id] = product
    return as_json(200, product.members())


def name_in(sent: object) -> str:
    """The name in what was sent for a product; 422 if there is none."""
    return text_of(sent.get("name") if isinstance(sent, dict) else None, "A product's name", 200)


def text_of(value: object, what: str, longest: int) -> str:
    """The value, if it is a text that says something; 422 if it is not."""
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise Refused(422, f"{what} is a text of 1 to {longest} characters.")
    return value


def keep_product(call: Call, caller: Caller, name: str) -> Product:
    """The new product, in the caller's catalogue."""
    own = call.synq.products[caller.org_id]
    number = next_number(call)
    product = Product(f"prd_{number:010}", name, f"NEW-{number}")
    if len(own) >= LARGEST_CATALOGUE:
        oldest = next(key for key in own if key >= f"prd_{_FIRST_WRITTEN:010}")
        del own[oldest]
        call.synq.notes.pop(oldest, None)
    own[product.id] = product
    return product


def next_number(call: Call) -> int:
    """What no product and no note was numbered before."""
    call.synq.written += 1
    return _FIRST_WRITTEN + call.synq.written - 1


def json_body(call: Call) -> object:
    """The value that the request's body stands for; 413, 415 or 400 if it stands for no value."""
    if len(call.request.body) > LARGEST_BODY:
        raise Refused(413, "The body is too large.")
    media_types = call.steps.values(call, "content-type")
    if len(media_types) != 1 or media_types[0].partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "The body must be application/json.")
    try:
        return strict_json.strict_loads(call.request.body)
    except ValueError as error:
        raise Refused(400, "The body is not well-formed JSON.") from error


def as_json(status: int, value: object, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    return Response(status, (("Content-Type", "application/json"), *headers), json.dumps(value).encode())
