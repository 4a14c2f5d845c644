"""Hypothesis strategies for tokens, headers and requests. Every value knows the class it was drawn from."""

from __future__ import annotations

from conformance.strategies.generated import Generated, Genuine, sendable
from conformance.strategies.headers import (
    LOOSE_SCOPE,
    authorization_values,
    loose_authorization_values,
    loose_scope_values,
    scope_values,
    spaced_authorization,
    three_headers,
)
from conformance.strategies.requests import path_forms, requests
from conformance.strategies.tokens import altered_tokens, malformed_tokens, unsigned_tokens
from conformance.strategies.wire import octets

__all__ = [
    "LOOSE_SCOPE",
    "Generated",
    "Genuine",
    "altered_tokens",
    "authorization_values",
    "loose_authorization_values",
    "loose_scope_values",
    "malformed_tokens",
    "octets",
    "path_forms",
    "requests",
    "scope_values",
    "sendable",
    "spaced_authorization",
    "three_headers",
    "unsigned_tokens",
]
