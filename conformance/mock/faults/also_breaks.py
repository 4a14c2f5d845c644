"""Rules that fall together: what follows from a fault that lets in, or answers wrongly, a whole class of requests."""

from __future__ import annotations

FORGERIES = (
    *("token-malformed", "signature-spelling", "signature-altered", "signature-foreign", "signature-blank"),
    *("alg-none", "alg-unknown", "key-confusion", "hmac-weak-secret", "embedded-key", "key-url", "kid-injection"),
    *("crit-unknown", "claims-prolonged"),
)
"""Tokens that Synq never signed as they are."""

PAST_THE_HOUR = ("token-accepted-until-hour", "expiry-leeway", "expiry-leeway-minute", "verified-every-request")
"""In addition to token-expired."""

BAD_TOKENS = (
    *FORGERIES,
    *("authorization-malformed", "header-combinations", "token-before-scope", "token-spelling"),
    *("token-other-form", "claim-types", "expiry-missing", "not-yet-valid", "issued-in-future", "issuer-wrong"),
    *("audience-wrong", "token-expired", *PAST_THE_HOUR, "token-revoked", "connection-not-trusted"),
)
"""Rules on what is answered 401 because of Authorization."""

OUT_OF_SCOPE = (
    *("tenant-missing", "org-missing", "scope-missing", "tenant-malformed", "org-malformed", "tenant-foreign"),
    *("org-foreign", "org-of-other-tenant", "token-unprovisioned", "role-forbidden", "foreign-resource-status"),
)
"""Rules on what is answered 403."""
