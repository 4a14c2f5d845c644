"""A target as text that may be kept and shown: what a run knew of it, and no secret."""

from __future__ import annotations

import json
from typing import Any

from conformance.config.handing_over import target_as_json
from conformance.config.profile import Target

PERSONAL = ("email", "password")
"""Of [sign_in]: whose account it is, and its secret."""
LEFT_OUT = ("tokens", "keys", "tls", "extra")
"""Parts that hold secrets; which of them there are is said by the capabilities."""


def public_profile(target: Target) -> str:
    """The same target as the same JSON. Which secrets there are stands in it, what they are does not."""
    known: dict[str, Any] = json.loads(target_as_json(target))
    shown = {name: value for name, value in known.items() if name not in LEFT_OUT}
    if shown["sign_in"]:
        shown["sign_in"] = {name: value for name, value in shown["sign_in"].items() if name not in PERSONAL}
    return json.dumps({**shown, "capabilities": sorted(target.capabilities)}, indent=1, sort_keys=True) + "\n"
