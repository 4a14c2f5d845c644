"""What a profile's values must be beyond their types."""

from __future__ import annotations

import json
import math
import re
from typing import Annotated
from urllib.parse import urlsplit

from conformance.toml.schema import Check

_PRINTABLE = re.compile(r"[\x20-\x7e]+")


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError('must be an absolute URL such as "https://staging.example"')
    if not _PRINTABLE.fullmatch(value) or " " in value:
        raise ValueError("holds blanks or characters outside ASCII; write it percent-encoded")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user or a password; credentials go under [tokens] or [sign_in]")
    if "?" in value or "#" in value:
        raise ValueError("must not have a query or a fragment")
    try:
        _ = parts.port
    except ValueError as error:
        raise ValueError("its port is not a number from 0 to 65535") from error
    return value.rstrip("/")


def _id(value: str) -> str:
    if not _PRINTABLE.fullmatch(value) or value != value.strip(" "):
        raise ValueError("must be printable ASCII on one line, not empty and without blanks around it")
    return value


def _token(value: str) -> str:
    if value[:7].lower() == "bearer ":
        raise ValueError('must be the token alone; leave the prefix "Bearer " out')
    if not _PRINTABLE.fullmatch(value) or " " in value:
        raise ValueError("must be one token: printable ASCII on one line, not empty and without blanks")
    return value


def _path(value: str) -> str:
    if not value.startswith("/") or not _PRINTABLE.fullmatch(value) or " " in value or "#" in value:
        raise ValueError('must be a path that starts with "/", percent-encoded and without a fragment')
    return value


def _method(value: str) -> str:
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Z-]+", value):
        raise ValueError('must be an HTTP method in upper case such as "POST"')
    return value


def _pointer(value: str) -> str:
    if not re.fullmatch(r"(/([^~]|~[01])*)?", value):
        raise ValueError('must be a JSON Pointer such as "/token" (RFC 6901)')
    return value


def _filled(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


def _positive(value: float) -> float:
    if not (value > 0 and math.isfinite(value)):
        raise ValueError("must be a number greater than 0")
    return value


def _public_key(value: str) -> str:
    if "PRIVATE KEY-----" in value:
        raise ValueError("is a private key; give the public one here and this one as keys.signing")
    if value.startswith("-----BEGIN "):
        return value
    try:
        parsed = json.loads(value)
    except ValueError as error:
        raise ValueError("must be a JWKS or a public key in PEM") from error
    keys = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) and "kty" in key for key in keys):
        raise ValueError('must be a JWKS, {"keys": […]}, or a public key in PEM')
    if any("d" in key or key["kty"] == "oct" for key in keys):
        raise ValueError("holds a private key; give the public ones here and the private one as keys.signing")
    return value


def _signing_key(value: str) -> str:
    if not re.match(r"-----BEGIN (RSA |EC )?PRIVATE KEY-----", value) or "ENCRYPTED" in value:
        raise ValueError("must be a private key in PEM without a passphrase")
    return value


Url = Annotated[str, Check(_url)]
Id = Annotated[str, Check(_id)]
Token = Annotated[str, Check(_token)]
Path = Annotated[str, Check(_path)]
Method = Annotated[str, Check(_method)]
Pointer = Annotated[str, Check(_pointer)]
Text = Annotated[str, Check(_filled)]
Positive = Annotated[float, Check(_positive)]
Count = Annotated[int, Check(_positive)]
PublicKey = Annotated[str, Check(_public_key)]
SigningKey = Annotated[str, Check(_signing_key)]
