"""The embedded Synq as a program: serve it until told to stop."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

import click

from conformance.mock.describe import describe
from conformance.mock.faults import FAULTS, apply_fault
from conformance.mock.keys import ALGORITHMS
from conformance.mock.serve import HOST, serve
from conformance.mock.state import create
from conformance.mock.variants import VARIANTS, apply_variant

OK = 0
WRONG_USAGE = 2


Profile = dict[str, dict[str, Any]]


def introduction(profile: Profile) -> str:
    """One line of JSON: where it listens, and all that a client or a test needs to be let in."""
    return json.dumps(_introduction(profile))


def run_mock(
    port: int,
    fault_names: Sequence[str] = (),
    algorithm: str = ALGORITHMS[0],
    introduced: Callable[[Profile], str] = introduction,
    *,
    host: str = HOST,
    variant: str | None = None,
) -> int:
    """Serve on this port (0 takes a free one) until SIGINT or SIGTERM. Returns the exit code.

    What `introduced` makes of its profile is printed first. Call it from the main thread.
    """
    synq = create(algorithm=algorithm)
    for name in fault_names:
        if name not in FAULTS:
            return _wrong(f"unknown fault {name!r}{_suggestion(name)}; see `synq-conformance mock --list-faults`")
        apply_fault(synq, name)
    if variant is not None:
        if variant not in VARIANTS:
            return _wrong(f"unknown variant {variant!r}; there are {', '.join(VARIANTS)}")
        apply_variant(synq, variant)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with serve(synq, port, host) as served:
            profile = describe(synq, served.base_url)
            try:
                click.echo(introduced(profile))
            except OSError as error:
                return _wrong(f"{error.filename}: cannot be written: {error.strerror}")
            stopped.wait()
    except OSError as error:
        return _wrong(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port, or 0 for any")
    return OK


def _introduction(profile: Profile) -> dict[str, object]:
    return {
        "base_url": profile["target"]["base_url"],
        "tenant_id": profile["scope"]["tenant_id"],
        "org_id": profile["scope"]["org_id"],
        "email": profile["sign_in"]["email"],
        "password": profile["sign_in"]["password"],
        "tokens": profile["tokens"],
        "profile": profile,
    }


def _suggestion(name: str) -> str:
    close = get_close_matches(name, FAULTS, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _wrong(message: str) -> int:
    click.echo(f"synq-conformance mock: {message}", err=True)
    return WRONG_USAGE
