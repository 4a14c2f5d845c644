"""By what a run was judged and what it left, as digests: a report says which files belong to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 in hexadecimal, each None if the run had no such thing; reports of earlier suites have none."""

    contract: str | None = None
    """Of contract.toml, by which it was judged."""
    profile: str | None = None
    """Of profile.json: all that was known of a server, without its secrets."""
    waivers: str | None = None
    """Of the waiver file that it heeded."""
    journal: str | None = None
    """Of journal.jsonl: how each case came out."""
    exchanges: str | None = None
    """Of exchanges.jsonl: what was sent and answered, without secrets."""


NO_DIGESTS = Digests()


def contract_digest() -> str:
    """Of the contract that this suite judges by."""
    return hashlib.sha256(files("conformance.contract").joinpath("contract.toml").read_bytes()).hexdigest()
