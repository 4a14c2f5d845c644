"""The output and the log of the process under test, or of this one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class KeptOutput(logging.Handler):
    """Keeps what goes to the log, at the level from which Python prints it if logging is not set up."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def logged() -> Iterator[KeptOutput]:
    """The log of this process, for as long as the block lasts."""
    kept = KeptOutput()
    logging.getLogger().addHandler(kept)
    try:
        yield kept
    finally:
        logging.getLogger().removeHandler(kept)
