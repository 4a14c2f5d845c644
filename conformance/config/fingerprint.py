"""Tells targets apart, without their secrets."""

from __future__ import annotations

import json
from hashlib import sha256

from conformance.config.handing_over import target_as_json
from conformance.config.profile import Target

RENEWED = ("fields", "tokens", "keys", "sign_in", "tls", "limits", "renewal", "extra")
"""Parts of a target that may change without its becoming another: secrets are renewed, limits are raised."""


def fingerprint_of(target: Target) -> str:
    """The same for targets of which the same is asked; which secrets there are counts, what they are does not."""
    known = json.loads(target_as_json(target))
    lasting = {name: value for name, value in known.items() if name not in RENEWED}
    return sha256(json.dumps([lasting, sorted(target.capabilities)]).encode()).hexdigest()[:12]
