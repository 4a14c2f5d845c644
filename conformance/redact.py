"""Taking secrets out of text, wherever they stand and however they are encoded."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import quote, quote_plus

SHORTEST_CONTAINED = 4
"""A configured secret shorter than this is replaced only where it is the whole value."""
SHORTEST_SEGMENT = 16

_JWT = re.compile(r"e[yw][A-Za-z0-9_-]{8,}={0,2}(?:\.[A-Za-z0-9_=-]*){1,6}|ey[JA][A-Za-z0-9_-]{18,}")
_CREDENTIAL = re.compile(r"[A-Za-z0-9._~+/=-]{20,}")
_FIELD = re.compile(
    r"""(?ix) (["']? \b (?: password | passwd | access_token | refresh_token | id_token | client_secret
        | token ) \b ["']? \s* [:=] \s* ["']? ) ([^"'&\s,;}]{4,})"""
)
_OPTION = re.compile(r"(?i)(--?[\w-]*(?:passw|secret|token|credential|key)[\w-]*(?:=|\s+))(\S+)")
_SECRET_HEADERS = {"authorization", "proxy-authorization"}
_COOKIE_HEADERS = {"cookie", "set-cookie"}


class Redactor:
    """Knows the secrets of a run and what stands in the record in their place.

    A named secret becomes its name (`$SYNQ_TOKEN`); any other token becomes a fingerprint, so that a
    reader can tell two apart without holding either.
    """

    def __init__(self) -> None:
        self._named: dict[str, str] = {}
        self._forms: dict[str, str] = {}
        self._segments: dict[str, str] = {}

    def name(self, secret: str, label: str) -> None:
        """From here on `secret` reads as `label`. The first name given stays."""
        if not secret or secret in self._named:
            return
        self._named[secret] = label
        for form in _forms(secret):
            self._forms.setdefault(form, label)
        for segment in secret.split(".")[1:] if secret.count(".") >= 2 else ():
            if len(segment) >= SHORTEST_SEGMENT:
                self._segments.setdefault(segment, f"[part of {label}]")
        self._forms = _longest_first(self._forms)

    def text(self, text: str) -> str:
        """The text without any secret."""
        if text in self._named:
            return self._named[text]
        text = _replaced(text, self._forms)
        text = _JWT.sub(lambda match: fingerprint(match[0]), text)
        text = _replaced(text, self._segments)
        return _FIELD.sub(_replaced_value, text)

    def header(self, name: str, value: str) -> str:
        """A field value without any secret: whole cookies, and what looks like a credential, go too."""
        lowered = name.lower()
        if lowered in _COOKIE_HEADERS:
            pairs = 0 if lowered == "cookie" else 1  # what follows the first pair of Set-Cookie are attributes
            return re.sub(r"=[^;]*", "=[cookie]", value, count=pairs) if "=" in value else "[cookie]"
        if lowered in _SECRET_HEADERS:
            return _CREDENTIAL.sub(_unless_label(self), self.text(value))
        return self.text(value)

    def data(self, data: Any) -> Any:  # noqa: ANN401 - JSON data has no narrower type
        """JSON data with every string redacted; a [name, value] pair under "headers" as a field."""
        match data:
            case str():
                return self.text(data)
            case {"headers": list(fields), **rest}:
                redacted = [[self.text(name), self.header(name, value)] for name, value in fields]
                order = {key: rest.get(key) for key in data}
                return {k: redacted if k == "headers" else self.data(v) for k, v in order.items()}
            case dict():
                return {self.text(str(key)): self.data(value) for key, value in data.items()}
            case list() | tuple():
                return [self.data(value) for value in data]
            case _:
                return data

    def shell(self, line: str) -> str:
        """A shell line whose secrets are variables that the shell expands, even inside single quotes."""
        redacted = self.text(line)
        redacted = re.sub(
            r"(Authorization: \w+ )([A-Za-z0-9._~+/=-]{20,})", lambda m: m[1] + fingerprint(m[2]), redacted
        )
        return re.sub(r"\$SYNQ_[A-Z_]+", lambda match: f"'\"{match[0]}\"'", redacted)

    def option(self, text: str) -> str:
        """What stood on a command line, without the values of options whose names speak of secrets."""
        return _OPTION.sub(lambda match: match[1] + "[redacted]", self.text(text))


def fingerprint(token: str) -> str:
    """A stand-in by which a token is recognized and from which it cannot be had back."""
    return f"[token {sha256(token.encode()).hexdigest()[:8]}]"


def _longest_first(labels: dict[str, str]) -> dict[str, str]:
    return dict(sorted(labels.items(), key=lambda item: len(item[0]), reverse=True))


def _replaced(text: str, labels: dict[str, str]) -> str:
    # Plain search beats a pattern of all secrets, which would be compiled anew with each of them.
    for secret, label in labels.items():
        if secret in text:
            text = text.replace(secret, label)
    return text


def _forms(secret: str) -> set[str]:
    """The secret as it stands in text, URLs, JSON, markup and base64."""
    raw = secret.encode()
    encoded = {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        raw.hex(),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }
    return {form for form in encoded if len(form) >= SHORTEST_CONTAINED}


def _replaced_value(match: re.Match[str]) -> str:
    return match[0] if match[2].startswith(("$SYNQ", "[")) else match[1] + "[redacted]"


def _unless_label(redactor: Redactor) -> Callable[[re.Match[str]], str]:
    labels = set(redactor._named.values())
    return lambda match: match[0] if match[0] in labels else fingerprint(match[0])
