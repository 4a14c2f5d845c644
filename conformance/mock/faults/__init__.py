"""Every way of getting the contract wrong that the suite is proved with, a file per section.

A fault is one function from steps to steps, registered under its own name by `@fault`.
"""

from __future__ import annotations

from conformance.mock.faults import (
    attacks,
    beside,
    doors,
    errors,
    exempting,
    expiry,
    headers,
    near_sign_in,
    operations,
    refreshing,
    scope,
    sharing,
    tokens,
    unguarded,
    widened,
    wire,
)
from conformance.mock.faults.registry import FAULTS, Fault, apply_fault, fault, fault_listing

__all__ = ["FAULTS", "SECTIONS", "Fault", "apply_fault", "fault", "fault_listing"]

SECTIONS = (
    *(headers, unguarded, tokens, attacks, expiry, scope, refreshing, errors, wire, operations),
    *(beside, exempting, sharing, near_sign_in, doors, widened),
)
"""The modules whose import registers the faults."""
