"""Values for the parameters of documented paths: found in lists and in answers, and put into their places."""

from __future__ import annotations

import json

import pytest

from conformance.http.exchange import Exchange
from conformance.http.message import Field, Request, Response
from conformance.openapi.operation import Operation, texts_in
from conformance.server.harness.filling import (
    MARK,
    asks_for,
    id_of_created,
    ids_in_list,
    last_object,
    placed,
    values_in,
)
from conformance.server.harness.made import ids_marked

PRODUCT = "/a/{product_id}"


def answered(body: object, *fields: Field, status: int = 200) -> Exchange:
    """An answer with this JSON body."""
    response = Response(status, fields, json.dumps(body).encode())
    return Exchange(Request("GET", "/a"), response, None, "", 0.0, 0.0)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param([{"id": "p1"}, {"id": "p2"}], "p1", id="an-array"),
        pytest.param({"total": 2, "items": [{"id": 7}]}, "7", id="an-envelope"),
        pytest.param({"data": {"rows": [{"uuid": "u"}]}}, "u", id="deeper"),
        pytest.param([{"id": "x", "product_id": "p1"}], "p1", id="its-own-name-first"),
        pytest.param([{"id": True, "slug": "s"}], "s", id="true-is-no-id"),
        pytest.param([{"id": "p9", "name": f"{MARK}1a2b"}, {"id": "p1", "name": "Tent"}], "p1", id="what-stays"),
        pytest.param({"id": "p1"}, None, id="no-list"),
        pytest.param([], None, id="empty"),
        pytest.param("text", None, id="text"),
    ],
)
def test_an_id_is_found_in_a_list(body: object, found: str | None) -> None:
    """Whatever stands around it."""
    assert next(ids_in_list(answered(body), "product_id", of_runs=False), None) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param(b'{"items": [{"id": 7, "name": "a-mark"}, {"id": 8, "name": "n"}]}', ["7"], id="marked"),
        pytest.param(b"id,name\r\n7,a-mark\r\n", [], id="no-json"),
        pytest.param(b'["a-mark"' + b"[" * 100_000, [], id="too-deep"),
    ],
)
def test_what_bears_the_mark_is_found(body: bytes, found: list[str]) -> None:
    """In JSON; what else a target may list in its place names nothing."""
    listed = Exchange(Request("GET", "/a"), Response(200, (), body), None, "", 0.0, 0.0)
    assert ids_marked(listed, "a-mark") == found


@pytest.mark.parametrize(
    ("body", "fields", "found"),
    [
        pytest.param({"id": "p1", "name": "n"}, (), "p1", id="the-object"),
        pytest.param({"data": {"id": "p1"}}, (), "p1", id="in-an-envelope"),
        pytest.param([{"id": "p1"}], (), "p1", id="in-an-array"),
        pytest.param({}, (("Location", "/a/p2"),), "p2", id="location"),
        pytest.param({"id": "p1"}, (("Location", "https://h.example/a/p2?x"),), "p2", id="location-first"),
        pytest.param({"id": "p1"}, (("Location", "/jobs/7"),), "p1", id="location-of-something-else"),
        pytest.param({"ok": True}, (), None, id="nothing"),
    ],
)
def test_what_was_created_is_found_in_its_answer(body: object, fields: tuple[Field, ...], found: str | None) -> None:
    """By its address, or by its id."""
    assert id_of_created(answered(body, *fields, status=201), PRODUCT) == found


def test_a_refusal_names_nothing() -> None:
    """Whatever stands in it."""
    refused = answered([{"id": "p1"}], ("Location", "/a/p1"), status=403)
    assert (list(ids_in_list(refused, "id", of_runs=True)), id_of_created(refused, PRODUCT)) == ([], None)


def test_values_go_into_a_path_and_come_out_of_it() -> None:
    """From the first parameter on, percent-encoded; what has no value stays in braces."""
    assert placed("/a/{id}/b/{b}", ("p 1/x",)) == "/a/p%201%2Fx/b/{b}"
    assert values_in("/a/{id}/b/{b}", "/a/p%201/b/2") == ("p 1", "2")
    assert values_in("/a/{id}", "/a/1/b") is None
    assert (last_object("/a/{id}/b/{b}/c"), last_object("/a")) == ("/a/{id}/b/{b}", "/a")


def test_texts_that_may_say_anything_come_first() -> None:
    """By the names of their members, if no schema is known."""
    body = {"kind": "tent", "items": [{"code": "x", "name": "n"}], "a/b": "c"}
    assert list(texts_in(body)) == ["/items/0/name", "/kind", "/items/0/code", "/a~1b"]


@pytest.mark.parametrize(
    ("method", "path", "writes", "may"),
    [
        pytest.param("POST", "/search", False, True, id="safe"),
        pytest.param("POST", "/search?all=1", False, True, id="safe-with-a-query"),
        pytest.param("PUT", "/search", True, False, id="another-method"),
        pytest.param("POST", "/a", False, False, id="a-write-without-leave"),
        pytest.param("POST", "/a", True, True, id="a-write-with-leave"),
        pytest.param("DELETE", "/a", True, False, id="not-documented"),
        pytest.param("DELETE", "/a/1", True, True, id="an-object-by-any-method"),
        pytest.param("DELETE", "/a/1", False, False, id="an-object-without-leave"),
        pytest.param("POST", "/sign-in", True, False, id="open"),
    ],
)
def test_only_what_is_documented_passes_the_gate(method: str, path: str, writes: bool, may: bool) -> None:
    """And only with leave to write, unless it is safe."""
    operations = (
        Operation("POST", "/search", safe=True),
        Operation("POST", "/a"),
        Operation("GET", PRODUCT),
        Operation("POST", "/sign-in", unasked="open"),
    )
    assert asks_for(operations, Request(method, path), writes=writes) is may
