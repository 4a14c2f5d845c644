"""What a run keeps of its cases while it goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import Mock

import pytest

from conformance.run.history import CARRIED, History
from conformance.run.journal import Past


def test_a_report_lets_go_of_what_it_carried() -> None:
    """Pytest keeps the report of each case to the end, and a run of thousands would hold all of it in memory."""
    report = pytest.TestReport("test_a", ("a.py", 1, "test_a"), {}, "passed", None, "call")
    report.__dict__.update({name: [{"case": "a"}] for name in CARRIED})
    history = History(Past(datetime.now(UTC), "run"), None, Mock())
    history.pytest_runtest_logreport(report)
    history.pytest_runtest_logfinish("test_a")
    assert not set(CARRIED) & report.__dict__.keys()
