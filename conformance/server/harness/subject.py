"""The server under test as a run sees it: the one that is named, or the embedded Synq."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from conformance.config.fingerprint import fingerprint_of
from conformance.config.handing_over import target_as_json, target_from_json
from conformance.config.options import RunOptions
from conformance.config.profile import Target
from conformance.config.public_profile import public_profile
from conformance.contract.rules import Role, load_contract
from conformance.evidence.recorder import Recorder
from conformance.results.data import Subject
from conformance.server.harness.choice import choice, first_line
from conformance.server.harness.extent import requests_of
from conformance.server.harness.preflight import obstacle
from conformance.server.harness.supplied import set_aside
from conformance.server.harness.targets import OpenTarget, load_target, open_target
from conformance.server.harness.token_vault import keep_token
from conformance.server.harness.traffic import Traffic, joined_traffic, new_traffic


@dataclass(frozen=True, slots=True)
class ServerUnderTest:
    """A named server, or the embedded Synq if `target` is None."""

    options: RunOptions
    target: Target | None
    first_line: str
    traffic: Traffic
    given: Target | None = None
    """The target as it is named, once `target` lacks what is not used of it."""

    @property
    def named_by(self) -> tuple[str, ...]:
        return tuple(_named_by(self.options))

    @property
    def fingerprint(self) -> str:
        named = self.given or self.target
        return " ".join(self.named_by) if named is None else fingerprint_of(named)

    @property
    def run_id(self) -> str | None:
        identified = self.target is None or self.target.limits.identify
        return self.traffic.run_id if identified else None

    def describe(self) -> Subject:
        if self.target is not None:
            return Subject(Role.SERVER, self.target.name, self.target.base_url)
        how = " in-process" if self.options.mock else ""
        mutated = f", mutated by {', '.join(self.options.faults)}" if self.options.faults else ""
        return Subject(Role.SERVER, f"embedded Synq{how}{mutated}", None)

    def preflight(self, recorder: Recorder) -> tuple[ServerUnderTest, str | None]:
        """Returns the server without what is supplied and is not what its name says, and why nothing can be judged.

        The embedded Synq is not asked.
        """
        if self.target is None:
            return self, None
        genuine = ""

        def accepted(token: str) -> None:
            nonlocal genuine
            genuine = token
            self._keep(recorder, token)

        route = self.traffic.route(self.target, recorder)
        said = obstacle(self.target, route, recorder, self._least_s(self.target), accepted)
        if said is not None:
            return self, said
        target, unused = set_aside(self.target, genuine)
        recorder.notes += unused
        return replace(self, given=self.target, target=target), None

    def _least_s(self, target: Target) -> float:
        """How long the run takes at least, by half of what it is expected to take."""
        options = self.options
        expected_s = requests_of(target, options.depth, rules=options.selected(load_contract())).duration_s / 2
        return min(expected_s, options.deadline_s or expected_s)

    def _keep(self, recorder: Recorder, token: str) -> None:
        vault = self.options.vault
        if vault is None or self.target is None:
            return
        try:
            keep_token(vault, self.target, token)
        except OSError as error:
            recorder.notes.append(f"--vault {vault}: {error.strerror}; the run's token is not kept")

    def open(self, recorder: Recorder) -> AbstractContextManager[OpenTarget]:
        return open_target(self.options, self.target, self.traffic, recorder)

    def sent(self) -> int:
        return self.traffic.ledger.sent

    def taken_up(self, run_id: str | None, sent: int, times: int) -> ServerUnderTest:
        return replace(self, traffic=self.traffic.taken_up(run_id or self.traffic.run_id, sent, times))

    def public_profile(self) -> str | None:
        return None if self.target is None else public_profile(self.target)

    def handed_over(self) -> str:
        target = None if self.target is None else target_as_json(self.target)
        return json.dumps({"target": target, "traffic": self.traffic.handed_over()})


def server_under_test(options: RunOptions, environ: Mapping[str, str]) -> ServerUnderTest:
    """The server that the options and the environment name; raises ProfileError or OptionError if it is not usable."""
    chosen = choice(options, environ)
    target = None if chosen.embedded else load_target(options)
    return ServerUnderTest(options, target, first_line(chosen, options, target), new_traffic())


def server_in_worker(options: RunOptions, handed_over: str, worker: str, parts: int | None) -> ServerUnderTest:
    """The server that the controller resolved, in a worker process of this name, with one of `parts` of its limits."""
    handed = json.loads(handed_over)
    target = None if handed["target"] is None else target_from_json(handed["target"])
    return ServerUnderTest(options, target, "", joined_traffic(handed["traffic"], worker, parts))


def _named_by(options: RunOptions) -> Iterator[str]:
    """The words of the command line that name it, or its URL if the environment does."""
    if options.url is not None:
        yield from ("--url", options.url)
    if options.profile is not None:
        yield from ("--profile", str(options.profile))
    if options.openapi is not None:
        yield from ("--openapi", options.openapi)
    for fault in options.faults:
        yield from ("--fault", fault)
    yield from (word for word, given in (("--embedded", options.embedded), ("--mock", options.mock)) if given)
