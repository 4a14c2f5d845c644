"""Workers on other machines: what they cannot share with the controller, and what they are given instead.

The processes of one machine share its clock, a count of what was sent, and a folder. A worker elsewhere has the options
as the controller understood them, a part of the limits, the time that is left, and hands its evidence over.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from conformance.config.options import RunOptions

ELSEWHERE = "synq-elsewhere"
"""The key of xdist's `workerinput` under which a worker on another machine finds what it is given."""
PARTS = "synq-parts"
"""One more: into how many parts the limits are divided; None if all processes count together."""
STARTED_AGAIN = "4"
"""How many workers of other machines are started in place of those that ended."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a worker on another machine has of the run."""

    suite_version: str
    options: RunOptions
    seconds_left: float | None
    """Until the deadline, when it was sent."""


def is_elsewhere(spec: Any) -> bool:  # noqa: ANN401 - execnet has no type for it
    """Whether a gateway of execnet, such as `ssh=host`, leads to a process that is not one of this machine's."""
    return not spec.popen or bool(spec.via)


def given_to(node: Any, options: RunOptions, ends: float | None) -> Mapping[str, Any]:  # noqa: ANN401 - nor has xdist
    """What this worker's `workerinput` is to hold in addition; `ends` by time.monotonic."""
    apart = any(is_elsewhere(spec) for spec in node.nodemanager.specs)
    given = None
    if is_elsewhere(node.gateway.spec):
        seconds_left = None if ends is None else ends - time.monotonic()
        given = _adapter().dump_json(Given(version("synq-conformance"), options, seconds_left)).decode()
    return {ELSEWHERE: given, PARTS: node.workerinput["workercount"] if apart else None}


def received(config: pytest.Config, worker: Mapping[str, Any] | None) -> Given | None:
    """What this process was given if it is a worker on another machine; its report folder is one of its own.

    Raises UsageError if the suite is of another version there.
    """
    if worker is None or worker.get(ELSEWHERE) is None:
        return None
    given: Given = _adapter().validate_json(worker[ELSEWHERE])
    if given.suite_version != version("synq-conformance"):
        raise pytest.UsageError(
            f"{worker['workerid']}: synq-conformance is {version('synq-conformance')} on this machine, and "
            f"{given.suite_version} where the run was started: install the same version"
        )
    folder = tempfile.TemporaryDirectory(prefix="synq-worker-")
    config.add_cleanup(folder.cleanup)
    return replace(given, options=replace(given.options, report_dir=Path(folder.name)))


def watched(config: pytest.Config) -> None:
    """Let xdist tell of gateways that it cannot open, and give up on workers that end again and again.

    Of itself it starts them for ever, if --tx names them.
    """
    if not (config.getoption("tx", None) or config.getoption("px", None)):
        return
    config.pluginmanager.register(Reaching(), "synq-reaching")
    if config.getoption("maxworkerrestart", None) is None:
        config.option.maxworkerrestart = STARTED_AGAIN


class Reaching:
    """Says in a line why a gateway of execnet could not be opened. A pytest plugin."""

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self) -> Generator[None, None, None]:
        """xdist opens them at the start of the session."""
        from execnet.gateway_bootstrap import HostNotFound  # late, to spare start-up

        try:
            return (yield)
        except HostNotFound as error:
            raise pytest.UsageError(
                f"--tx {error}: cannot be reached, or its Python cannot be started there; try what stands behind "
                "`ssh=` by hand: ssh must not ask for anything"
            ) from None


def _adapter() -> Any:  # noqa: ANN401 - pydantic is imported late
    from pydantic import TypeAdapter  # late, to spare start-up

    return TypeAdapter(Given)
