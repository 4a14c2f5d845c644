"""The files that belong to a report: where they lie, and their digests."""

from __future__ import annotations

import hashlib
from pathlib import Path

from conformance.evidence.files import JOURNAL, PROFILE
from conformance.evidence.recorder import EXCHANGES
from conformance.results.digests import Digests, contract_digest

ENVELOPE = "report.dsse.json"
"""The signed statement over report.json, beside it."""
BESIDE = {"profile": PROFILE, "journal": JOURNAL, "exchanges": EXCHANGES}
"""What lies beside report.json, by its name among the digests."""


def digests_of(folder: Path, waivers: str | None = None) -> Digests:
    """Of a run of this suite whose files lie in the folder; `waivers` is the digest of its waiver file.

    Raises OSError if one of the files cannot be read.
    """
    there = {name: folder / file for name, file in BESIDE.items() if (folder / file).is_file()}
    return Digests(contract_digest(), waivers=waivers, **{name: file_digest(path) for name, path in there.items()})


def file_digest(path: Path) -> str:
    """SHA-256 of the file in hexadecimal; raises OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
