"""Products: what the three headers protect."""

from __future__ import annotations

import json

from conformance.http.message import Response
from conformance.mock import strict_json
from conformance.mock.call import Call, Caller, Refused
from conformance.mock.problems import forbidden
from conformance.mock.routes import PRODUCTS
from conformance.mock.world import Product

LARGEST_BODY = 65_536
LARGEST_CATALOGUE = 100
"""Of the products that were created the oldest makes room for the newest, so that a long run stays quick."""
_FIRST_WRITTEN = 1_000


def list_products(call: Call, caller: Caller) -> Response:
    """The caller's own catalogue."""
    own = call.synq.products[caller.org_id]
    return as_json(200, {"items": [product.members() for product in list(own.values())]})


def read_product(call: Call, caller: Caller, product_id: str) -> Response:
    """One product; 403 if it is another organization's, 404 if there is no such product."""
    product = call.synq.products[caller.org_id].get(product_id)
    if product is not None:
        return as_json(200, product.members())
    if any(product_id in catalogue for catalogue in call.synq.products.values()):
        raise forbidden("The resource belongs to another organization.")
    raise Refused(404, "There is no such resource.")


def create_product(call: Call, caller: Caller) -> Response:
    """Keep a product of the name in the JSON body."""
    sent = json_body(call)
    name = sent.get("name") if isinstance(sent, dict) else None
    if not isinstance(name, str) or not name.strip() or len(name) > 200:
        raise Refused(422, "A product needs a name of 1 to 200 characters.")
    product = keep_product(call, caller, name)
    return as_json(201, product.members(), (("Location", f"{PRODUCTS}/{product.id}"),))


def keep_product(call: Call, caller: Caller, name: str) -> Product:
    """The new product, in the caller's catalogue."""
    own = call.synq.products[caller.org_id]
    number = _FIRST_WRITTEN + call.synq.written
    call.synq.written += 1
    product = Product(f"prd_{number:010}", name, f"NEW-{number}")
    if len(own) >= LARGEST_CATALOGUE:
        del own[next(key for key in own if key >= f"prd_{_FIRST_WRITTEN:010}")]
    own[product.id] = product
    return product


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
