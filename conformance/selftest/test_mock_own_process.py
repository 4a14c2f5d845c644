"""The embedded Synq in a process of its own: it answers, its clock moves, and it ends with its caller."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from conformance.config.options import options_given
from conformance.contract.durations import HOUR_S
from conformance.contract.rules import Role, load_contract
from conformance.evidence.recorder import Recorder
from conformance.mock.own_process import ClockApart, ServerEnded, serve_apart
from conformance.selftest.processes import ended
from conformance.server.harness.targets import in_own_process, open_target
from conformance.server.harness.traffic import new_traffic

CALLER = """
import os, sys
from conformance.mock.own_process import serve_apart
with serve_apart() as served:
    print(served.clock.process.pid, served.profile["target"]["base_url"], flush=True)
    sys.stdin.read()
"""


def _asked(profile: Mapping[str, Any], **headers: str) -> int:
    scope = profile["scope"]
    documented = {
        "Authorization": f"Bearer {profile['tokens']['valid']}",
        "X-Tenant-ID": scope["tenant_id"],
        "X-Org-ID": scope["org_id"],
    }
    url = profile["target"]["base_url"] + profile["probe"]["read"]
    return httpx.get(url, headers=documented | headers).status_code


def test_it_answers_from_another_process() -> None:
    """The documented request is accepted, and the process is not this one."""
    with serve_apart() as served:
        assert _asked(served.profile) == 200
        assert served.clock.process.pid != os.getpid()


def test_it_has_the_faults_that_are_named() -> None:
    """A fault that takes every scheme takes this one."""
    with serve_apart(["any-scheme-accepted"]) as served:
        token = served.profile["tokens"]["valid"]
        assert _asked(served.profile, Authorization=f"Token {token}") == 200


def test_its_clock_moves_and_is_set_right_again() -> None:
    """An hour on, the token is over; set right, it is good again."""
    with serve_apart() as served:
        before = served.clock.now()
        served.clock.advance(HOUR_S + 60)
        over, moved = _asked(served.profile), served.clock.now() - before
        served.clock.reset()
        assert (over, _asked(served.profile)) == (401, 200)
        assert moved == pytest.approx(HOUR_S + 60, abs=30)
        assert served.clock.now() - before < 60


def test_a_process_that_is_gone_is_told() -> None:
    """With its exit code, instead of an hour that did not pass."""
    with serve_apart() as served:
        served.clock.process.kill()
        served.clock.process.wait(10)
        with pytest.raises(ServerEnded, match="exit code -9"):
            served.clock.advance(HOUR_S)


def test_it_speaks_tls_beside() -> None:
    """Its certificate is trusted for its own name."""
    with in_own_process(()) as bench:
        assert bench.over_tls().route.base_url.startswith("https://")


def test_it_ends_with_a_caller_that_is_killed() -> None:
    """Nothing is left when the caller could not clean up."""
    command = [sys.executable, "-c", CALLER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as caller:  # noqa: S603 - our own script
        assert caller.stdout is not None
        pid = int(caller.stdout.readline().split()[0])
        caller.send_signal(signal.SIGKILL)
        caller.wait(10)
    assert ended(pid, 10)


@pytest.mark.parametrize(
    ("given", "cores", "apart"),
    [
        pytest.param({}, 2, True, id="a-core-is-free"),
        pytest.param({}, 1, False, id="one-core"),
        pytest.param({"depth": "quick"}, 2, False, id="a-short-run"),
        pytest.param({"rule": ["role-forbidden"]}, 2, False, id="one-rule"),
    ],
)
def test_a_long_run_has_its_server_on_another_core(
    given: dict[str, Any], cores: int, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short run would wait longer for the process to start than it spares, and one core is no two."""
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)
    options = options_given(given, Role.SERVER, load_contract())
    with open_target(options, None, new_traffic(), Recorder(None)) as bench:
        assert isinstance(bench.clock, ClockApart) is apart


def test_workers_that_take_every_core_have_their_servers_within(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers on two cores would wait for each other's servers."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "2")
    options = options_given({}, Role.SERVER, load_contract())
    with open_target(options, None, new_traffic(), Recorder(None)) as bench:
        assert not isinstance(bench.clock, ClockApart)
