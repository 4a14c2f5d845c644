"""The challenge of a 401 (RFC 9110 §11.6.1)."""

from __future__ import annotations

import re


def bearer_challenge(field: str | None) -> dict[str, str] | None:
    """The parameters of the Bearer challenge in WWW-Authenticate, by lower-case name; None if there is none."""
    match = re.search(r"(?:^|,\s*)bearer(?:\s+(?P<rest>.*))?$", field or "", re.IGNORECASE)
    if match is None:
        return None
    pairs = re.findall(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))', match["rest"] or "")
    return {name.lower(): quoted or bare for name, quoted, bare in pairs}
