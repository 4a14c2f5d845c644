"""Ctrl-C and SIGTERM are ignored, or looked for by a block itself, if they would break it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from conformance.run.interruption import TOLD_BY, noticed, undisturbed

Block = Callable[[], AbstractContextManager[list[int] | None]]


@pytest.mark.parametrize("number", TOLD_BY, ids=lambda number: number.name)
def test_a_block_notices_an_interruption_and_goes_on(number: signal.Signals) -> None:
    """It sees which came; the handler is there again afterwards."""
    before = signal.signal(number, _interrupt)
    try:
        with noticed() as came:
            signal.raise_signal(number)
            assert came == [number]
        assert signal.getsignal(number) is _interrupt
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("block", [noticed, undisturbed])
@pytest.mark.parametrize("number", TOLD_BY, ids=lambda number: number.name)
def test_an_ignored_signal_stays_ignored(number: signal.Signals, block: Block) -> None:
    """A command that a shell runs in the background ignores Ctrl-C, also after the block."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with block():
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
