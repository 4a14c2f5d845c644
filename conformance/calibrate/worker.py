"""A process that puts one subject after the other before the suite."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.calibrate.subjects import CalibrationSubject
from conformance.calibrate.trials import Done
from conformance.contract.rules import Role


def work(role: Role, subjects: Iterator[CalibrationSubject], done: Done) -> int:
    """Judge these subjects in this process; pytest's exit code."""
    if role is Role.SERVER:
        from conformance.calibrate.server_stage import try_servers as try_all  # late, to spare start-up
    else:
        from conformance.calibrate.client_stage import try_clients as try_all
    return try_all(subjects, done)
