"""What a run sends, in all its processes: counted together, held to the target's limits, and marked as the run's."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.config.profile import Target
from conformance.evidence.judge import NotAssessed
from conformance.evidence.recorder import Recorder
from conformance.http.identity import ordinary, request_ids
from conformance.http.limits import Allowance, Ledger
from conformance.http.proxies import proxy_for
from conformance.http.route import Route


@dataclass(frozen=True, slots=True)
class Traffic:
    """The traffic of one run."""

    run_id: str
    ledger: Ledger
    process: str = ""
    """What tells this process's requests from those of the others."""
    parts: int = 1
    """Into how many parts the limits are divided among processes that cannot count together."""
    before: int = 0
    """What was sent before they were divided."""

    def route(self, target: Target, now: Recorder, *, own: bool = False) -> Route:
        """The way to the target for requests that are sent for `now`; `own`: it is the suite's, on this machine.

        Raises ProxyError if the environment names a proxy that cannot be used.
        """
        limits = target.limits
        allowance = Allowance(
            self.ledger,
            requests_per_second=self._part_of(limits.requests_per_second),
            max_requests=None if limits.max_requests is None else (limits.max_requests - self.before) // self.parts,
            exhausted=NotAssessed,
        )
        proxy = None if own else proxy_for(target.base_url, os.environ)
        if proxy is not None and proxy.password is not None:
            now.secret(proxy.password, "[password of the proxy]")
        return Route(
            target.base_url,
            limits.timeout_s,
            tls=target.tls.files,
            proxy=proxy,
            take=allowance.take,
            ordinary=ordinary(self.run_id if limits.identify else None, target.fields),
            request_id=request_ids(self.run_id, now, process=self.process) if limits.identify else lambda: None,
        )

    def _part_of(self, rate: float | None) -> float | None:
        return None if rate is None else rate / self.parts

    def handed_over(self) -> str:
        """What another process of the run needs in order to count with this one."""
        return json.dumps([self.run_id, str(self.ledger.path), self.process, self.ledger.sent])

    def taken_up(self, run_id: str, sent: int, times: int) -> Traffic:
        """The same in a run that was interrupted so many times: its id, with what it had sent by then counted."""
        self.ledger.take(sent, most=None, interval_ns=0)
        return replace(self, run_id=run_id, process=f"again{times}-")


def new_traffic() -> Traffic:
    """The traffic of a run that begins."""
    return Traffic(secrets.token_hex(4), Ledger())


def joined_traffic(handed_over: str, process: str, parts: int | None = None) -> Traffic:
    """What `handed_over` made, in another process, which is called `process`.

    It counts with the others, or by itself, and keeps to its part of the limits then.
    """
    run_id, path, run_process, sent = json.loads(handed_over)
    name = f"{run_process}{process}-"
    if parts is None:
        return Traffic(run_id, Ledger(Path(path)), name)
    return Traffic(run_id, Ledger(), name, parts, sent)
