"""A reference server on a port that notes each request which gets through its HTTP parser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from conformance.http.message import Request, Response
from conformance.mock.call import Call, Synq
from conformance.mock.describe import describe
from conformance.mock.faults import apply_fault
from conformance.mock.serve import serve
from conformance.mock.state import create


@contextmanager
def served_noting(
    note: Callable[[Request], object], faults: Sequence[str] = ()
) -> Iterator[tuple[Synq, dict[str, Any]]]:
    """The server, with these faults, and its profile; `note` is told of a request before that is answered."""
    synq = create()
    for fault in faults:
        apply_fault(synq, fault)
    steps = synq.steps

    def respond(call: Call) -> Response:
        note(call.request)
        return steps.respond(call)

    synq.steps = replace(steps, respond=respond)
    with serve(synq) as running:
        yield synq, describe(synq, running.base_url)
