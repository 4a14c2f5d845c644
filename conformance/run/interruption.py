"""Ctrl-C and SIGTERM are kept from striking in a block that they would break."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TOLD_BY = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def undisturbed() -> Iterator[list[int]]:
    """A block that Ctrl-C and SIGTERM do not break off: it is short, or looks by itself which came, and ends.

    An exception of their handler may strike while a lock of the standard library is taken or given back; the lock is
    held for ever then. In a callback of the interpreter, as when a module is imported, the exception is passed over.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    handlers = {number: signal.getsignal(number) for number in TOLD_BY}
    heard = {number: handler for number, handler in handlers.items() if handler not in (signal.SIG_IGN, None)}
    for number in heard:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield came
    finally:
        for number, handler in heard.items():
            signal.signal(number, handler)
