"""A target as text that may be kept and shown: what a run knew of it, and no secret."""

from __future__ import annotations

import json
from typing import Any

from conformance.config.handing_over import target_as_json
from conformance.config.profile import Target

PERSONAL = ("email", "password", "fields")
"""Of [sign_in] and [revoke]: whose account it is, its secret, and what may have one."""
LEFT_OUT = ("fields", "tokens", "keys", "tls", "extra")
"""Parts that hold secrets; which of them there are is said by the capabilities."""


def public_profile(target: Target) -> str:
    """The same target as the same JSON. Which secrets there are stands in it, what they are does not."""
    known: dict[str, Any] = json.loads(target_as_json(target))
    shown = {name: value for name, value in known.items() if name not in LEFT_OUT}
    for table in ("sign_in", "revoke"):
        if shown[table]:
            shown[table] = {name: value for name, value in shown[table].items() if name not in PERSONAL}
    return json.dumps({**shown, "capabilities": sorted(target.capabilities)}, indent=1, sort_keys=True) + "\n"
