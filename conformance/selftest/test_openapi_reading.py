"""An OpenAPI description read as operations: what is there is found, and what is wrong is named by file and place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.openapi.description import ELSEWHERE, OPEN, operations_at, operations_in
from conformance.openapi.document import DescriptionError, parsed_data
from conformance.openapi.operation import Operation

BASE = "https://staging.example"
DEFAULT = {"default": "v2"}
Json = dict[str, Any]


def described(paths: Json, **more: object) -> Json:
    """A description of these paths."""
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, **more}


def only(paths: Json, base_url: str = BASE, **more: object) -> Operation:
    """The one operation that these paths have."""
    (found,) = operations_in(described(paths, **more), "api.yaml", base_url)
    return found


# ------------------------------------------------------------------ what is found


def test_every_method_is_an_operation_and_nothing_else_is() -> None:
    """Extensions, summaries and OPTIONS are none; the order is that of a report."""
    item = {"delete": {}, "get": {}, "options": {}, "trace": {}, "summary": "s", "x-more": {"get": {}}}
    found = operations_in(described({"/a": item, "x-b": {"get": {}}}), "api.yaml", BASE)
    assert [one.label for one in found] == ["GET /a", "DELETE /a"]


@pytest.mark.parametrize(
    ("servers", "base_url", "path"),
    [
        pytest.param(None, BASE, "/a", id="none"),
        pytest.param(None, f"{BASE}/v1", "/v1/a", id="none-below-a-path"),
        pytest.param([{"url": "/"}], f"{BASE}/v1", "/v1/a", id="the-root"),
        pytest.param([{"url": "https://api.example/v1/"}], BASE, "/v1/a", id="another-host"),
        pytest.param([{"url": "https://api.example/v1"}], f"{BASE}/v1", "/v1/a", id="the-same-path"),
        pytest.param([{"url": "/v1"}], f"{BASE}/gateway", "/gateway/v1/a", id="behind-a-gateway"),
        pytest.param([{"url": "https://x.example/no"}, {"url": f"{BASE}/yes"}], BASE, "/yes/a", id="the-target-s-own"),
        pytest.param(
            [{"url": "https://{host}/{version}", "variables": {"host": {"default": "h"}, "version": DEFAULT}}],
            BASE, "/v2/a", id="variables",
        ),
    ],
)  # fmt: skip
def test_the_server_s_path_goes_before_every_path(servers: list[Json] | None, base_url: str, path: str) -> None:
    """Once, although the base URL may have it, too."""
    document = described({"/a": {"get": {}}}) | ({} if servers is None else {"servers": servers})
    (found,) = operations_in(document, "api.yaml", base_url)
    assert found.path == path


def test_an_operation_on_another_server_is_not_asked() -> None:
    """A base URL names one server."""
    item = {"get": {"servers": [{"url": "https://uploads.example"}]}}
    assert only({"/a": item}, servers=[{"url": "https://api.example"}]).unasked == ELSEWHERE


SCHEMES = {"components": {"securitySchemes": {"token": {"type": "http"}, "oauth": {"type": "oauth2"}}}}


@pytest.mark.parametrize(
    ("security", "roles", "unasked"),
    [
        pytest.param([{"token": []}], (), None, id="guarded"),
        pytest.param([{"token": ["editor", "admin"]}], ("editor", "admin"), None, id="roles"),
        pytest.param([{"oauth": ["read:pets"]}], (), None, id="scopes-are-no-roles"),
        pytest.param([], (), OPEN, id="open"),
        pytest.param([{"token": []}, {}], (), OPEN, id="optional"),
    ],
)
def test_security_says_who_may_ask(security: list[Json], roles: tuple[str, ...], unasked: str | None) -> None:
    """Of the operation, in place of the whole description's."""
    document = described({"/a": {"get": {"security": security}}}, security=[{"token": ["viewer"]}]) | SCHEMES
    (found,) = operations_in(document, "api.yaml", BASE)
    assert (found.roles, found.unasked, found.presumed) == (roles, unasked, False)


def test_where_security_is_spoken_of_its_absence_means_open() -> None:
    """In a description that never speaks of it, nothing is known."""
    spoken = operations_in(described({"/a": {"get": {}}, "/b": {"get": {"security": [{"t": []}]}}}), "api.yaml", BASE)
    assert [one.unasked for one in spoken] == [OPEN, None]
    assert only({"/a": {"get": {}}}).presumed
    field = {"name": "X-Tenant-ID", "in": "header", "required": True}
    assert not only({"/a": {"get": {"parameters": [field]}}}).presumed


def test_what_must_be_there_is_filled() -> None:
    """From examples, defaults and types; an operation's own parameter replaces that of its path."""
    parameters = [
        {"name": "page", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 3}},
        {"name": "kind", "in": "query", "required": True, "schema": {"enum": ["new", "old"]}},
        {"name": "more", "in": "query"},
        {"name": "X-Tenant-ID", "in": "header", "required": True},
        {"name": "X-Version", "in": "header", "required": True, "example": "2026"},
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "examples": ["one", "two"]}},
    ]
    overridden = {"name": "page", "in": "query", "required": True, "schema": {"default": 7}}
    found = only({"/a/{id}": {"parameters": parameters, "get": {"parameters": [overridden]}}})
    assert (found.query, found.headers) == ((("page", "7"), ("kind", "new")), (("X-Version", "2026"),))
    assert (found.parameters, found.values) == (("id",), (("id", "one"),))


def test_a_cookie_that_must_be_there_cannot_be_filled() -> None:
    """It would stand for a session, which the suite does not have."""
    cookie = {"name": "session", "in": "cookie", "required": True}
    assert only({"/a": {"get": {"parameters": [cookie]}}}).unasked == "it wants the cookie session"


BODY = {
    "type": "object",
    "required": ["name", "kind", "tags", "size", "more"],
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "name": {"type": "string", "maxLength": 80},
        "kind": {"type": "string", "enum": ["tent"]},
        "code": {"type": "string", "maxLength": 4},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "size": {"type": ["null", "integer"]},
        "more": {"allOf": [{"type": "object", "required": ["at"], "properties": {"at": {"format": "date"}}}]},
    },
}


def test_a_body_is_made_of_its_schema() -> None:
    """What is required is there, and it is known which texts may say anything."""
    found = only({"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": BODY}}}}}})
    assert found.body == {
        "name": "probe 0a1b2c3d", "kind": "tent", "tags": ["probe 0a1b2c3d"], "size": 1, "more": {"at": "2026-01-31"},
    }  # fmt: skip
    assert found.texts == ("/name", "/tags/0")


def test_an_example_goes_before_what_could_be_made() -> None:
    """It knows more of the API than the types do."""
    content = {"application/merge-patch+json": {"schema": BODY, "examples": {"a": {"value": {"name": "Tent"}}}}}
    found = only({"/a": {"patch": {"requestBody": {"content": content}}}})
    assert (found.body, found.media_type, found.texts) == (
        {"name": "Tent"}, "application/merge-patch+json", ("/name",),
    )  # fmt: skip


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    """A tree has no least value."""
    tree = {"type": "object", "required": ["tree"], "properties": {"tree": {"$ref": "#/components/schemas/Tree"}}}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}
    found = only({"/a": {"post": {"requestBody": {"content": content}}}}, components={"schemas": {"Tree": tree}})
    assert isinstance(found.body, dict)


def test_a_post_to_a_list_creates_what_stands_in_it() -> None:
    """Whatever the parameter is called; a search does not."""
    paths = {
        "/a": {"post": {}},
        "/a/{a_id}": {"get": {}},
        "/a/{id}/b": {"post": {"x-synq-safe": True}},
        "/a/{id}/b/{b_id}": {"get": {}},
    }
    found = {one.label: one for one in operations_in(described(paths), "api.yaml", BASE)}
    assert found["POST /a"].creates == "/a/{a_id}"
    assert (found["POST /a/{id}/b"].creates, found["POST /a/{id}/b"].writes) == (None, False)


# ------------------------------------------------------------------ other files, other spellings


def test_references_lead_to_other_files(tmp_path: Path) -> None:
    """As they are written: beside the file that they stand in."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.yaml").write_text("get:\n  parameters:\n  - $ref: 'b.json#/page'\n", "utf-8")
    page = {"name": "page", "in": "query", "required": True, "example": 2026}
    (tmp_path / "parts" / "b.json").write_text(json.dumps({"page": page}), "utf-8")
    main = tmp_path / "api.yaml"
    main.write_text("openapi: 3.0.3\npaths:\n  /a:\n    $ref: parts/a.yaml\n", "utf-8")
    (found,) = operations_at(str(main), BASE)
    assert (found.label, found.query) == ("GET /a", (("page", "2026"),))


def test_yaml_is_read_as_far_as_json_goes() -> None:
    """A date is a text, and so are the words that YAML once took for true and false."""
    read = parsed_data(b"day: 2026-01-31\non: no\nyes: true\nfew: [1, 2.5, null]\n", "a.yaml")
    assert read == {"day": "2026-01-31", "on": "no", "yes": True, "few": [1, 2.5, None]}


# ------------------------------------------------------------------ what is wrong


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param([], "api.yaml: is no OpenAPI description: it must be an object", id="an-array"),
        pytest.param({"swagger": "2.0"}, "api.yaml: swagger: is of version 2.0; give", id="swagger"),
        pytest.param({"paths": {}}, "api.yaml: openapi: is missing", id="another-document"),
        pytest.param({"openapi": "4.0.0"}, "api.yaml: openapi: is 4.0.0; give", id="too-new"),
        pytest.param(described({}), "api.yaml: paths: describes no path", id="empty"),
        pytest.param({"openapi": "3.1.0", "webhooks": {}}, "api.yaml: paths: describes no path", id="webhooks"),
        pytest.param(described({"a": {"get": {}}}), 'paths.a: must be a path that begins with "/"', id="path"),
        pytest.param(described({"/a": []}), 'api.yaml: paths."/a": must be an object, not an array', id="item"),
        pytest.param(
            described({"/a": {"get": {"parameters": {}}}}),
            'api.yaml: paths."/a".get.parameters: must be an array, not an object', id="parameters",
        ),
        pytest.param(
            described({"/a": {"get": {"parameters": [{"in": "query"}]}}}),
            'api.yaml: paths."/a".get.parameters[0]: a parameter must have a name', id="nameless",
        ),
        pytest.param(
            described({"/a": {"get": {"parameters": [{"$ref": "#/no/such"}]}}}),
            'api.yaml: paths."/a".get.parameters[0]: refers to #/no/such, and there is no such thing', id="reference",
        ),
        pytest.param(
            described({"/a": {"$ref": "missing.yaml"}}),
            'api.yaml: paths."/a": refers to missing.yaml, and there is no such thing (', id="no-such-file",
        ),
        pytest.param(
            described({"/a": {"$ref": "https://elsewhere.example/a.yaml"}}),
            'api.yaml: paths."/a": refers to https://elsewhere.example/a.yaml, and there', id="elsewhere",
        ),
        pytest.param(
            described({"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}}),
            "its references go round in a circle", id="circle",
        ),
        pytest.param(
            described({"/a": {"get": {}}}, servers=[{"url": "https://{host}/"}]),
            "api.yaml: servers[0]: says no default of the variable host", id="variable",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_place(data: object, problem: str) -> None:
    """In one line, without a traceback."""
    with pytest.raises(DescriptionError) as caught:
        operations_in(data, "api.yaml", BASE)
    assert problem in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_broken_json_is_named_by_its_line() -> None:
    """Although some of it would pass for YAML."""
    with pytest.raises(DescriptionError, match=r"a\.json:2:11: is not JSON"):
        parsed_data(b'{"openapi": "3.1.0",\n "paths": }', "a.json")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(b"openapi: 3.1.0\npaths: [\n", "a.yaml:3:1: is not YAML", id="yaml"),
        pytest.param(b"a: 1\n\tb: 2\n", "a.yaml:2:1: is not YAML", id="tab"),
        pytest.param(b"\xff\xfe", "a.yaml: is not UTF-8 text (octet 0)", id="octets"),
        pytest.param(b"a: !!python/object:os.system {}", "a.yaml:1:4: is not YAML", id="an-object-of-python"),
        pytest.param(b"[" * 100_000, "a.yaml: is nested too deeply", id="depth"),
    ],
)
def test_a_text_that_is_neither_json_nor_yaml_is_named_by_its_line(text: bytes, problem: str) -> None:
    """So that an editor finds it."""
    with pytest.raises(DescriptionError) as caught:
        parsed_data(text, "a.yaml")
    assert problem in str(caught.value)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(DescriptionError, match=r"none\.yaml: cannot be read: No such file"):
        operations_at(str(tmp_path / "none.yaml"), BASE)
