"""HTTP messages as plain data: what is sent and what comes back, octet for octet (RFC 9110 §6)."""

from __future__ import annotations

from dataclasses import dataclass, replace

Field = tuple[str, str]
"""A field line: its name as written, and its value with one character an octet (latin-1)."""


def field_values(headers: tuple[Field, ...], name: str) -> tuple[str, ...]:
    """Every value of the field `name`, in order, whatever the case of the name (RFC 9110 §5.1)."""
    wanted = name.lower()
    return tuple(value for key, value in headers if key.lower() == wanted)


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that ask for nothing to be changed (RFC 9110 §9.2.1)."""


def path_of(target: str) -> str:
    """The path of a request target in origin form (RFC 9112 §3.2.1), without its query."""
    return target.partition("?")[0]


def with_query(target: str, query: str) -> str:
    """The request target with this query, behind the one that it has."""
    return f"{target}{'&' if '?' in target else '?'}{query}"


@dataclass(frozen=True, slots=True)
class Request:
    """A request before it is framed: the transport adds Host, Content-Length and the like."""

    method: str
    target: str
    """The request target in origin form, exactly as it goes on the request line."""
    headers: tuple[Field, ...] = ()
    body: bytes = b""

    def values(self, name: str) -> tuple[str, ...]:
        return field_values(self.headers, name)

    def without(self, *names: str) -> Request:
        """The same request less every field of these names."""
        return replace(self, headers=_less(self.headers, names))

    def having(self, *fields: Field) -> Request:
        """The same request with these fields in place of all that bear their names."""
        return replace(self, headers=self.without(*(name for name, _ in fields)).headers + fields)


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it arrived, its body decoded from any transfer coding."""

    status: int
    headers: tuple[Field, ...] = ()
    body: bytes = b""

    def values(self, name: str) -> tuple[str, ...]:
        return field_values(self.headers, name)

    def value(self, name: str) -> str | None:
        """The field's combined value (RFC 9110 §5.3), or None if the field is absent."""
        values = self.values(name)
        return ", ".join(values) if values else None

    def without(self, *names: str) -> Response:
        """The same response less every field of these names."""
        return replace(self, headers=_less(self.headers, names))

    @property
    def accepted(self) -> bool:
        return 200 <= self.status <= 299


def _less(headers: tuple[Field, ...], names: tuple[str, ...]) -> tuple[Field, ...]:
    dropped = {name.lower() for name in names}
    return tuple(field for field in headers if field[0].lower() not in dropped)
