"""What `init` writes: a profile from options, the environment, a description, questions, or for the embedded Synq."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from conformance.config.profile import ProfileError, Target, from_mapping
from conformance.openapi.document import DescriptionError, data_at, is_url
from conformance.setup.profile_text import profile_text
from conformance.toml.schema import tables

FROM_MOCK_URL = "http://127.0.0.1:8765"
MOCK_LINE = "Of the embedded Synq, which is served by: synq-conformance mock --port {port}"
Ask = Callable[[str], str | None]
"""Asks the user for what is missing; None if there is no one to be asked."""


class InitError(ValueError):
    """No profile can be written of this; the message says what is missing, and what to do."""


@dataclass(frozen=True, slots=True)
class Told:
    """What `init` was told."""

    url: str | None = None
    tenant_id: str | None = None
    org_id: str | None = None
    openapi: str | None = None


QUESTIONS = {
    "url": ("SYNQ_BASE_URL", "--url", "Base URL of the API, such as https://staging.example"),
    "tenant_id": ("SYNQ_TENANT_ID", "--tenant-id", "Tenant of the token (X-Tenant-ID)"),
    "org_id": ("SYNQ_ORG_ID", "--org-id", "Organization of the token (X-Org-ID)"),
}
"""What a profile cannot do without: its variable, its option, and the question."""


def asked_profile(told: Told, environ: Mapping[str, str], ask: Ask) -> str:
    """The profile of what was told, what the environment has, and what the user answers.

    Raises InitError. No secret gets into it: a token or a password stays in its variable.
    """
    described = None if told.openapi is None else _server_of(told.openapi)
    known = {"url": told.url or described, "tenant_id": told.tenant_id, "org_id": told.org_id}
    found = {name: known[name] or environ.get(QUESTIONS[name][0], "").strip() or None for name in QUESTIONS}
    for name, value in found.items():
        found[name] = value or ask(QUESTIONS[name][2])
    if missing := [f"{QUESTIONS[name][1]} (or {QUESTIONS[name][0]})" for name, value in found.items() if not value]:
        raise InitError(f"not known, and no terminal to ask at: give {' and '.join(missing)}")
    given: dict[str, dict[str, Any]] = {
        "target": {"base_url": found["url"]},
        "scope": {"tenant_id": found["tenant_id"], "org_id": found["org_id"]},
    }
    signs_in = bool(environ.get("SYNQ_EMAIL") and environ.get("SYNQ_PASSWORD"))
    if environ.get("SYNQ_TOKEN") or not signs_in:
        given["tokens"] = {"valid": {"env": "SYNQ_TOKEN"}}
    if signs_in:
        given["sign_in"] = {"email": {"env": "SYNQ_EMAIL"}, "password": {"env": "SYNQ_PASSWORD"}}
    if told.openapi is not None:
        given["openapi"] = {"url" if is_url(told.openapi) else "file": told.openapi}
    return profile_text(given)


def _server_of(source: str) -> str | None:
    """The address that the description names first, if it is a whole one; raises InitError for no description."""
    try:
        data = data_at(source)
    except DescriptionError as error:
        raise InitError(f"--openapi {error}") from error
    match data:
        case {"servers": [{"url": str(url)}, *_]}:
            whole = urljoin(source, url) if is_url(source) else url
            return whole if is_url(whole) and "{" not in whole else None
    return None


def profile_of_mock(url: str | None) -> str:
    """The profile of an embedded Synq at this address: whatever process serves it, its accounts are the same."""
    from conformance.mock.describe import describe  # late, to spare start-up
    from conformance.mock.state import create

    base_url = url or FROM_MOCK_URL
    described = describe(create(), base_url)
    given = {name: table for name, table in described.items() if name not in ("tokens", "keys")}
    return profile_text(given, MOCK_LINE.format(port=base_url.rpartition(":")[2].strip("/")))


def variables_in(text: str) -> list[str]:
    """The variables that the profile reads, in its order."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return [name for line in lines for name in re.findall(r'\{env = "([^"]+)"\}', line)]


def target_in(text: str, path: Path) -> Target:
    """The target that the text describes, read as a run would read it; raises InitError if a value is not right."""
    data = tables(text, str(path), InitError)
    # Whether a profile is right does not depend on what its variables hold.
    environ = {name: f"made-up-{name.lower().replace('_', '-')}" for name in variables_in(text)}
    try:
        return from_mapping(data, str(path), folder=path.parent, environ=environ)
    except ProfileError as error:
        raise InitError(str(error)) from error
