"""Faults of the door: versions of TLS, certificates, and what is answered without TLS."""

from __future__ import annotations

from dataclasses import replace

from conformance.http.message import Response
from conformance.mock.call import Call, Steps
from conformance.mock.faults.bending import ANYBODY
from conformance.mock.faults.registry import fault


@fault("tls-old-versions", socket=True)
def old_tls_negotiated(steps: Steps) -> Steps:
    """For the sake of old tills the listener takes TLS from 1.0 on."""
    return replace(steps, door=replace(steps.door, oldest_tls="TLSv1"))


@fault("tls-old-versions", socket=True)
def tls_before_last_negotiated(steps: Steps) -> Steps:
    """TLS 1.0 was switched off, and 1.1 forgotten."""
    return replace(steps, door=replace(steps.door, oldest_tls="TLSv1_1"))


@fault("tls-certificate", socket=True)
def one_node_in_three_misnamed(steps: Steps) -> Steps:
    """Of three nodes behind one name the third has the certificate of another server."""
    return replace(steps, door=replace(steps.door, is_another=lambda number: number % 3 == 0))


@fault("cleartext-without-data", socket=True)
def served_in_clear_as_well(steps: Steps) -> Steps:
    """The application listens on the plain port, too, and answers a token there."""

    return replace(steps, door=replace(steps.door, in_clear=steps.answer))


@fault("cleartext-without-data", socket=True)
def plain_port_trusted(steps: Steps) -> Steps:
    """What comes in clear is taken for the load balancer's own, which has looked at the token already."""

    def in_clear(call: Call) -> Response:
        return steps.finish(call, steps.list_products(call, ANYBODY))

    return replace(steps, door=replace(steps.door, in_clear=in_clear))
