"""The project's own tests: no target out of the developer's shell, and no connection beyond this machine."""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address

import pytest

from conformance.run.conformance_run import RUN


def pytest_configure(config: pytest.Config) -> None:
    """Shut the tests in; a conformance run has a target of its own, wherever that is."""
    if config.stash.get(RUN, None) is not None:
        return
    for name in [name for name in os.environ if name.startswith("SYNQ_") and name != "SYNQ_ADAPTER_ENVS"]:
        del os.environ[name]
    for name in ("GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        os.environ.pop(name, None)  # runs under test are no steps of the workflow that tests them
    sys.addaudithook(_stay_on_this_machine)


def _stay_on_this_machine(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    match arguments:
        case (_, (str() as host, int(), *_)) if not ip_address(host.partition("%")[0]).is_loopback:
            raise PermissionError(f"a test connects to {host}: tests speak to loopback addresses only")
