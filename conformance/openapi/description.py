"""An OpenAPI description, 3.0 or 3.1, as the operations that it documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from conformance.openapi.document import DescriptionError, Fetch, data_at, is_url, unfetched
from conformance.openapi.node import Node, root_of
from conformance.openapi.operation import Operation, with_creations
from conformance.openapi.samples import example_of, free_texts, sample

METHODS = ("get", "head", "post", "put", "patch", "delete")
"""Of a path item, in the order of a report. OPTIONS and TRACE are no business of an API's own."""
OWN_FIELDS = frozenset({"authorization", "x-tenant-id", "x-org-id", "accept", "content-type"})
"""Header parameters that are not the operation's: every request has them."""
SCOPE_FIELDS = frozenset({"authorization", "x-tenant-id", "x-org-id"})
"""Header parameters by which an operation says that it is guarded, if nothing is said of security."""
SAFE = "x-synq-safe"
"""The extension that says of an operation that it changes nothing, although its method might."""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
OPEN = "the description says that it needs no credentials"
ELSEWHERE = "the description places it on another server"


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the whole description says, and an operation may replace."""

    root: Node
    base_url: str
    security: Node | None
    names_security: bool
    """Whether security is spoken of anywhere: in a description that does not, nothing is open."""


def operations_at(source: str, base_url: str, fetch: Fetch = unfetched) -> tuple[Operation, ...]:
    """The operations that the description in this file or at this URL documents, for a target at this base URL.

    Raises DescriptionError, which names the file and the place in it, if it cannot be used.
    """
    return operations_in(data_at(source, fetch), source, base_url, fetch)


def operations_in(
    data: Any,  # noqa: ANN401 - parsed JSON
    source: str,
    base_url: str,
    fetch: Fetch = unfetched,
) -> tuple[Operation, ...]:
    """The same of a description that is data already; `source` is what errors call it."""
    if not isinstance(data, dict):
        raise DescriptionError(f"{source}: is no OpenAPI description: it must be an object")
    _must_be_known(data, source)
    root = root_of(data, source, fetch)
    paths = root.get("paths")
    if paths is None or not paths.mapping():
        raise DescriptionError(f"{source}: paths: describes no path, so there is nothing to ask for")
    parts = _Parts(root, base_url, root.get("security"), _names_security(root, paths))
    found = [one for path, item in paths.items() if not path.startswith("x-") for one in _of_path(path, item, parts)]
    return with_creations(found)


def _must_be_known(data: Mapping[str, Any], source: str) -> None:
    if "swagger" in data:
        raise DescriptionError(f"{source}: swagger: is of version {data['swagger']}; give a description in OpenAPI 3.x")
    version = data.get("openapi")
    if version is None:
        raise DescriptionError(f"{source}: openapi: is missing, so it is no OpenAPI description")
    if not re.match(r"3\.[0-2](\.|$)", str(version)):
        raise DescriptionError(f"{source}: openapi: is {version}; give a description in version 3.0, 3.1 or 3.2")


def _names_security(root: Node, paths: Node) -> bool:
    if root.get("security") is not None:
        return True
    items = (item for _, item in paths.items() if isinstance(item.value, dict))
    return any("security" in one for item in items for one in item.value.values() if isinstance(one, dict))


def _of_path(path: str, item: Node, parts: _Parts) -> Iterator[Operation]:
    if not path.startswith("/"):
        raise item.wrong('must be a path that begins with "/"')
    if item.value is None:
        return
    for method in METHODS:
        if (described := item.get(method)) is not None:
            yield _operation(method.upper(), path, item, described, parts)


def _operation(method: str, path: str, item: Node, described: Node, parts: _Parts) -> Operation:
    described.mapping()
    parameters = _parameters(item, described)
    body, media_type, texts = _body(described)
    base, elsewhere = _base(item, described, parts)
    roles, is_open = _security(described, parts)
    own_fields = {name.lower() for name, place in parameters if place == "header"} & SCOPE_FIELDS
    safe = described.get(SAFE)
    return Operation(
        method=method,
        path=base + quote(path, safe="/{}%:@!$&'()*+,;=~-._"),
        roles=roles,
        safe=safe is not None and safe.value is True,
        body=body,
        media_type=media_type,
        texts=texts,
        query=_wanted(parameters, "query"),
        headers=tuple(pair for pair in _wanted(parameters, "header") if pair[0].lower() not in OWN_FIELDS),
        values=tuple(
            (name, _plain(value))
            for (name, place), one in parameters.items()
            if place == "path"
            for value in _documented_values(one)
        ),
        presumed=not (parts.names_security or own_fields),
        unasked=ELSEWHERE if elsewhere else OPEN if is_open else _cookie(parameters),
    )


def _parameters(item: Node, described: Node) -> dict[tuple[str, str], Node]:
    """Every parameter by its name and place; those of the operation replace those of the path."""
    found: dict[tuple[str, str], Node] = {}
    for holder in (item, described):
        listed = holder.get("parameters")
        for one in () if listed is None or listed.value is None else listed.entries():
            name, place = one.get("name"), one.get("in")
            if name is None or place is None:
                raise one.wrong("a parameter must have a name and say what it stands in")
            found[(name.text(), place.text())] = one
    return found


def _wanted(parameters: Mapping[tuple[str, str], Node], place: str) -> tuple[tuple[str, str], ...]:
    """Those that must be there, each with a value."""
    return tuple(
        (name, _plain(_value(one)))
        for (name, stands_in), one in parameters.items()
        if stands_in == place and one.mapping().get("required") is True
    )


def _cookie(parameters: Mapping[tuple[str, str], Node]) -> str | None:
    wanted = [name for name, _ in _wanted(parameters, "cookie")]
    return f"it wants the cookie {wanted[0]}" if wanted else None


def _value(parameter: Node) -> Any:  # noqa: ANN401 - any JSON value
    given = example_of(parameter)
    return sample(_schema(parameter)) if given is None else given.value


def _documented_values(parameter: Node) -> Iterator[Any]:
    """What the description gives as a value, not what could be one by its type."""
    if (given := example_of(parameter)) is not None:
        yield given.value
    schema = _schema(parameter)
    if schema is None or not isinstance(schema.value, dict):
        return
    choices = schema.get("enum")
    found = (example_of(schema), schema.get("const"), schema.get("default"))
    yield from (one.value for one in found if one is not None)
    yield from () if choices is None else (one.value for one in choices.entries())


def _schema(holder: Node) -> Node | None:
    """Of a parameter: its own, or that of the first media type that it may have."""
    schema, content = holder.get("schema"), holder.get("content")
    if schema is None and content is not None:
        first = next((one for _, one in content.items()), None)
        return None if first is None else first.get("schema")
    return schema


def _plain(value: object) -> str:
    """The value as it stands in a path, a query or a field."""
    match value:
        case str():
            return value
        case list():
            return ",".join(map(_plain, value))
        case None:
            return "1"
    return json.dumps(value)


def _body(described: Node) -> tuple[Any, str, tuple[str, ...]]:
    """A body, its media type, and where in it anything may be said."""
    request = described.get("requestBody")
    content = None if request is None else request.get("content")
    if content is None:
        return None, JSON, ()
    offered = dict(content.items())
    for media_type, one in offered.items():
        plain = media_type.partition(";")[0].strip().lower()
        if plain == JSON or plain.endswith("+json") or plain in {"*/*", "application/*"} or (
            plain == FORM and len(offered) == 1
        ):  # fmt: skip
            schema, given = one.get("schema"), example_of(one)
            body = sample(schema) if given is None else given.value
            return body, media_type if "*" not in plain else JSON, tuple(free_texts(body, schema))
    return None, JSON, ()


def _security(described: Node, parts: _Parts) -> tuple[tuple[str, ...], bool]:
    """The roles that may ask for it, and whether it is open to all."""
    demanded = described.get("security")
    demanded = parts.security if demanded is None else demanded
    if demanded is None:
        return (), parts.names_security
    alternatives = [one.mapping() for one in demanded.entries()]
    named = [word for one in alternatives for scheme, words in one.items() if _names_roles(scheme, parts)
             for word in (words if isinstance(words, list) else ())]  # fmt: skip
    return tuple(dict.fromkeys(map(str, named))), not alternatives or {} in alternatives


def _names_roles(scheme: str, parts: _Parts) -> bool:
    """Whether what is demanded of this scheme are roles (OpenAPI 3.1 §4.8.30), and not the scopes of OAuth."""
    components = parts.root.get("components")
    schemes = None if components is None else components.get("securitySchemes")
    named = None if schemes is None else schemes.get(scheme)
    return named is not None and named.mapping().get("type") in {"http", "apiKey", "mutualTLS"}


def _base(item: Node, described: Node, parts: _Parts) -> tuple[str, bool]:
    """What goes before the path, and whether the operation is on another server than the rest of the API."""
    own = described.get("servers") or item.get("servers")
    whole = parts.root.get("servers")
    if own is None or not own.value:
        return _joined(_address(whole, parts), parts.base_url), False
    here = _address(own, parts)
    elsewhere = urlsplit(here).netloc not in {urlsplit(_address(whole, parts)).netloc, urlsplit(parts.base_url).netloc}
    return _joined(here, parts.base_url), elsewhere


def _address(servers: Node | None, parts: _Parts) -> str:
    """The address of the server that the target is, or of the first one."""
    if servers is None or not servers.value:
        return parts.base_url
    beside = parts.root.source if is_url(parts.root.source) else f"{parts.base_url}/"
    addresses = [urljoin(beside, _with_defaults(one)) for one in servers.entries()]
    here = urlsplit(parts.base_url).netloc
    return next((one for one in addresses if urlsplit(one).netloc == here), addresses[0])


def _with_defaults(server: Node) -> str:
    """The server's URL with the default of each of its variables."""
    url, variables = server.get("url"), server.get("variables")
    if url is None:
        raise server.wrong("a server must have a url")
    defaults = {name: one.mapping().get("default") for name, one in ([] if variables is None else variables.items())}

    def value(match: re.Match[str]) -> str:
        if (default := defaults.get(match[1])) is None:
            raise server.wrong(f"says no default of the variable {match[1]} in its url")
        return str(default)

    return re.sub(r"\{([^{}]+)\}", value, url.text())


def _joined(address: str, base_url: str) -> str:
    """The path before every path: the base URL's and the server's, or the server's alone if it begins with that."""
    server, base = urlsplit(address).path.rstrip("/"), urlsplit(base_url).path.rstrip("/")
    return server if server == base or server.startswith(f"{base}/") else base + server
