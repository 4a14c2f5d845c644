"""A worker process ends with the process that started it, however that ends."""

from __future__ import annotations

import os
import threading
import time

LOOK_EVERY_S = 0.2


def end_with(parent: int) -> None:
    """End this process, at once and with code 3, as soon as `parent` is no longer the process that it belongs to.

    What a killed process was doing is lost, and so is what its workers would do for it.
    """
    threading.Thread(target=_watch, args=(parent,), name="parent watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_S)
    os._exit(3)
