"""What a rule or a case needs of its target, and how to ask for what is not there."""

from __future__ import annotations

from collections.abc import Sequence

Need = frozenset[str]
"""Capabilities any one of which will do: dotted keys of a profile, tables of it, or one of `ELSEWHERE`."""

ELSEWHERE = {
    "clock": "a clock that can be moved (the embedded Synq)",
    "direct": "a way to the target without an HTTP proxy, which may join or drop fields",
    "socket": "a target on a socket",
    "loopback": "a target on this machine",
    "patience": "leave to wait for more than an hour (--wait-for-expiry)",
    "tls": "a base URL that begins with https",
}
"""Capabilities that no profile gives, and what a reader can do about them."""
EASIEST = ("tokens", "scope", "probe", "openapi", "operation", "sign_in", "revoke", "keys")
"""Tables of a profile, in the order in which a deployment's owner can fill them."""
_TABLES = {"operation": "[[operation]]"}
"""Tables of which a profile may have several."""


def supply(needs: Sequence[Need], capabilities: frozenset[str]) -> str | None:
    """Returns what to supply so that every need is met, or None if these capabilities meet them all."""
    unmet = [need for need in needs if not need & capabilities]
    strictest = [need for need in unmet if not any(other < need for other in unmet)]
    return "supply " + " and ".join(map(_either, dict.fromkeys(strictest))) if unmet else None


def _either(need: Need) -> str:
    """Any one of these; what no profile gives is named only if nothing else will do."""
    of_profile = sorted(need - set(ELSEWHERE), key=lambda name: (EASIEST.index(name.partition(".")[0]), name))
    if not of_profile:
        return " or ".join(ELSEWHERE[name] for name in sorted(need))
    names = [_TABLES.get(name, f"[{name}]") if "." not in name else name for name in of_profile]
    return f"{' or '.join(names)} in the profile"
