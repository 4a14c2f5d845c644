"""Tokens that runs used, kept until they have ended, so that a later run has one that ended by itself."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from conformance.config.profile import ProfileError, Target
from conformance.contract.durations import BEYOND_LEEWAY_S, DAY_S
from conformance.tokens import decode, expires_at

KEPT_S = 90.0 * DAY_S
"""How long it is kept after that."""
MOST = 8
"""Tokens of one target that are kept."""
OWN = 0o600


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token, and for whom it was."""

    base_url: str
    tenant_id: str
    org_id: str
    token: str
    expires: float


def keep_token(vault: Path, target: Target, token: str) -> None:
    """Keep this token, if it says when it ends; raises OSError if the vault cannot be written.

    The file is its owner's alone. What is long over is thrown away.
    """
    expiry, now = expires_at(token), time.time()
    if expiry is None or decode(token) is None:
        return
    scope = target.scope
    fresh = KeptToken(target.base_url, scope.tenant_id, scope.org_id, token, expiry)
    others = [one for one in _read(vault) if one.token != token and one.expires > now - KEPT_S]
    of_target = [one for one in others if _is_of(one, target)]
    dropped = of_target[: max(0, len(of_target) + 1 - MOST)]
    kept = [*(one for one in others if one not in dropped), fresh]
    _write(vault, json.dumps({"tokens": [asdict(one) for one in kept]}, indent=1) + "\n")


def with_kept_token(target: Target, vault: Path) -> Target:
    """The target with a token of the vault as its expired one, if the profile has none and one has ended by now.

    Raises ProfileError if the file is no vault, or others may read it.
    """
    over = [one for one in _read(vault) if _is_of(one, target) and one.expires < time.time() - BEYOND_LEEWAY_S]
    if target.tokens.expired is not None or not over:
        return target
    newest = max(over, key=lambda one: one.expires)
    return replace(target, tokens=replace(target.tokens, expired=newest.token))


def _is_of(one: KeptToken, target: Target) -> bool:
    scope = target.scope
    return (one.base_url, one.tenant_id, one.org_id) == (target.base_url, scope.tenant_id, scope.org_id)


def _read(vault: Path) -> list[KeptToken]:
    try:
        text, mode = vault.read_text("utf-8"), vault.stat().st_mode & 0o777
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"--vault {vault}: cannot be read: {getattr(error, 'strerror', 'no UTF-8 text')}") from error
    if mode & 0o077:
        raise ProfileError(f"--vault {vault}: others may read it (mode {mode:o}): chmod 600 {vault}")
    try:
        return list(_tokens(json.loads(text)["tokens"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ProfileError(f"--vault {vault}: is no vault of this suite; name another file, or delete it") from error


def _tokens(entries: list[dict[str, str | float]]) -> Iterator[KeptToken]:
    for entry in entries:
        base_url, tenant_id, org_id, token = (str(entry[name]) for name in ("base_url", "tenant_id", "org_id", "token"))
        yield KeptToken(base_url, tenant_id, org_id, token, float(entry["expires"]))


def _write(vault: Path, text: str) -> None:
    """Write it whole, and never with the rights of others."""
    part = vault.with_name(f".{vault.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(vault)
