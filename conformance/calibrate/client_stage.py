"""One client after the other before the checks that a worker has collected."""

from __future__ import annotations

import pytest

from conformance.calibrate.subjects import CalibrationSubject
from conformance.client.adapters.launcher import adapter
from conformance.client.harness.smoke import smoke
from conformance.plugin import CONDUCT

ARGUMENTS = ("--pyargs", "conformance.client", "--synq-depth", "quick", "--synq-attach", "--capture=no")
"""A way in has to be named; none is taken, for each subject brings its own."""


def client_stage(config: pytest.Config, subject: CalibrationSubject) -> str | None:
    """Make the subject the client under test; why nothing can be judged of it, where that is so."""
    conduct = config.stash[CONDUCT]
    conduct.launcher = adapter(subject.where)
    obstacle, _ = smoke(conduct.launcher, conduct.recorder)
    return obstacle
