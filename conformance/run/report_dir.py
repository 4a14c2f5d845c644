"""The folder that a run reports to: emptied of what an earlier run left, and made whole when workers have ended."""

from __future__ import annotations

from pathlib import Path

from conformance.config.options import OptionError
from conformance.evidence.recorder import EXCHANGES
from conformance.evidence.regression_cases import FOUND


def make_writable(folder: Path) -> None:
    """Make the folder, and take away an earlier run's record; raises OptionError if that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stale in (*folder.glob(f"{EXCHANGES}*"), *folder.glob(FOUND)):
            stale.unlink()
        (folder / EXCHANGES).touch()
    except OSError as error:
        raise OptionError(f"--report-dir {folder}: cannot be written: {error.strerror}") from error


def join(folder: Path) -> None:
    """Put the workers' records behind the controller's own."""
    with (folder / EXCHANGES).open("a", encoding="utf-8") as whole:
        for part in sorted(folder.glob(f"{EXCHANGES}.*")):
            whole.write(part.read_text("utf-8"))
            part.unlink()
