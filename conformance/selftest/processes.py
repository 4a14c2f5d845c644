"""Processes of others: whether they are gone."""

from __future__ import annotations

import os
import time
from pathlib import Path


def ended(pid: int, within_s: float) -> bool:
    """Whether the process is gone, or only waits to be reaped, before the time is over."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False
