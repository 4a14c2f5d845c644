"""Whose processes may judge: those of one machine, which share its clock, a count of what was sent, and a folder."""

from __future__ import annotations

from collections.abc import Sequence

import pytest


def refuse_other_machines(config: pytest.Config) -> None:
    """Raises UsageError if xdist is told to start workers elsewhere than in processes of this machine."""
    named: Sequence[str] = (*(config.getoption("tx", None) or ()), *(config.getoption("px", None) or ()))
    for spec in named:
        if _elsewhere(spec):
            raise pytest.UsageError(
                f"--tx {spec}: a run keeps its limits, its deadline and its evidence on one machine; start it with "
                "--synq-shard 1/2, 2/2 and so on, on each machine one, and put the parts together with "
                "`synq-conformance report merge`"
            )


def _elsewhere(spec: str) -> bool:
    """Whether a gateway of execnet, such as `2*popen//python=python3.12` or `ssh=host`, is not a process of ours."""
    kind, *more = spec.rpartition("*")[2].split("//")
    return kind.partition("=")[0] != "popen" or any(one.startswith("via=") for one in more)
