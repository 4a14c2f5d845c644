"""Sessions with an adapter of their own, which take their time while the other checks go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from conformance.client.harness.bench import ClientSessions
from conformance.evidence.judge import HarnessError
from conformance.evidence.recorder import Recorder
from conformance.http.exchange import Exchange

V = TypeVar("V")


class HeldRecorder(Recorder):
    """Holds exchanges until they can be kept for the case that asks for them."""

    def __init__(self) -> None:
        super().__init__(None)
        self.held: list[Exchange] = []

    def exchange(self, exchange: Exchange, part: str = "subject") -> None:  # noqa: ARG002 - the recorder's signature
        self.held.append(exchange)


class Aside(Generic[V]):
    """One such session, or several one after the other: begun now, asked for later."""

    def __init__(self, bench: ClientSessions, play: Callable[[ClientSessions], V]) -> None:
        self._recorder, self._play = HeldRecorder(), play
        self._bench = ClientSessions(bench.launcher, self._recorder)
        self._seen: Future[V] = Future()
        threading.Thread(target=self._run, name="a session aside", daemon=True).start()

    def seen(self, recorder: Recorder, within_s: float) -> V:
        """What it showed, its exchanges kept; raises what it ended in, HarnessError if that takes too long."""
        try:
            return self._seen.result(within_s)
        except TimeoutError:
            raise HarnessError(f"a session aside took more than {within_s:g} s") from None
        finally:
            recorder.keep(self._recorder.held[:])
            self._recorder.held.clear()

    def close(self) -> None:
        """End its adapter."""
        self._bench.close()

    def _run(self) -> None:
        try:
            self._seen.set_result(self._play(self._bench))
        except Exception as error:  # noqa: BLE001 - raised for who asks
            self._seen.set_exception(error)
        finally:
            self._bench.close()
