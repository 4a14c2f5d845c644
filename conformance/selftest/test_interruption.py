"""Ctrl-C and SIGTERM break off no block that asks for it, and the block can look which came."""

from __future__ import annotations

import signal

import pytest

from conformance.run.interruption import TOLD_BY, undisturbed


@pytest.mark.parametrize("number", TOLD_BY, ids=lambda number: number.name)
def test_a_block_notices_an_interruption_and_goes_on(number: signal.Signals) -> None:
    """It sees which came; the handler is there again afterwards."""
    before = signal.signal(number, _interrupt)
    try:
        with undisturbed() as came:
            signal.raise_signal(number)
            assert came == [number]
        assert signal.getsignal(number) is _interrupt
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", TOLD_BY, ids=lambda number: number.name)
def test_an_ignored_signal_stays_ignored(number: signal.Signals) -> None:
    """A command that a shell runs in the background ignores Ctrl-C, also after the block."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with undisturbed():
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
