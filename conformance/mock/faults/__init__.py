"""Every way of getting the contract wrong that the suite is proved with, a file per section.

A fault is one function from steps to steps, registered under its own name by `@fault`.
"""

from __future__ import annotations

from conformance.mock.faults import doors_open, headers
from conformance.mock.faults.registry import FAULTS, Fault, apply, fault

__all__ = ["FAULTS", "SECTIONS", "Fault", "apply", "fault"]

SECTIONS = (headers, doors_open)
"""The modules whose import registers the faults."""
