"""Ctrl-C and SIGTERM are ignored, or held back to the end of a block, if they would break it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from conformance.run.interruption import TOLD_BY, held_back, undisturbed

Block = Callable[[], AbstractContextManager[None]]


@pytest.mark.parametrize("number", TOLD_BY, ids=lambda number: number.name)
def test_an_interruption_held_back_strikes_at_the_end(number: signal.Signals) -> None:
    """The block is done, and then the handler is told, as it would have been at once."""
    done: list[str] = []
    before = signal.signal(number, _interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            _told_within(number, done)
        assert done == ["the rest of the block"]
        assert signal.getsignal(number) is _interrupt
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("block", [held_back, undisturbed])
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


def _told_within(number: signal.Signals, done: list[str]) -> None:
    with held_back():
        signal.raise_signal(number)
        done.append("the rest of the block")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
