"""A gateway in front of an embedded Synq that lets callers in by a key, as those of staging environments do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import tomli_w

from conformance.mock.call import Call, Refused, Steps
from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create

KEY_FIELD, KEY = "X-Gateway-Key", "test-data-of-the-gateway-4c1f0b7de2"
KEY_VARIABLE = "SYNQ_FIELD_X_GATEWAY_KEY"
"""What a reader exports before a line is pasted that sends the key."""
PROFILE = "target.toml"


@dataclass(frozen=True, slots=True)
class Gated:
    """A target behind the gateway, with its profile in a folder."""

    base_url: str
    port: int
    profile: dict[str, object]


def gated(steps: Steps) -> Steps:
    """The same Synq, which without the key nothing of is reached."""

    def path(call: Call) -> str:
        if call.request.values(KEY_FIELD) != (KEY,):
            raise Refused(403, "The gateway does not know you.")
        return steps.path(call)

    return replace(steps, path=path)


@contextmanager
def behind_a_gateway(folder: Path, *faults: str) -> Iterator[Gated]:
    """Serve it, and write its profile, which has the key from the environment variable GATEWAY_KEY."""
    synq = create()
    for name in faults:
        apply_fault(synq, name)
    synq.steps = gated(synq.steps)
    with serve(synq) as running:
        profile = describe(synq, running.base_url)
        profile["target"]["fields"] = {KEY_FIELD: {"env": "GATEWAY_KEY"}, "X-Stage": "blue"}
        (folder / PROFILE).write_text(tomli_w.dumps(profile), "utf-8")
        yield Gated(running.base_url, running.port, profile)
