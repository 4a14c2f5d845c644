"""How Schemathesis is started here: with every check, and with all that its guide says about accounts."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.mock.routes import DESCRIPTION_PATH, REVOKE

PROGRAM = str(Path(sys.executable).parent / "schemathesis")
TO_BE_FOUND = 1
"""The exit code of a run that has something to say."""
Fields = dict[str, str]


def schemathesis_commands(profile: Mapping[str, Any], folder: Path, *options: str) -> dict[str, tuple[str, ...]]:
    """Its runs on the server of the profile, by name, in their order; writes what they need into the folder.

    `whole` has all checks and the caller's three headers. `objects` looks whether one account gets what is another's;
    it goes by itself, since headers of accounts are not left out one by one. `revoking` is last, since it ends the
    token.
    """
    base_url, scope, tokens = profile["target"]["base_url"], profile["scope"], profile["tokens"]
    own = _fields(tokens["valid"], scope["tenant_id"], scope["org_id"])
    other = _fields(tokens["other_tenant"], scope["other_tenant_id"], scope["other_tenant_org_id"])
    _write_accounts(folder, own=own, other=other)
    run = ("run", f"{base_url}{DESCRIPTION_PATH}", "--mode", "all", "--seed", "0", *options)
    headers = tuple(word for name, value in own.items() for word in ("--header", f"{name}: {value}"))
    whole = (PROGRAM, "--no-color", *run, *headers, "--checks", "all")
    accounts = (PROGRAM, "--no-color", "--config-file", "accounts.toml", *run)
    return {
        "whole": (*whole, "--exclude-path", REVOKE),
        "objects": (*accounts, "--checks", "object_level_authorization", "-n", "10", "--exclude-path", REVOKE),
        "revoking": (*whole, "--include-path", REVOKE, "--phases", "examples,coverage,fuzzing"),
    }


def _write_accounts(folder: Path, **accounts: Fields) -> None:
    users = [
        {"name": user, "fixedHeaders": [{"name": name, "value": value} for name, value in fields.items()]}
        for user, fields in accounts.items()
    ]
    (folder / "accounts.json").write_text(json.dumps({"auth": users}), "utf-8")
    text = f'[auth.wfc]\npath = "accounts.json"\nuser = "own"\npeers = {json.dumps([*accounts])}\n'
    (folder / "accounts.toml").write_text(text, "utf-8")


def _fields(token: str, tenant_id: str, org_id: str) -> Fields:
    return {"Authorization": f"Bearer {token}", "X-Tenant-ID": tenant_id, "X-Org-ID": org_id}
