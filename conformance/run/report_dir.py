"""The folder that a run reports to: emptied of what an earlier run left, and made whole when workers have ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from conformance.evidence.files import JOURNAL, PART, PROFILE, whole_lines, write_whole
from conformance.evidence.recorder import EXCHANGES
from conformance.evidence.regression_cases import FOUND

PYTEST_XML = "pytest.xml"
"""Every single case, as pytest itself reports it."""
PYTEST_XML_PART = f".{PYTEST_XML}{PART}"
"""The same while pytest writes it."""


def clear(folder: Path) -> None:
    """Take away all that an earlier run left, its verdict in every format first; raises OSError."""
    clear_verdict(folder)
    for stale in (*folder.glob(f"{EXCHANGES}*"), folder / FOUND, folder / JOURNAL, folder / PROFILE):
        stale.unlink(missing_ok=True)
    (folder / EXCHANGES).touch()


def clear_verdict(folder: Path) -> None:
    """Take away the verdict of an earlier run, so that it is not taken for that of the next; raises OSError."""
    from conformance.report.belonging import ENVELOPE  # late, to spare start-up
    from conformance.report.writing import REPORT, formats

    for name in (REPORT, *(one.FILENAME for one in formats().values()), PYTEST_XML, ENVELOPE):
        (folder / name).unlink(missing_ok=True)
    for part in folder.glob(f".*{PART}"):
        part.unlink(missing_ok=True)


def settle(folder: Path | None, *, whole: bool) -> None:
    """Put pytest's file in its place if it is whole, and away if it is not; raises OSError."""
    if folder is None or not (part := folder / PYTEST_XML_PART).is_file():
        return
    if whole:
        part.replace(folder / PYTEST_XML)
    else:
        part.unlink()


def keep_exchanges_of(folder: Path, judged: frozenset[str]) -> None:
    """Leave of the kept exchanges those of cases that were judged; the others are sent again. Raises OSError."""
    names = {case.partition("::")[2] for case in judged}
    kept = [line for line in _kept(folder) if json.loads(line)["case"] in names]
    write_whole(folder / EXCHANGES, "".join(kept))
    for part in folder.glob(f"{EXCHANGES}.*"):
        part.unlink()


def join(folder: Path) -> None:
    """Put the workers' records behind the controller's own; raises OSError."""
    if any(folder.glob(f"{EXCHANGES}.*")):
        write_whole(folder / EXCHANGES, "".join(_kept(folder)))
    for part in folder.glob(f"{EXCHANGES}.*"):
        part.unlink()


def _kept(folder: Path) -> Iterator[str]:
    for path in (folder / EXCHANGES, *sorted(folder.glob(f"{EXCHANGES}.*"))):
        if path.is_file():
            with path.open(encoding="utf-8") as lines:
                yield from whole_lines(lines)
