"""What there is around products: notes, searching, many at once, and the whole as a table."""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib.resources import files

from conformance.http.message import Response
from conformance.mock.call import Call, Caller, Refused
from conformance.mock.resources import as_json, json_body, keep_product, name_in, next_number, text_of
from conformance.mock.world import Note

MOST_AT_ONCE = 20
MOST_NOTES = 50
DESCRIPTION = "openapi.yaml"
"""The file beside this one that says what the API offers."""


def list_notes(call: Call, caller: Caller, product_id: str) -> Response:
    """The notes on one of the caller's products."""
    product = call.steps.find_product(call, caller, product_id)
    return as_json(200, {"items": [note.members() for note in call.synq.notes.get(product.id, ())]})


def add_note(call: Call, caller: Caller, product_id: str) -> Response:
    """Keep a note of the text in the JSON body; of too many the oldest makes room."""
    product = call.steps.find_product(call, caller, product_id)
    sent = json_body(call)
    text = text_of(sent.get("text") if isinstance(sent, dict) else None, "A note", 1_000)
    note = Note(f"note_{next_number(call):010}", text)
    call.synq.notes[product.id] = (*call.synq.notes.get(product.id, ()), note)[-MOST_NOTES:]
    return as_json(201, note.members())


def search_products(call: Call, caller: Caller) -> Response:
    """The caller's products that have this text in their name."""
    sent = json_body(call)
    text = text_of(sent.get("text") if isinstance(sent, dict) else None, "What is searched for", 200).casefold()
    own = list(call.synq.products[caller.org_id].values())
    return as_json(200, {"items": [one.members() for one in own if text in one.name.casefold()]})


def create_products(call: Call, caller: Caller) -> Response:
    """Keep several products, all of them or none."""
    sent = json_body(call)
    items = sent.get("items") if isinstance(sent, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_AT_ONCE:
        raise Refused(422, f"There must be 1 to {MOST_AT_ONCE} items.")
    kept = [keep_product(call, caller, name) for name in [name_in(one) for one in items]]
    return as_json(201, {"items": [product.members() for product in kept]})


def export_products(call: Call, caller: Caller) -> Response:
    """The caller's catalogue as comma-separated values (RFC 4180)."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(("id", "name", "sku"))
    writer.writerows((one.id, one.name, one.sku) for one in list(call.synq.products[caller.org_id].values()))
    return Response(200, (("Content-Type", "text/csv; charset=utf-8"),), table.getvalue().encode("utf-8"))


def description(_call: Call) -> Response:
    """The OpenAPI description; it is for all callers, and may be cached."""
    headers = (("Content-Type", "application/yaml"), ("Cache-Control", "public, max-age=300"))
    return Response(200, headers, described_api())


@cache
def described_api() -> bytes:
    """The OpenAPI description as it is shipped."""
    return files("conformance.mock").joinpath(DESCRIPTION).read_bytes()
