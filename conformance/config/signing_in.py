"""How an account of the target signs in, and how a token is revoked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from conformance.config.types import Count, Path, Pointer, Text
from conformance.contract.paths import REVOKE_PATH, SIGN_IN_PATH
from conformance.toml.schema import FORBID_UNKNOWN

Fields = dict[str, str | bool | int]
"""Members of a body, in JSON or in a form."""
_SECRET = re.compile(r"(secret|password|key|token|assertion|credential)(?!.*_(type|hint)$)", re.IGNORECASE)
"""What a member is called that holds one; `token_type_hint` and the like say of what kind it is (RFC 7009 §2.1)."""


def secrets_in(fields: Fields) -> dict[str, str]:
    """Those of the members that no output may show, by what they are called."""
    return {name: value for name, value in fields.items() if isinstance(value, str) and _SECRET.search(name)}


@dataclass(frozen=True, slots=True)
class SignIn:
    """How an account signs in. The defaults are the contract's assumptions."""

    __pydantic_config__ = FORBID_UNKNOWN
    email: Text
    password: Text = field(repr=False)
    path: Path = SIGN_IN_PATH
    request: Literal["json", "form"] = "json"
    email_field: Text = "email"
    password_field: Text = "password"  # noqa: S105 - the field's name, not a password
    fields: Fields = field(default_factory=dict, hash=False, repr=False)
    """What the body says besides, such as `grant_type` and `client_id` (RFC 6749 §4.3.2)."""
    token_pointer: Pointer = "/token"  # noqa: S105 - where the token stands, not a token
    expires_in_pointer: Pointer = "/expires_in"
    wrong_tries: Count = 3
    """How many wrong passwords in a row do not lock the account."""


@dataclass(frozen=True, slots=True)
class Revoke:
    """How a token is revoked: by a POST that carries it."""

    __pydantic_config__ = FORBID_UNKNOWN
    path: Path = REVOKE_PATH
    token_field: Text | None = None
    """What the token is called in a form that the POST sends besides (RFC 7009 §2.1); None: it sends no body."""
    fields: Fields = field(default_factory=dict, hash=False, repr=False)
    """What that form says besides, such as `client_id`."""
