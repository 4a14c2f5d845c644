"""One tool tried on one server, and how: what it knows is the same for both, and a third time everything."""

from __future__ import annotations

import re
import tempfile
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.selftest.bench.runs import counting, first_failure, process
from conformance.selftest.peers.schemathesis_run import TO_BE_FOUND, schemathesis_commands
from conformance.selftest.peers.servers import TriedServer

TOOLS: Mapping[str, str] = {
    "schemathesis": "Schemathesis, all checks",
    "suite": "this suite, told the same",
    "suite-profile": "this suite, with a whole profile",
}
"""Of the columns."""


@dataclass(frozen=True, slots=True)
class PeerTrial:
    """What came of one tool on one server."""

    tool: str
    server: str
    found: bool
    requests: int
    """Until it was found; all of them if it was not."""
    seconds: float
    said: str
    """What the tool names first."""


def try_on(server: TriedServer) -> tuple[PeerTrial, ...]:
    """Every tool, each on a server of its own; raises RuntimeError if one did not run."""
    return (schemathesis_trial(server), suite_trial(server, "suite"), suite_trial(server, "suite-profile"))


def told_the_same(profile: Mapping[str, Any]) -> dict[str, Any]:
    """What Schemathesis knows: the description, two tenants with a token each, and that it may write."""
    scope = {name: value for name, value in profile["scope"].items() if name != "other_org_id"}
    probe = {name: value for name, value in profile["probe"].items() if name != "foreign_resource"}
    tokens = {name: profile["tokens"][name] for name in ("valid", "other_tenant")}
    known = {name: profile[name] for name in ("target", "openapi", "limits")}
    return {**known, "scope": scope, "probe": probe, "tokens": tokens}


def schemathesis_trial(server: TriedServer) -> PeerTrial:
    """All that Schemathesis sends, up to its first failure."""
    with _folder() as name:
        folder = Path(name)
        with counting(folder, server.change) as (_, counter):
            profile = tomllib.loads((folder / "profile.toml").read_text("utf-8"))
            commands = schemathesis_commands(profile, folder, "--max-failures", "1", "--no-shrink")
            for command in commands.values():
                took = process(command, folder)
                if took.code not in (0, TO_BE_FOUND) or "Test cases:" not in took.out:
                    raise RuntimeError(f"Schemathesis ended with {took.code} on {server.name}: {took.out[-800:]}")
                if took.code == TO_BE_FOUND:
                    break
            seconds = time.perf_counter() - counter.first_at
        found = took.code == TO_BE_FOUND
        said = ", ".join(re.findall(r"^- (.+)$", took.out, re.MULTILINE)[:1])
        return PeerTrial("schemathesis", server.name, found, counter.answered, round(seconds, 1), said)


def suite_trial(server: TriedServer, tool: str) -> PeerTrial:
    """A run of this suite up to its first failure; `tool` says how much it is told."""
    with _folder() as name:
        begun = time.perf_counter()
        told = told_the_same if tool == "suite" else dict
        found = first_failure(Path(name), server.change, told)
        if found.said is None:
            return PeerTrial(tool, server.name, False, found.requests, round(time.perf_counter() - begun, 1), "")
        return PeerTrial(tool, server.name, True, found.requests, round(found.seconds, 1), found.said.partition(":")[0])


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="synq-peers-", ignore_cleanup_errors=True)
